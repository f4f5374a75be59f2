"""Small recorded days: twenty minutes of prints and quotes, in which eager settings trade."""
from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.backtest.days import days_of_folders
from qt_app.bench import stream
from qt_app.data.entry import Entry
from qt_app.replay.recorder import Recorder
from qt_core._types import EVENT_DTYPE, Kind
from qt_core.ring import Ring

CANDLES = 280
DAY_NS = 24 * 3600 * stream.NS
#: Listens to the agents, enters on nearly any opinion, and leaves soon.
EAGER = {"consensus.ml_weight": "0.02", "consensus.agent_weight": "0.98", "risk.min_confidence": "0.36",
         "risk.collar_ticks": "50", "risk.stop_loss": "0.0005", "risk.take_profit": "0.0005",
         "risk.no_entry_open_minutes": "0", "risk.max_daily_trades": "100", "risk.max_losses_in_row": "0",
         "risk.max_daily_loss_brl": "100000", "risk.max_daily_drawdown_brl": "100000"}


def day_events(seed: int, days_later: int = 0) -> NDArray[Any]:
    """Prints in waves of buying and selling that the price follows, each behind a quote around it."""
    prints, rng = stream.prints(CANDLES, seed).events(), np.random.default_rng(seed)
    wave = np.repeat(rng.choice([-1, 1], len(prints) // 200 + 1), 200)[:len(prints)]
    prints["side"] = np.where(rng.random(len(prints)) < 0.95, wave, -wave)
    prints["code"] = np.where(prints["side"] > 0, 2, 3)
    prints["price"] = stream.START_TICKS + np.cumsum(prints["side"] * (rng.random(len(prints)) < 0.15))
    quotes = np.zeros(len(prints), EVENT_DTYPE)
    quotes["kind"], quotes["ts_ns"] = Kind.QUOTE, prints["ts_ns"]
    quotes["price"], quotes["a"] = prints["price"] - (prints["side"] > 0), prints["price"] + (prints["side"] < 0)
    quotes["qty"] = quotes["id"] = 50
    events = np.empty(2 * len(prints), EVENT_DTYPE)
    events[0::2], events[1::2] = quotes, prints
    events["ts_ns"] += days_later * DAY_NS
    events["exch_ns"] = events["ts_ns"]
    return events


def record(data: Path, seed: int, days_later: int = 0, run: str = "", symbol: str = "WDOZ26") -> Path:
    """As a run would have recorded it; the folder DAY/SYMBOL."""
    events = day_events(seed, days_later)
    ring = Ring(1 << 14)
    opened = stream.OPEN_NS + days_later * DAY_NS
    recorder = Recorder(data, symbol, ring, tick=(1, 2), qty_step=(1, 1), synthetic=True,
                        sessions=np.array([[opened, opened + 34_200 * stream.NS]]),
                        meta={"run_id": run or f"r{seed}", "calendar": "b3", "begin": ""})
    ring.push(events)
    recorder.drain()
    recorder.flush()
    day = dt.datetime.fromtimestamp(opened // stream.NS, dt.timezone(dt.timedelta(hours=-3)))
    return data / f"{day:%Y%m%d}" / symbol


def days(data: Path, count: int, symbol: str = "WDOZ26") -> list[Entry]:
    return days_of_folders([record(data, seed + 1, seed, symbol=symbol) for seed in range(count)])
