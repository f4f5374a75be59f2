"""Our books against the broker's: every order it knows, and the position. The broker wins.

A census is one consistent look: the position, all orders, and the position again, equal to the first. What the orders
traded is booked to them; a position that the books then do not hold is adopted once it has stayed the same for a while.
"""
from __future__ import annotations

from dataclasses import dataclass, field

from qt_app.orders.router import Holding, Listing, OrderRow, Router

#: How often a census looks again while fills go on.
LOOKS = 3


@dataclass(frozen=True, slots=True)
class Census:
    """What the broker says. ``steady`` is False when fills went on while we looked: orders hold, the sum may not."""

    listing: Listing
    holding: Holding
    steady: bool


@dataclass(slots=True)
class Settling:
    """What the next census need not show, and what it must, told by the last one and the events since."""

    ended: list[OrderRow] = field(default_factory=list)
    again: set[int] = field(default_factory=set)    # local ids


def take_census(router: Router, settling: Settling) -> Census:
    """On the command thread. Raises DllError."""
    router.settle(settling.ended, settling.again)
    before = router.holding()
    for _ in range(LOOKS):
        listing, after = router.orders(), router.holding()
        if before == after:
            return Census(listing, after, steady=True)
        before = after
    return Census(listing, after, steady=False)


@dataclass(slots=True)
class Lasting:
    """A difference that is believed once it has stayed the same for a while."""

    patience_s: float
    _difference: int = 0
    _since_s: float = 0.0

    def enough(self, difference: int, now_s: float) -> bool:
        if difference != self._difference:
            self._difference, self._since_s = difference, now_s
        return now_s - self._since_s >= self.patience_s
