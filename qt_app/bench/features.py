"""µs per row of 65: the engine's own loop, the engine from Python, and the peers."""
# ruff: noqa: PLC0415  (numba is imported only where it is measured)
from __future__ import annotations

import math
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
        self.ts_out = np.full(size, -1, dtype=np.int64)   # written, so that no case pays for untouched memory
        self.rows_out = np.full((size, len(NAMES)), np.nan)
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


def numba_peer() -> Any:
    """The compiled module. Raises ImportError without numba."""
    from qt_app.bench import numba_features

    return numba_features


def engine_loop(feed: Feed) -> float:
    """Candle, ten prints and a row, all inside one nogil call."""
    engine = feed.engine()
    begin = time.perf_counter()
    _, written = engine.rows(feed.events, feed.ts_out, feed.rows_out)
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
    peer = numba_peer()

    p = feed.prints
    begin = time.perf_counter()
    peer.run(peer.new_state(), feed.candles, p.buyer, p.seller, p.qty, p.side, p.ts_ns, p.ends,
             stream.OPEN_NS, feed.end_ns, np.full(len(NAMES), np.nan))
    return _micros_per_row(time.perf_counter() - begin, feed.size)


def numba_from_python(feed: Feed) -> float:
    """numba's incremental version, called once per row."""
    peer = numba_peer()

    p, candles, ends = feed.prints, feed.candles, feed.prints.ends
    columns = [tuple(float(v) for v in line) for line in candles]
    rows = list(zip(columns, p.buyer, p.seller, p.qty, p.side, p.ts_ns, ends.tolist(), strict=True))
    state, row = peer.new_state(), np.full(len(NAMES), np.nan)
    begin = time.perf_counter()
    for column, buyer, seller, qty, side, ts, end in rows:
        peer.update(state, *column, buyer, seller, qty, side, ts, end, stream.OPEN_NS, feed.end_ns, row)
    return _micros_per_row(time.perf_counter() - begin, len(rows))


def pandas_window(feed: Feed) -> float:
    """The usual way: rolling windows over the last 201 candles and 1,000 prints, recomputed for each row."""
    candles = pd.DataFrame(feed.candles, columns=["open", "high", "low", "close", "volume", "bought", "sold"])
    candles["prints"] = stream.PER_CANDLE
    p = feed.prints
    prints = pd.DataFrame({"ts": p.ts_ns.ravel(), "qty": p.qty.ravel(), "side": p.side.ravel(),
                           "buyer": p.buyer.ravel(), "seller": p.seller.ravel()})
    begin = time.perf_counter()
    for last in range(feed.size - PANDAS_ROWS, feed.size):
        end = (last + 1) * stream.PER_CANDLE
        _pandas_row(candles.iloc[last - 200 : last + 1], prints.iloc[max(0, end - 1_000) : end])
    return _micros_per_row(time.perf_counter() - begin, PANDAS_ROWS)


def _pandas_row(candles: pd.DataFrame, prints: pd.DataFrame) -> dict[str, Any]:
    """One row; the brokers' totals cover the last 1,000 prints only, which flatters the peer."""
    return _of_prices(candles) | _of_volumes(candles) | _of_prints(candles, prints)


