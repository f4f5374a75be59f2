"""What every way to the market has in common: orders go in, reports come out."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from qt_app.journal.entries import OpenOrder
from qt_app.risk.reasons import Reason
from qt_app.votes import OrderReport, OrderRequest


@dataclass(frozen=True, slots=True)
class PricedReport(OrderReport):
    """A paper report, with what its lots cost under the two kinder assumptions (ticks x lots of ``last_qty``).

    ``traded_probable`` and ``traded_optimistic`` are cumulative lots that those books had filled by then.
    """

    cost_probable: int
    cost_optimistic: int
    traded_probable: int
    traded_optimistic: int


@dataclass(frozen=True, slots=True)
class Adoption(OrderReport):
    """Lots of the account that no order of ours traded: held before we came, or traded by somebody else.

    ``order_id`` is 0; ``last_qty`` lots on ``side`` at ``price`` ticks. The broker wins, so they are booked.
    """

    side: int


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether orders and position are the broker's. ``equal`` None: not compared since something happened to either."""

    equal: bool | None
    difference: str = ""    # in words


class Gateway(Protocol):
    """Carries orders that risk let through. Nothing is known of an order until a report says so."""

    @property
    def blocks(self) -> tuple[Reason, ...]:
        """Why no position may be opened now; empty when it may."""

    @property
    def pending(self) -> bool:
        """Whether ``reports`` should be called though no event called for it."""

    @property
    def confirmed(self) -> bool:
        """No order is under way, and what we hold is what the broker says."""

    @property
    def compared(self) -> bool:
        """What is held and ordered is known, so that it can be acted on; False until what an earlier run left is."""

    @property
    def agreement(self) -> Agreement:
        """Whether books and broker are equal."""

    def restore(self, orders: Sequence[OpenOrder], position: int) -> list[OpenOrder]:
        """An earlier run's orders and position (lots), before the first event; returns the orders that live on."""

    def unsettle(self, why: str) -> None:
        """Something happened to the connection: what is known of orders may be out of date."""

    def submit(self, request: OrderRequest) -> None:
        """Send; the answer comes as reports."""

    def cancel(self, order_id: int, ts_ns: int) -> None:
        """Ask for a cancel at event time ``ts_ns``; a report says how the race with a fill ended."""

    def advance(self, ts_ns: int) -> None:
        """Event time has reached this instant; a paper account lets orders arrive, a real one has nothing to do."""

    def reports(self) -> list[OrderReport]:
        """Reports since the last call, oldest first. They may repeat, skip stages or come late."""
