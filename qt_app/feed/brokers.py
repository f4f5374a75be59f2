"""Names of brokers by their numbers, for screens; a recording has none."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Protocol

from qt_core.dll import Dll
from qt_core.nl import DllError

#: Asked for at once: short local calls, but an order waits behind them.
AT_ONCE = 4


class Library(Protocol):
    """What answers: calls of its ``dll`` belong on the thread to which ``post`` hands its work."""

    @property
    def dll(self) -> Dll | None: ...

    def post(self, work: Callable[[], None]) -> None: ...


class BrokerNames:
    """Each number is asked for once, off every caller's thread; until it is answered its name is not known."""

    def __init__(self, library: Library | None) -> None:
        self._library = library
        self._names: dict[int, str | None] = {}
        self._asking = False

    def of(self, numbers: Iterable[int]) -> dict[int, str]:
        """Short names, as far as they are known; what is new is asked for. For one thread; returns at once."""
        wanted = list(numbers)
        new = [number for number in wanted if number > 0 and number not in self._names][:AT_ONCE]
        if new and not self._asking and self._library is not None:
            self._asking = True
            self._library.post(lambda: self._ask(new))
        return {number: name for number in wanted if (name := self._names.get(number))}

    def _ask(self, numbers: list[int]) -> None:
        """On the library's own thread."""
        dll = None if self._library is None else self._library.dll
        for number in numbers:
            self._names[number] = None
            with suppress(DllError):    # a library without names, or one that refuses this one
                self._names[number] = None if dll is None else dll.agent_name(number, True)
        self._asking = False
