"""Orders that have ended and are booked are left out of the broker's list, and nothing about them can pass unseen."""
from __future__ import annotations

from broker_world import Desk

from qt_core.nl import NL_INTERNAL_ERROR, DllError

NOT_LOGGED = "Cliente não está logado"


def ended(desk: Desk, *, traded: int = 2, qty: int = 2) -> tuple[int, int]:
    """An order that has ended and that the list no longer shows."""
    order_id, local = desk.sent(qty=qty)
    desk.router.fill(local, traded)
    if traded < qty:
        desk.router.move(local, status=4)
    look(desk)
    assert local in desk.router.settled and desk.router.orders().rows == []
    return order_id, local


def look(desk: Desk) -> None:
    """The first census shows the end, the second is told of it."""
    for _ in range(2):
        desk.gateway.unsettle("look")
        desk.settle()


def test_what_settled_orders_traded_still_explains_the_position() -> None:
    desk = Desk()
    for _ in range(2):
        ended(desk)
    look(desk)
    assert desk.gateway.position == 4 and desk.adopted == 0
    desk.router.traded_elsewhere = 1
    look(desk)
    assert desk.gateway.position == 5 and desk.adopted == 1


def test_a_living_order_is_shown_in_every_list() -> None:
    desk = Desk()
    _, local = desk.sent()
    desk.router.move(local, status=0)
    look(desk)
    assert desk.router.settled == {} and [row.local_id for row in desk.router.orders().rows] == [local]


def test_lots_that_only_the_list_tells_of_a_settled_order_are_booked() -> None:
    desk = Desk()
    order_id, local = ended(desk, traded=1, qty=3)
    desk.router.told = False
    desk.router.fill(local, 1)
    look(desk)
    assert desk.gateway.position == 2 and [r.last_qty for r in desk.of(order_id) if r.last_qty] == [1, 1]


def test_an_event_of_a_settled_order_brings_it_back_into_the_list() -> None:
    desk = Desk()
    _, local = ended(desk, traded=1, qty=3)
    true = desk.router.rows[local]
    desk.router.move(local, traded=2, avg_price=5000.0)
    desk.router.rows[local] = true     # the list knows nothing of it
    for _ in range(8):
        desk.tick()
    assert local not in desk.router.settled and not desk.gateway.settled
    assert ("order in doubt: the broker is asked", "ended with 1 traded, 2 are known") in [
        (message, data.get("reason")) for _, message, data in desk.alerts]


def test_a_retry_that_never_arrived_is_not_taken_for_its_first_try() -> None:
    desk = Desk()
    order_id, local = desk.sent()
    desk.router.fail = DllError("SendOrder", NL_INTERNAL_ERROR)
    desk.router.move(local, status=204, text=NOT_LOGGED)
    for _ in range(60):
        desk.tick()
        if desk.router.fail is None and len(desk.router.sends) == 1:
            desk.router.fail = DllError("SendOrder", NL_INTERNAL_ERROR)     # a census had taken it
    assert len(desk.router.sends) == 2 and desk.statuses(order_id) == ["rejected"] and desk.gateway.settled
