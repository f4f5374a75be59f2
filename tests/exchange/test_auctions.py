"""Auctions, halts, limits and rates of the generated market, through the interface."""

from __future__ import annotations

import ctypes as c
from typing import Any

import pytest
from exchange_desk import BUY, LIMIT, MARKET, SELL, STOP_LIMIT, Desk
from exchange_harness import Exchange, Group
from test_published_book import ListBook

AUCTION, CLOSED, OPEN, PRE_CLOSING, PRE_OPENING = 4, 6, 0, 10, 13


def desk(sim: Exchange, *kinds: str, **settings: Any) -> Desk:
    """Held at the start; `until` stops it."""
    d = Desk.__new__(Desk)
    d.sim, sim.on_order = sim, d.on_order
    sim.connect("order", "trade", "phase", *kinds, **({"speed": 0, "hold": 1} | settings))
    sim.subscribe(offers=True, depth="depth" in kinds)
    return d


def theoretical(sim: Exchange) -> tuple[float, int]:
    price, qty = c.c_double(), c.c_int64()
    assert sim.dll.GetTheoreticalValues(c.byref(sim.asset()), c.byref(price), c.byref(qty)) == 0
    return price.value, qty.value


def last(d: Desk, local: int) -> tuple[int, int, float, str]:
    event = d.of(local)[-1]
    return event[2], event[6], event[8], event[4]


def naive_cross(levels: list[list[tuple[float, int, int]]], reference: float) -> tuple[float, int]:
    """The auction's rule written again, on published levels: most traded, least left over, nearest, lowest."""
    prices = {p for side in levels for p, _, _ in side}
    low, high = min(prices), max(prices)
    best = (0.0, 0)
    key: tuple[float, ...] | None = None
    for tick in range(round(low * 2), round(high * 2) + 1):
        price = tick / 2
        demand = sum(q for p, q, _ in levels[0] if p >= price)
        supply = sum(q for p, q, _ in levels[1] if p <= price)
        here = (-min(demand, supply), abs(demand - supply), abs(price - reference), price)
        if min(demand, supply) and (key is None or here < key):
            key, best = here, (price, min(demand, supply))
    return best


def side_levels(sim: Exchange) -> list[list[tuple[float, int, int]]]:
    """Without the theoretical level that comes first in an auction."""
    return [sim.levels(side)[1:] for side in (0, 1)]


def test_the_opening_call_gathers_a_crossed_book_and_opens_at_one_price(sim: Exchange) -> None:
    d = desk(sim, "theoretical", start="08:54:00", until="09:00:00", start_price=5400)
    sim.run_until("08:55:30")
    early = theoretical(sim)
    buy, sell = d.send(LIMIT, BUY, 150, 5405.0), d.send(LIMIT, SELL, 3, 5600.0)
    market = d.send(MARKET, BUY, 1)
    sim.run_until("08:59:59")
    assert last(d, buy)[0] == 0 and last(d, sell)[0] == 0
    assert last(d, market)[0] == 8 and last(d, market)[3] == "Ordem a mercado não aceita em leilão"
    levels = side_levels(sim)
    assert levels[0][0][0] > levels[1][0][0], "the book is crossed before the open"
    price, qty = theoretical(sim)
    assert (price, qty) == naive_cross(levels, 5400.0) and qty > early[1]
    assert sim.of("theoretical")[-1][2] == price
    group = Group()
    assert sim.dll.GetPriceGroup(c.byref(sim.asset()), 1, 0, c.byref(group)) == 0
    assert (group.price, group.flags, group.qty) == (float("-inf"), 1, qty)
    sim.release()
    sim.until_rest()
    prints = sim.of("trade")
    assert {e[10] for e in prints} == {4} and len({e[5] for e in prints}) == 1
    assert last(d, buy)[:2] == (2, 150) and last(d, buy)[2] == prints[0][5]
    assert [e[3] for e in sim.of("phase")] == [CLOSED, PRE_OPENING, OPEN]
    assert sim.levels(0)[0][0] < sim.levels(1)[0][0], "what is left rests uncrossed"
    assert d.position()[1].open == 150


