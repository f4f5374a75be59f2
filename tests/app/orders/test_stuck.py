"""An order that the broker took and that does not reach the exchange."""
from __future__ import annotations

from broker_world import Desk

from qt_app.risk.reasons import Reason


def test_an_order_that_does_not_reach_the_exchange_blocks_entries_until_its_end_is_known() -> None:
    desk = Desk()
    order_id, local = desk.sent()
    for _ in range(50):
        desk.tick()
        assert desk.statuses(order_id) == []
    told = [data for level, message, data in desk.alerts if level == "CRITICAL"]
    assert told == [{"order_id": order_id, "local_id": local}] and desk.router.cancels == [local]
    assert desk.gateway.blocks == (Reason.ORDER_STUCK,) and not desk.gateway.confirmed
    refused = desk.order()
    desk.tick()
    assert desk.of(refused)[0].text.startswith("ORDER_STUCK") and len(desk.router.sends) == 1
    desk.router.move(local, status=4)
    desk.settle()
    assert desk.statuses(order_id) == ["cancelled"] and not desk.gateway.blocks and desk.gateway.confirmed
