"""The run's own duties, shown with a source that the test plays: a lost book, a silent feed, a stop."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from qt_app import runner
from qt_app.config import Config, load
from qt_app.feed.sources import Market
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.replay.outputs import RunWriter
from qt_app.running.loop import Loop
from qt_app.services.start import StartOptions
from qt_core._types import EVENT_DTYPE, BookAction, Control, Kind
from qt_core.engine import Engine

OPEN_NS = 1_795_003_200_000_000_000   # 2026-11-18 09:00 in Sao Paulo
NS = 1_000_000_000


def event(kind: Kind, second: float, **fields: Any) -> NDArray[Any]:
    one = np.zeros(1, dtype=EVENT_DTYPE)
    one["kind"], one["ts_ns"] = kind, OPEN_NS + int(second * NS)
    for name, value in fields.items():
        one[name] = value
    return one


class PlayedSource:
    """Gives one batch at each pump; ``ends`` says when there is nothing more to wait for."""

    name = "sim"
    router = None
    link = None

    def __init__(self, batches: list[NDArray[Any]]) -> None:
        bounds = np.array([[OPEN_NS, OPEN_NS + 34_200 * NS]], dtype=np.int64)
        self.market = Market(instrument("WDOZ26"), bounds, "b3", True)
        self.batches = batches
        self.resyncs = 0
        self.waits = 0

    def start(self, engine: Engine) -> None: ...

    def pump(self, engine: Engine) -> int:
        if not self.batches:
            return engine.feed(np.zeros(0, dtype=EVENT_DTYPE))      # as a library's empty ring: nothing is due
        batch, done = self.batches.pop(0), 0
        while done < len(batch):
            done = engine.feed(batch, done)
        return len(batch)

    def wait(self, engine: Engine) -> None:
        self.waits += 1

    def watch_closely(self, engine: Engine, ns: int) -> None: ...

    def clock_ns(self) -> int | None:
        return None

    def skew_ns(self) -> int:
        return 0

    def finished(self) -> bool:
        return self.waits > 2

    def poll_notices(self, notices: NDArray[Any]) -> None: ...

    def resync(self) -> None:
        self.resyncs += 1

    def dropped(self) -> int:
        return 0

    def refused(self) -> dict[str, int]:
        return {}

    def state(self) -> tuple[str, bool]:
        return "played", True

    def stop(self) -> None: ...


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load(Home(tmp_path), {"zmq.enabled": False, "metrics.enabled": False, "parity.enabled": False}, environ={})


def play(source: PlayedSource, config: Config, home: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    monkeypatch.setattr(runner, "open_source", lambda config, options, home: source)
    return runner.run(config, Home(home), StartOptions("sim", console=False))


def log_of(home: Path) -> str:
    return "".join(path.read_text(encoding="utf-8") for path in (home / "logs").iterdir())


@pytest.mark.lengthy
def test_a_book_out_of_step_is_asked_for_once(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = event(Kind.OFFER, 1, code=BookAction.DELETE, side=1, pos=7)
    source = PlayedSource([lost])
    assert play(source, config, tmp_path, monkeypatch) == 0
    assert source.resyncs == 1
    assert "book out of step" in log_of(tmp_path)


@pytest.mark.lengthy
def test_a_book_in_step_is_left_alone(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = PlayedSource([event(Kind.TRADE, 1, code=2, side=1, price=10_800, qty=1, id=10, a=3, b=85)])
    assert play(source, config, tmp_path, monkeypatch) == 0
    assert source.resyncs == 0


@pytest.mark.lengthy
def test_a_stop_when_flat_ends_at_once_and_leaves_its_mark(config: Config, tmp_path: Path,
                                                          monkeypatch: pytest.MonkeyPatch) -> None:
    source = PlayedSource([event(Kind.TRADE, 1, code=2, side=1, price=10_800, qty=1, id=10, a=3, b=85)])
    seen: list[str] = []

    class Stopped(Loop):
        def _idle(self) -> None:
            self.life.stop({})
            self._act()
            seen.extend(block.name for block in self.pipeline.trader.gate.blocks)

    monkeypatch.setattr(runner, "Loop", Stopped)
    assert play(source, config, tmp_path, monkeypatch) == 0
    assert seen == ["STOPPING_FLAT"]
    assert f"operator: {Control.STOP.name}" in log_of(tmp_path)


@pytest.mark.lengthy
@pytest.mark.parametrize(("trouble", "bad", "well"), [("failed", "disk gone", ""), ("low", True, False),
                                                      ("doubt", "a fill twice", "")])
def test_a_journal_in_trouble_blocks_entries_and_is_told(config: Config, tmp_path: Path,
                                                        monkeypatch: pytest.MonkeyPatch, trouble: str, bad: Any,
                                                        well: Any) -> None:
    source = PlayedSource([event(Kind.TRADE, 1, code=2, side=1, price=10_800, qty=1, id=10, a=3, b=85)])
    seen: list[list[str]] = []

    class Troubled(Loop):
        def _idle(self) -> None:
            journal = self.past.journal
            assert journal is not None
            for value in (bad, well):
                monkeypatch.setattr(journal, trouble, value)
                self._act()
                seen.append([block.name for block in self.pipeline.trader.gate.blocks])
            self.life.stop({})

    monkeypatch.setattr(runner, "Loop", Troubled)
    assert play(source, config, tmp_path, monkeypatch) == 0
    assert seen[:2] == [["JOURNAL_FAILED"], []]
    assert "no entries: " in log_of(tmp_path)


@pytest.mark.lengthy
def test_results_that_cannot_be_written_change_nothing_about_the_end(config: Config, tmp_path: Path,
                                                                    monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunWriter, "_close_files", full)
    source = PlayedSource([event(Kind.TRADE, 1, code=2, side=1, price=10_800, qty=1, id=10, a=3, b=85)])
    assert play(source, config, tmp_path, monkeypatch) == 0
    assert "the results of this run are not written: [Errno 28] No space left on device" in log_of(tmp_path)
    assert not list((tmp_path / "data" / "runs").glob(".*.partial"))


@pytest.mark.lengthy
def test_a_clock_that_jumps_stops_entries_until_it_is_back(config: Config, tmp_path: Path,
                                                           monkeypatch: pytest.MonkeyPatch) -> None:
    class Jumping(PlayedSource):
        def skew_ns(self) -> int:
            return 3600 * NS if self.waits == 1 else 0

    seen: list[list[str]] = []

    class Watched(Loop):
        def _act(self) -> None:
            super()._act()
            seen.append([block.name for block in self.pipeline.trader.gate.blocks])

    monkeypatch.setattr(runner, "Loop", Watched)
    source = Jumping([event(Kind.TRADE, 1, code=2, side=1, price=10_800, qty=1, id=10, a=3, b=85)])
    assert play(source, config, tmp_path, monkeypatch) == 0
    assert ["CLOCK_JUMP"] in seen and seen[-1] == []
    log = log_of(tmp_path)
    assert "the computer's clock jumped by +3600 s" in log and "clock is back" in log
