"""Orders alike whose sends were never answered are told apart by the order in which the broker has them."""
from __future__ import annotations

import pytest

from qt_app.orders.life import Life, Terms
from qt_app.orders.router import Wire
from qt_app.orders.sight import Sight
from qt_app.orders.tickets import Ticket, Tickets
from qt_core.vendor import OrderStatus

TERMS = ("WDOZ26", -1, "limit", 1, 10800)


def restored(tickets: Tickets, *order_ids: int) -> None:
    for order_id in order_ids:
        tickets.restore(Ticket(order_id, 1, Life(Terms(*TERMS)), Wire("", "", 0), back_s=0.0, restored=True))


def row(local_id: int) -> Sight:
    ticker, side, kind, qty, price = TERMS
    return Sight(local_id, "", ticker, side, kind, OrderStatus.NEW, qty, 0, 0, price, None, "")


@pytest.mark.parametrize(("earlier", "chosen"), [(0, 3), (1, 5), (2, 5)])
def test_as_many_sends_are_passed_over_as_orders_came_before(earlier: int, chosen: int) -> None:
    tickets = Tickets()
    restored(tickets, 5, 3)
    found = tickets.adoptable(row(8), earlier)
    assert found is not None and found.order_id == chosen


def test_nothing_fits_an_order_of_other_terms() -> None:
    tickets = Tickets()
    restored(tickets, 3)
    ticker, _, kind, qty, price = TERMS
    assert tickets.adoptable(Sight(8, "", ticker, 1, kind, OrderStatus.NEW, qty, 0, 0, price, None, "")) is None