@pytest.mark.lengthy
def test_the_book_of_callbacks_stays_in_step_through_the_opening(sim: Exchange) -> None:
    desk(sim, "offer", start="08:59:00", until="09:00:05")
    sim.release()
    sim.until_rest()
    book = ListBook()
    for event in sim.of("offer"):
        book.apply(event)
    assert [book.levels(side) for side in (0, 1)] == [sim.levels(side) for side in (0, 1)]


@pytest.mark.lengthy
def test_the_closing_call_ends_in_one_price_and_the_close(sim: Exchange) -> None:
    d = desk(sim, start="09:10", close="09:20", closing_call=60)
    sim.run_until("09:19:00.500")
    sell = d.send(LIMIT, SELL, 5, 5380.0)
    sim.release()
    sim.until_rest()
    assert [e[3] for e in sim.of("phase")] == [OPEN, PRE_CLOSING, CLOSED]
    ends = [e for e in sim.of("trade") if e[10] == 4]
    assert len({e[5] for e in ends}) == 1 and all(e[3] == "18/11/2026 09:20:00" for e in ends)
    assert last(d, sell)[:3] == (2, 5, ends[0][5])


def test_an_order_that_would_leave_the_tunnel_stops_at_it_and_calls_an_auction(sim: Exchange) -> None:
    d = desk(sim, start="09:10", until="09:14", auction_tunnel=0.07, auction_s=60, max_lot=20000)
    best = sim.levels(1)[0][0]
    local = d.send(MARKET, BUY, 20000)
    sim.run_until("09:10:01")
    status, traded, _, text = last(d, local)
    assert status == 15 and 0 < traded < 20000 and text == "Saldo cancelado: ativo em leilão por variação de preço"
    bought = [e for e in sim.of("trade") if e[8] == 32003]
    assert max(e[5] for e in bought) <= best + 8 and sum(e[6] for e in bought) == traded
    assert [e[3] for e in sim.of("phase")] == [OPEN, AUCTION]
    resting = d.send(LIMIT, SELL, 2, 5380.0)
    sim.run_until("09:11:01")
    assert [e[3] for e in sim.of("phase")] == [OPEN, AUCTION, OPEN]
    ends = [e for e in sim.of("trade") if e[10] == 4]
    assert len({e[5] for e in ends}) == 1 and last(d, resting)[:3] == (2, 2, ends[0][5])
    after = sim.of("trade")[-1]
    assert after[10] != 4 and sim.levels(0)[0][0] < sim.levels(1)[0][0], "continuous trading goes on"


def test_an_ordinary_day_never_leaves_the_tunnel(sim: Exchange) -> None:
    streams = []
    for tunnel in (0, 1.5):
        sim.events.clear()
        sim.connect("trade", "phase", start="09:05", until="09:06", auction_tunnel=tunnel)
        sim.subscribe()
        sim.release()
        sim.until_rest()
        streams.append(list(sim.events))
        sim.finish()
    assert streams[0] == streams[1] and len(streams[0]) > 300


@pytest.mark.lengthy
def test_halts_come_when_the_settings_say(sim: Exchange) -> None:
    d = desk(sim, start="09:10", until="09:13",
             halts="09:10:10 frozen 20,09:11:00 inhibited 5,09:12:00 auction 10")
    texts = []
    for clock in ("09:10:15", "09:11:01", "09:12:02"):
        sim.run_until(clock)
        seen = len(sim.of("trade"))
        local = d.send(LIMIT, BUY, 1, 5390.0)
        sim.run_until(clock[:-1] + str(int(clock[-1]) + 1))
        assert len(sim.of("trade")) == seen, "nothing trades in a halt"
        texts.append((last(d, local)[0], last(d, local)[3]))
    assert texts == [(8, "Ativo congelado: ordem não aceita"), (8, "Ativo inibido para negociação"), (0, "")]
    sim.release()
    sim.until_rest()
    assert [e[3] for e in sim.of("phase")] == [OPEN, 2, OPEN, 3, OPEN, AUCTION, OPEN]


