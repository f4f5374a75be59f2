"""What stands around a decision: the prints before and after it, and the rank of each of its values in the day."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from qt_app.why.past import Past, day_of
from qt_app.why.witness import Seen
from qt_core._types import Kind
from qt_core.features.registry import FEATURES

BEFORE, AFTER = 80, 40
#: Fewer values of the day than that have no rank worth naming.
ENOUGH = 20


@dataclass(frozen=True, slots=True)
class Print:
    """A trade of the market. ``before``: the decision could know it; ``side`` +1 the buyer was the aggressor, 0
    unknown."""

    ts_ns: int
    price: float        # points
    contracts: float
    side: int
    before: bool


@dataclass(frozen=True, slots=True)
class Value:
    """One of the 65. ``rank``: the share of the day's values that lie below it, equal ones by half; ``z``: in the
    day's own deviations. None: not finite, or too few to compare with, or a day on which it never moved."""

    name: str
    family: str
    unit: str
    value: float | None
    rank: float | None
    z: float | None


def prints(past: Past, seen: Seen) -> list[Print]:
    """The last ones before the decision and the first ones after it."""
    events = past.recording.events
    sized = events["qty"] > 0       # the end of the backfill is an event of its own, without a print
    trades = np.flatnonzero(np.isin(events["kind"], (Kind.TRADE, Kind.HISTORY)) & sized)
    at = int(np.searchsorted(trades, seen.applied))
    chosen = [*trades[max(0, at - BEFORE):at], *trades[at:at + AFTER]]
    contract = past.instrument
    return [Print(int(events["ts_ns"][n]), contract.to_points(int(events["price"][n])),
                  float(contract.to_contracts(int(events["qty"][n]))), int(events["side"][n]), bool(n < seen.applied))
            for n in chosen]


def values(past: Past, seen: Seen) -> list[Value]:
    """The row that was decided on, beside the day's other rows."""
    table = past.table("features")
    stamps = table["ts_ns"].to_numpy()
    day = day_of(seen.decision.ts_ns)
    mine = np.array([day_of(int(ts)) == day for ts in stamps], dtype=bool)
    return [_value(feature.name, feature.family, feature.unit, float(seen.row[n]),
                   np.asarray(pc.fill_null(table[feature.name], np.nan).to_numpy(), dtype=float)[mine])
            for n, feature in enumerate(FEATURES)]


def _value(name: str, family: str, unit: str, value: float, of_day: NDArray[np.float64]) -> Value:
    known = of_day[np.isfinite(of_day)]
    if not np.isfinite(value):
        return Value(name, family, unit, None, None, None)
    if len(known) < ENOUGH:
        return Value(name, family, unit, value, None, None)
    below, equal = int((known < value).sum()), int((known == value).sum())
    spread = float(known.std())
    z = (value - float(known.mean())) / spread if spread > 0.0 else None
    return Value(name, family, unit, value, (below + equal / 2) / len(known), z)


def row_repeats(past: Past, seen: Seen) -> bool | None:
    """Whether the replay had the very row that the run decided on; None: the run's own is not kept."""
    if not past.ended:
        return None
    table = past.table("features")
    at = np.flatnonzero(table["seq"].to_numpy() == seen.decision.seq)
    if len(at) != 1:
        return False
    theirs = np.array([table[feature.name][int(at[0])].as_py() for feature in FEATURES], dtype=float)
    return bool(np.array_equal(theirs, seen.row, equal_nan=True))
