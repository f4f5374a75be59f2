"""Feature sets driven without an engine: tapes and candles in, frames of rows out."""
from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from oracle.features_oracle import NAMES
from oracle.synthetic import SECOND, clock, events

from qt_core.candles import Candles
from qt_core.features.set import FeatureSet
from qt_core.tape import Tape

Scale = tuple[int, int]


def feature_set(seconds: float = 5, tick: Scale = (1, 2), step: Scale = (1, 1), capacity: int = 1 << 14) -> FeatureSet:
    return FeatureSet(Tape(capacity), Candles(round(seconds * SECOND)), tick, step)


def frame(ts: NDArray[np.int64], rows: NDArray[np.float64]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=NAMES).assign(ts_ns=ts)[["ts_ns", *NAMES]]


def tape_rows(trades: pd.DataFrame, *, bounds: tuple[int, int] = (0, 0), until: int | None = None,
              at_trade: bool = False, tick: Scale = (1, 2), step: Scale = (1, 1),
              features: FeatureSet | None = None) -> pd.DataFrame:
    """Rows of one session of a tape. ``until``: time passes to here after the last print."""
    features = features or feature_set(tick=tick, step=step)
    stream = events(trades, tick, step)
    if bounds[1]:
        stream = stream[(stream["ts_ns"] >= bounds[0]) & (stream["ts_ns"] < bounds[1])]
    if at_trade:
        stream = stream[stream["code"] != 4]
    if until is not None:
        stream = np.concatenate([stream, clock(until)])
    features.open(*bounds)
    return frame(*features.trades_to_rows(stream, at_trade))


def candle_rows(candles: pd.DataFrame, seconds: float = 60, tick: Scale = (1, 2), step: Scale = (1, 1),
                sessions: NDArray[np.int64] | None = None, features: FeatureSet | None = None) -> pd.DataFrame:
    features = features or feature_set(seconds, tick, step)
    names = ("open", "high", "low", "close", "volume", "buy_volume", "sell_volume", "trades")
    return frame(*features.candles_to_rows(candles["ts_ns"], *(candles[name] for name in names), sessions))


def candles(closes: Any, volume: Any = 10.0, buy: Any = 5.0, sell: Any = 3.0, trades: Any = 4, seconds: int = 60,
            start_ns: int = 1_700_000_040 * SECOND) -> pd.DataFrame:
    """Recorded candles from closes: each opens at the close before; columns are broadcast."""
    close = np.asarray(closes, np.float64)
    opens = np.concatenate([close[:1], close[:-1]])
    return pd.DataFrame({
        "ts_ns": start_ns + np.arange(len(close)) * seconds * SECOND, "open": opens, "high": np.maximum(opens, close),
        "low": np.minimum(opens, close), "close": close, "volume": np.broadcast_to(volume, close.shape),
        "buy_volume": np.broadcast_to(buy, close.shape), "sell_volume": np.broadcast_to(sell, close.shape),
        "trades": np.broadcast_to(trades, close.shape),
    })
