"""The way from the broadcaster to the page: before it is there, through its restart, and with what is no message."""
from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from qt_app.monitor import feed as feeds
from qt_app.monitor.feed import Feed, read
from qt_app.monitor.state import Monitor
from qt_app.services import broadcast
from qt_app.services.broadcast import Broadcaster
from qt_app.services.ports import is_free


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broadcast, "HEARTBEAT_S", 0.02)


def sender(port: int, run: int = 0) -> Broadcaster:
    return Broadcaster(port, "WDOZ26", True, lambda: (7, 1, {"state": "running", "session_id": f"run {run}"}))


def let_go(port: int) -> None:
    """Until the library has closed a socket: it does so in its own time."""
    pause = threading.Event()
    for _ in range(600):
        if is_free(port):
            return
        pause.wait(0.02)
    raise AssertionError(f"port {port} is still held")


@pytest.fixture
def listening() -> Iterator[tuple[Feed, int]]:
    """A feed that was there before any engine."""
    engine = sender(0)
    engine.close()
    let_go(engine.port)
    feed = Feed(engine.port)
    yield feed, engine.port
    feed.close()


def hear(feed: Feed, monitor: Monitor, runs: int) -> None:
    """Until the monitor has seen so many runs."""
    pause = threading.Event()
    for _ in range(600):
        for heard in feed.new():
            monitor.take(*heard)
        if monitor.runs == runs:
            return
        pause.wait(0.02)
    raise AssertionError(f"run {runs} was not heard of")


@pytest.mark.lengthy
def test_it_finds_an_engine_that_starts_later_and_the_one_after_it(listening: tuple[Feed, int]) -> None:
    feed, port = listening
    monitor = Monitor()
    for run in (1, 2):
        engine = sender(port, run)
        hear(feed, monitor, run)
        engine.close()
        let_go(port)
    assert monitor.bad == 0 and monitor.symbol == "WDOZ26"


@pytest.mark.parametrize("frames", [[], [b"x"], [b"a", b"{", b"c"], [b"a", b"{"], [b"a", b"[1]"], [b"\xff", b"{}"],
                                    [b"a", b"\xff"]])
def test_what_is_no_message_is_not_taken(frames: list[bytes]) -> None:
    assert read(frames) is None
    assert read([b"votes", b'{"n": 1}']) == ("votes", {"n": 1})


def test_what_waits_too_long_makes_room_for_what_is_new(listening: tuple[Feed, int],
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feeds, "WAITING", 3)
    feed = Feed(listening[1])
    try:
        for n in range(5):
            feed._hand_over([b"votes", b'{"n": %d}' % n])
        assert [body["n"] for _, body, _ in feed.new()] == [2, 3, 4] and list(feed.new()) == []
    finally:
        feed.close()
