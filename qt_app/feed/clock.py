"""Watches the wall clock that market time comes from: a jump stops entries until it is taken back.

Market time itself does not jump (include/qt_door.h): it goes on by the monotonic clock. Which of the two is right
nobody here can know, so what is held stays protected and nothing new is entered.
"""
from __future__ import annotations

from collections.abc import Callable

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.risk.controls import Cause
from qt_core._types import Control

NS = 1_000_000_000


class ClockWatch:
    """``look`` at every turn of the engine's thread; ``control`` injects a CONTROL event of a code and a detail."""

    def __init__(self, skew_ns: Callable[[], int], control: Callable[[Control, int], None], alert: Tell) -> None:
        self._skew_ns = skew_ns
        self._control = control
        self._alert = alert
        self.jumped = False

    def look(self) -> None:
        skew_ns = self._skew_ns()
        if bool(skew_ns) is self.jumped:
            return
        self.jumped = bool(skew_ns)
        if skew_ns:
            self._control(Control.REDUCE, Cause.CLOCK)
            self._alert(Code.CLOCK_SKEW, f"the computer's clock jumped by {skew_ns / NS:+.0f} s: market time goes on "
                        "by the steady clock, and there are no entries until the clock is back; if the new time is the "
                        "right one, qt stop and qt start", {"skew_s": round(skew_ns / NS, 3)})
        else:
            self._control(Control.RESUME, Cause.CLOCK)
            self._alert(Code.CLOCK_BACK, "the computer's clock is back at market time: entries are allowed again", {})
