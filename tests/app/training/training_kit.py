"""Small invented sessions: features drawn at random, a price that follows one of them as closely as a test wants."""
from __future__ import annotations

import dataclasses
import datetime as dt

import numpy as np

from qt_app.dataset.session import LabelRule, Quotes, SessionRows
from qt_app.training.inputs import chosen
from qt_core.features.registry import NAMES
from qt_core.readings.registry import NAMES as READINGS

NS = 1_000_000_000
RULE = LabelRule("horizon", 30.0, 0.0, 0.5, 1.0)
SIGNAL = chosen().index("order_flow_imbalance_10")
FIRST = dt.date(2026, 11, 2)


def session(number: int, *, rows: int = 300, edge: float = 2.0, seed: int = 0) -> SessionRows:
    """A decision every 10 s but for the last 40 minutes; the price drifts by ``edge`` ticks a decision x the signal."""
    rng = np.random.default_rng([seed, number])
    day = FIRST + dt.timedelta(days=number)
    open_ns = int(dt.datetime(day.year, day.month, day.day, 12, tzinfo=dt.UTC).timestamp()) * NS
    ts = open_ns + np.arange(1, rows + 1) * 10 * NS
    values = rng.normal(size=(rows, len(NAMES)))
    signal = np.repeat(rng.choice([-1.0, 0.0, 1.0], rows // 6 + 1), 6)[:rows]
    values[:, NAMES.index("order_flow_imbalance_10")] = signal
    bid = (10_000 + np.cumsum(np.round(edge * signal + rng.normal(0, 1.0, rows)))).astype(np.int32)
    quotes = Quotes(ts + 1, bid, bid + 1)
    return SessionRows("WDOZ26", day.isoformat(), open_ns, int(ts[-1]) + 2_400 * NS, (1, 2), 5.0, "schema", True,
                       f"{seed:04d}{number:04d}", f"world {seed} {number}", ts, values, np.zeros((rows, len(READINGS))),
                       quotes)


def world(count: int, **options: float) -> list[SessionRows]:
    return [session(number, **options) for number in range(count)]


def changed(one: SessionRows, **fields: object) -> SessionRows:
    return dataclasses.replace(one, **fields)
