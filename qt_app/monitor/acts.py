"""The two things that the monitor may ask of the engine, through the control channel and its token."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from qt_app.errors import MismatchError, QtError
from qt_app.home import Home
from qt_app.services.control import ControlClient
from qt_app.services.halt import Halt, Progress, halt_running

Act = Literal["halt", "flatten"]
REASON = "asked for on the monitor's page"
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """``progress`` of an act that is done; ``error``: the sentence of one that is not (it may still be in force)."""

    progress: Progress | None
    error: str = ""


def perform(home: Home, act: Act, session: str | None) -> Outcome:
    """``halt`` stops entries, ``flatten`` cancels and closes everything and halts; both hold until ``qt resume``.

    ``session``: the run that the page shows; another one that runs in this home is left alone. Waits until it is done:
    for a thread of its own.
    """
    try:
        _same(home, session)
        return Outcome(halt_running(home, Halt(REASON, entries_only=act == "halt"), PATIENCE_S))
    except QtError as error:
        return Outcome(None, str(error))


def _same(home: Home, session: str | None) -> None:
    running = ControlClient(home).call("status")["session_id"]
    if session is not None and running != session:
        raise MismatchError(f"the page shows run {session}, but in {home.root} runs {running}: two engines share a "
                            "port; use `qt halt --home` for the right one")
