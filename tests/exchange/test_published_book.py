"""The offer book by its callbacks, against the exchange's own levels; and the engine's laws."""

from __future__ import annotations

import ctypes as c
import struct
from itertools import pairwise
from typing import Any

import pytest
from exchange_harness import FUNCTYPE, I32, U8, Asset, Exchange, Group

Order = list[Any]  # price, qty, agent, id


class ListBook:
    """Two lists, best last, kept as the vendor's manual says."""

    def __init__(self) -> None:
        self.sides: list[list[Order]] = [[], []]
        self.pages = 0

    def apply(self, event: tuple[Any, ...]) -> None:
        (_, _, action, position, side, qty, agent, offer, price, has_price, has_qty, _, _, _, _, sells, buys) = event
        if action == 4:
            self.page(1, sells)
            self.page(0, buys)
            return
        orders = self.sides[side]
        if action == 0:
            assert 0 <= position <= len(orders)
            orders.insert(len(orders) - position, [price, qty, agent, offer])
            return
        assert 0 <= position < len(orders), "the book is out of step"
        at = len(orders) - 1 - position
        if action == 1:
            orders[at][1] += qty
            assert orders[at][1] > 0 and has_qty and not has_price
        elif action == 2:
            del orders[at]
        else:
            assert action == 3
            del orders[at:]

    def page(self, side: int, data: bytes | None) -> None:
        if data is None:
            return
        count, size = struct.unpack_from("<ii", data)
        assert size == len(data)
        at, rows = 8, []
        for _ in range(count):
            price, qty, agent, offer, n = struct.unpack_from("<dqiqH", data, at)
            assert n == 23 and data[at + 30 : at + 32].isdigit()
            at += 30 + n
            rows.append([price, qty, agent, offer])
        (flags,) = struct.unpack_from("<I", data, at)
        assert at + 4 == size
        if flags & 2:
            self.sides[side] = []
        self.sides[side] += rows
        self.pages += 1

    def levels(self, side: int) -> list[tuple[float, int, int]]:
        out: list[tuple[float, int, int]] = []
        for price, qty, *_ in reversed(self.sides[side]):
            if out and out[-1][0] == price:
                out[-1] = (price, out[-1][1] + qty, out[-1][2] + 1)
            else:
                out.append((price, qty, 1))
        return out


def watch(sim: Exchange, **settings: Any) -> ListBook:
    sim.connect("offer", "trade", **settings)
    sim.subscribe(offers=True)
    sim.release()
    sim.until_rest()
    book = ListBook()
    for event in sim.of("offer"):
        book.apply(event)
    return book


@pytest.mark.lengthy
@pytest.mark.parametrize("pages", [7, 500, 100000])
def test_the_book_rebuilt_from_callbacks_is_the_exchanges_own(sim: Exchange, pages: int) -> None:
    book = watch(sim, start="09:02", until="09:02:20", pages=pages)
    assert book.pages >= 2
    for side in (0, 1):
        assert book.levels(side) == sim.levels(side)
    assert book.levels(0)[0][0] < book.levels(1)[0][0]
    assert sim.stat("freepointer_leaks") == 0
    assert sim.stat("freepointer_arrays") == len(sim.arrays)


@pytest.mark.slow
def test_a_longer_session_uses_every_action_and_stays_in_step(sim: Exchange) -> None:
    book = watch(sim, start="09:30", until="09:30:40", activity=2, seed=3)
    actions = {e[2] for e in sim.of("offer")}
    assert actions == {0, 1, 2, 3, 4}
    assert [book.levels(s) for s in (0, 1)] == [sim.levels(s) for s in (0, 1)]


def test_time_priority_holds_in_every_queue(sim: Exchange) -> None:
    book = watch(sim, start="09:05", until="09:05:30")
    for orders in book.sides:
        for worse, better in pairwise(orders):
            if worse[0] == better[0]:
                assert worse[3] > better[3], "the older offer stands nearer to the best"


