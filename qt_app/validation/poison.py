"""The proof that rows owe nothing to the future: change every event after T, and nothing at or before T moves.

The stored rows are compared, column by column and bit by bit, with rows that the live code makes of a recording whose
future was replaced. A column that differs either knows the future or is not what the live code makes; both are leaks.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.build import Instants, build
from qt_app.dataset.session import SessionRows
from qt_app.replay.reader import Events, Recording
from qt_core._types import Kind, TradeType
from qt_core.features.registry import NAMES

#: How far the poisoned market jumps, in ticks, and by how much its quantities grow.
JUMP_TICKS = 40
GROWTH = 3
#: Part of the session's rows that lies before T.
CUT = 0.6


@dataclass(frozen=True, slots=True)
class Poisoned:
    """Rows of one session that were compared, and the columns that differed."""

    rows: int
    differing: tuple[str, ...]


def poisoned(recording: Recording, since_ns: int) -> Recording:
    """The recording with another market from ``since_ns`` on: prices jump, aggressors swap, depth is gone."""
    events = recording.events
    later = events["ts_ns"] >= since_ns
    keep = ~(later & np.isin(events["kind"], (Kind.LEVEL, Kind.ORDER)))
    changed = events.copy()
    _jump(changed, later)
    return replace(recording, events=changed[keep], seq=recording.seq[keep])


def _jump(events: Events, later: NDArray[np.bool_]) -> None:
    prints = later & np.isin(events["kind"], (Kind.TRADE, Kind.HISTORY))
    quotes = later & (events["kind"] == Kind.QUOTE)
    for name, rows in (("price", prints | quotes), ("a", quotes)):
        moved = rows & (events[name] > 0)
        events[name][moved] += JUMP_TICKS
    events["qty"][prints | quotes] *= GROWTH
    buys, sells = prints & (events["code"] == TradeType.BUY), prints & (events["code"] == TradeType.SELL)
    events["code"][buys], events["code"][sells] = TradeType.SELL, TradeType.BUY
    events["side"][buys | sells] *= -1


def compare(session: SessionRows, recording: Recording, due: Instants) -> Poisoned | None:
    """Compare a session's rows up to T with what its poisoned recording gives; None when they cannot be told apart.

    That is so when the rows were made on another grid or calendar than the recording's own.
    """
    if len(session) < 2:
        return None
    cut = int(session.ts_ns[int(CUT * (len(session) - 1))])
    made = build(poisoned(recording, cut), due, source=session.source)
    again = next((one for one in made if one.open_ns == session.open_ns and one.schema_id == session.schema_id), None)
    if again is None:
        return None
    mine, other = session.ts_ns <= cut, again.ts_ns <= cut
    if not np.array_equal(session.ts_ns[mine], again.ts_ns[other]):
        return Poisoned(int(mine.sum()), NAMES)
    same = (session.rows[mine] == again.rows[other]) | (np.isnan(session.rows[mine]) & np.isnan(again.rows[other]))
    return Poisoned(int(mine.sum()), tuple(name for name, ok in zip(NAMES, same.all(axis=0), strict=True) if not ok))
