"""Stopping the running engine: asked through the control channel, never forced."""
from __future__ import annotations

import time
from typing import Any

import psutil

from qt_app.errors import TimedOutError
from qt_app.home import Home
from qt_app.services.control import ControlClient
from qt_app.services.process import Owner


def stop(home: Home, keep_position: bool = False, timeout_s: float = 30.0) -> tuple[Owner, dict[str, Any]]:
    """Blocks entries, cancels orders, flattens (or keeps) the position and waits for the end of the process.

    Returns who was stopped and what it answered. Raises NotRunningError, or TimedOutError when it still runs.
    """
    client = ControlClient(home)
    owner = client.owner()
    deadline = time.monotonic() + timeout_s
    answer = client.call("stop", {"position": "keep" if keep_position else "flatten"}, timeout_s=timeout_s)
    _wait(owner, max(0.0, deadline - time.monotonic()), timeout_s)
    return owner, answer


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
