"""Alerts of a process without a centre, the parent first of all: a file of its own, the log, and the terminal."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from qt_app.alerts.alert import Alert
from qt_app.alerts.codes import Code
from qt_app.alerts.jsonl import AlertFile
from qt_app.catalogue import remedy
from qt_app.home import Home
from qt_app.redact import KNOWN
from qt_app.services.log import write_line
from qt_app.zone import SAO_PAULO

COMPONENT = "Supervisor"
#: Also on the terminal.
LOUD = frozenset({"WARNING", "ERROR", "CRITICAL"})


class Alarm:
    """Tells everybody at once; what one of them cannot take does not keep it from the others.

    ``stream`` is the terminal; None: it is told by somebody else. ``path``: the file that only this process writes.
    """

    def __init__(self, home: Home, stream: TextIO | None = None, *, path: Path | None = None,
                 component: str = COMPONENT) -> None:
        self._home = home
        self._file = AlertFile(path or home.supervisor_alerts)
        self._stream = stream
        self._component = component

    def tell(self, code: Code, message: str, data: Mapping[str, Any] | None = None, *, level: str | None = None,
             over: bool = False) -> None:
        """One alert, everywhere. ``over``: what was told by this code has ended."""
        alert = Alert("INFO" if over else level or code.level, code, self._component, message,
                      {**(data or {}), "remedy": remedy(code.name)}, None, dt.datetime.now(SAO_PAULO), over=over,
                      was=code.level if over else "")
        for way in (self._file, self._log, self._terminal):
            with suppress(OSError, ValueError):     # a full disk must not silence the terminal, nor the other way
                way(alert)

    def _log(self, alert: Alert) -> None:
        write_line(self._home, alert.level, self._component, alert.message, {**alert.data, "code": alert.code.name})

    def _terminal(self, alert: Alert) -> None:
        if self._stream is not None and alert.level in LOUD:
            line = KNOWN(f"qt: {alert.level}: {alert.message}")
            # The engine repaints its status line: begin on a new one.
            print(("\n" if self._stream.isatty() else "") + line, file=self._stream, flush=True)
