"""The feed against a small stand-in for the vendor's library, and against the simulated exchange when it is built."""
import ctypes
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from c import build

from qt_app.errors import BrokerError, TimedOutError
from qt_app.feed.base import Feed
from qt_app.feed.profit import Limits, Login, ProfitFeed, Subscription, exchange_library, vendor_time
from qt_app.instruments import instrument
from qt_core import trampolines
from qt_core._types import Flag, Kind

pytestmark = pytest.mark.native

LOSE = 8
NINE = 1795435200000000000  # 2026-11-23 09:00 at the exchange; the stand-in's clock says 12:00


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    return build.library("fake_dll", tmp_path_factory.mktemp("c"), "FAKE_SIM")


@pytest.fixture
def fake(built: Path, tmp_path: Path) -> Path:
    """A copy of its own for each test: a library that was loaded before keeps its state."""
    return Path(shutil.copy(built, tmp_path / "fake.so"))


def side_channel(path: Path) -> ctypes.CDLL:
    return ctypes.CDLL(str(path))


def wait(ready: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(5000):
        if ready():
            return
        tick.wait(0.001)
    raise AssertionError("it never happened")


def drain(feed: ProfitFeed, kind: Kind, count: int) -> np.ndarray:
    found: list[np.ndarray] = []

    def enough() -> bool:
        found.append(feed.ring.pop())
        return sum(int((b["kind"] == kind).sum()) for b in found) >= count

    wait(enough)
    return np.concatenate(found)


def test_start_logs_in_subscribes_and_asks_twice_for_history(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"), subscription=Subscription(history_from=lambda now: NINE))
    checked: Feed = feed
    checked.start()
    try:
        events = drain(feed, Kind.HISTORY, 100)
        history = events[events["kind"] == Kind.HISTORY]
        assert history["id"].tolist() == list(range(1, 101))  # the truncated first answer is not among them
        assert history["flags"].tolist() == [0] * 99 + [Flag.DONE]
        assert (events["kind"] == Kind.TRADE).sum() == 5
        assert (events["kind"] == Kind.OFFER).sum() == 10
        snapshot = feed.snapshot()
        assert snapshot["connected"] is True
        assert snapshot["synthetic"] is True
        assert snapshot["version"] == "fake 1"
        assert snapshot["history"] == {"state": "done", "trades": 100, "from_ns": NINE,
                                       "first_ns": int(history["exch_ns"][0])}
        assert feed.history_expected
        assert feed.clock_ns() == 1795446000000000000
    finally:
        feed.stop()
    assert feed.snapshot()["connected"] is False
    feed.stop()  # a second time is harmless


def test_without_history_none_is_asked_for(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"))
    feed.start()
    try:
        events = drain(feed, Kind.TRADE, 5)
        assert not (events["kind"] == Kind.HISTORY).any()
        assert not feed.history_expected
    finally:
        feed.stop()


def test_routing_waits_for_the_broker(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"), routing=True)
    feed.start()
    try:
        assert feed.states.orders_ready
    finally:
        feed.stop()


@pytest.mark.parametrize(("result", "words"), [
    (1, "PROFIT_USER"), (2, "PROFIT_PASSWORD"), (3, "unblock"), (4, "renew")])
def test_refused_login_names_cause_and_remedy(fake: Path, result: int, words: str) -> None:
    side_channel(fake).fake_login(result, 4)
    with pytest.raises(BrokerError, match=words):
        ProfitFeed(fake, instrument("WDOZ26")).start()


def test_login_that_never_completes_says_what_is_missing(fake: Path) -> None:
    side_channel(fake).fake_login(0, 2)
    with pytest.raises(TimedOutError, match="market data: waiting"):
        ProfitFeed(fake, instrument("WDOZ26"), limits=Limits(login_s=0.05)).start()


def test_no_library_incomplete_library_refused_key_and_bad_setting(fake: Path, tmp_path: Path) -> None:
    with pytest.raises(BrokerError, match="no library at"):
        ProfitFeed(tmp_path / "none.so", instrument("WDOZ26")).start()
    with pytest.raises(BrokerError, match="TranslateTrade, SendOrder"):
        ProfitFeed(build.library("fake_dll", tmp_path, "FAKE_INCOMPLETE"), instrument("WDOZ26")).start()
    with pytest.raises(BrokerError, match="NL_NO_LICENSE"):
        ProfitFeed(fake, instrument("WDOZ26"), login=Login(key="")).start()
    with pytest.raises(BrokerError, match="refuses colour"):
        ProfitFeed(fake, instrument("WDOZ26"), settings={"colour": "red"}).start()


def test_connection_that_returns_gets_a_new_book(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"))
    feed.start()
    try:
        feed.poll_notices(drain(feed, Kind.OFFER, 10))
        side_channel(fake).fake_post(LOSE)
        feed.poll_notices(drain(feed, Kind.STATE, 2))
        assert feed.states.slow
        image = drain(feed, Kind.OFFER, 10)
        assert (image["flags"] & Flag.FIRST).any()
    finally:
        feed.stop()


def test_login_told_again_through_the_ring_renews_nothing(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"))
    feed.start()
    try:
        feed.poll_notices(drain(feed, Kind.OFFER, 10))
        assert feed.dll is not None
        feed.dll.server_clock()
        assert feed.states.market == 4
    finally:
        feed.stop()
    assert (feed.ring.pop()["kind"] != Kind.OFFER).all()


def test_unknown_contract_ends_the_feed(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"))
    notice = np.zeros(1, feed.ring.pop().dtype)
    notice["kind"] = Kind.INVALID_TICKER
    with pytest.raises(BrokerError, match="does not know WDOZ26"):
        feed.poll_notices(notice)


def test_hanging_finalize_does_not_hang_the_exit(fake: Path) -> None:
    feed = ProfitFeed(fake, instrument("WDOZ26"), limits=Limits(finalize_s=0.05))
    feed.start()
    side_channel(fake).fake_hang(1)
    feed.stop()
    assert feed.snapshot()["connected"] is False


def test_vendor_time_is_brazilian_and_carries_a_time() -> None:
    assert vendor_time(NINE) == "23/11/2026 09:00:00"
    assert vendor_time(NINE + 999_999_999) == "23/11/2026 09:00:00"


@pytest.mark.lengthy
@pytest.mark.skipif(not exchange_library().is_file(), reason="the simulated exchange is not built")
def test_simulated_exchange_delivers_its_session() -> None:
    feed = ProfitFeed(exchange_library(), instrument("WDOZ26"), settings={"symbol": "WDOZ26", "seed": "3"},
                      subscription=Subscription(history_from=lambda now: now - 60 * 10**9))
    feed.start()
    try:
        events = drain(feed, Kind.HISTORY, 1)
        while not (events["flags"][events["kind"] == Kind.HISTORY] & Flag.DONE).any():
            events = np.concatenate([events, drain(feed, Kind.HISTORY, 1)])
        assert feed.synthetic
        history = events[events["kind"] == Kind.HISTORY]
        assert (np.diff(history["exch_ns"]) >= 0).all()
        refused = {k: v for k, v in trampolines.counters().items() if k.startswith("refused") and v}
        assert refused == {}
    finally:
        feed.stop()
