"""What the engine shows of its own life to the process that watches it, and what it sees of that process."""
from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.home import Home
from qt_app.services.snapshot import Snapshot, SupervisorState
from qt_app.supervisor.record import living

#: How often the supervisor is looked for.
LOOK_S = 1.0


class Pulse:
    """When the engine's thread last went round. One writer, any reader."""

    __slots__ = ("_at_s",)

    def __init__(self) -> None:
        self._at_s: float | None = None

    def turn(self) -> None:
        """The loop begins another turn."""
        self._at_s = monotonic()

    def rest(self) -> None:
        """The loop is over."""
        self._at_s = None

    @property
    def lag_s(self) -> float | None:
        """Since the last turn; None outside the loop."""
        at_s = self._at_s
        return None if at_s is None else monotonic() - at_s


def beat(snapshot: Snapshot, lag_s: float | None, stale: bool, stopping: str | None) -> dict[str, Any]:
    """The engine's answer to the supervisor, each second: see ``qt_app.supervisor.guardian.Beat``."""
    age_ms = snapshot["feed"]["age_ms"]
    return {"state": snapshot["state"], "lag_s": lag_s, "stale": stale,
            "age_s": None if age_ms is None else age_ms / 1000, "position": snapshot["position"]["contracts"],
            "working": snapshot["orders"]["working"], "symbol": snapshot["symbol"], "stopping": stopping}


class ParentWatch:
    """Looks whether the supervisor that started this engine still lives; its end is told once."""

    def __init__(self, home: Home, alert: Tell,
                 clock: Callable[[], float] = monotonic) -> None:
        self._record = living(home)
        self._alert = alert
        self._clock = clock
        self._next_s = 0.0
        self._alive = self._record is not None

    def look(self) -> SupervisorState:
        """One thread alone calls this."""
        if self._record is None:
            return {"pid": None, "alive": False}
        if self._alive and self._clock() >= self._next_s:
            self._next_s = self._clock() + LOOK_S
            self._alive = self._record.owner.alive
            if not self._alive:
                self._alert(Code.SUPERVISOR_GONE, f"the supervisor (process {self._record.pid}) is gone: nothing "
                            "starts this engine again after a crash", {"pid": self._record.pid})
        return {"pid": self._record.pid, "alive": self._alive}
