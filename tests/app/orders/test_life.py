"""One order's life: any mix of late, repeated, reordered and missing events ends in the truth; no fill is invented."""
from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.instruments import instrument
from qt_app.orders.life import Doubt, Life, Step, Terms, split
from qt_app.orders.router import OrderRow
from qt_app.orders.sight import Sight, Stage, read_sight
from qt_core.vendor import MESSAGE_FAILURES, TERMINAL

WDO = instrument("WDOZ26")
BASE = OrderRow(7, "", "WDOZ26", 1, 2, 203, 5, 0, 5000.0, -1.0, 0.0, "")


def row(**fields: Any) -> OrderRow:
    return replace(BASE, **fields)


def sight(**fields: Any) -> Sight:
    s = read_sight(WDO, row(**fields))
    assert isinstance(s, Sight), s
    return s


def life(**terms: Any) -> Life:
    usual = {"ticker": "WDOZ26", "side": 1, "kind": "limit", "qty": 5, "price": 10_000}
    return Life(Terms(**usual | terms), local_id=7)


# ---- any history


@dataclass(frozen=True)
class History:
    """True sights of one order, oldest first; the last one is its end."""

    terms: Terms
    changes: list[tuple[int, int]]
    rows: list[OrderRow]
    fills: list[tuple[int, int]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    side = draw(st.sampled_from((1, 2)))
    kind = draw(st.sampled_from((1, 2, 4)))
    qty = draw(st.integers(1, 12))
    limit = 10_000
    sign = 1 if side == 1 else -1
    now = row(side=side, type=kind, qty=qty, price=limit / 2 if kind != 1 else -1.0,
              stop_price=limit / 2 if kind == 4 else -1.0)
    rows = [now, replace(now, text="Enviado ao servidor de ordens."), replace(now, status=201, cl_ord_id="C1")]
    now, changes, fills = rows[-1], [], []
    for _ in range(draw(st.integers(0, 6))):
        act = draw(st.sampled_from(("fill", "new", "change", "pending")))
        done = sum(n for n, _ in fills)
        if act == "fill" and done < now.qty - 1:
            fills.append((draw(st.integers(1, now.qty - done - 1)), limit - sign * draw(st.integers(0, 30))))
            now = replace(now, status=1)
        elif act == "change" and kind == 2:
            changes.append((draw(st.integers(done + 1, 15)), limit))
            now = replace(now, status=5, qty=changes[-1][0])
        elif act == "pending":
            now = replace(now, status=draw(st.sampled_from((6, 14))))
        else:
            now = replace(now, status=1 if done else 0)
        rows.append(now := with_fills(now, fills))
    return History(Terms("WDOZ26", sign, {1: "market", 2: "limit", 4: "stop_limit"}[kind], qty,
                         None if kind == 1 else limit, limit if kind == 4 else None, near=limit),
                   changes, [*rows, ending(draw, now, fills, limit)], fills)


def ending(draw: st.DrawFn, now: OrderRow, fills: list[tuple[int, int]], limit: int) -> OrderRow:
    done = sum(n for n, _ in fills)
    end = draw(st.sampled_from((2, 4, 12, 8)))
    if end == 2:
        fills.append((now.qty - done, limit))
    elif done:
        end = {4: 15, 12: 17, 8: 18}[end]
    return with_fills(replace(now, status=end, text="fim"), fills)


def with_fills(now: OrderRow, fills: list[tuple[int, int]]) -> OrderRow:
    done = sum(n for n, _ in fills)
    value = sum(n * p for n, p in fills)
    return replace(now, traded=done, avg_price=value / done / 2 if done else 0.0)


def sights_of(rows: list[OrderRow]) -> list[Sight]:
    read = [read_sight(WDO, r) for r in rows]
    assert all(isinstance(s, Sight) for s in read), read
    return [s for s in read if isinstance(s, Sight)]


@pytest.mark.lengthy
@settings(max_examples=300)
@given(histories(), st.data())
def test_any_mix_of_a_true_history_ends_in_the_truth(h: History, data: st.DataObject) -> None:
    sights = sights_of(h.rows)
    order = Life(h.terms)
    for qty, price in h.changes:
        order.changing(qty, price)
    mix = data.draw(st.lists(st.sampled_from(sights), max_size=20))
    steps: list[Step] = []
    for s in [*mix, sights[-1], sights[-1]]:
        before = order.traded, order.stage
        result = order.see(s)
        assert not isinstance(result, Doubt), result
        assert order.traded >= before[0] and order.stage >= before[1]
        assert order.traded <= sights[-1].traded
        if result is not None:
            steps.append(result)
        assert sum(step.lots for step in steps) == order.traded
    assert order.ended and order.traded == sights[-1].traded
    assert sum(step.value for step in steps) == sum(n * p for n, p in h.fills) == order.value
    assert order.ending == {2: "filled", 8: "rejected", 18: "rejected"}.get(sights[-1].status, "cancelled")
    assert [s.status for s in steps].count(order.ending) == 1
    assert order.remaining == 0


@pytest.mark.lengthy
@settings(max_examples=300)
@given(histories(), st.data())
def test_lies_among_the_truth_change_nothing(h: History, data: st.DataObject) -> None:
    order = Life(h.terms)
    for qty, price in h.changes:
        order.changing(qty, price)
    lies = st.fixed_dictionaries({
        "traded": st.integers(-(2**62), 2**62), "avg_price": st.floats(), "qty": st.integers(-(2**62), 2**62),
        "status": st.integers(0, 255), "side": st.integers(0, 255)})
    total = 0
    for r in data.draw(st.lists(st.sampled_from(h.rows), min_size=1, max_size=12)):
        lie = replace(r, **data.draw(lies))
        for candidate in (lie, r):
            s = read_sight(WDO, candidate)
            if isinstance(s, Sight):
                result = order.see(s)
                total += result.lots if isinstance(result, Step) else 0
        assert total == order.traded <= order.qty
        low, high = order.terms.near * 0.75, order.terms.near * 1.25   # type: ignore[operator]
        assert low * order.traded <= order.value <= high * order.traded


@pytest.mark.lengthy
@given(st.integers(1, 1000), st.integers(1, 10**9))
def test_a_fill_is_split_exactly_over_two_neighbouring_ticks(lots: int, value: int) -> None:
    parts = split(lots, value)
    assert sum(n for n, _ in parts) == lots and sum(n * p for n, p in parts) == value
    assert len(parts) <= 2 and all(n > 0 for n, _ in parts)


# ---- single rules


def test_a_repeated_fill_is_no_fill() -> None:
    order = life()
    first = order.see(sight(status=1, traded=2, avg_price=4999.5))
    assert first == Step("partial", 2, 2 * 9999, "")
    assert order.see(sight(status=1, traded=2, avg_price=4999.5)) is None


def test_skipped_stages_are_no_trouble() -> None:
    order = life()
    assert order.see(sight(status=2, traded=5, avg_price=5000.0)) == Step("filled", 5, 50_000, "")


def test_lots_that_are_told_after_the_end_still_count() -> None:
    order = life()
    order.see(sight(status=4, traded=0))
    assert order.see(sight(status=15, traded=2, avg_price=5000.0)) == Step("cancelled", 2, 20_000, "")
    assert order.see(sight(status=2, traded=5, avg_price=5000.0)) == Step("filled", 3, 30_000, "")


def test_replaced_lives_on() -> None:
    order = life()
    order.changing(3, 9_990)
    assert order.see(sight(status=5, qty=3, price=4995.0)) == Step("accepted", 0, 0, "")
    assert (order.stage, order.qty, order.remaining) == (Stage.WORKING, 3, 3)


@pytest.mark.parametrize("fields", [
    {"side": 200}, {"qty": 0}, {"qty": 2**60}, {"traded": -1}, {"traded": 6}, {"status": 2, "traded": 4},
    {"status": 204, "traded": 1}])
def test_records_that_cannot_be_are_refused(fields: dict[str, int]) -> None:
    assert isinstance(read_sight(WDO, row(**fields)), str)


@pytest.mark.parametrize("fields", [
    {"side": 2}, {"ticker": "WDOF27"}, {"type": 4}, {"type": 1}, {"qty": 4},
    {"status": 1, "traded": 1, "avg_price": math.nan}, {"status": 1, "traded": 1, "avg_price": math.inf},
    {"status": 1, "traded": 1, "avg_price": -1.0}, {"status": 1, "traded": 1, "avg_price": 0.0},
    {"status": 1, "traded": 1, "avg_price": 5000.5}, {"status": 1, "traded": 1, "avg_price": 3.0},
    {"status": 1, "traded": 1, "avg_price": 4999.8}])
def test_sights_that_contradict_the_order_are_doubts(fields: dict[str, Any]) -> None:
    order = life(near=10_000)
    assert isinstance(order.see(sight(**fields)), Doubt)
    assert (order.traded, order.stage, order.heard) == (0, Stage.SENT, False)


def test_an_end_with_less_than_is_known_is_a_doubt() -> None:
    order = life()
    order.see(sight(status=1, traded=3, avg_price=5000.0))
    assert isinstance(order.see(sight(status=4, traded=0)), Doubt)
    assert not order.ended


def test_a_price_that_stays_impossible_is_booked_at_the_limit() -> None:
    order = life()
    nonsense = sight(status=2, traded=5, avg_price=9e8)
    assert isinstance(order.see(nonsense), Doubt)
    assert order.see(nonsense, insist=True) == Step("filled", 5, 50_000, "")
    assert order.estimated


@pytest.mark.parametrize("code", sorted(MESSAGE_FAILURES))
def test_a_failed_message_ends_nothing_by_itself(code: int) -> None:
    order = life()
    assert isinstance(order.message(code, "não"), Doubt)
    assert not order.ended
    assert order.see(sight(status=0)) == Step("accepted", 0, 0, "")
    assert order.missing("unknown") is None      # the broker has shown it: the message was wrong


def test_a_failed_message_and_no_order_at_the_broker_is_a_rejection_with_its_text() -> None:
    order = life()
    order.message(5, "Quantidade inválida: múltiplo de 100")
    assert order.missing("unknown") == Step("rejected", 0, 0, "Quantidade inválida: múltiplo de 100")


@pytest.mark.parametrize("code", [0, 2, 4, 6, 8, 10, 200])
def test_progress_messages_say_nothing(code: int) -> None:
    assert life().message(code, "") is None


def test_an_order_that_was_given_up_and_shows_up_lives_on() -> None:
    order = life()
    order.missing("unknown")
    order.see(sight(status=0))
    assert order.lives_on
    order.see(sight(status=4))
    assert not order.lives_on


def test_every_status_has_one_meaning() -> None:
    stages = {status: sight(status=status, traded=5 if status == 2 else 0, avg_price=5000.0).stage
              for status in range(256)}
    assert {s for s, stage in stages.items() if stage is Stage.ENDED} == TERMINAL
    assert sorted(TERMINAL) == [2, 3, 4, 8, 12, 15, 17, 18, 204, 205]
    assert stages[5] is Stage.WORKING and stages[200] is None and stages[99] is None


def test_the_broker_s_choice_of_a_zero_position_is_learnt_from_the_first_sight() -> None:
    order = Life(Terms("WDOZ26", 1, "market", 1, near=10_000, open=True))
    assert order.see(sight(side=2, type=1, qty=4, price=-1.0, status=2, traded=4, avg_price=4999.0)) == Step(
        "filled", 4, 4 * 9998, "")
    assert order.terms.side == -1
