"""Rows and labels for training, made by the live feature path on sessions that the exchange generates."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import sessions
from qt_app.feed.simulated import simulated_feed
from qt_app.instruments import Instrument
from qt_app.training.labels import fixed_horizon
from qt_core.engine import DUE_SAMPLE, Engine
from qt_core.features.registry import NAMES


@dataclass(frozen=True, slots=True)
class Session:
    """One session's samples: (n,) instants, (n, 65) rows, (n,) labels; every row valid and its label resolved."""

    seed: int
    ts_ns: NDArray[np.int64]
    rows: NDArray[np.float64]
    labels: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How a row is labelled: horizon in seconds, fees of a round trip in ticks."""

    horizon_s: int
    cost_ticks: float


Progress = Callable[[str], None]


def generate(
    instrument: Instrument, day: str, seeds: list[int], rule: LabelRule, *,
    candle_ns: int, every_ns: int, until: str, progress: Progress,
) -> Iterator[Session]:
    """One Session per seed, in order."""
    for seed in seeds:
        ts, rows, bid, ask = _run_session(instrument, day, seed, candle_ns=candle_ns, every_ns=every_ns, until=until)
        labels, resolved = fixed_horizon(ts, bid, ask, horizon_ns=rule.horizon_s * 1_000_000_000,
                                         cost_ticks=rule.cost_ticks)
        keep = resolved & np.isfinite(rows).all(axis=1)
        progress(f"session {seed}: {int(keep.sum())} of {len(ts)} rows")
        yield Session(seed, ts[keep], rows[keep], labels[keep])


def _run_session(
    instrument: Instrument, day: str, seed: int, *, candle_ns: int, every_ns: int, until: str,
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int32], NDArray[np.int32]]:
    """Drive one generated session, from the open, through the engine; collect a row and the quote at every instant."""
    date = dt.date.fromisoformat(day)
    grid = sessions(instrument.root, date, date)
    engine = Engine(tick=instrument.tick, qty_step=instrument.qty_step, sessions=grid, candle_ns=candle_ns,
                    sample="interval", interval_ns=every_ns, readings=False)
    capacity = int((grid[0, 1] - grid[0, 0]) // every_ns) + 2
    ts = np.zeros(capacity, dtype=np.int64)
    rows = np.zeros((capacity, len(NAMES)))
    quotes = np.zeros((2, capacity), dtype=np.int32)
    count = 0
    with simulated_feed(instrument, day=day, seed=seed, start="09:00:00", speed=0.0, until=until) as feed:
        while not feed.finished():
            engine.drain(feed.ring)
            if engine.due & DUE_SAMPLE:
                ts[count], rows[count] = engine.sample_ns, engine.row
                quotes[:, count] = engine.market.bid, engine.market.ask
                count += 1
    return ts[:count], rows[:count], quotes[0, :count], quotes[1, :count]
