"""What the watch sees of a market in fast motion: it runs while it is looked at, and is not silent for that."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from qt_app.config import load
from qt_app.feed.channels import ChannelStates
from qt_app.feed.connection import Phase as Link
from qt_app.feed.watch import FeedWatch
from qt_app.home import Home
from qt_core._types import Phase

NS = 1_000_000_000


class FastMarket:
    """Runs 400 s, with a print, just before or just after the count of events is read; every third time."""

    states = ChannelStates()

    def __init__(self, runs: str) -> None:
        self.now_s, self.count, self.turn, self.runs = 1000, 1, 0, runs

    def run(self) -> None:
        if self.turn % 3 == 0:
            self.now_s, self.count = self.now_s + 400, self.count + 1

    def clock_ns(self) -> int:
        return self.now_s * NS

    def arrived(self) -> int:
        self.turn += 1
        if self.runs == "before":
            self.run()
        seen = self.count
        if self.runs == "after":
            self.run()
        return seen


def watched(link: FastMarket, home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FeedWatch, list[str]]:
    said: list[str] = []
    market = SimpleNamespace(phase=Phase.OPEN, session_open_ns=0, is_open=True)
    engine = SimpleNamespace(market=market, backfilling=False, lose_book=lambda: None)
    source = SimpleNamespace(link=link, market=SimpleNamespace(sessions=np.array([[0, 10**9 * NS]])),
                             finished=lambda: False)
    monkeypatch.setattr(ChannelStates, "data_ready", property(lambda self: True))
    link.renew = lambda: None       # type: ignore[attr-defined]
    pipeline = SimpleNamespace(engine=engine, on_due=lambda: None)
    watch = FeedWatch(load(Home(home), environ={}), cast(Any, source), cast(Any, pipeline), lambda control: None,
                      lambda code, words, data: said.append(words))
    return watch, said


@pytest.mark.parametrize("runs", ["before", "after"])
def test_a_market_that_runs_while_it_is_looked_at_is_not_silent(runs: str, tmp_path: Path,
                                                                monkeypatch: pytest.MonkeyPatch) -> None:
    watch, said = watched(FastMarket(runs), tmp_path, monkeypatch)
    for _ in range(10):
        watch.look()
    assert watch.connection.phase is Link.READY
    assert said == ["market data is connected"]


def test_a_market_whose_time_alone_runs_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = FastMarket("not at all")
    watch, said = watched(link, tmp_path, monkeypatch)
    for _ in range(3):
        watch.look()
        link.now_s += 400
    assert watch.connection.phase is not Link.READY
    assert "no market data for 400 s" in said[1]
