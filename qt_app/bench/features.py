"""µs per row of 65: the engine's own loop, the engine from Python, and the peers."""
# ruff: noqa: PLC0415  (numba is imported only where it is measured)
from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qt_app.bench import stream
from qt_app.bench.rounds import Aim, Section, interleave
from qt_core._types import EVENT_DTYPE, Kind
from qt_core.engine import DUE_SAMPLE, Engine
from qt_core.features.registry import NAMES

CANDLES = 5_000
WARM = 250
PANDAS_ROWS = 3


class Feed:
    """One stream in every shape the cases need: ``size`` candles of ten prints, and a print after the last."""

    def __init__(self, size: int = CANDLES) -> None:
        self.prints = stream.prints(size)
        self.size = size
        self.events = _with_end(self.prints)
        self.candles = self.prints.candles()
        self.end_ns = stream.OPEN_NS + size * stream.CANDLE_NS + stream.NS
        self.bounds = np.array([[stream.OPEN_NS, self.end_ns]], dtype=np.int64)

    def engine(self) -> Engine:
        return Engine(tick=(1, 2), sessions=self.bounds, candle_ns=stream.CANDLE_NS, sample="close", readings=False)


def _with_end(prints: stream.Prints) -> NDArray[Any]:
    """The prints as events, and the clock's that closes the last candle."""
    events = np.concatenate([prints.events(), np.zeros(1, dtype=EVENT_DTYPE)])
    events[-1]["kind"] = Kind.CLOCK
    events[-1]["ts_ns"] = prints.ends[-1]
    return events


def _micros_per_row(seconds: float, rows: int) -> float:
    return seconds * 1e6 / rows


def engine_loop(feed: Feed) -> float:
    """Candle, ten prints and a row, all inside one nogil call."""
    engine = feed.engine()
    ts = np.zeros(feed.size, dtype=np.int64)
    rows = np.zeros((feed.size, len(NAMES)))
    begin = time.perf_counter()
    _, written = engine.rows(feed.events, ts, rows)
    return _micros_per_row(time.perf_counter() - begin, written)


def engine_from_python(feed: Feed) -> float:
    """One Python call per row: the engine stops when the row is due."""
    engine, events, done, rows = feed.engine(), feed.events, 0, 0
    begin = time.perf_counter()
    while done < len(events):
        done = engine.feed(events, done)
        rows += engine.due & DUE_SAMPLE
    return _micros_per_row(time.perf_counter() - begin, rows)


def numba_loop(feed: Feed) -> float:
    """numba's incremental version, its whole loop compiled."""
    from qt_app.bench import numba_features as peer

    p = feed.prints
    begin = time.perf_counter()
    peer.run(peer.new_state(), feed.candles, p.buyer, p.seller, p.qty, p.side, p.ts_ns, p.ends,
             stream.OPEN_NS, feed.end_ns, np.full(len(NAMES), np.nan))
    return _micros_per_row(time.perf_counter() - begin, feed.size)


def numba_from_python(feed: Feed) -> float:
    """numba's incremental version, called once per row."""
    from qt_app.bench import numba_features as peer

    p, candles, ends = feed.prints, feed.candles, feed.prints.ends
    columns = [tuple(float(v) for v in line) for line in candles]
    rows = list(zip(columns, p.buyer, p.seller, p.qty, p.side, p.ts_ns, ends.tolist(), strict=True))
    state, row = peer.new_state(), np.full(len(NAMES), np.nan)
    begin = time.perf_counter()
    for column, buyer, seller, qty, side, ts, end in rows:
        peer.update(state, *column, buyer, seller, qty, side, ts, end, stream.OPEN_NS, feed.end_ns, row)
    return _micros_per_row(time.perf_counter() - begin, len(rows))


def pandas_window(feed: Feed) -> float:
    """The usual way: rolling windows over the last 201 candles, recomputed for each row."""
    frame = pd.DataFrame(feed.candles, columns=["open", "high", "low", "close", "volume", "bought", "sold"])
    begin = time.perf_counter()
    for last in range(feed.size - PANDAS_ROWS, feed.size):
        _pandas_row(frame.iloc[last - 200 : last + 1])
    return _micros_per_row(time.perf_counter() - begin, PANDAS_ROWS)


