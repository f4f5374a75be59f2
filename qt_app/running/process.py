"""What a run changes of its process while it lasts: signals, garbage collection, the switching of threads."""
from __future__ import annotations

import gc
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

#: The longest another Python thread may keep the engine's thread from the GIL.
SWITCH_S = 0.0005


class Signals:
    """``stop`` is what `qt stop` calls; ``leaving`` says whether that was asked for already."""

    def __init__(self, stop: Callable[[Mapping[str, Any]], Any], leaving: Callable[[], bool]) -> None:
        self._stop = stop
        self._leaving = leaving

    def catch(self, stack: ExitStack, *names: str) -> None:
        """These signals stop the run as `qt stop` does, between two turns. Only a main thread may catch them; what was
        ignored stays so (nohup, a shell's background job)."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (getattr(signal, name) for name in names if hasattr(signal, name)):
            if signal.getsignal(number) is not signal.SIG_IGN:
                stack.callback(signal.signal, number, signal.signal(number, self._signalled))

    def _signalled(self, number: int, frame: object) -> None:
        """A second Ctrl-C insists."""
        if number == signal.SIGINT and self._leaving():
            raise KeyboardInterrupt
        self._stop({"position": "flatten", "by": signal.Signals(number).name})


def favour_engine(stack: ExitStack) -> None:
    """The engine's thread gets the GIL back soon."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_S)
    stack.callback(sys.setswitchinterval, before)


def calm_gc(stack: ExitStack) -> None:
    """No collection by chance in the middle of a decision: only while the loop is idle, at the set interval."""
    gc.collect()
    gc.freeze()
    gc.disable()
    stack.callback(gc.enable)
    stack.callback(gc.unfreeze)
