"""Corrected prints through the library, the binding and the engine, beside the exchange's own daily summary."""
from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from qt_app.assembly import build_engine
from qt_app.calendar import bounds
from qt_app.config import load
from qt_app.feed.profit import ProfitFeed, Subscription, exchange_library
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_core import trampolines
from qt_core._types import Flag, Kind
from qt_core.dll import Dll
from qt_core.engine import Engine

SETTINGS = {"play": "", "symbol": "WDOZ26", "seed": "3", "day": "2026-11-18", "start": "08:59", "until": "09:02",
            "speed": "0", "activity": "1", "hold": "1", "corrections": "500"}
AUCTION = 4


@pytest.fixture
def feed() -> Iterator[ProfitFeed]:
    made = ProfitFeed(exchange_library(), instrument("WDOZ26"), ring_capacity=1 << 17, settings=SETTINGS,
                      subscription=Subscription())
    yield made
    made.stop()
    Dll(exchange_library()).sim_set("corrections", "0")


def whole_session(feed: ProfitFeed, engine: Engine) -> np.ndarray:
    """Everything that came through the ring, fed to the engine."""
    assert feed.dll is not None
    feed.dll.sim_release()
    batches, pause = [], threading.Event()
    while not feed.finished():
        batches.append(feed.ring.pop())
        done = 0
        while done < len(batches[-1]):
            done = engine.feed(batches[-1], done)
        pause.wait(0.001)
    return np.concatenate(batches)


def test_corrections_are_told_apart_and_change_neither_tape_nor_candles(feed: ProfitFeed, tmp_path: Path) -> None:
    engine = build_engine(load(Home(tmp_path), environ={}), instrument("WDOZ26"),
                          np.array([bounds("WDO", dt.date(2026, 11, 18))]))
    feed.start()
    refused = trampolines.counters()["refused_bad_qty"]
    events = whole_session(feed, engine)
    cancelled = trampolines.counters()["refused_bad_qty"] - refused
    prints = events[events["kind"] == Kind.TRADE]
    edits = (prints["flags"] & Flag.EDIT) != 0
    assert engine.counters()["edits"] == edits.sum() > 20
    assert cancelled > 0, "an edit to no contracts at all is no print: the door counts it"

    last = {int(p["id"]): int(p["qty"]) for p in prints}
    daily = events[events["kind"] == Kind.DAILY][-1]
    assert daily["id"] == len(last) - cancelled
    assert sum(last.values()) > daily["qty"]        # by the contracts of the cancelled ones

    counted = prints[~edits & (prints["code"] != AUCTION)]
    market = engine.market
    assert market.tape.count == len(counted)
    assert market.tape.recent_prints(len(counted))["qty"].tolist() == counted["qty"].tolist()
    candles = market.candles.recent(market.candles.count)
    closed = counted["ts_ns"] < candles["start_ns"][-1] + market.candles.period_ns
    assert candles["volume"].sum() == counted["qty"][closed].sum()
