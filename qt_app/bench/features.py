"""µs per row of 65: the engine's own loop, the engine from Python, and the peers."""
from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qt_app.bench import stream
from qt_app.bench.rounds import interleave, ratio
from qt_core.engine import Engine
from qt_core.features.registry import NAMES

CANDLES = 5_000
WARM = 250
PANDAS_ROWS = 3
END_NS = stream.OPEN_NS + 34_200 * stream.NS
LONG_END_NS = stream.OPEN_NS + CANDLES * stream.CANDLE_NS + stream.NS


class _Feed:
    """One stream in every shape the cases need."""

    def __init__(self) -> None:
        self.prints = stream.prints(CANDLES)
        self.events = self.prints.events()
        self.candles = self.prints.candles()
        self.bounds = np.array([[stream.OPEN_NS, LONG_END_NS]], dtype=np.int64)

    def engine(self) -> Engine:
        return Engine(tick=(1, 2), sessions=self.bounds, candle_ns=stream.CANDLE_NS, sample="close", readings=False)


def _micros_per_row(seconds: float, rows: int) -> float:
    return seconds * 1e6 / rows


def engine_loop(feed: _Feed) -> float:
    """Candle, ten prints and a row, all inside one nogil call."""
    engine = feed.engine()
    ts = np.zeros(CANDLES, dtype=np.int64)
    rows = np.zeros((CANDLES, len(NAMES)))
    begin = time.perf_counter()
    _, written = engine.rows(feed.events, ts, rows)
    return _micros_per_row(time.perf_counter() - begin, written)


def engine_from_python(feed: _Feed) -> float:
    """One Python call per row: the engine stops when the row is due."""
    engine, events, done, rows = feed.engine(), feed.events, 0, 0
    begin = time.perf_counter()
    while done < len(events):
        done = engine.feed(events, done)
        rows += 1
    return _micros_per_row(time.perf_counter() - begin, rows)


def numba_loop(feed: _Feed) -> float:
    """numba's incremental version, its whole loop compiled."""
    from qt_app.bench import numba_features as peer

    p = feed.prints
    begin = time.perf_counter()
    peer.run(peer.new_state(), feed.candles, p.buyer, p.seller, p.qty, p.side, p.ts_ns, p.ends, stream.OPEN_NS, LONG_END_NS,
             np.full(len(NAMES), np.nan))
    return _micros_per_row(time.perf_counter() - begin, CANDLES)


def numba_from_python(feed: _Feed) -> float:
    """numba's incremental version, called once per row."""
    from qt_app.bench import numba_features as peer

    p, candles, ends = feed.prints, feed.candles, feed.prints.ends
    columns = [tuple(float(v) for v in line) for line in candles]
    rows = list(zip(columns, p.buyer, p.seller, p.qty, p.side, p.ts_ns, ends.tolist(), strict=True))
    state, row = peer.new_state(), np.full(len(NAMES), np.nan)
    begin = time.perf_counter()
    for column, buyer, seller, qty, side, ts, end in rows:
        peer.update(state, *column, buyer, seller, qty, side, ts, end, stream.OPEN_NS, LONG_END_NS, row)
    return _micros_per_row(time.perf_counter() - begin, len(rows))


def pandas_window(feed: _Feed) -> float:
    """The usual way: rolling windows over the last 201 candles, recomputed for each row."""
    frame = pd.DataFrame(feed.candles, columns=["open", "high", "low", "close", "volume", "bought", "sold"])
    begin = time.perf_counter()
    for last in range(CANDLES - PANDAS_ROWS, CANDLES):
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
    hl, co = np.log(window["high"] / window["low"]) ** 2, np.log(close / window["open"]) ** 2
    out["volatility_gk"] = np.sqrt((0.5 * hl - (2 * np.log(2) - 1) * co).rolling(20).mean().iloc[-1])
    out["bb_position"] = (close.iloc[-1] - mean[20]) / (2 * close.rolling(20).std().iloc[-1])
    out |= {f"returns_{n}": close.pct_change(n).iloc[-1] for n in (1, 2, 5, 10, 20, 50, 100)}
    out |= {f"log_returns_{n}": np.log(close / close.shift(n)).iloc[-1] for n in (1, 5, 20)}
    signed, sided = window["bought"] - window["sold"], window["bought"] + window["sold"]
    out |= {f"order_flow_imbalance_{n}": signed.rolling(n).sum().iloc[-1] / sided.rolling(n).sum().iloc[-1] for n in (10, 20, 50, 100)}
    out["volume_weighted_return"] = (returns * volume).rolling(20).sum().iloc[-1] / volume.rolling(20).sum().iloc[-1]
    for n in (20, 50, 100):
        rolling = volume.rolling(n)
        out[f"volume_ratio_{n}"] = volume.iloc[-1] / rolling.mean().iloc[-1]
        out[f"volume_zscore_{n}"] = (volume.iloc[-1] - rolling.mean().iloc[-1]) / rolling.std().iloc[-1]
    out["ma_5_20_ratio"] = mean[5] / mean[20] - 1
    out["ma_20_50_ratio"] = mean[20] / mean[50] - 1
    return out


def agreement(feed: _Feed) -> float:
    """Largest relative difference between our rows and numba's, once both are warm: the race is over the same values."""
    from qt_app.bench import numba_features as peer

    engine, ts, rows = feed.engine(), np.zeros(CANDLES, dtype=np.int64), np.zeros((CANDLES, len(NAMES)))
    _, written = engine.rows(feed.events, ts, rows)
    p, state, row = feed.prints, peer.new_state(), np.full(len(NAMES), np.nan)
    worst = 0.0
    for i in range(written):
        peer.update(state, *feed.candles[i], p.buyer[i], p.seller[i], p.qty[i], p.side[i], p.ts_ns[i], p.ends[i],
                    stream.OPEN_NS, LONG_END_NS, row)
        if i >= WARM:
            worst = max(worst, float((np.abs(rows[i] - row) / np.maximum(np.abs(row), 1e-3)).max()))
    return worst


def measure(rounds: int) -> dict[str, Any]:
    """The section of the report; peers that are not installed are named as absent."""
    feed = _Feed()
    cases = {"engine_loop": lambda: engine_loop(feed), "engine_from_python": lambda: engine_from_python(feed),
             "pandas": lambda: pandas_window(feed)}
    try:
        import numba  # noqa: F401
    except ImportError:
        absent: NDArray[Any] | list[str] = ["numba"]
    else:
        absent = []
        cases |= {"numba_loop": lambda: numba_loop(feed), "numba_from_python": lambda: numba_from_python(feed)}
    done = interleave(cases, rounds)
    out: dict[str, Any] = {"unit": "us per row of 65 (one candle, ten prints)", "absent": absent,
                           "cases": {name: one.as_dict() for name, one in done.items()},
                           "ratios": {"pandas / engine_loop": ratio(done["pandas"], done["engine_loop"])}}
    if not absent:
        out["ratios"] |= {"engine_loop / numba_loop": ratio(done["engine_loop"], done["numba_loop"]),
                          "engine_from_python / numba_from_python": ratio(done["engine_from_python"], done["numba_from_python"])}
        out["worst_relative_difference"] = agreement(feed)
    return out
