"""Where a run is between its start and its end, how it is left, and what it ends with."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic
from typing import Any

from qt_app.alerts.codes import Code
from qt_app.errors import ExitCode
from qt_app.orders import leaving
from qt_app.risk.states import TradingState
from qt_app.running.parts import COMPONENT, Parts
from qt_app.services.operator import OperatorDesk

#: How long a stop may take to flatten before the run ends with what is open (it says so, and the exit code tells).
FLATTEN_S = 15.0


class Life:
    """``stop`` is for any thread. ``busy``: the feed has something to bring to its end first.

    ``phase``: starting | running | stopping; set by the engine's thread.
    """

    def __init__(self, parts: Parts, desk: OperatorDesk, busy: Callable[[], bool]) -> None:
        self._parts = parts
        self._desk = desk
        self._busy = busy
        self._leaving_s: float | None = None   # since when a stop has been under way
        self._keep = False
        self.phase = "starting"
        self.exit = ExitCode.OK

    def stop(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Block entries, cancel, flatten (or keep); the loop ends when that is confirmed. Raises RefusedError."""
        wanted = leaving.wanted(args, self._parts.config.trading.mode, self._parts.pipeline.trader.account.position)
        self._keep = wanted == "keep"
        self._desk.stop({**args, "position": wanted})
        self._leaving_s = monotonic()
        return {"stopping": True, "position": wanted}

    @property
    def leaving(self) -> str | None:
        """How the run is being left, keep | flatten; None when nobody asked for a stop."""
        return None if self._leaving_s is None else "keep" if self._keep else "flatten"

    def done(self) -> bool:
        """Whether the loop is over; told when that is for want of patience."""
        source, trader = self._parts.source, self._parts.pipeline.trader
        if self._leaving_s is None:
            return source.finished() and not self._busy()
        if leaving.settled(trader, self._keep) or source.finished():
            return True
        if monotonic() - self._leaving_s > FLATTEN_S:
            wanted = "protected" if self._keep else "flat"
            self._parts.alerts.raise_(
                Code.NOT_FLAT_AT_STOP, f"stopped, and not confirmed {wanted} within {FLATTEN_S:g} s",
                {"position": trader.account.position}, component=COMPONENT)
            self.exit = ExitCode.TIMEOUT
            return True
        return False

    def state(self) -> str:
        """In a word, for readers."""
        pipeline = self._parts.pipeline
        if self.phase != "running":
            return self.phase
        if self._leaving_s is not None:
            return "stopping"
        if (state := pipeline.trader.gate.state) is not TradingState.ACTIVE:
            return state.name.lower()
        return "running" if pipeline.decisions else "warming"
