"""What control events have set: operators' acts, the feed's health, the program's end.

A CONTROL event is (code, detail), both recorded, so that a replay repeats it. HALT: everything is cancelled and closed,
and stays so. REDUCE: no entries, what is held stays protected; the detail says whose wish it is. STOP: the program
ends; detail ``CLOSE`` closes the position. RESUME of the operator lifts HALT and REDUCE, but what the clock or the
journal asked for is lifted by their own RESUME alone. STALE and FRESH follow the feed.
"""
from __future__ import annotations

import enum

from qt_app.risk.reasons import Reason
from qt_core._types import Control


class Cause(enum.IntEnum):
    """Who is behind a HALT, REDUCE or RESUME."""

    OPERATOR = 0
    LATCHED = 1     # the operator, in an earlier run
    GAP = 2         # prints are missing for good
    CLOCK = 3       # the wall clock and the steady one differ
    JOURNAL = 4     # the journal cannot keep more entries


#: Detail of STOP.
KEEP, CLOSE = 0, 1

_SETS: dict[tuple[int, int], Reason] = {
    (Control.HALT, Cause.OPERATOR): Reason.HALTED, (Control.HALT, Cause.LATCHED): Reason.HALTED,
    (Control.REDUCE, Cause.OPERATOR): Reason.REDUCING, (Control.REDUCE, Cause.LATCHED): Reason.REDUCING,
    (Control.REDUCE, Cause.GAP): Reason.FEED_GAP, (Control.REDUCE, Cause.CLOCK): Reason.CLOCK_JUMP,
    (Control.REDUCE, Cause.JOURNAL): Reason.JOURNAL_FAILED,
    (Control.STOP, KEEP): Reason.STOPPING, (Control.STOP, CLOSE): Reason.STOPPING_FLAT,
    (Control.STALE, 0): Reason.STALE_FEED,
}
_LIFTS: dict[tuple[int, int], tuple[Reason, ...]] = {
    (Control.RESUME, Cause.OPERATOR): (Reason.HALTED, Reason.REDUCING, Reason.FEED_GAP),
    (Control.RESUME, Cause.CLOCK): (Reason.CLOCK_JUMP,),
    (Control.RESUME, Cause.JOURNAL): (Reason.JOURNAL_FAILED,),
    (Control.FRESH, 0): (Reason.STALE_FEED,),
}


class Controls:
    """The reasons that control events have set, oldest first."""

    def __init__(self) -> None:
        self._set: dict[Reason, None] = {}

    def take(self, code: int, detail: int = 0) -> None:
        """One CONTROL event; what is none of the above changes nothing."""
        reason = _SETS.get((code, detail))
        if reason is not None:
            self._set[reason] = None
        for lifted in _LIFTS.get((code, detail), ()):
            self._set.pop(lifted, None)

    @property
    def blocks(self) -> tuple[Reason, ...]:
        return tuple(self._set)
