"""A trader that goes on from a journal: position, money and counts of each session, order ids, orders that died."""
from __future__ import annotations

from typing import Any

import pytest
from order_world import OPEN, START, World

from qt_app.journal.entries import Begin, Entry, Fact, Fill, OpenOrder, Order, Report
from qt_app.orders.notes import Notes
from qt_app.risk.intent import Purpose

DAY = 86_400 * 10**9


def fill(order_id: int, position: int, *, side: int = 1, price: int = 10_001, ts_ns: int = START - 10**9,
         entry: bool = True) -> Fill:
    return Fill(order_id, 1, ts_ns, side, 1, price, price, price, entry, position)


def order(order_id: int, purpose: str = "stop", **now: Any) -> OpenOrder:
    made = Order(order_id, 1, START - 10**9, "WDOZ26", "paper", purpose, -1, 1, 9_900, 9_950, "STOP_LOSS")
    said = {"status": "accepted", "local_id": 0, "cl_ord_id": "", "run": "", "traded": 0, "value": 0,
            "cancel_asked": False, "ended": False}
    return OpenOrder(made, **(said | now))      # type: ignore[arg-type]


def begun(*fills: Fill, orders: tuple[OpenOrder, ...] = (), next_order_id: int = 50,
          session: int | None = OPEN) -> Begin:
    facts = {} if session is None else {"session": Fact("session", session, session)}
    return Begin(next_order_id, fills, orders, facts, clean=False)


def restored(begin: Begin, **limits: Any) -> tuple[World, list[Entry]]:
    world, noted = World(**limits), list[Entry]()
    world.trader.notes = Notes("WDOZ26", "paper", noted.append)
    world.trader.restore(begin)
    return world, noted


def test_position_and_average_are_the_fold_of_the_fills_and_protection_is_placed_anew() -> None:
    world, _ = restored(begun(fill(1, 1), fill(1, 2, price=10_003), orders=(order(3),)), max_position=2)
    assert world.position == 2 and world.account.average_ticks == 10_002
    world.decide("hold").clock(50)
    (stop,) = world.orders(Purpose.STOP)
    assert stop["order_id"] == 50 and (stop["side"], stop["qty"]) == (-1, 2)
    assert world.trader.state == "protected"


def test_a_paper_order_of_a_dead_run_is_noted_as_cancelled_once() -> None:
    ended = order(4, status="filled", traded=1, value=9_950, ended=True)
    _, noted = restored(begun(fill(1, 1), orders=(order(3), ended)))
    assert [(e.order_id, e.status, e.traded) for e in noted if isinstance(e, Report)] == [(3, "cancelled", 0)]


def test_the_session_s_entries_count_on_and_an_order_that_fills_on_counts_once() -> None:
    trips = [fill(1, 1), fill(2, 0, side=-1, entry=False), fill(3, 1), fill(4, 0, side=-1, entry=False)]
    world, _ = restored(begun(*trips), max_daily_trades=2)
    assert world.account.today.entries == 2 and world.account.today.trades == 2
    world.decide("buy")
    assert world.of("refusal")[-1]["code"] == "DAILY_TRADES"


def test_an_earlier_session_s_fills_carry_the_position_and_not_the_counts() -> None:
    world, noted = restored(begun(fill(1, 1, ts_ns=OPEN - DAY)), max_daily_trades=1)
    assert world.position == 1 and world.account.today.entries == 0
    world.decide("hold")
    assert world.account.day(10_000, 10_001).realised_brl == 0.0
    assert not [e for e in noted if isinstance(e, Fact) and e.name == "session"], "this session is known already"


def test_a_new_session_restarts_the_counts() -> None:
    world, noted = restored(begun(fill(1, 1, ts_ns=OPEN - DAY), fill(2, 0, side=-1, ts_ns=OPEN - DAY, entry=False),
                                  session=OPEN - DAY - 1))
    assert world.account.today.entries == 1
    world.decide("hold")
    assert world.account.today.entries == 0
    assert [e.value for e in noted if isinstance(e, Fact) and e.name == "session"] == [OPEN]


def test_money_is_the_same_as_if_the_run_had_never_ended() -> None:
    whole = World().decide("buy").wait(300).decide("sell").wait(500)
    fills = tuple(Fill(r["order_id"], r["seq"], r["ts_ns"], r["side"], r["qty"], r["price"], r["cost_probable"],
                       r["cost_optimistic"], r["side"] > 0, r["position"]) for r in whole.of("fill"))
    world, _ = restored(begun(*fills))
    assert world.account.figures("pessimistic", None, None) == whole.account.figures("pessimistic", None, None)
    assert world.account.figures("optimistic", None, None) == whole.account.figures("optimistic", None, None)
    assert world.account.today == whole.account.today and world.account.total == whole.account.total


def test_order_ids_go_on() -> None:
    world, _ = restored(begun(next_order_id=77))
    world.decide("buy")
    assert [o["order_id"] for o in world.orders(Purpose.ENTRY)] == [77]


@pytest.mark.parametrize("begin", [begun(next_order_id=1, session=None), begun(fill(1, 1), orders=(order(3),))])
def test_the_same_beginning_leads_to_the_same_records(begin: Begin) -> None:
    first, second = restored(begin)[0], restored(begin)[0]
    for world in (first, second):
        world.decide("buy").wait(2_000).decide("sell").wait(2_000)
    assert first.records == second.records
