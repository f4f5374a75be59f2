"""Small sessions made by the tests: chosen quotes, and rows that are numbers only."""
from __future__ import annotations

from typing import Any

import numpy as np

from qt_app.dataset.session import Quotes, SessionRows
from qt_core.features.registry import NAMES, schema_id
from qt_core.readings.registry import NAMES as READINGS

#: 2026-11-18 10:00:00 in Sao Paulo.
T0 = 1_795_006_800_000_000_000
NS = 1_000_000_000


def session(ts_s: Any, quotes: list[tuple[float, int, int]], *, close_s: float = 36_000.0, rows: Any = None,
            seed: int = 1, **more: Any) -> SessionRows:
    """Decision instants and (second, bid, ask) changes, in seconds after T0."""
    ts = np.array([T0 + round(s * NS) for s in ts_s], np.int64)
    rng = np.random.default_rng(seed)
    made = np.array([(T0 + round(s * NS), bid, ask) for s, bid, ask in quotes], np.int64).reshape(-1, 3)
    path = Quotes(made[:, 0].copy(), made[:, 1].astype(np.int32), made[:, 2].astype(np.int32))
    facts: dict[str, Any] = {
        "symbol": "WDOZ26", "day": "2026-11-18", "open_ns": T0, "close_ns": T0 + round(close_s * NS), "tick": (1, 2),
        "tick_value_brl": 5.0, "schema_id": schema_id(5.0, "b3"), "synthetic": True, "digest": f"{seed:08x}" * 8,
        "source": "invented", "readings": rng.normal(size=(len(ts), len(READINGS))), "quotes": path}
    made_rows = rng.normal(size=(len(ts), len(NAMES))) if rows is None else np.asarray(rows, float)
    return SessionRows(ts_ns=ts, rows=made_rows, **(facts | more))


def wandering(seed: int, *, instants: int = 40, changes: int = 120, seconds: int = 60, holes: float = 0.08,
              start: int = 10_000) -> SessionRows:
    """A price that wanders on a few ticks, spreads of 1 to 3, quotes that are missing now and then."""
    rng = np.random.default_rng(seed)
    at = np.sort(rng.integers(0, seconds * 10, changes)) / 10
    bid = start + np.cumsum(rng.integers(-2, 3, changes))
    ask = bid + rng.integers(1, 4, changes)
    bid[rng.random(changes) < holes] = 0
    ask[rng.random(changes) < holes] = 0
    rows = rng.normal(size=(instants, len(NAMES)))
    rows[rng.random(instants) < 0.1, 3] = np.nan
    ts = np.sort(rng.choice(seconds * 10, instants, replace=False)) / 10
    return session(ts, [(float(s), int(b), int(a)) for s, b, a in zip(at, bid, ask, strict=True)], rows=rows,
                   close_s=seconds + float(rng.integers(-5, 6)), seed=seed)
