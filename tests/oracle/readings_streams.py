"""A synthetic market for the readings: a level book and a tape, as resolved events in ticks and lots."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, BookAction, Flag, Kind, TradeType

START_NS = 1_700_000_000_000_000_000
MS = 1_000_000
CENTRE = 10_000

Book = dict[int, dict[int, int]]


class Stream:
    """Writes consistent events: a book that never crosses, and prints that take from its best prices."""

    def __init__(self, seed: int, *, brokers: bool = True, book: bool = True, sides: bool = True) -> None:
        self.rng = np.random.default_rng(seed)
        self.events: list[NDArray[np.void]] = []
        self.brokers, self.book, self.sides = brokers, book, sides
        self.levels: Book = {1: {}, -1: {}}
        self.ts = START_NS
        self.price = CENTRE
        self._image()

    def array(self) -> NDArray[np.void]:
        return np.array(self.events, dtype=EVENT_DTYPE)

    def run(self, steps: int) -> NDArray[np.void]:
        """Steps of any kind: gaps of 0 to 400 ms, a long silence now and then, bursts at one instant."""
        for _ in range(steps):
            self.ts += int(self.rng.choice([0, 1, 37, 90, 240, 400])) * MS + int(self.rng.integers(0, 1000))
            if self.rng.random() < 0.004:
                self.ts += int(self.rng.integers(3, 75)) * 1000 * MS
            if self.rng.random() < 0.45:
                self.trade()
            else:
                self.change()
        return self.array()

    def trade(self) -> None:
        kinds = [TradeType.BUY, TradeType.SELL, TradeType.RLP, TradeType.CROSS]
        kind = int(self.rng.choice(kinds, p=[0.4, 0.35, 0.2, 0.05]))
        side = {int(TradeType.BUY): 1, int(TradeType.SELL): -1}.get(kind, 0)
        if not self.sides:
            kind, side = int(TradeType.UNKNOWN), 0
        qty = int(self.rng.choice([1, 1, 2, 5, 10, 60]))
        hit = side or int(self.rng.choice([1, -1]))
        for _ in range(int(self.rng.choice([1, 1, 1, 4])) if side else 1):
            self.price = self.best(-hit)
            self._print(self.price, qty, side, kind)
            if side:
                self._take(-hit, qty)

    def change(self) -> None:
        """A level near the best gets a new total, or goes, if it is not the last one."""
        side = int(self.rng.choice([1, -1]))
        price = self.best(side) - side * int(self.rng.integers(-1, 12))
        if side * price >= side * self.best(-side):
            return
        qty = int(self.rng.choice([0, 3, 20, 45, 400]))
        if qty == 0 and (price not in self.levels[side] or len(self.levels[side]) <= 3):
            return
        self._level(side, price, qty)

    def best(self, side: int) -> int:
        return max(self.levels[1]) if side > 0 else min(self.levels[-1])

    def _take(self, side: int, qty: int) -> None:
        price = self.best(side)
        left = self.levels[side][price] - qty
        if left > 0:
            self._level(side, price, left)
            return
        if len(self.levels[side]) <= 3:
            self._level(side, price - side * 14, 25)
        self._level(side, price, 0)
        if self.rng.random() < 0.8:
            self._level(-side, price, 15)   # the other side follows, so that the spread closes again

    def _image(self) -> None:
        rows = [(side, CENTRE - side * (k + (side < 0)), 10 + 7 * k) for side in (1, -1) for k in range(12)]
        for i, (side, price, qty) in enumerate(rows):
            self.levels[side][price] = qty
            flags = (Flag.FIRST if i == 0 else 0) | (Flag.LAST if i == len(rows) - 1 else 0)
            self._book_row(BookAction.IMAGE, side, price, qty, flags)

    def _level(self, side: int, price: int, qty: int) -> None:
        known = price in self.levels[side]
        action = BookAction.DELETE if qty == 0 else BookAction.EDIT if known else BookAction.ADD
        if qty == 0:
            del self.levels[side][price]
        else:
            self.levels[side][price] = qty
        self._book_row(action, side, price, qty, int(Flag.LAST))

    def _book_row(self, action: int, side: int, price: int, qty: int, flags: int) -> None:
        if self.book:
            self._add(kind=Kind.LEVEL, code=action, side=side, price=price, qty=qty, pos=-1, flags=flags)

    def _print(self, price: int, qty: int, side: int, code: int) -> None:
        buyer, seller = (int(b) for b in self.rng.choice([3, 72, 114, 120, 386], 2)) if self.brokers else (-1, -1)
        self._add(kind=Kind.TRADE, code=code, side=side, price=price, qty=qty, a=buyer, b=seller)

    def _add(self, **fields: int) -> None:
        event = np.zeros((), dtype=EVENT_DTYPE)
        event["ts_ns"] = self.ts
        for name, value in fields.items():
            event[name] = value
        self.events.append(event)


def mirrored(events: NDArray[np.void]) -> NDArray[np.void]:
    """The market upside down: prices reflected, bids and asks, buyers and sellers exchanged."""
    out = events.copy()
    out["price"] = 2 * CENTRE - events["price"]
    out["side"] = -events["side"]
    trade = events["kind"] == Kind.TRADE
    out["a"][trade], out["b"][trade] = events["b"][trade], events["a"][trade]
    for one, other in ((TradeType.BUY, TradeType.SELL), (TradeType.SELL, TradeType.BUY)):
        out["code"][trade & (events["code"] == one)] = other
    return out


def without(events: NDArray[np.void], kind: Kind) -> NDArray[np.void]:
    return events[events["kind"] != kind]
