"""The way to the broker: what is refused here, what is sent once, what is looked for, and who wins."""
from __future__ import annotations

from typing import Any

import pytest
from broker_world import Desk, event

from qt_app.journal.entries import Entry
from qt_app.orders.base import Adoption
from qt_app.orders.router import Wire
from qt_app.risk.reasons import Reason
from qt_core.nl import NL_INTERNAL_ERROR, DllError

NOT_LOGGED = "Cliente não está logado na corretora"


# ---- what is refused here


@pytest.mark.parametrize("order, code", [
    ({"qty": 0}, "BAD_QUANTITY"), ({"qty": -1}, "BAD_QUANTITY"), ({"qty": 1.5}, "BAD_QUANTITY"),
    ({"qty": 2**40}, "BAD_QUANTITY"), ({"price": 10_000.5}, "BAD_PRICE"), ({"price": 0}, "BAD_PRICE"),
    ({"price": -1}, "BAD_PRICE"), ({"stop": 9_999.5}, "BAD_PRICE"),
    ({"side": -1, "price": None, "stop": 9_000}, "BAD_PRICE"),
    ({"price": 9_000, "stop": 9_500}, "BAD_PRICE"), ({"side": 0}, "BAD_SIDE"), ({"qty": 6}, "POSITION_LIMIT")])
def test_an_order_that_is_wrong_in_itself_is_refused_and_never_sent(order: dict[str, Any], code: str) -> None:
    desk = Desk()
    order_id = desk.order(**order)
    desk.tick()
    assert desk.statuses(order_id) == ["rejected"] and desk.of(order_id)[0].text.startswith(code)
    assert desk.router.sends == []


def test_an_alias_is_refused_and_never_sent() -> None:
    from qt_app.instruments import generic

    desk = Desk()
    desk.gateway._door = type(desk.gateway._door)(generic("WDOFUT", (1, 2)), 5)
    order_id = desk.order()
    desk.tick()
    assert desk.of(order_id)[0].text.startswith("NOT_A_CONTRACT") and desk.router.sends == []


def test_nothing_is_sent_before_readiness() -> None:
    desk = Desk(opened=False)
    desk.router.missing = "routing: connected to the routing server"
    desk.tick()
    order_id = desk.order()
    desk.tick()
    assert Reason.BROKER_NOT_READY in desk.gateway.blocks
    assert desk.of(order_id)[0].text.startswith("BROKER_NOT_READY") and desk.router.sends == []


def test_readiness_that_is_lost_on_the_way_to_the_call_stops_the_call() -> None:
    desk = Desk()
    order_id = desk.order()
    desk.router.missing = "routing: broker disconnected"
    desk.tick()
    assert desk.of(order_id)[0].text.startswith("BROKER_NOT_READY") and desk.router.sends == []


def test_entries_wait_for_the_first_census() -> None:
    desk = Desk(opened=False)
    order_id = desk.order()
    desk.tick(run=False)
    assert desk.statuses(order_id) == ["rejected"] and Reason.RECONCILING in desk.gateway.blocks
    desk.settle()
    assert desk.gateway.blocks == ()


def test_what_works_already_counts_against_the_largest_position() -> None:
    desk = Desk(max_position=2)
    desk.sent(qty=2, price=9_990)
    order_id = desk.order(qty=1, price=9_990)
    assert desk.tick()[0].text.startswith("POSITION_LIMIT")
    assert desk.statuses(order_id) == ["rejected"] and len(desk.router.sends) == 1


# ---- one order


def test_an_order_goes_out_once_and_its_fills_are_the_changes_of_what_traded() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=3)
    assert desk.router.sends == [Wire("buy", "limit", 3, 5000.0, -1.0)]
    desk.router.move(local, status=0, cl_ord_id="C1")
    desk.router.fill(local, 1, 4999.5)
    desk.router.queue *= 2
    desk.router.fill(local, 2, 5000.0)
    desk.tick()
    assert [(r.status, r.last_qty, r.price, r.traded) for r in desk.of(order_id)] == [
        ("accepted", 0, None, 0), ("partial", 1, 9999, 1), ("filled", 2, 10_000, 3)]
    assert desk.gateway.position == 3


def test_lots_of_one_event_at_two_prices_are_told_exactly() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=3)
    desk.router.told = False
    desk.router.fill(local, 1, 4998.0)
    desk.router.told = True
    desk.router.fill(local, 2, 4999.5)
    desk.tick()
    reports = desk.of(order_id)
    assert sum(r.last_qty * (r.price or 0) for r in reports) == 9996 + 2 * 9999
    assert [r.status for r in reports][-1] == "filled" and reports[-1].traded == 3


