"""Candles of the chart, and what traded at each price inside the newest ones."""
from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from qt_app.services.course import candle_rows

KEPT = 720
FOOTPRINTS = 6


@dataclass(frozen=True, slots=True)
class Candle:
    """One closed candle; prices in points, quantities in lots, ``start_ns`` UTC."""

    start_ns: int
    open: float
    high: float
    low: float
    close: float
    volume: int
    buy: int
    sell: int

    @classmethod
    def of(cls, row: Sequence[int], points: float) -> Candle:
        """Of a row whose prices are ticks of so many points."""
        start, opened, high, low, close, *flow = row
        return cls(start, opened * points, high * points, low * points, close * points, *flow)


class Candles:
    """The newest ``KEPT`` closed candles, each once, in order."""

    def __init__(self) -> None:
        self._by_start: dict[int, Candle] = {}
        self.period_ns = 0

    def take(self, columns: Mapping[str, Any], points: float) -> None:
        """Adds what is new of a message's columns; ``points`` is the size of a tick."""
        self.period_ns = int(columns["period_ns"])
        newest = max(self._by_start, default=0)
        for row in candle_rows(columns):
            if row[0] > newest:
                self._by_start[row[0]] = Candle.of(row, points)
        for old in sorted(self._by_start)[:-KEPT]:
            del self._by_start[old]

    def last(self, n: int) -> list[Candle]:
        """Oldest first."""
        return [self._by_start[start] for start in sorted(self._by_start)[-n:]]


@dataclass(frozen=True, slots=True)
class Print:
    """A trade: ``side`` is the aggressor (1 buyer, -1 seller, 0 none), ``code`` the exchange's kind of trade."""

    ts_ns: int
    price: float
    qty: int
    buyer: int
    seller: int
    side: int
    code: int


@dataclass(slots=True)
class Footprint:
    """What traded inside one candle: price → (by aggressive sellers, by aggressive buyers), lots.

    ``whole`` is False when prints of it were missed.
    """

    start_ns: int
    whole: bool
    levels: dict[float, list[int]] = field(default_factory=dict)

    @property
    def delta(self) -> int:
        return sum(bought - sold for sold, bought in self.levels.values())


class Tape:
    """Prints in order, newest ``KEPT``; the footprint of the newest candles; how many prints were missed."""

    def __init__(self) -> None:
        self.prints: deque[Print] = deque(maxlen=KEPT)
        self.footprints: deque[Footprint] = deque(maxlen=FOOTPRINTS)
        self.missed = 0
        self._count: int | None = None

    def take(self, columns: Mapping[str, Any], points: float, period_ns: int) -> None:
        """Adds the prints that are new: ``count`` is that of the session, so a fall of it is a new session."""
        count, size = int(columns["count"]), len(columns["ts_ns"])
        known = self._count
        fresh = size if known is None or count < known else count - known
        gap = max(0, fresh - size)
        self.missed += gap
        new = range(size - min(fresh, size), size)
        torn = self._start(columns["ts_ns"][new[0]], period_ns) if new and (known is None or gap) else None
        for i in new:
            row = Print(columns["ts_ns"][i], columns["price"][i] * points, columns["qty"][i], columns["buyer"][i],
                        columns["seller"][i], columns["side"][i], columns["code"][i])
            self.prints.append(row)
            self._foot(row, self._start(row.ts_ns, period_ns), torn)
        self._count = count

    def rlp_share(self, kind: int) -> float | None:
        """Share of the kept prints' lots that were of one kind; None without prints."""
        total = sum(row.qty for row in self.prints)
        return sum(row.qty for row in self.prints if row.code == kind) / total if total else None

    def newest(self, n: int) -> Sequence[Print]:
        """Newest first."""
        rows = list(self.prints)[-n:]
        return rows[::-1]

    @staticmethod
    def _start(ts_ns: int, period_ns: int) -> int:
        return ts_ns // period_ns * period_ns

    def _foot(self, row: Print, start: int, torn: int | None) -> None:
        """``torn``: the candle in which prints are missing."""
        if not self.footprints or self.footprints[-1].start_ns != start:
            self.footprints.append(Footprint(start, whole=True))
        foot = self.footprints[-1]
        foot.whole = foot.whole and start != torn
        if row.side:
            foot.levels.setdefault(row.price, [0, 0])[row.side > 0] += row.qty
