"""A gateway that begins with a dead run's journal: what is found, learned, given up, adopted; nothing is sent twice."""
from __future__ import annotations

from typing import Any

import pytest
from broker_world import START, TICKER, Desk

from qt_app.journal.entries import Entry, Named, OpenOrder, Order, Report, Sent
from qt_app.orders.router import Wire
from qt_app.risk.reasons import Reason

STOP = Wire("sell", "stop_limit", 1, 4950.0, 4975.0)    # 9,900 and 9,950 ticks
ENTRY = Wire("buy", "limit", 2, 5000.0)


class Paper:
    """A journal that is only remembered."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def put(self, entry: Entry) -> None:
        self.entries.append(entry)

    def barrier(self) -> None: ...

    def of(self, kind: type[Any]) -> list[Any]:
        return [entry for entry in self.entries if isinstance(entry, kind)]


def known(order_id: int = 7, wire: Wire = STOP, **now: Any) -> OpenOrder:
    """What the journal kept of an order; nothing but the intent, unless more is said."""
    side, purpose = (1, "entry") if wire.side == "buy" else (-1, "stop")
    price, stop = (round(2 * points) if points > 0 else None for points in (wire.price, wire.stop))
    order = Order(order_id, 1, START - 10**9, TICKER, "1:2", purpose, side, wire.qty, price, stop, "TEST")
    said = {"status": "intent", "local_id": 0, "cl_ord_id": "", "run": "", "traded": 0, "value": 0,
            "cancel_asked": False, "ended": False}
    return OpenOrder(order, **(said | now))     # type: ignore[arg-type]


def working(order_id: int = 7, wire: Wire = STOP, name: str = "C7", **more: Any) -> OpenOrder:
    """Sent, named and accepted by the run that died."""
    return known(order_id, wire, status="accepted", local_id=77, cl_ord_id=name, run="dead", **more)


def began(position: int, *orders: OpenOrder) -> tuple[Desk, Paper]:
    """A desk whose gateway has the journal and has not looked at the broker yet."""
    desk, journal = Desk(opened=False), Paper()
    desk.gateway.keep(journal, "new")
    desk.gateway.restore(orders, position)
    return desk, journal


def rest(desk: Desk, wire: Wire = STOP, **now: Any) -> int:
    """An order that works at the broker, under a local id of this session."""
    local = desk.router.place(wire)
    desk.router.rows[local] = desk.router.rows[local].__class__(**{
        **{name: getattr(desk.router.rows[local], name) for name in desk.router.rows[local].__slots__},
        "status": 0, **now})
    return local


def sends_nothing(desk: Desk) -> None:
    assert desk.router.sends == [] and desk.router.changes == []


# ---- what works on


def test_a_stop_that_works_is_found_by_its_permanent_name_and_left_alone() -> None:
    desk, journal = began(1, working())
    desk.router.carried = 1
    rest(desk, cl_ord_id="C7")
    desk.settle()
    assert desk.reports == [] and desk.router.cancels == [] and desk.gateway.blocks == ()
    assert desk.gateway.position == 1 and desk.gateway.compared
    assert desk.gateway.agreement.equal and not journal.entries
    sends_nothing(desk)


def test_nothing_is_acted_on_before_the_first_comparison() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    rest(desk, cl_ord_id="C7")
    assert not desk.gateway.compared and desk.gateway.agreement.equal is None
    assert Reason.RECONCILING in desk.gateway.blocks


def test_a_local_id_of_an_earlier_run_says_nothing_about_an_order_of_this_one() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    desk.router._next = 76                          # the broker's ids begin anew: 77 is somebody else's order
    theirs = rest(desk, Wire("buy", "limit", 3, 4000.0), cl_ord_id="X1")
    mine = rest(desk, cl_ord_id="C7")
    assert (theirs, mine) == (77, 78)
    for _ in range(10):
        desk.tick()
    assert desk.gateway.blocks == (Reason.FOREIGN_ORDER,) and desk.reports == []
    assert "not ours: buy 3 WDOZ26, X1" in desk.gateway.agreement.difference


def test_a_cancel_of_an_order_that_was_found_goes_to_its_new_local_id() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    local = rest(desk, cl_ord_id="C7")
    desk.settle()
    desk.cancel(7)
    desk.tick()
    assert desk.router.cancels == [local]
    desk.router.move(local, status=4)
    desk.tick()
    assert desk.statuses(7) == ["cancelled"]


# ---- an intent alone


def test_an_intent_whose_order_exists_is_found_by_its_terms_and_its_names_are_noted() -> None:
    desk, journal = began(1, known())
    desk.router.carried = 1
    local = rest(desk, cl_ord_id="C9")
    desk.settle()
    assert desk.statuses(7) == ["accepted"] and desk.gateway.blocks == ()
    assert journal.of(Named) == [Named(7, "C9")] and journal.of(Sent) == [Sent(7, local, -1, "new")]
    sends_nothing(desk)


def test_an_intent_whose_order_filled_meanwhile_is_booked_to_it() -> None:
    desk, _ = began(0, known(wire=ENTRY))
    rest(desk, ENTRY, cl_ord_id="C9", status=2, traded=2, avg_price=5000.0)
    desk.settle()
    assert [(r.status, r.last_qty, r.price) for r in desk.of(7)] == [("filled", 2, 10_000)]
    assert desk.gateway.position == 2 and desk.adopted == 0
    sends_nothing(desk)


def test_an_intent_whose_order_does_not_exist_is_given_up_and_never_sent() -> None:
    desk, _ = began(1, known())
    desk.router.carried = 1
    desk.settle()
    assert desk.statuses(7) == ["cancelled"] and "does not know" in desk.of(7)[0].text
    assert desk.gateway.compared and desk.gateway.position == 1
    sends_nothing(desk)


def test_an_intent_that_exists_twice_is_found_once_and_the_other_one_is_not_ours() -> None:
    desk, _ = began(1, known())
    desk.router.carried = 1
    rest(desk, cl_ord_id="C9")
    rest(desk, cl_ord_id="C10")
    for _ in range(10):
        desk.tick()
    assert desk.statuses(7) == ["accepted"] and desk.gateway.blocks == (Reason.FOREIGN_ORDER,)
    assert desk.router.cancels == []
    sends_nothing(desk)


def test_of_two_orders_alike_the_one_that_works_is_ours_and_not_the_one_that_died() -> None:
    desk, _ = began(1, known(status="unknown", cl_ord_id="C8"))     # it was being sent again
    desk.router.carried = 1
    rest(desk, cl_ord_id="C8", status=204, text="lost")
    local = rest(desk, cl_ord_id="C9")
    desk.settle()
    assert desk.statuses(7) == ["accepted"] and desk.gateway.blocks == ()
    desk.cancel(7)
    desk.tick()
    assert desk.router.cancels == [local]


def test_an_order_given_up_that_shows_up_after_all_is_cancelled() -> None:
    desk, _ = began(1, known())
    desk.router.carried = 1
    desk.settle()
    local = rest(desk, cl_ord_id="C9")
    desk.gateway.unsettle("look")
    for _ in range(5):
        desk.tick()
    assert desk.router.cancels == [local] and desk.statuses(7) == ["cancelled"]


def test_a_lost_broker_session_of_an_earlier_run_s_order_is_no_reason_to_send_it_again() -> None:
    desk, _ = began(0, known(wire=ENTRY))
    text = "Cliente não está logado na corretora"
    rest(desk, ENTRY, cl_ord_id="C9", status=204, text=text)
    for _ in range(30):
        desk.tick()
    assert desk.statuses(7) == ["rejected"]
    sends_nothing(desk)


# ---- what happened while nobody looked


def test_lots_that_traded_while_we_were_away_are_booked_to_their_order() -> None:
    desk, _ = began(1, working(3, ENTRY, "C3", traded=1, value=10_000))
    desk.router.carried = 0
    rest(desk, ENTRY, cl_ord_id="C3", status=2, traded=2, avg_price=4999.75)
    desk.settle()
    assert [(r.status, r.last_qty, r.price, r.traded) for r in desk.of(3)] == [("filled", 1, 9999, 2)]
    assert desk.gateway.position == 2 and desk.adopted == 0
    sends_nothing(desk)


def test_a_partial_fill_while_we_were_away_leaves_the_rest_working() -> None:
    desk, _ = began(0, working(3, ENTRY, "C3"))
    local = rest(desk, ENTRY, cl_ord_id="C3", status=1, traded=1, avg_price=5000.0)
    desk.settle()
    assert desk.statuses(3) == ["partial"] and desk.gateway.position == 1
    desk.router.fill(local, 1)
    desk.tick()
    assert desk.statuses(3) == ["partial", "filled"] and desk.gateway.position == 2


def test_an_order_that_was_cancelled_while_we_were_away_ends_as_cancelled() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    rest(desk, cl_ord_id="C7", status=4)
    desk.settle()
    assert desk.statuses(7) == ["cancelled"] and desk.gateway.position == 1


def test_a_stop_that_filled_while_we_were_away_is_booked_to_it() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    rest(desk, cl_ord_id="C7", status=2, traded=1, avg_price=4974.5)
    desk.settle()
    assert [(r.status, r.price) for r in desk.of(7)] == [("filled", 9949)]
    assert desk.gateway.position == 0 and desk.adopted == 0


def test_lots_of_an_order_that_the_journal_ended_are_booked_late() -> None:
    ended = working(3, ENTRY, "C3", traded=1, value=10_000)
    ended = OpenOrder(ended.order, "cancelled", 77, "C3", "dead", 1, 10_000, True, True)
    desk, _ = began(1, ended)
    rest(desk, ENTRY, cl_ord_id="C3", status=4, traded=2, avg_price=5000.0)
    desk.settle()
    assert [(r.last_qty, r.price) for r in desk.of(3)] == [(1, 10_000)]
    assert desk.gateway.position == 2 and desk.adopted == 0


def test_what_was_traded_by_hand_while_we_were_away_is_adopted_once_it_lasts() -> None:
    desk, _ = began(1, working())
    desk.router.carried = -1
    rest(desk, cl_ord_id="C7")
    desk.tick()
    desk.tick()
    assert desk.gateway.position == 1 and not desk.gateway.compared
    assert desk.gateway.agreement.equal is False
    assert desk.gateway.agreement.difference == "the broker holds -1 lots, the journal says +1"
    desk.settle()
    assert desk.adopted == -2 and desk.gateway.position == -1 and desk.gateway.agreement.equal


def test_somebody_s_finished_order_explains_nothing_of_ours_but_its_lots_are_adopted() -> None:
    desk, _ = began(0)
    rest(desk, ENTRY, cl_ord_id="X1", status=2, traded=2, avg_price=5000.0)
    desk.settle()
    assert desk.adopted == 2 and desk.gateway.position == 2 and desk.gateway.blocks == ()


def test_the_next_day_an_order_that_the_broker_does_not_list_any_more_has_ended() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1         # held overnight; the list begins anew each day
    desk.settle()
    assert desk.statuses(7) == ["cancelled"] and desk.gateway.position == 1 and desk.adopted == 0
    sends_nothing(desk)


# ---- a broker that is not ready to tell


def test_a_list_that_is_empty_at_first_costs_no_order_its_life() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    local = rest(desk, cl_ord_id="C7")
    row = desk.router.rows.pop(local)
    for _ in range(4):
        desk.tick()
    assert not desk.gateway.compared
    assert desk.gateway.agreement.difference == "order 7 of an earlier run is not in the broker's list"
    desk.router.rows[local] = row
    desk.settle()
    assert desk.reports == [] and desk.gateway.blocks == ()


def test_a_finished_order_that_the_list_shows_late_explains_what_is_booked_already() -> None:
    ended = working(3, ENTRY, "C3")
    ended = OpenOrder(ended.order, "filled", 77, "C3", "dead", 2, 20_000, cancel_asked=False, ended=True)
    desk, _ = began(2, ended)
    row = desk.router.rows[rest(desk, ENTRY, cl_ord_id="C3", status=2, traded=2, avg_price=5000.0)]
    desk.router.rows.clear()
    desk.router.carried = 2
    desk.settle()
    desk.router.rows[row.local_id], desk.router.carried = row, 0
    for _ in range(4):
        desk.gateway.unsettle("look")
        desk.settle()
    assert desk.adopted == 0 and desk.gateway.position == 2 and desk.reports == []


def test_a_position_that_reads_zero_at_first_is_not_believed() -> None:
    desk, _ = began(1, working())
    rest(desk, cl_ord_id="C7")
    for _ in range(4):
        desk.tick()
    desk.router.carried = 1
    desk.settle()
    assert desk.adopted == 0 and desk.gateway.position == 1


def test_a_history_that_is_not_loaded_yet_is_waited_for() -> None:
    desk, _ = began(1, working())
    desk.router.carried = 1
    rest(desk, cl_ord_id="C7")
    for _ in range(20):
        desk.router.fail = ConnectionError("the broker has not sent the day's orders yet")
        desk.tick()
    assert not desk.gateway.compared and desk.reports == []
    desk.router.fail = None
    desk.settle()
    assert desk.reports == [] and desk.gateway.position == 1


# ---- afterwards


@pytest.mark.parametrize("live", [False, True])
def test_a_look_is_taken_every_few_seconds_whether_orders_work_or_not(live: bool) -> None:
    desk = Desk()
    if live:
        desk.router.move(desk.sent(price=9_000)[1], status=0)
        desk.settle()
    desk.router.traded_elsewhere = 1
    limit_s = 8.5 if live else 18.5     # to the look, and while the difference must last
    for _ in range(int(limit_s / 0.25)):
        desk.tick(0.25)
    assert desk.adopted == 1 and desk.gateway.position == 1


def test_a_list_that_forgets_finished_orders_takes_no_position_away() -> None:
    desk = Desk()
    _, local = desk.sent(qty=2)
    desk.router.fill(local, 2)
    desk.settle()
    del desk.router.rows[local]     # a new day's list, or one that is not whole after an outage
    desk.router.carried = 2
    for _ in range(20):
        desk.gateway.unsettle("look")
        desk.settle()
    assert desk.adopted == 0 and desk.gateway.position == 2


def test_a_position_that_reads_zero_for_a_moment_takes_none_away() -> None:
    desk = Desk()
    _, local = desk.sent(qty=2)
    desk.router.fill(local, 2)
    desk.settle()
    desk.router.traded_elsewhere = -2
    desk.gateway.unsettle("look")
    for _ in range(6):
        desk.tick()
    assert Reason.RECONCILING in desk.gateway.blocks
    desk.router.traded_elsewhere = 0
    desk.settle()
    assert desk.adopted == 0 and desk.gateway.position == 2


def test_a_difference_is_told_while_it_lasts_and_then_adopted() -> None:
    desk = Desk()
    desk.router.traded_elsewhere = -2
    desk.gateway.unsettle("look")
    while not desk.gateway.agreement.difference:
        desk.tick(0.1)
    assert desk.gateway.agreement.difference == "the broker holds -2 lots, our books say +0"
    assert Reason.RECONCILING in desk.gateway.blocks
    assert [words for _, words, data in desk.alerts if "difference" in data] == ["books and broker differ: no entries"]
    desk.settle()
    assert desk.gateway.agreement.equal and desk.gateway.position == -2


def test_what_is_sent_again_is_noted_as_unknown_before() -> None:
    desk = Desk()
    journal = Paper()
    desk.gateway.keep(journal, "new")
    order_id, local = desk.sent(qty=2)
    desk.router.move(local, status=204, cl_ord_id="C1", text="Cliente não está logado na corretora")
    for _ in range(8):
        desk.tick()
    assert [type(e).__name__ for e in journal.entries] == ["Sent", "Named", "Report", "Sent"]
    assert journal.of(Report)[0].status == "unknown" and len(desk.router.sends) == 2
    desk.router.move(max(desk.router.rows), status=0, cl_ord_id="C2")
    desk.tick()
    assert journal.of(Named)[-1] == Named(order_id, "C2")