def test_every_increment_keeps_the_book_uncrossed(sim: Exchange) -> None:
    sim.connect("offer", start="09:05", until="09:05:20")
    sim.subscribe(ticker=False, offers=True)
    sim.release()
    sim.until_rest()
    book = ListBook()
    for event in sim.of("offer"):
        book.apply(event)
        if all(book.sides):
            assert book.sides[0][-1][0] < book.sides[1][-1][0]


@pytest.mark.lengthy
def test_most_increments_have_no_date_and_a_stale_text(sim: Exchange) -> None:
    watch(sim, start="09:05", until="09:05:20")
    adds = [e for e in sim.of("offer") if e[2] == 0]
    dated = [e for e in adds if e[11] & 0xFF]
    assert 0 < len(dated) < len(adds) / 10
    assert all(e[14].startswith("18/11/2026") for e in dated)
    assert all("/2026" not in e[14] for e in sim.of("offer") if e[2] != 4 and not e[11] & 0xFF)


def test_subscribing_again_sends_the_full_book_again(sim: Exchange) -> None:
    sim.connect("offer", start="09:02")
    sim.subscribe(ticker=False, offers=True)
    sim.until_rest()
    once = sim.of("offer")
    sim.subscribe(ticker=False, offers=True)
    sim.until_rest()
    assert sim.of("offer") == once + once


def test_arrays_kept_or_given_back_wrongly_are_noticed() -> None:
    sim = Exchange()
    sim.set(start="09:02", hold=1, speed=0, pages=100000)
    sim.free_arrays = False
    sim.connect("offer")
    sim.subscribe(ticker=False, offers=True)
    sim.until_rest()
    assert sim.stat("freepointer_leaks") == 2
    (pointer, data), _ = sim.arrays
    assert sim.dll.FreePointer(pointer, len(data) - 1) != 0, "wrong size"
    assert sim.dll.FreePointer(pointer, len(data)) == 0
    assert sim.dll.FreePointer(pointer, len(data)) != 0, "twice"
    assert (sim.stat("freepointer_leaks"), sim.stat("freepointer_faults")) == (1, 2)
    sim.finish()


def test_depth_updates_lead_a_reader_to_the_exchanges_levels(sim: Exchange) -> None:
    """A reader that re-reads the first ten levels when told to is right at the end, and its bursts are bracketed."""
    sim.connect("trade", start="09:05", until="09:05:20")
    asset, seen, open_bursts = sim.asset(), {0: [], 1: []}, set()

    def top(side: int) -> list[tuple[float, int, int]]:
        rows, group = [], Group()
        for i in range(10):
            if sim.dll.GetPriceGroup(c.byref(asset), side, i, c.byref(group)) == 0:
                rows.append((group.price, group.qty, group.count))
        return rows

    def depth(_: Any, side: int, position: int, update: int) -> None:
        if update == 5:
            open_bursts.add(side)
        elif update == 6:
            open_bursts.remove(side)
        if update == 4:
            seen[0], seen[1] = top(0), top(1)
        elif side not in open_bursts:
            seen[side] = top(side)

    callback = FUNCTYPE(None, Asset, U8, I32, U8)(depth)
    sim.kept.append(callback)
    assert sim.dll.SetPriceDepthCallback(callback) == 0
    sim.subscribe(depth=True)
    sim.release()
    sim.until_rest()
    assert not open_bursts
    for side in (0, 1):
        assert seen[side] == sim.levels(side)[:10]


def test_prints_with_an_aggressor_happen_at_the_quote_they_consume(sim: Exchange) -> None:
    sim.connect("offer", "trade", start="09:05", until="09:05:30")
    sim.subscribe(offers=True)
    sim.release()
    sim.until_rest()
    book = ListBook()
    for event in sim.events:
        if event[0] == "offer":
            book.apply(event)
        elif event[0] == "trade" and event[10] in (2, 3):
            maker = book.sides[1 if event[10] == 2 else 0]
            assert event[5] >= maker[-1][0] if event[10] == 2 else event[5] <= maker[-1][0]