@pytest.mark.lengthy
@pytest.mark.parametrize(("kind", "side", "qty", "price", "stop", "text"), [
    (LIMIT, BUY, 1, 5400.3, -1, "Preço fora do tick do ativo"),
    (LIMIT, BUY, 1, 5700.0, -1, "Preço fora do túnel de rejeição"),
    (LIMIT, SELL, 1, 5100.0, -1, "Preço fora do túnel de rejeição"),
    (LIMIT, SELL, 1, 5945.0, -1, "Preço fora do limite de oscilação diária"),
    (LIMIT, BUY, 1, 4855.0, -1, "Preço fora do limite de oscilação diária"),
    (LIMIT, BUY, 1001, 5400.0, -1, "Quantidade acima do lote máximo por ordem"),
    (STOP_LIMIT, BUY, 1, 5420.0, 5420.2, "Preço de disparo inválido"),
])
def test_an_order_beyond_a_limit_dies_with_the_reason(
    sim: Exchange, kind: int, side: int, qty: int, price: float, stop: float, text: str,
) -> None:
    d = desk(sim, start="09:10", until="09:11")
    local = d.send(kind, side, qty, price, stop)
    assert local > 0, "the refusal comes later"
    sim.run_until("09:10:01")
    assert last(d, local)[0] == 8 and last(d, local)[3] == text


def test_far_orders_that_only_wait_are_taken_and_the_limits_are_told(sim: Exchange) -> None:
    d = desk(sim, "daily", start="09:10", until="09:11")
    local = d.send(LIMIT, BUY, 1, 4900.0)
    sim.run_until("09:10:02")
    assert last(d, local)[0] == 0
    assert sim.of("daily")[-1][9:11] == (5940.0, 4860.0)


def test_orders_beyond_the_rate_are_refused_until_a_minute_has_passed(sim: Exchange) -> None:
    d = desk(sim, start="09:10", until="09:13", orders_per_minute=3, orders_per_day=5)
    first = [d.send(LIMIT, BUY, 1, 5200.0) for _ in range(4)]
    sim.run_until("09:10:30")
    assert [last(d, x)[0] for x in first] == [0, 0, 0, 8]
    assert last(d, first[3])[3] == "Limite de ordens por minuto excedido"
    sim.run_until("09:11:01")
    second = [d.send(LIMIT, BUY, 1, 5200.0) for _ in range(3)]
    sim.run_until("09:11:30")
    assert [last(d, x)[0] for x in second] == [0, 0, 8]
    assert last(d, second[2])[3] == "Limite de ordens por dia excedido"


def test_what_is_left_of_an_order_that_meets_our_own_is_cancelled(sim: Exchange) -> None:
    d = desk(sim, start="09:10", until="09:12")
    ours = d.send(LIMIT, SELL, 5, sim.levels(0)[0][0] + 0.5)
    sim.run_until("09:10:00.200")
    price = sim.levels(1)[0][0]
    second = d.send(LIMIT, BUY, 1000, price)
    sim.run_until("09:10:01")
    assert last(d, second)[0] in (8, 15) or last(d, ours)[1] == 5
    position = d.position()[1]
    assert position.sold == last(d, ours)[1] and position.bought == last(d, second)[1]
    assert not [e for e in sim.of("trade") if e[8] == e[9] == 32003], "never with ourselves"


@pytest.mark.parametrize(("key", "value"), [
    ("halts", "09:10 sleeping 5"), ("halts", "09:10:00 frozen"), ("halts", "09:10 frozen 0"),
    ("halts", "09:11 frozen 5,09:10 frozen 5"), ("auction_tunnel", "31"), ("closing_call", "-1"), ("max_lot", "0"),
])
def test_settings_that_make_no_sense_are_refused(sim: Exchange, key: str, value: str) -> None:
    assert sim.dll.SIM_Set(key.encode(), value.encode()) == -2
    assert sim.dll.SIM_Error().startswith(f"'{value[:40]}' is no {key}: give".encode())