def test_events_that_come_before_the_send_returns_are_kept_for_it() -> None:
    desk = Desk()
    desk.router.early = True
    order_id, _ = desk.sent()
    assert desk.statuses(order_id) == ["accepted"]
    assert desk.adopted == 0 and not desk.gateway._auditor.foreign


def test_the_text_of_a_rejection_is_kept_unchanged_and_the_order_is_sent_once() -> None:
    desk = Desk()
    order_id, local = desk.sent()
    text = "Quantidade inválida: o lote padrão é 100 — «ação» não permitida " * 8
    desk.router.message(local % 1000, 9, text)
    desk.router.move(local, status=8, text=text)
    for _ in range(30):
        desk.tick()
    assert desk.statuses(order_id) == ["rejected"] and desk.of(order_id)[0].text == text
    assert len(desk.router.sends) == 1


def test_a_cancel_that_overtakes_the_send_waits_for_its_name() -> None:
    desk = Desk()
    order_id = desk.order()
    desk.router.run()       # sent, the answer is not read yet
    desk.cancel(order_id)
    assert desk.router.cancels == []
    desk.tick()
    desk.tick()
    assert desk.router.cancels == list(desk.router.rows)


def test_an_order_that_is_cancelled_before_it_goes_out_never_does() -> None:
    desk = Desk()
    order_id = desk.order()
    desk.cancel(order_id)
    desk.tick()
    assert desk.router.sends == [] and desk.statuses(order_id) == ["cancelled"]


def test_a_fill_during_the_cancel_counts() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=2)
    desk.router.move(local, status=0)
    desk.tick()
    desk.cancel(order_id)
    desk.router.move(local, status=6)
    desk.router.fill(local, 1)
    desk.router.move(local, status=15)
    desk.tick()
    assert desk.statuses(order_id) == ["accepted", "partial", "cancelled"] and desk.gateway.position == 1


def test_a_change_lives_on_under_the_same_order() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=2)
    desk.router.move(local, status=0)
    desk.tick()
    assert desk.gateway.change(order_id, 3, 10_002, desk.now_ns) is None
    desk.tick()
    assert desk.router.changes == [(local, 3, 5001.0)]
    desk.router.move(local, status=5, qty=3, price=5001.0)
    desk.router.fill(local, 3, 5001.0)
    desk.tick()
    assert desk.statuses(order_id) == ["accepted", "filled"] and desk.gateway.position == 3


def test_a_stop_limit_cannot_be_changed() -> None:
    desk = Desk()
    order_id, local = desk.sent(side=-1, price=9_900, stop=9_950)
    desk.router.move(local, status=0)
    desk.tick()
    refusal = desk.gateway.change(order_id, 1, 9_800, desk.now_ns)
    assert refusal is not None and refusal.reason is Reason.NOT_CHANGEABLE


def test_a_stop_that_the_market_has_touched_is_told_as_fired_once() -> None:
    desk = Desk()
    order_id, local = desk.sent(side=-1, price=9_900, stop=9_950)
    desk.router.move(local, status=0)
    desk.market.last_price = 9_951
    desk.tick()
    assert desk.statuses(order_id) == ["accepted"]
    desk.market.last_price = 9_940
    desk.tick()
    desk.tick()
    assert desk.statuses(order_id) == ["accepted", "triggered"]


# ---- nothing is sent twice blindly


def test_a_send_without_a_clear_answer_is_found_at_the_broker_by_its_terms() -> None:
    desk = Desk()
    desk.router.fail, desk.router.vanish = DllError("SendOrder", NL_INTERNAL_ERROR), True
    order_id = desk.order(qty=2)
    desk.tick()
    (local,) = desk.router.rows
    desk.router.fill(local, 2)
    desk.settle()
    assert desk.statuses(order_id)[-1] == "filled" and len(desk.router.sends) == 1 and desk.gateway.position == 2


def test_a_send_that_never_reached_the_broker_is_given_up_and_not_sent_again() -> None:
    desk = Desk()
    desk.router.fail = DllError("SendOrder", NL_INTERNAL_ERROR)
    order_id = desk.order()
    for _ in range(40):
        desk.tick()
    assert desk.statuses(order_id) == ["rejected"] and len(desk.router.sends) == 1
    assert "does not know" in desk.of(order_id)[0].text and desk.gateway.settled


def test_a_refusal_of_the_library_is_final() -> None:
    desk = Desk()
    desk.router.fail = DllError("SendOrder", -2147483645)
    order_id = desk.order()
    desk.tick()
    assert desk.statuses(order_id) == ["rejected"] and "NL_INVALID_ARGS" in desk.of(order_id)[0].text


