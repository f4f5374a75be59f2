"""Names of brokers: asked for once, on the library's thread, a few at a time, and no name is no trouble."""
from __future__ import annotations

from collections.abc import Callable

from qt_app.feed.brokers import AT_ONCE, BrokerNames
from qt_core.nl import DllError


class Library:
    """Works when it is told to."""

    def __init__(self) -> None:
        self.dll = self
        self.asked: list[int] = []
        self.work: list[Callable[[], None]] = []

    def post(self, work: Callable[[], None]) -> None:
        self.work.append(work)

    def agent_name(self, number: int, short: bool) -> str | None:
        self.asked.append(number)
        if number == 99:
            raise DllError("GetAgentName", -1)
        return None if number == 8 else f"B{number}"


def test_each_number_is_asked_for_once_and_few_at_a_time() -> None:
    library = Library()
    names = BrokerNames(library)    # type: ignore[arg-type]
    wanted = [-1, 0, 3, 8, 99, *range(100, 106)]
    for _ in range(5):
        names.of(wanted)
        names.of(wanted)
        assert len(library.work) <= 1
        before = len(library.asked)
        while library.work:
            library.work.pop()()
        assert len(library.asked) - before <= AT_ONCE
    assert library.asked == wanted[2:]
    assert names.of(wanted) == {number: f"B{number}" for number in (3, *range(100, 106))}


def test_without_a_library_there_are_none() -> None:
    assert BrokerNames(None).of([3]) == {}
