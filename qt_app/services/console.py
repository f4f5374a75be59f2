"""The live status line of a foreground run."""
from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from typing import IO

from qt_app.services.snapshot import Snapshot
from qt_app.services.status import status_line


class StatusLine:
    """Repaints one terminal line every half second, from its own thread."""

    def __init__(self, latest: Callable[[], Snapshot], stream: IO[str], period_s: float = 0.5) -> None:
        self._latest = latest
        self._stream = stream
        self._period_s = period_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="qt-console", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Leaves the last line on the screen."""
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            if not self._paint("\r"):
                return
        self._paint("\r", "\n")

    def _paint(self, before: str, after: str = "") -> bool:
        """False when the terminal is gone."""
        width = shutil.get_terminal_size().columns - 1
        try:
            self._stream.write(before + status_line(self._latest())[:width].ljust(width) + after)
            self._stream.flush()
        except (OSError, ValueError):
            return False
        return True
