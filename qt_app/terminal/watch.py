"""The loop of the live view: ask, repaint in place, until Ctrl-C or the engine's end."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live

from qt_app.errors import NotRunningError, TimedOutError
from qt_app.terminal.sight import Sight
from qt_app.terminal.view import view

PERIOD_S = 0.5
#: An engine that does not answer within this time is shown as one.
ANSWER_S = 1.0


class Client(Protocol):
    """Who answers to ``status``."""

    def call(self, command: str, *, timeout_s: float = ...) -> dict[str, Any]: ...


class Watcher:
    """Asks for the status and remembers the last one. ``absent`` says what a supervisor has to tell, None: nobody."""

    def __init__(self, client: Client, absent: Callable[[], str | None],
                 clock: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._absent = absent
        self._clock = clock
        self._document: dict[str, Any] | None = None
        self._at = clock()

    def look(self) -> Sight:
        """Raises NotRunningError when the engine has ended and nothing brings it back."""
        try:
            self._document = self._client.call("status", timeout_s=ANSWER_S)
            self._at = self._clock()
            return Sight(self._document)
        except NotRunningError:
            words = self._absent()
            if words is None:
                raise
        except TimedOutError as error:
            words = self._absent() or str(error)
        return Sight(self._document, self._clock() - self._at, words)


def watch(watcher: Watcher, console: Console, wait: Callable[[float], None] = time.sleep) -> None:
    """Repaints each half second on a screen of its own; the terminal is afterwards as it was.

    Raises NotRunningError at the engine's end, KeyboardInterrupt at Ctrl-C.
    """
    with Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(view(watcher.look(), *console.size), refresh=True)
            wait(PERIOD_S)