def _pandas_row(window: pd.DataFrame) -> dict[str, Any]:
    """The candle features of one row; the tape's sixteen are left out, which flatters the peer."""
    close, volume = window["close"], window["volume"]
    returns = close.pct_change()
    std = {n: returns.rolling(n).std().iloc[-1] for n in (10, 20, 50, 100, 200)}
    mean = {n: close.rolling(n).mean().iloc[-1] for n in (5, 20, 50)}
    out: dict[str, Any] = {f"volatility_{n}": std[n] for n in (10, 20, 50, 100)}
    out |= {f"volatility_ratio_{a}": std[a] / std[b] for a, b in ((10, 20), (20, 50), (50, 100), (100, 200))}
    hl, co = (window["high"] / window["low"]).map(np.log) ** 2, (close / window["open"]).map(np.log) ** 2
    out["volatility_gk"] = np.sqrt((0.5 * hl - (2 * np.log(2) - 1) * co).rolling(20).mean().iloc[-1])
    out["bb_position"] = (close.iloc[-1] - mean[20]) / (2 * close.rolling(20).std().iloc[-1])
    out |= {f"returns_{n}": close.pct_change(n).iloc[-1] for n in (1, 2, 5, 10, 20, 50, 100)}
    out |= {f"log_returns_{n}": np.log(close / close.shift(n)).iloc[-1] for n in (1, 5, 20)}
    signed, sided = window["bought"] - window["sold"], window["bought"] + window["sold"]
    for n in (10, 20, 50, 100):
        out[f"order_flow_imbalance_{n}"] = signed.rolling(n).sum().iloc[-1] / sided.rolling(n).sum().iloc[-1]
    out["volume_weighted_return"] = (returns * volume).rolling(20).sum().iloc[-1] / volume.rolling(20).sum().iloc[-1]
    for n in (20, 50, 100):
        rolling = volume.rolling(n)
        out[f"volume_ratio_{n}"] = volume.iloc[-1] / rolling.mean().iloc[-1]
        out[f"volume_zscore_{n}"] = (volume.iloc[-1] - rolling.mean().iloc[-1]) / rolling.std().iloc[-1]
    out["ma_5_20_ratio"] = mean[5] / mean[20] - 1
    out["ma_20_50_ratio"] = mean[20] / mean[50] - 1
    return out


def agreement(feed: Feed) -> float:
    """Largest relative difference between our rows and numba's, once both are warm: they race over the same values."""
    from qt_app.bench import numba_features as peer

    engine, ts, rows = feed.engine(), np.zeros(feed.size, dtype=np.int64), np.zeros((feed.size, len(NAMES)))
    _, written = engine.rows(feed.events, ts, rows)
    p, state, row = feed.prints, peer.new_state(), np.full(len(NAMES), np.nan)
    worst = 0.0
    for i in range(written):
        peer.update(state, *feed.candles[i], p.buyer[i], p.seller[i], p.qty[i], p.side[i], p.ts_ns[i], p.ends[i],
                    stream.OPEN_NS, feed.end_ns, row)
        if i >= WARM:
            worst = max(worst, float((np.abs(rows[i] - row) / np.maximum(np.abs(row), 1e-3)).max()))
    return worst


def measure(rounds: int, scale: float) -> Section:
    """Rows per case: 5,000; three for pandas."""
    feed = Feed(max(2 * WARM, round(CANDLES * scale)))
    cases: dict[str, Callable[[], float]] = {"engine_loop": partial(engine_loop, feed),
                                             "engine_from_python": partial(engine_from_python, feed),
                                             "pandas": partial(pandas_window, feed)}
    section = Section("µs per row of 65 (one candle, ten prints)")
    try:
        import numba  # noqa: F401
    except ImportError:
        section.absent.append("numba")
    else:
        cases |= {"numba_loop": partial(numba_loop, feed), "numba_from_python": partial(numba_from_python, feed)}
        section.notes["worst_relative_difference"] = agreement(feed)
    section.cases = interleave(cases, rounds)
    section.add_ratio("engine_loop", "numba_loop", Aim(at_most=1.0))
    section.add_ratio("engine_from_python", "numba_from_python", Aim(at_most=1.0))
    section.add_ratio("pandas", "engine_loop", Aim(at_least=10_000))
    return section