def _of_prices(window: pd.DataFrame) -> dict[str, Any]:
    """Volatility, returns, averages and momentum."""
    log: Any = np.log
    close = window["close"]
    returns = close.pct_change()
    std = {n: returns.rolling(n).std().iloc[-1] for n in (10, 20, 50, 100, 200)}
    mean = {n: close.rolling(n).mean().iloc[-1] for n in (5, 20, 50)}
    change = {n: close.pct_change(n).iloc[-1] for n in (1, 2, 5, 10, 20, 50, 100)}
    out: dict[str, Any] = {f"volatility_{n}": std[n] for n in (10, 20, 50, 100)}
    out |= {f"volatility_ratio_{a}": std[a] / std[b] for a, b in ((10, 20), (20, 50), (50, 100), (100, 200))}
    hl, co = log(window["high"] / window["low"]) ** 2, log(close / window["open"]) ** 2
    out["volatility_gk"] = np.sqrt((0.5 * hl - (2 * math.log(2) - 1) * co).rolling(20).mean().iloc[-1])
    out["bb_position"] = (close.iloc[-1] - mean[20]) / (2 * close.rolling(20).std().iloc[-1])
    out |= {f"returns_{n}": value for n, value in change.items()}
    out |= {f"log_returns_{n}": log(close / close.shift(n)).iloc[-1] for n in (1, 5, 20)}
    out["ma_5_20_ratio"], out["ma_20_50_ratio"] = mean[5] / mean[20] - 1, mean[20] / mean[50] - 1
    for fast, slow in ((5, 20), (20, 50)):
        out[f"momentum_{fast}_{slow}"] = (change[fast] / fast - change[slow] / slow) / std[slow]
        out[f"sharpe_{fast}"] = change[fast] / (std[slow] * math.sqrt(fast))
    return out


def _of_volumes(window: pd.DataFrame) -> dict[str, Any]:
    """Imbalances and volumes."""
    volume, signed, sided = window["volume"], window["bought"] - window["sold"], window["bought"] + window["sold"]
    out: dict[str, Any] = {"signed_volume": signed.iloc[-1], "cumulative_imbalance": signed.sum() / sided.sum()}
    for n in (10, 20, 50, 100):
        out[f"order_flow_imbalance_{n}"] = signed.rolling(n).sum().iloc[-1] / sided.rolling(n).sum().iloc[-1]
    weighted = window["close"].pct_change() * volume
    out["volume_weighted_return"] = weighted.rolling(20).sum().iloc[-1] / volume.rolling(20).sum().iloc[-1]
    for n in (20, 50, 100):
        rolling = volume.rolling(n)
        out[f"volume_ratio_{n}"] = volume.iloc[-1] / rolling.mean().iloc[-1]
        out[f"volume_zscore_{n}"] = (volume.iloc[-1] - rolling.mean().iloc[-1]) / rolling.std().iloc[-1]
    return out


def _of_prints(candles: pd.DataFrame, prints: pd.DataFrame) -> dict[str, Any]:
    """Intensity, brokers, aggressor and clock."""
    minute = candles["prints"].rolling(60 * stream.NS // stream.CANDLE_NS).sum() / 60.0
    out: dict[str, Any] = {"intensity": minute.iloc[-1],
                           "intensity_ratio": minute.iloc[-1] / minute.rolling(100).mean().iloc[-1]}
    recent = prints.iloc[-100:]
    net = recent.groupby("buyer")["qty"].sum().sub(recent.groupby("seller")["qty"].sum(), fill_value=0)
    for who, sign in (("buyer", 1), ("seller", -1)):
        changed = prints[who].iloc[-101:].diff().iloc[1:] != 0
        flags = (sign * net.reindex(prints.groupby(who)["qty"].sum().nlargest(5).index, fill_value=0)) > 0
        out |= {f"{who}_{rank}": flag for rank, flag in enumerate(flags)}
        out |= {f"{who}_count": flags.sum(), f"{who}_changed": changed.iloc[-1], f"{who}_turnover": changed.mean()}
    when = pd.Timestamp(prints["ts"].iloc[-1], tz="America/Sao_Paulo")
    return out | {"side": prints["side"].iloc[-1], "minute": when.minute, "hour": when.hour, "weekday": when.weekday()}


def agreement(feed: Feed) -> float:
    """Largest relative difference between our rows and numba's, once both are warm: they race over the same values."""
    peer = numba_peer()

    rows = feed.rows_out
    _, written = feed.engine().rows(feed.events, feed.ts_out, rows)
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
        numba_peer()
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
