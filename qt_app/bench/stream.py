"""Seeded streams for the benchmark: prints in candles, and changes of a price-level book."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, BookAction, Flag, Kind

NS = 1_000_000_000
CANDLE_NS = 5 * NS
OPEN_NS = 1_795_003_200 * NS  # 2026-11-18 09:00 in Sao Paulo
PER_CANDLE = 10
START_TICKS = 10_800


@dataclass(frozen=True, slots=True)
class Prints:
    """``(n, PER_CANDLE)`` prints, evenly spread inside n candles; ticks of half a point."""

    ts_ns: NDArray[np.int64]
    price: NDArray[np.int64]
    qty: NDArray[np.int64]
    side: NDArray[np.int64]
    buyer: NDArray[np.int64]
    seller: NDArray[np.int64]

    @property
    def ends(self) -> NDArray[np.int64]:
        """(n,) end of each candle."""
        return OPEN_NS + (np.arange(len(self.ts_ns), dtype=np.int64) + 1) * CANDLE_NS

    def candles(self) -> NDArray[np.float64]:
        """(n, 7): open, high, low, close in points, volume, bought, sold."""
        points = self.price / 2.0
        bought = np.where(self.side > 0, self.qty, 0).sum(axis=1)
        sold = np.where(self.side < 0, self.qty, 0).sum(axis=1)
        return np.column_stack([points[:, 0], points.max(axis=1), points.min(axis=1), points[:, -1],
                                self.qty.sum(axis=1), bought, sold]).astype(np.float64)

    def events(self) -> NDArray[np.void]:
        """The same prints as one array of trade events."""
        events = np.zeros(self.price.size, dtype=EVENT_DTYPE)
        for name, values in (("ts_ns", self.ts_ns), ("price", self.price), ("qty", self.qty), ("side", self.side),
                             ("a", self.buyer), ("b", self.seller)):
            events[name] = values.ravel()
        events["code"] = np.where(events["side"] > 0, 2, 3)
        events["id"] = np.arange(1, len(events) + 1)
        events["kind"] = Kind.TRADE
        return events


def prints(candles: int, seed: int = 7) -> Prints:
    """A random walk of one-tick steps, 96 brokers."""
    rng = np.random.default_rng(seed)
    shape = (candles, PER_CANDLE)
    starts = OPEN_NS + np.arange(candles, dtype=np.int64)[:, None] * CANDLE_NS
    offsets = (np.arange(PER_CANDLE, dtype=np.int64) * (CANDLE_NS // (PER_CANDLE + 1)))[None, :]
    walk = START_TICKS + np.cumsum(rng.choice([-1, 0, 0, 1], size=candles * PER_CANDLE)).reshape(shape)
    return Prints(starts + offsets, walk, rng.geometric(0.25, shape), rng.choice([-1, 1], shape),
                  rng.integers(1, 97, shape), rng.integers(1, 97, shape))


def level_changes(count: int, seed: int = 7) -> NDArray[np.void]:
    """L2 changes around a slowly moving touch: mostly edits near the best prices, each its own consistent group."""
    rng = np.random.default_rng(seed)
    middle = START_TICKS + np.cumsum(rng.choice([-1, 0, 0, 0, 0, 0, 0, 1], size=count) * (rng.random(count) < 0.02))
    side = rng.choice([-1, 1], size=count)
    distance = np.minimum(rng.geometric(0.08, size=count), 200)
    events = np.zeros(count, dtype=EVENT_DTYPE)
    events["ts_ns"] = OPEN_NS + np.arange(count, dtype=np.int64) * 100_000
    events["kind"] = Kind.LEVEL
    events["side"] = side
    events["price"] = middle - side * distance
    events["qty"] = np.where(rng.random(count) < 0.15, 0, rng.integers(1, 500, size=count))
    events["code"] = np.where(events["qty"] == 0, int(BookAction.DELETE), int(BookAction.EDIT))
    events["flags"] = Flag.LAST
    events["pos"] = -1
    return _without_crossing(events)


def _without_crossing(events: NDArray[np.void]) -> NDArray[np.void]:
    """A book that never crosses: opposite levels in the way are deleted first, deletes of nothing are dropped."""
    live: dict[int, set[int]] = {1: set(), -1: set()}
    out: list[np.void] = []
    for event in events:
        side, price = int(event["side"]), int(event["price"])
        if event["qty"] == 0:
            if price in live[side]:
                live[side].discard(price)
                out.append(event)
            continue
        for other in sorted(p for p in live[-side] if (price - p) * side >= 0):
            live[-side].discard(other)
            gone = event.copy()
            gone["side"], gone["price"], gone["qty"], gone["flags"] = -side, other, 0, 0
            gone["code"] = BookAction.DELETE
            out.append(gone)
        if price not in live[side]:
            live[side].add(price)
            event["code"] = BookAction.ADD
        out.append(event)
    return np.array(out, dtype=EVENT_DTYPE)
