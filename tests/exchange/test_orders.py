"""Our side's orders in the exchange's book: the pipeline, priority, cancels, changes, stops, positions."""

from __future__ import annotations

import ctypes as c
from collections.abc import Callable
from typing import Any

import pytest
from exchange_desk import BUY, LIMIT, MARKET, SELL, STOP_LIMIT, Desk
from exchange_harness import (
    FUNCTYPE,
    INVALID_ARGS,
    NO_POSITION,
    NOT_FOUND,
    OUT_OF_RANGE,
    WAITING,
    AccountOut,
    CancelOrders,
    ChangeOrder,
    Exchange,
    OrderId,
    OrderRecord,
    SystemTime,
    ZeroPosition,
)


@pytest.fixture
def desk(sim: Exchange) -> Callable[..., Desk]:
    return lambda **settings: Desk(sim, **settings)


def test_a_market_order_walks_the_pipeline_and_fills(desk: Callable[..., Desk]) -> None:
    d = desk()
    local = d.send(MARKET, BUY, 2)
    assert local > 2**40
    d.wait_status(local, 2)
    events = d.of(local)
    assert [e[2] for e in events][:3] == [203, 203, 201] and {e[2] for e in events[3:]} <= {1, 2}
    assert [e[3] for e in events[:2]] == ["", ""] and all(e[3].startswith("SIM") for e in events[2:])
    assert [e[4] for e in events[:2]] == ["Enviando ordem ao HadesProxy", "Enviado ao servidor de ordens."]
    assert events[-1][5:8] == (2, 2, 0) and events[-1][8] > 1000 and events[-1][9] == "WDOZ26"
    result, p = d.position()
    assert result == 0 and (p.open, p.side, p.bought, p.sold) == (2, 1, 2, 0)
    assert p.average == pytest.approx(events[-1][8])


def test_our_fill_is_on_the_tape_with_our_broker(desk: Callable[..., Desk]) -> None:
    d = desk()
    d.wait_status(d.send(MARKET, SELL, 1), 2)
    d.sim.wait(lambda: [e for e in d.sim.of("trade") if e[9] == 32003])
    (mine,) = [e for e in d.sim.of("trade") if e[9] == 32003]
    assert mine[10] == 3 and mine[6] == 1


def test_a_far_limit_rests_and_is_cancelled(desk: Callable[..., Desk]) -> None:
    d = desk()
    price = d.best(0) - 30
    local = d.send(LIMIT, BUY, 3, price)
    d.wait_status(local, 0)
    assert price in [p for p, *_ in d.sim.levels(0)]
    assert d.cancel(local) == 0
    d.wait_status(local, 4)
    assert d.statuses(local) == [203, 203, 201, 0, 6, 4]
    assert d.cancel(local) == INVALID_ARGS and d.cancel(12345) == NOT_FOUND
    assert d.position()[0] == NO_POSITION


@pytest.mark.lengthy
def test_a_resting_order_waits_its_turn(desk: Callable[..., Desk]) -> None:
    """At the best price our order fills only after the contracts that stood before it were taken or withdrawn."""
    d = desk(activity=3)
    local = d.send(LIMIT, BUY, 1, d.best(0))
    d.wait_status(local, 2)
    events = d.of(local)
    assert 0 in [e[2] for e in events] and events[-1][8] == events[-1][10]


def test_changing_price_loses_the_place_and_keeps_the_order(desk: Callable[..., Desk]) -> None:
    d = desk()
    price = d.best(0) - 30
    local = d.send(LIMIT, BUY, 3, price)
    d.wait_status(local, 0)
    change = ChangeOrder(1, d.sim.account(), OrderId(0, local, None), None, price - 1, -1.0, 5)
    assert d.sim.dll.SendChangeOrderV2(c.byref(change)) == 0
    d.sim.wait(lambda: 5 in d.statuses(local))
    d.wait_status(local, 0)
    assert d.statuses(local)[-2:] == [5, 0]
    assert d.of(local)[-1][5] == 5 and d.of(local)[-1][10] == price - 1


def test_the_alias_is_accepted_and_then_dies(desk: Callable[..., Desk]) -> None:
    d = desk()
    local = d.send(MARKET, BUY, 1, symbol="WDOFUT")
    assert local > 0
    d.wait_status(local, 204)
    assert d.of(local)[-1][4] == "Ordem inválida"
    assert d.statuses(local) == [203, 203, 204]
    result, p = d.position("WDOFUT")
    assert result == 0 and p.open == 0


def test_a_price_off_the_tick_is_rejected_with_a_reason(desk: Callable[..., Desk]) -> None:
    d = desk()
    local = d.send(LIMIT, BUY, 1, d.best(0) - 0.3)
    d.wait_status(local, 8)
    assert "Preço fora do tick" in d.of(local)[-1][4]