def test_an_order_whose_events_are_all_lost_is_followed_by_asking() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=2)
    desk.router.told = False
    desk.router.fill(local, 2)
    for _ in range(30):
        desk.tick()
    assert desk.statuses(order_id) == ["filled"] and len(desk.router.sends) == 1


def test_an_order_given_up_that_shows_up_late_is_cancelled() -> None:
    desk = Desk()
    desk.router.fail = DllError("SendOrder", NL_INTERNAL_ERROR)
    order_id = desk.order()
    for _ in range(40):
        desk.tick()
    assert desk.statuses(order_id) == ["rejected"]
    local = desk.router.place(Wire("buy", "limit", 1, 5000.0))
    desk.router.move(local, status=0)
    for _ in range(5):
        desk.tick()
    assert desk.router.cancels == [local] and desk.gateway.blocks == ()
    desk.router.move(local, status=4)
    desk.settle()


def test_a_lost_broker_session_is_retried_after_a_pause_and_not_for_ever() -> None:
    desk = Desk()
    order_id = desk.order()
    for _ in range(60):
        desk.tick(0.2)
        for local in desk.router.live:
            desk.router.message(local % 1000, 3, NOT_LOGGED)
            desk.router.move(local, status=204, text=NOT_LOGGED)
    assert len(desk.router.sends) == 3 and desk.statuses(order_id) == ["rejected"]
    assert desk.of(order_id)[0].text == NOT_LOGGED


def test_the_first_try_that_died_stays_dead_when_the_second_trades() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=2)
    desk.router.move(local, status=204, text=NOT_LOGGED)    # the text alone tells, before any message
    for _ in range(8):
        desk.tick()
    desk.router.fill(max(desk.router.rows), 2)
    desk.tick()
    desk.gateway.unsettle("look")
    desk.settle()
    desk.gateway.unsettle("look again")
    desk.settle()
    assert desk.statuses(order_id) == ["filled"] and len(desk.router.sends) == 2 and desk.gateway.position == 2


def test_a_retry_that_is_cancelled_is_not_sent() -> None:
    desk = Desk()
    order_id, local = desk.sent()
    desk.router.message(local % 1000, 3, NOT_LOGGED)
    desk.router.move(local, status=204, text=NOT_LOGGED)
    desk.tick(0.1)
    desk.cancel(order_id)
    for _ in range(20):
        desk.tick()
    assert len(desk.router.sends) == 1 and desk.statuses(order_id) == ["cancelled"]


def test_an_intent_that_cannot_be_recorded_keeps_the_order_from_going_out() -> None:
    class Full:
        def put(self, entry: Entry) -> None: ...

        def barrier(self) -> None:
            raise OSError("disk full")

    desk = Desk()
    desk.gateway.keep(Full(), "run")
    order_id = desk.order()
    desk.tick()
    assert desk.of(order_id)[0].text.startswith("NOT_RECORDED") and desk.router.sends == []


@pytest.mark.parametrize(("then", "told"), [("late", "TOO_LATE"), ("cancelled", "WITHDRAWN")])
def test_an_order_that_waited_for_the_disk_is_looked_at_once_more(then: str, told: str) -> None:
    desk = Desk()

    class Slow:
        def put(self, entry: Entry) -> None: ...

        def barrier(self) -> None:
            if then == "late":
                desk.now_s += 3
            else:
                desk.cancel(order_id)

    desk.gateway.keep(Slow(), "run")
    order_id = desk.order()
    desk.tick()
    assert desk.of(order_id)[0].text.startswith(told) and desk.router.sends == []


# ---- a library that blocks


def test_a_blocked_call_is_told_and_blocks_entries_alone() -> None:
    desk = Desk()
    order_id = desk.order()
    for _ in range(20):
        desk.tick(run=False)
    assert Reason.ROUTER_STUCK in desk.gateway.blocks
    assert [a for a in desk.alerts if a[0] == "CRITICAL"]
    second = desk.order()
    desk.tick(run=False)
    assert desk.of(second)[0].text.startswith("ROUTER_STUCK")
    desk.settle()
    assert desk.of(order_id)[0].text.startswith("TOO_LATE") and desk.router.sends == []
    assert desk.gateway.blocks == ()


# ---- rates


def test_entries_cannot_starve_exits_and_cancels() -> None:
    desk = Desk(per_second=2, max_position=9)
    orders = [desk.sent(price=9_000) for _ in range(2)]
    late = desk.order()
    desk.tick(0.001)
    assert desk.of(late)[0].text.startswith("ORDER_RATE")
    for order_id, _ in orders:
        desk.cancel(order_id)
    desk.tick(0.001)
    assert len(desk.router.cancels) == 2


