"""In which order, and how fast, orders and cancels go out.

Entries are let through at once or not at all: an entry that waits is another decision's entry. Orders that reduce come
first among what waits, then cancels; both have more of the rate than entries, so nothing that enters a position can
keep anything from leaving it.
"""
from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from qt_app.orders.tickets import Ticket
from qt_app.risk.rate import OrderRate


class Rank(enum.IntEnum):
    """Who goes first; the value's share of the rate is ``ALLOWANCE``."""

    REDUCE = 0
    CANCEL = 1
    ENTER = 2


ALLOWANCE = {Rank.REDUCE: 3, Rank.CANCEL: 2, Rank.ENTER: 1}


@dataclass(frozen=True, slots=True)
class Command:
    """One call into the library. ``qty`` and ``price`` (ticks) of a change."""

    what: str       # send | zero | change | cancel
    ticket: Ticket
    qty: int = 0
    price: int = 0


@dataclass(slots=True)
class Lane:
    """What waits to go out, in order of rank and then of arrival."""

    rate: OrderRate
    _waiting: dict[Rank, deque[Command]] = field(default_factory=lambda: {rank: deque() for rank in Rank})

    def full(self, now_ns: int, rank: Rank) -> bool:
        return self.rate.exceeded(now_ns, ALLOWANCE[rank])

    def put(self, command: Command, rank: Rank) -> None:
        self._waiting[rank].append(command)

    def take(self, now_ns: int, may: Callable[[Rank], bool]) -> Command | None:
        """The next command whose turn it is, counted against the rate."""
        for rank, waiting in self._waiting.items():
            if waiting and may(rank) and not self.full(now_ns, rank):
                self.rate.add(now_ns)
                return waiting.popleft()
        return None

    @property
    def waiting(self) -> int:
        return sum(len(w) for w in self._waiting.values())
