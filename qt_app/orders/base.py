"""What every way to the market has in common: orders go in, reports come out."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

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


class Gateway(Protocol):
    """Carries orders that risk let through. Nothing is known of an order until a report says so."""

    def submit(self, request: OrderRequest) -> None:
        """Send; the answer comes as reports."""

    def cancel(self, order_id: int, ts_ns: int) -> None:
        """Ask for a cancel at event time ``ts_ns``; a report says how the race with a fill ended."""

    def advance(self, ts_ns: int) -> None:
        """Event time has reached this instant; a paper account lets orders arrive, a real one has nothing to do."""

    def reports(self) -> list[OrderReport]:
        """Reports since the last call, oldest first. They may repeat, skip stages or come late."""
