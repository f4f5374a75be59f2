"""Made-up tapes for tests, and recorded tapes as events. Never part of the product."""
from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, Kind

SECOND = 1_000_000_000
#: 2024-03-05 12:00 UTC: 09:00 in Sao Paulo, a Tuesday.
OPEN_NS = int(pd.Timestamp("2024-03-05 12:00", tz="UTC").value)
HOUR = 3600 * SECOND


def session(seed: int = 1, trades: int = 4000, hours: float = 1.0, brokers: int = 12, tick: float = 0.5,
            price: float = 5000.0, open_ns: int = OPEN_NS) -> pd.DataFrame:
    """A tape in the recorded schema: bursty times, random walk, clustered aggressors, some cross, RLP and auction."""
    rng = np.random.default_rng(seed)
    gaps = rng.exponential(1.0, trades) * rng.choice([0.05, 1.0, 4.0], trades, p=[0.6, 0.3, 0.1])
    ts = open_ns + (np.cumsum(gaps) / gaps.sum() * hours * 3600 * 0.999 * 1e9).astype(np.int64)
    kind = rng.choice([2, 3, 1, 13, 32, 4], trades, p=[0.44, 0.44, 0.03, 0.05, 0.02, 0.02])
    walk = np.cumsum(rng.choice([-1, 0, 0, 0, 1], trades))
    weights = 1.0 / np.arange(1, brokers + 1)
    codes = np.array([3, 8, 16, 21, 45, 72, 85, 90, 93, 114, 120, 386, 1618, 4090, 100_003, 7], np.int32)[:brokers]
    buyer, seller = (rng.choice(codes, trades, p=weights / weights.sum()) for _ in range(2))
    return pd.DataFrame({
        "ts_ns": ts, "price": price + tick * walk, "qty": rng.integers(1, 40, trades).astype(float),
        "aggressor": np.select([kind == 2, kind == 3], [1, -1], 0).astype(np.int8),
        "buyer": buyer.astype(np.int32), "seller": seller.astype(np.int32), "trade_type": kind.astype(np.int8),
    })


def events(trades: pd.DataFrame, tick: tuple[int, int] = (1, 2), step: tuple[int, int] = (1, 1)) -> NDArray[np.void]:
    """EVENT_DTYPE rows of a tape; prices must lie on the grid."""
    out = np.zeros(len(trades), EVENT_DTYPE)
    out["ts_ns"] = trades["ts_ns"]
    out["price"] = np.rint(trades["price"].to_numpy() * tick[1] / tick[0])
    out["qty"] = np.rint(trades["qty"].to_numpy() * step[1] / step[0])
    out["a"], out["b"] = trades["buyer"], trades["seller"]
    out["code"], out["side"] = trades["trade_type"], trades["aggressor"]
    out["kind"] = Kind.TRADE
    np.testing.assert_allclose(out["price"] * (tick[0] / tick[1]), trades["price"], rtol=1e-12)
    return out


def clock(ts_ns: int) -> NDArray[np.void]:
    """One clock event: time passes to ``ts_ns``."""
    out = np.zeros(1, EVENT_DTYPE)
    out["ts_ns"], out["kind"] = ts_ns, Kind.CLOCK
    return out
