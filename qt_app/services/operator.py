"""Operators' acts on a running engine: halt, resume and stop, who asked for them, and whether they are done.

Requests come on the control channel's thread and only queue; the engine's thread carries them out as CONTROL events
and reports back with ``done``. A halt is latched in the journal as the fact "halt", and every act leaves a mark there.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.errors import RefusedError
from qt_app.journal.entries import Fact, Note, nowhere
from qt_app.orders.trader import Trader
from qt_app.risk.controls import CLOSE, KEEP, Cause
from qt_app.risk.intent import Purpose
from qt_app.risk.latch import HALT, Latch, act_mark
from qt_app.risk.reasons import Reason
from qt_app.risk.states import Until, block_of
from qt_app.votes import Decision
from qt_app.zone import now_text
from qt_core._types import Control


@dataclass(frozen=True, slots=True)
class Command:
    """A CONTROL event to be, with the operator's words. ``by`` is who, ``at`` the wall clock of the request."""

    code: Control
    detail: int = 0
    by: str = ""
    reason: str = ""
    at: str = ""


def command_of(latch: Latch) -> Command:
    """The event that brings a latch into a new run."""
    code = Control.HALT if latch.kind == "halt" else Control.REDUCE
    return Command(code, Cause.LATCHED, latch.by, latch.reason, latch.at)


class OperatorDesk:
    """``put`` hands a command to the engine's thread and wakes it; ``say`` tells people.

    ``durable`` says that everything noted is on the disk; None when nothing is kept.
    """

    def __init__(self, trader: Trader, put: Callable[[Command], None], say: Tell,
                 note: Note = nowhere, durable: Callable[[], bool | None] = lambda: None) -> None:
        self.trader = trader
        self.latch: Latch | None = None
        self._put = put
        self._say = say
        self._note = note
        self._durable = durable
        self._asked = 0             # acts that were queued, and that were carried out
        self._acted = 0
        self._first_id = 0          # orders up to here were there when the last act came
        self._last_id = 0
        self._cancelled: set[int] = set()

    # ---- the control channel's thread

    def halt(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Cancel and close everything, and stay so; with ``entries_only`` only entries stop."""
        code = Control.REDUCE if args.get("entries_only") else Control.HALT
        return self._queue(Command(code, Cause.OPERATOR, *_words(args)))

    def resume(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """Lifts what an operator may lift; RefusedError (exit 7) when all that blocks is out of his hands."""
        blocks = self.trader.gate.blocks
        lifted = [reason for reason in blocks if block_of(reason).until is Until.RESUME]
        left = [reason for reason in blocks if reason not in lifted]
        if left and not lifted:
            raise RefusedError("nothing here is for `qt resume` to lift: " + "; ".join(_told(r) for r in left))
        queued = self._queue(Command(Control.RESUME, Cause.OPERATOR, *_words(args)))
        return {**queued, "lifted": [r.name for r in lifted], "left": [_told(r) for r in left]}

    def stop(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """The run ends: entries are blocked; the position is closed, or kept."""
        keep = args.get("position") == "keep"
        return self._queue(Command(Control.STOP, KEEP if keep else CLOSE, *_words(args)))

    def progress(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """How far the act number ``act`` has come."""
        trader = self.trader
        taken = self._acted >= int(args.get("act", 0))
        flat = trader.state == "flat" and trader.gateway.confirmed
        return {"taken": taken, "flat": flat, "position": trader.account.position,
                "working": len(trader.bracket.orders), "entries": len(trader.bracket.of(Purpose.ENTRY)),
                "cancelled": len(self._cancelled),
                "state": trader.gate.state.name, "blocks": [r.name for r in trader.gate.blocks],
                "latched": taken and self._durable()}

    def _queue(self, command: Command) -> dict[str, Any]:
        self._asked += 1
        act = self._asked
        self._put(command)
        return {"queued": command.code.name, "act": act}

    # ---- the engine's thread

    def begin(self, command: Command) -> None:
        """Just before it is carried out: orders from now on are not what it found."""
        self._first_id = self._last_id
        self._cancelled = set()

    def done(self, command: Command, ts_ns: int) -> None:
        """It was carried out: latch it, mark it, tell it."""
        self._acted += 1
        self._keep(command, ts_ns)
        self._note(act_mark(command.code.name.lower(), ts_ns, command.by, command.reason))
        words = f"operator: {command.code.name}" + (f" by {command.by}" if command.by else "")
        self._say(Code.OPERATOR, words, {"reason": command.reason, "at": command.at})

    def latched(self, latch: Latch) -> None:
        """A halt of an earlier run holds in this one."""
        self.latch = latch
        self._say(Code.OPERATOR, f"still halted since {latch.at} by {latch.by or 'somebody'}: `qt resume` lifts it",
                  {"reason": latch.reason, "at": latch.at})

    def _keep(self, command: Command, ts_ns: int) -> None:
        kind = {Control.HALT: "halt", Control.REDUCE: "reduce"}.get(command.code)
        if command.code is Control.RESUME:
            self.latch = None
            self._note(Fact(HALT, None, ts_ns))
        elif kind is not None and (self.latch is None or self.latch.kind != "halt"):    # a halt is not weakened
            self.latch = Latch(kind, command.reason, command.by, command.at)
            self._note(self.latch.fact(ts_ns))

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        """An output of the pipeline, for its records alone."""

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        if kind == "order":
            self._last_id = max(self._last_id, int(record["order_id"]))
        elif kind == "report" and record["status"] == "cancelled" and record["order_id"] <= self._first_id:
            self._cancelled.add(record["order_id"])


def _told(reason: Reason) -> str:
    return f"{reason.name} ({reason.value}): {block_of(reason).remedy}"


def _words(args: Mapping[str, Any]) -> tuple[str, str, str]:
    """Who, why and when, as the request says; the length is the journal's concern, not the sender's."""
    return str(args.get("by", ""))[:200], str(args.get("reason", ""))[:500], now_text()
