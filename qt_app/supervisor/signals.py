"""What a person or the system asks of the parent by a signal: noted here, done by the parent's loop."""
from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

#: Ctrl-C, a service manager's end, the terminal's end (POSIX), Ctrl-Break (Windows).
NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


class Asked:
    """Counts the requests to stop."""

    def __init__(self) -> None:
        self.by_signal = 0
        self._taken = 0

    def take(self) -> bool:
        """Whether there was a new request since the last call."""
        new, self._taken = self.by_signal > self._taken, self.by_signal
        return new

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Signals that were ignored stay ignored (nohup, a shell's background job). The main thread's alone."""
        before = {}
        for number in (getattr(signal, name) for name in NAMES if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._note)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _note(self, number: int, frame: object) -> None:
        self.by_signal += 1
