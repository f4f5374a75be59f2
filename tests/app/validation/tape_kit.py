"""Sessions of the tests: a price that walks at random, quotes every half second, a few honest features."""
from __future__ import annotations

from typing import Any

import numpy as np

from qt_app.dataset.session import Quotes, SessionRows
from qt_core.features.registry import NAMES, schema_id
from qt_core.readings.registry import NAMES as READINGS

#: 2026-11-18 10:00:00 in Sao Paulo.
T0 = 1_795_006_800_000_000_000
NS = 1_000_000_000
DAY = 86_400 * NS


def walk(seed: int, *, instants: int = 400, drive: float = 0.0, memory: float = 0.97,
         blur: float = 0.2) -> SessionRows:
    """One session, an instant each second. ``drive`` > 0: a slow state, seen in the order flow, moves the price.

    ``blur`` of the order flow's sight of it.
    """
    rng = np.random.default_rng(seed)
    changes = 2 * (instants + 70)
    state = np.zeros(changes)
    for i in range(1, changes):
        state[i] = memory * state[i - 1] + rng.normal()
    state /= np.sqrt(1 / (1 - memory**2))
    mid = 10_000 + np.cumsum(rng.normal(drive * state, 1.0))
    at = T0 + seed * DAY + np.arange(changes) * NS // 2
    bid = np.round(mid).astype(np.int32)
    ts = T0 + seed * DAY + (60 + np.arange(instants)) * NS
    now = 2 * (60 + np.arange(instants)) - 1                # the last change before each instant
    rows = rng.normal(size=(instants, len(NAMES)))
    for name, lag in (("returns_1", 2), ("returns_5", 10), ("returns_20", 40)):
        rows[:, NAMES.index(name)] = mid[now] - mid[now - lag]
    rows[:, NAMES.index("order_flow_imbalance_10")] = state[now] + rng.normal(0, blur, instants)
    facts: dict[str, Any] = {
        "symbol": "WDOZ26", "day": "2026-11-18", "open_ns": int(at[0]), "close_ns": int(at[-1]) + 1, "tick": (1, 2),
        "tick_value_brl": 5.0, "schema_id": schema_id(5.0, "b3"), "synthetic": True, "digest": f"{seed:08x}" * 8,
        "source": "invented", "readings": np.zeros((instants, len(READINGS)))}
    return SessionRows(ts_ns=ts, rows=rows, quotes=Quotes(at, bid, bid + 1), **facts)


def later_mid(session: SessionRows, seconds: float) -> np.ndarray:
    """(n,) mid price so much after each instant, in ticks."""
    bid, ask = session.quotes.at(session.ts_ns + round(seconds * NS))
    return (bid + ask) / 2.0
