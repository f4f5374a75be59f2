"""When an engine that ended is started again, and how often."""
from __future__ import annotations

import signal
from dataclasses import dataclass

from qt_app.errors import ExitCode

INTERRUPTED = 130
#: Windows: the exit status of a program that Ctrl-C ended.
CONTROL_C_EXIT = 0xC000013A
#: Ends that the engine itself chose, with a sentence; starting again would meet the same.
CHOSEN = frozenset({ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG, ExitCode.REFUSED, ExitCode.MISMATCH, ExitCode.DATA})
#: Ends of a restart that may go otherwise the next time: an operator's act held the lock for a moment, the network or
#: the broker was not back yet. The login worked for the engine that died, so it is not a wrong one that is repeated.
PASSING = frozenset({ExitCode.NOT_RUNNING, ExitCode.TIMEOUT, ExitCode.BROKER})
#: Ends that a person or the system asked for.
ASKED = frozenset({INTERRUPTED, CONTROL_C_EXIT, *(-number for number in (
    signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)))})


@dataclass(frozen=True, slots=True)
class Life:
    """What is known of an engine that ended with ``code`` (negative: the signal that killed it).

    ``came_up``: it answered as running at least once; ``restarted``: it was itself a restart after a crash.
    """

    code: int
    came_up: bool
    restarted: bool = False


def crashed(life: Life) -> bool:
    """Whether this end calls for another start.

    1 (unexpected) is a crash once the engine was up, or after a restart; a first start that fails so tells whoever
    started it. 3, 5 and 6 are, when a restarted engine did not come up. Every other end that no one chose (a signal, a
    library that took the process with it) is one.
    """
    if life.code in CHOSEN or life.code in ASKED:
        return False
    if life.code in PASSING:
        return life.restarted and not life.came_up
    return life.code != ExitCode.UNEXPECTED or life.came_up or life.restarted


def words(code: int) -> str:
    """How an engine ended, for people."""
    if code < 0:
        try:
            return f"killed by {signal.Signals(-code).name}"
        except ValueError:
            return f"killed by signal {-code}"
    return f"exit code {code}" if code < 0x8000_0000 else f"exception {code:#x}"


@dataclass(slots=True)
class Attempts:
    """At most ``limit`` restarts, ``pause_s`` apart; the first comes at once. A healthy time clears the count."""

    limit: int
    pause_s: float
    healthy_s: float
    used: int = 0
    total: int = 0
    _last_s: float = float("-inf")

    def spent(self) -> bool:
        return self.used >= self.limit

    def wait_s(self, now_s: float) -> float:
        """Until the next attempt may begin."""
        return max(0.0, self._last_s + self.pause_s - now_s)

    def begin(self, now_s: float) -> None:
        """An attempt begins."""
        self.used += 1
        self.total += 1
        self._last_s = now_s

    def healthy(self, for_s: float) -> None:
        """The engine has been well for so long."""
        if for_s >= self.healthy_s:
            self.used = 0
