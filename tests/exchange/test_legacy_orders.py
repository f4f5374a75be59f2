"""The old order family: text for account and broker, words in the callbacks, the unaligned position block."""

from __future__ import annotations

import ctypes as c
import struct
from typing import Any

import pytest
from exchange_desk import BUY, SELL, Desk
from exchange_harness import INVALID_ARGS, NO_POSITION, NOT_FOUND, OK, Exchange, wide

ACCOUNT, BROKER, PASSWORD, WDO, F = wide("1000001"), wide("32003"), wide("segredo"), wide("WDOZ26"), wide("F")
RETURN_64 = [f"Send{kind}{side}Order" for kind in ("", "Market", "Stop") for side in ("Buy", "Sell")]
RETURN_64 += ["SendZeroPosition", "SendZeroPositionAtMarket"]


@pytest.fixture
def desk(sim: Exchange) -> Desk:
    for name in RETURN_64:
        getattr(sim.dll, name).restype = c.c_int64
    sim.dll.GetPosition.restype = c.c_void_p
    return Desk(sim, "change", "past", password="segredo")


def send(d: Desk, name: str, *rest: Any, broker: Any = BROKER) -> int:
    return int(getattr(d.sim.dll, name)(ACCOUNT, broker, PASSWORD, WDO, F, *rest))


def cl_ord_id(d: Desk, local: int) -> Any:
    return wide(d.of(local)[-1][3])


def test_market_orders_and_closing_at_market(desk: Desk) -> None:
    dll = desk.sim.dll
    desk.wait_status(send(desk, "SendMarketBuyOrder", 3), 2)
    desk.wait_status(send(desk, "SendMarketSellOrder", 1), 2)
    assert desk.position()[1].open == 2
    closing = dll.SendZeroPositionAtMarket(ACCOUNT, BROKER, WDO, F, PASSWORD)
    desk.wait_status(closing, 2)
    assert desk.position()[1].open == 0 and desk.sim.stat("sends") == 3
    assert dll.SendZeroPosition(ACCOUNT, BROKER, WDO, F, PASSWORD, c.c_double(5400.0)) == NO_POSITION


def test_a_broker_that_is_no_number_and_one_that_is_not_ours(desk: Desk) -> None:
    assert send(desk, "SendMarketBuyOrder", 1, broker=wide("XP")) == INVALID_ARGS
    assert send(desk, "SendMarketBuyOrder", 1, broker=wide("3")) == NOT_FOUND
    assert send(desk, "SendMarketBuyOrder", 1, broker=None) == INVALID_ARGS
    assert desk.sim.stat("orders") == 0


def test_limit_orders_change_and_cancel_by_their_permanent_id(desk: Desk) -> None:
    dll, price = desk.sim.dll, desk.best(0) - 30
    local = send(desk, "SendBuyOrder", c.c_double(price), 2)
    desk.wait_status(local, 0)
    name = cl_ord_id(desk, local)
    assert dll.SendChangeOrder(ACCOUNT, BROKER, PASSWORD, name, c.c_double(price - 1), 4) == OK
    desk.sim.wait(lambda: desk.statuses(local)[-2:] == [5, 0])
    assert desk.of(local)[-1][5] == 4 and desk.of(local)[-1][10] == price - 1
    assert dll.SendCancelOrder(ACCOUNT, BROKER, name, wide("errada")) == OK
    desk.sim.wait(lambda: "Senha" in desk.of(local)[-1][4])
    assert dll.SendCancelOrder(ACCOUNT, BROKER, name, PASSWORD) == OK
    desk.wait_status(local, 4)
    assert dll.SendCancelOrder(ACCOUNT, BROKER, wide("SIM0000009999"), PASSWORD) == NOT_FOUND


def test_the_price_of_a_waiting_stop_is_its_stop_and_the_limit_keeps_its_distance(desk: Desk) -> None:
    ask = desk.best(1)
    local = send(desk, "SendStopBuyOrder", c.c_double(ask + 210), c.c_double(ask + 200), 1)
    desk.wait_status(local, 0)
    args = (ACCOUNT, BROKER, PASSWORD, cl_ord_id(desk, local), c.c_double(ask + 150), 2)
    assert desk.sim.dll.SendChangeOrder(*args) == OK
    desk.sim.wait(lambda: desk.statuses(local)[-2:] == [5, 0])
    assert desk.of(local)[-1][10] == ask + 160 and desk.of(local)[-1][5] == 2
    far = send(desk, "SendStopSellOrder", c.c_double(ask - 210), c.c_double(ask - 200), 1)
    desk.wait_status(far, 0)
    assert desk.sim.dll.SendCancelOrders(ACCOUNT, BROKER, PASSWORD, WDO, F) == OK
    for stop in (local, far):
        desk.wait_status(stop, 4)


