"""Stopping the running engine: asked through the control channel, never forced."""
from __future__ import annotations

import time

import psutil

from qt_app.errors import NotRunningError, TimedOutError
from qt_app.home import Home
from qt_app.services import farewell
from qt_app.services.control import ControlClient
from qt_app.services.process import Owner, operator
from qt_app.supervisor.exposure import exposure
from qt_app.supervisor.record import Record, living, request_end


def stop(home: Home, position: str | None = None, timeout_s: float = 30.0) -> tuple[Owner, str]:
    """Blocks entries, then ``flatten``: cancels and closes everything; ``keep``: cancels entries and leaves the
    position with its protection. Waits for the end of engine and supervisor.

    Without a choice it is flatten; with real money and an open position the engine wants one (RefusedError). Returns
    who was stopped and what stays where. Raises NotRunningError, or TimedOutError when it still runs.
    """
    client = ControlClient(home)
    parent = living(home)
    owner = client.owner() if parent is None else _engine(home, client, parent, timeout_s)
    deadline = time.monotonic() + timeout_s
    how = {} if position is None else {"position": position}
    client.call("stop", {**how, "by": operator()}, timeout_s=timeout_s)
    _wait(owner, max(0.0, deadline - time.monotonic()), timeout_s)
    if parent is not None:      # it ends with its engine
        _wait(parent.owner, max(1.0, deadline - time.monotonic()), timeout_s)
    return owner, farewell.words(farewell.read(home, owner))


def _engine(home: Home, client: ControlClient, parent: Record, timeout_s: float) -> Owner:
    """The running engine; without one its supervisor is told to start none any more. Raises NotRunningError then."""
    try:
        return client.owner()
    except NotRunningError as error:
        request_end(home, parent)
        _wait(parent.owner, timeout_s, timeout_s)
        rest = exposure(home, None)
        raise NotRunningError(f"there was no engine to stop; its supervisor (process {parent.pid}) was stopped and "
                              f"starts none any more; {rest.words}; {rest.remedy}") from error


def _wait(owner: Owner, left_s: float, timeout_s: float) -> None:
    process = owner.process()
    if process is None:
        return
    try:
        process.wait(left_s)
    except psutil.TimeoutExpired:
        raise TimedOutError(
            f"qt (process {owner.pid}) took the stop but still runs after {timeout_s:g} s; "
            "look at `qt status`, and repeat `qt stop` with a longer --timeout") from None
    except psutil.NoSuchProcess:
        return