@pytest.mark.lengthy
def test_a_stop_waits_for_its_price(desk: Callable[..., Desk]) -> None:
    d = desk(activity=3)
    ask = d.best(1)
    near = d.send(STOP_LIMIT, BUY, 1, ask + 20, ask + 1)
    far = d.send(STOP_LIMIT, BUY, 1, ask + 240, ask + 200)
    d.wait_status(far, 0)
    d.wait_status(near, 2)
    assert 0 in d.statuses(near) and d.statuses(far) == [203, 203, 201, 0]
    change = ChangeOrder(1, d.sim.account(), OrderId(0, far, None), None, ask, ask, 1)
    assert d.sim.dll.SendChangeOrderV2(c.byref(change)) == INVALID_ARGS


def test_flat_positions_carry_rubbish_in_the_side(desk: Callable[..., Desk]) -> None:
    d = desk()
    assert d.position()[0] == NO_POSITION
    d.wait_status(d.send(MARKET, SELL, 2), 2)
    assert (d.position()[1].open, d.position()[1].side) == (2, 2)
    zero = ZeroPosition(2, d.sim.account(), d.sim.asset(), None, -1.0, 1)
    local = int(d.sim.dll.SendZeroPositionV2(c.byref(zero)))
    d.wait_status(local, 2)
    result, p = d.position()
    assert (result, p.open, p.side, p.bought, p.sold) == (0, 0, 200, 2, 2)
    assert int(d.sim.dll.SendZeroPositionV2(c.byref(zero))) == NO_POSITION
    wrong, empty = d.position(letter="B")
    assert (wrong, empty.open, empty.sold) == (0, 0, 0)


def test_version_zero_speaks_the_old_numbers(desk: Callable[..., Desk]) -> None:
    d = desk()
    local = d.send(2, 1, 1, version=0)  # old: market, sell
    d.wait_status(local, 2)
    assert d.position()[1].side == 2


def test_cancel_all_and_enumeration(desk: Callable[..., Desk]) -> None:
    d = desk()
    price = d.best(0) - 30
    locals_ = [d.send(LIMIT, BUY, 1, price - i) for i in range(3)]
    for local in locals_:
        d.wait_status(local, 0)
    seen: list[tuple[int, int]] = []

    def look(record: Any, param: int) -> int:
        seen.append((record.contents.order.local, record.contents.status))
        return int(len(seen) < param)

    proc = FUNCTYPE(c.c_int32, c.POINTER(OrderRecord), c.c_ssize_t)(look)
    account = d.sim.account()
    assert d.sim.dll.EnumerateAllOrders(c.byref(account), 0, c.c_ssize_t(99), proc) == 0
    assert seen == [(local, 0) for local in locals_]
    seen.clear()
    assert d.sim.dll.EnumerateAllOrders(c.byref(account), 1, c.c_ssize_t(2), proc) == 0
    assert len(seen) == 2
    assert d.sim.dll.SendCancelOrdersV2(c.byref(CancelOrders(0, account, d.sim.asset()))) == 0
    for local in locals_:
        d.wait_status(local, 4)


def test_order_history_is_loaded_on_request(desk: Callable[..., Desk]) -> None:
    d = desk()
    today, tomorrow = SystemTime(2026, 11, 3, 18, 0, 0, 0, 0), SystemTime(2026, 11, 4, 19, 0, 0, 0, 0)
    account = d.sim.account()
    ask = d.sim.dll.HasOrdersInInterval
    assert ask(c.byref(account), today, tomorrow) == WAITING
    d.sim.wait(lambda: d.sim.of("loaded"))
    assert ask(c.byref(account), today, tomorrow) == 0
    assert ask(c.byref(account), tomorrow, today) == OUT_OF_RANGE


def test_accounts_are_listed(desk: Callable[..., Desk]) -> None:
    d = desk()
    assert d.sim.dll.GetAccountCount() == 1
    accounts = (AccountOut * 2)()
    assert d.sim.dll.GetAccounts(0, 1, 1, accounts) == 1
    assert accounts[1].broker == 32003 and bytes(accounts[1].account)[:14].decode("utf-16-le") == "1000001"
    assert accounts[1].length == 7


@pytest.mark.lengthy
def test_day_orders_expire_at_the_close(desk: Callable[..., Desk]) -> None:
    d = desk(start="09:00:30", close="09:02", hold=1)  # it must not close before the order is sent
    local = d.send(LIMIT, BUY, 1, d.best(0) - 30)
    d.sim.release()
    d.wait_status(local, 12)
    late = d.send(MARKET, BUY, 1)
    d.wait_status(late, 8)
    assert "Mercado fechado" in d.of(late)[-1][4]


def test_an_order_that_trades_with_nobody_leaves_the_tape_as_it_was(sim: Exchange) -> None:
    """Our latencies have their own generator: an order that trades with nobody leaves the tape as it was."""
    tapes = []
    for ours in (False, True):
        sim.events.clear()
        d = Desk(sim, start="09:10", until="09:10:05", speed=0, hold=1)
        if ours:
            d.send(LIMIT, BUY, 1, d.best(0) - 30)
        sim.release()
        sim.until_rest()
        tapes.append([e[2:11] for e in sim.of("trade")])
        sim.finish()
    assert tapes[0] == tapes[1]