def test_order_changes_come_in_words(desk: Desk) -> None:
    local = send(desk, "SendSellOrder", c.c_double(desk.best(1) + 30), 1)
    desk.wait_status(local, 0)
    assert desk.sim.dll.SendCancelAllOrders(ACCOUNT, BROKER, PASSWORD) == OK
    desk.wait_status(local, 4)
    desk.sim.wait(lambda: desk.sim.of("change")[-1][15] == "Canceled")
    told = desk.sim.of("change")
    assert [e[15] for e in told] == [
        "ClientCreated", "ClientCreated", "HadesCreated", "New", "PendingCancel", "Canceled",
    ]  # fmt: skip
    last = told[-1]
    assert last[1:7] == ("WDOZ26", 32003, 1, 0, 0, SELL) and last[10:14] == (
        local,
        "Limit",
        "1000001",
        "João da Simulação",
    )
    assert last[14] == desk.of(local)[-1][3] and str(last[16]).startswith("18/11/2026 09:1") and last[17] == ""


def test_asking_for_orders_answers_through_the_old_history_callback(desk: Desk) -> None:
    dll, sim = desk.sim.dll, desk.sim
    first = send(desk, "SendMarketBuyOrder", 1)
    second = send(desk, "SendMarketBuyOrder", 2)
    for local in (first, second):
        desk.wait_status(local, 2)
    today = wide("18/11/2026")
    assert dll.GetOrders(ACCOUNT, BROKER, today, today) == OK
    sim.wait(lambda: len(sim.of("past")) == 2)
    assert dll.GetOrder(cl_ord_id(desk, second)) == OK
    assert dll.GetOrderProfitID(c.c_int64(first)) == OK
    sim.wait(lambda: len(sim.of("past")) == 4)
    assert [e[10] for e in sim.of("past")] == [first, second, second, first]
    assert [e[15] for e in sim.of("past")] == ["Filled"] * 4
    assert dll.GetOrders(ACCOUNT, BROKER, wide("17/11/2026"), wide("17/11/2026")) == OK
    assert dll.GetOrders(ACCOUNT, BROKER, wide("2026-11-17"), today) == INVALID_ARGS
    assert dll.GetOrder(wide("nada")) == NOT_FOUND and dll.GetOrderProfitID(c.c_int64(5)) == NOT_FOUND


def test_second_versions_of_the_words_carry_the_dates(desk: Desk) -> None:
    sim = desk.sim
    for kind, setter in (("change_v2", sim.dll.SetOrderChangeCallbackV2), ("past_v2", sim.dll.SetHistoryCallbackV2)):
        assert setter(sim.callback(kind)) == OK
    local = send(desk, "SendMarketBuyOrder", 1)
    desk.wait_status(local, 2)
    sim.wait(lambda: sim.of("change_v2") and sim.of("change_v2")[-1][16] == "Filled")
    assert sim.dll.GetOrderProfitID(c.c_int64(local)) == OK
    sim.wait(lambda: sim.of("past_v2"))
    change, past = sim.of("change_v2")[-1], sim.of("past_v2")[-1]
    assert change[1:21] == past[1:21] and not sim.of("past") and not sim.of("change")
    assert change[5:8] == (0, BUY, 0) and change[11] == local
    created, updated, closed, valid = change[17:21]
    assert created < updated == closed and valid == "18/11/2026 18:30:00.000"


def unpack(block: bytes) -> tuple[list[str], tuple[Any, ...]]:
    texts, at = [], 12
    for _ in range(3):
        (n,) = struct.unpack_from("<H", block, at)
        texts.append(block[at + 2 : at + 2 + n].decode("latin-1"))
        at += 2 + n
    figures = struct.unpack_from("<iddidi9iB", block, at)
    assert at + struct.calcsize("<iddidi9iB") == len(block)
    return texts, figures


def test_the_position_block_is_packed_and_belongs_to_the_caller(desk: Desk) -> None:
    dll, sim = desk.sim.dll, desk.sim
    desk.wait_status(send(desk, "SendMarketSellOrder", 2), 2)
    pointer = dll.GetPosition(ACCOUNT, BROKER, WDO, F)
    count, size, broker = struct.unpack("<iii", c.string_at(pointer, 12))
    texts, figures = unpack(c.string_at(pointer, size))
    assert (count, size, broker) == (1, 91 + 7 + 17 + 6, 32003)
    assert texts == ["1000001", "João da Simulação", "WDOZ26"]
    assert figures[0] == -2 and figures[1] == figures[2] > 1000 and figures[3:6] == (2, 0.0, 0)
    assert figures[-3:] == (2, 2, 2)
    assert sim.stat("freepointer_leaks") == 1
    assert dll.FreePointer(pointer, size) == OK and sim.stat("freepointer_leaks") == 0
    assert dll.GetPosition(ACCOUNT, BROKER, wide("PETR4"), F) is None
    assert dll.GetPosition(wide("77"), BROKER, WDO, F) is None
