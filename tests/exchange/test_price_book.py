"""The deprecated book by price: arrays, differences, and both widths against the depth read with accessors."""

from __future__ import annotations

import struct

import pytest
from exchange_harness import FUNCTYPE, OK, Exchange, wide
from exchange_records import ROWS

ENTRIES = {"price_book": "<dii", "price_book_v2": "<dqI"}


class Ladder:
    """Both sides, best level last, kept as section 6.2 of the interface says."""

    def __init__(self, sim: Exchange, kind: str, slot: bool = False) -> None:
        self.sim, self.entry = sim, struct.Struct(ENTRIES[kind])
        self.sides: list[list[list[float]]] = [[], []]
        self.actions: set[int] = set()
        self.proc = FUNCTYPE(None, *ROWS[kind][1])(self.on_book)

    def read(self, data: bytes) -> list[list[float]]:
        count, size = struct.unpack_from("<ii", data)
        assert size == len(data) == 8 + count * self.entry.size
        return [list(e) for e in self.entry.iter_unpack(data[8:])]

    def on_book(self, _: object, action: int, position: int, side: int, qty: int, count: int, price: float,
                sells: int | None, buys: int | None) -> None:  # fmt: skip
        self.actions.add(action)
        if action == 4:
            pages = [self.sim.take(buys), self.sim.take(sells)]
            self.sides = [self.read(p) if p else [] for p in pages]
            return
        rows = self.sides[side]
        at = len(rows) - 1 - position
        if action == 0:
            rows.insert(len(rows) - position, [price, qty, count])
        elif action == 1:
            assert rows[at][0] == price
            rows[at] = [price, rows[at][1] + qty, rows[at][2] + count]
        elif action == 2:
            del rows[at]
        else:
            del rows[at:]

    def check(self) -> None:
        for side in (0, 1):
            assert [tuple(r) for r in reversed(self.sides[side])] == self.sim.levels(side)


@pytest.mark.lengthy
@pytest.mark.parametrize("kind", list(ENTRIES))
def test_the_book_kept_from_changes_is_the_exchanges(sim: Exchange, kind: str) -> None:
    sim.connect(start="09:05", until="09:05:12", activity=3)
    ladder = Ladder(sim, kind)
    assert getattr(sim.dll, ROWS[kind][0])(ladder.proc) == OK
    assert sim.dll.SubscribePriceBook(wide("WDOZ26"), wide("F")) == OK
    sim.until_rest()
    assert ladder.actions == {4} and ladder.sides[0][-1][0] > ladder.sides[0][0][0]
    ladder.check()
    sim.release()
    sim.until_rest()
    assert ladder.actions >= {0, 1, 2, 4}
    ladder.check()
    assert sim.stat("freepointer_arrays") == 2 and sim.stat("freepointer_leaks") == 0


def test_the_initialisers_slot_has_the_first_layout(sim: Exchange) -> None:
    ladder = Ladder(sim, "price_book")
    sim.connect(start="09:05", until="09:05:05", slots={"price_book": ladder.proc})
    assert sim.dll.SubscribePriceBook(wide("WDOZ26"), wide("F")) == OK
    sim.release()
    sim.until_rest()
    ladder.check()
    assert sim.dll.UnsubscribePriceBook(wide("WDOZ26"), wide("F")) == OK
