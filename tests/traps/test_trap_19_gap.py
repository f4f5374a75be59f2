"""Trap 19: the gap that an outage leaves is filled once, and a history call that hangs holds up nobody.

Ninety seconds with an open position, both ways of subscribing, and a replay of it: tests/e2e/test_outage.py.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from e2e.installation import Installation
from trap_kit import SETTINGS, TICKER, fault, wait

from qt_app.feed.profit import Limits, ProfitFeed, Subscription, exchange_library
from qt_app.instruments import instrument
from qt_core._types import Control, Kind

pytestmark = pytest.mark.slow


def table(qt: Installation, kind: str) -> pd.DataFrame:
    parts = [pd.read_parquet(path) for path in sorted(qt.home.data.glob(f"2026*/*/{kind}-*.parquet"))]
    return pd.concat(parts).sort_values("seq", ignore_index=True)


def test_the_gap_is_filled_once_and_no_print_comes_twice(install: Callable[..., Installation], tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text(fault("outage", channel="all", at="10:31:00", seconds=90)
                      + fault("block", function="GetHistoryTrades", wall_seconds=1.0, **{"from": "10:31:00"}))
    qt = install()
    assert qt.qt("start", "--speed", 30, "--until", "10:34", "--faults", script).returncode == 0
    numbers = table(qt, "trades")["trade_id"]
    assert len(numbers) > 500 and (numbers.diff().dropna() == 10).all(), "as the exchange counts: none missing or twice"
    control = table(qt, "control")
    acts = control[control["kind"] == Kind.CONTROL]["code"].tolist()
    assert acts[:2] == [Control.STALE, Control.GAP] and acts[-2:] == [Control.FILLED, Control.FRESH]
    assert acts.count(Control.FILLED) == 1


def test_a_history_call_that_hangs_holds_up_neither_decisions_nor_data(tmp_path: Path) -> None:
    script = tmp_path / "faults.toml"
    script.write_text(fault("block", function="GetHistoryTrades", wall_seconds=20.0, count=1))
    settings = {key: str(value) for key, value in (SETTINGS | {"start": "09:10", "faults": script.as_posix()}).items()}
    feed = ProfitFeed(exchange_library(), instrument(TICKER), settings=settings,
                      subscription=Subscription(offer_book=False), limits=Limits(farewell_s=0.1))
    feed.start()
    try:
        assert feed.dll is not None
        began = time.monotonic()
        feed.ask_gap(feed.clock_ns())       # this is the decision thread
        assert time.monotonic() - began < 10.0, "the call of the command thread took the decision thread with it"
        wait(lambda: feed.dll.sim_stat("blocked"), "the call hangs")
        feed.dll.sim_run_until("09:10:20")
        prints = 0

        def flowing() -> bool:
            nonlocal prints
            batch = feed.ring.pop()
            prints += int((batch["kind"] == Kind.TRADE).sum())
            return prints > 20

        wait(flowing, "prints while the call hangs")
        assert not feed.gap.answered()
    finally:
        feed.stop()