def test_a_reducing_order_beyond_its_rate_waits_instead_of_being_refused() -> None:
    desk = Desk(per_second=1)
    _, local = desk.sent(qty=4)
    desk.router.fill(local, 4)
    desk.tick(0.001)
    exits = [desk.order(side=-1, qty=1) for _ in range(4)]
    desk.tick(0.001)
    assert len(desk.router.sends) == 3 and not any(desk.of(e) for e in exits)
    for _ in range(5):
        desk.tick(0.3)
    assert len(desk.router.sends) == 5


# ---- books and broker


def test_what_was_held_before_the_start_is_adopted_and_orders_of_nobody_we_know_are_left_alone() -> None:
    desk = Desk(opened=False)
    desk.router.carried = 2
    old = desk.router.place(Wire("sell", "stop_limit", 2, 4900.0, 4950.0))
    desk.router.move(old, status=0)
    for _ in range(5):
        desk.tick()
    assert desk.adopted == desk.gateway.position == 2 and desk.router.cancels == []
    assert Reason.FOREIGN_ORDER in desk.gateway.blocks and "not ours" in desk.gateway.agreement.difference
    desk.router.move(old, status=4)
    desk.gateway.unsettle("look")
    desk.settle()
    assert desk.gateway.blocks == ()


def test_somebody_else_s_order_is_told_and_held_against_entries_and_its_fills_are_booked() -> None:
    desk = Desk()
    theirs = desk.router.place(Wire("buy", "limit", 1, 5000.0))
    desk.router.move(theirs, status=0)
    for _ in range(5):
        desk.tick()
    assert desk.gateway.blocks == (Reason.FOREIGN_ORDER,) and desk.router.cancels == []
    desk.router.fill(theirs, 1)
    desk.gateway.unsettle("look")
    desk.settle()
    assert desk.adopted == desk.gateway.position == 1 and desk.gateway.blocks == ()


def test_a_position_that_no_order_explains_is_adopted_when_it_is_seen_twice() -> None:
    desk = Desk()
    desk.router.traded_elsewhere = -2
    desk.gateway.unsettle("look")
    desk.settle()
    assert desk.adopted == desk.gateway.position == -2


def test_lots_that_somebody_else_closed_are_booked_at_the_market_and_not_for_nothing() -> None:
    desk = Desk()
    _, local = desk.sent(qty=2)
    desk.router.fill(local, 2)
    desk.settle()
    desk.market.last_price = 10_050
    desk.router.traded_elsewhere = -2       # flat: the broker tells no average price any more
    desk.gateway.unsettle("look")
    desk.settle()
    assert desk.gateway.position == 0
    assert [(r.side, r.last_qty, r.price) for r in desk.reports if isinstance(r, Adoption)] == [(-1, 2, 10_050)]


def test_routing_that_comes_back_is_reconciled_before_anything_is_sent() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=2)
    desk.router.move(local, status=0)
    desk.tick()
    desk.router.missing, desk.router.told = "routing: disconnected", False
    desk.tick()
    desk.router.fill(local, 2)
    desk.router.missing = ""
    desk.tick(0.01, run=False)
    assert Reason.RECONCILING in desk.gateway.blocks
    desk.settle()
    assert desk.statuses(order_id) == ["accepted", "filled"] and desk.gateway.position == 2


def test_lost_updates_are_made_up_for() -> None:
    desk = Desk()
    order_id, local = desk.sent()
    desk.router.told = False
    desk.router.fill(local, 1)
    desk.router.dropped = 1
    desk.tick(run=False)
    assert Reason.RECONCILING in desk.gateway.blocks
    desk.settle()
    assert desk.statuses(order_id) == ["filled"]


def test_a_nonsense_event_is_not_believed_and_the_broker_is_asked() -> None:
    desk = Desk()
    order_id, local = desk.sent(qty=2)
    desk.router.move(local, status=0)
    desk.router.queue.append(event(desk.router.rows[local], traded=2**40, qty=2**41, status=1, avg_price=1e300))
    desk.router.queue.append(event(desk.router.rows[local], side=2, status=2, traded=2, avg_price=5000.0))
    desk.tick()
    assert desk.statuses(order_id) == ["accepted"] and desk.gateway.position == 0
    desk.settle()
    assert desk.statuses(order_id) == ["accepted"]


def test_zero_position_closes_what_the_broker_holds() -> None:
    desk = Desk()
    _, local = desk.sent(qty=2)
    desk.router.fill(local, 2)
    desk.tick()
    desk.gateway.zero(99, 1, desk.now_ns)
    desk.tick()
    desk.router.fill(max(desk.router.rows), 2)
    desk.tick()
    assert desk.statuses(99) == ["filled"] and desk.gateway.position == 0
