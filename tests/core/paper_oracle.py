"""The rules of qt_core.paper once more, slowly: dictionaries, one order at a time, no shared code."""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qt_core._types import EVENT_DTYPE, Flag, Kind, Phase

FOREVER = 2**62


@dataclass
class Order:
    id: int
    side: int
    left: int
    limit: int | None
    stop: int | None
    arrives: int
    cancelled: int = FOREVER
    where: str = "travelling"   # travelling, waiting, armed, fired, queue, hungry, done
    queue: int | None = None
    traded: int = 0


class SlowPaper:
    """Unbounded session; a quote-only or a ladder-only market, as the tests feed it."""

    def __init__(self, latency: int, cancel_latency: int) -> None:
        self.latency, self.cancel_latency = latency, cancel_latency
        self.books: dict[int, dict[int, int]] = {1: {}, -1: {}}
        self.laddered = False
        self.quote: dict[int, tuple[int, int] | None] = {1: None, -1: None}
        self.open, self.last, self.now = True, None, 0
        self.orders: list[Order] = []
        self.side: dict[int, int] = {}
        self.eaten: dict[int, tuple[int | None, dict[int, int]]] = {1: (0, {}), -1: (0, {})}  # touch, lots by price
        self.reports: list[tuple[int, str, int, int | None, int]] = []

    def submit(self, order_id: int, side: int, qty: int, limit: int | None, stop: int | None, now: int) -> None:
        self.orders.append(Order(order_id, side, qty, limit, stop, now + self.latency))
        self.side[order_id] = side

    def cancel(self, order_id: int, now: int) -> None:
        for o in self.orders:
            if o.id == order_id:
                o.cancelled = min(o.cancelled, now + self.cancel_latency)

    def advance(self, now: int) -> None:
        row = np.zeros(1, EVENT_DTYPE)
        row["kind"], row["ts_ns"] = Kind.CLOCK, now
        self.feed(row)

    def feed(self, rows: np.ndarray) -> None:
        for row in rows:
            self.now = int(row["ts_ns"])
            self.see(row)
            for side in (1, -1):
                if self.eaten[side][0] != self.touch(side):
                    self.eaten[side] = (self.touch(side), {})
            for o in list(self.orders):
                self.step(o, row)
            self.orders = [o for o in self.orders if o.where != "done"]

    def see(self, row: np.void) -> None:
        kind, side, price, qty = Kind(row["kind"]), int(row["side"]), int(row["price"]), int(row["qty"])
        if kind is Kind.QUOTE:
            self.quote = {1: (price, qty), -1: (int(row["a"]), int(row["id"]))}
        elif kind is Kind.TRADE:
            self.last = price
        elif kind is Kind.PHASE:
            self.open = row["code"] == Phase.OPEN
        elif kind is Kind.LEVEL:
            self.books[side].pop(price, None)
            if qty:
                self.books[side][price] = qty
            if row["flags"] & Flag.LAST:
                self.laddered = True
                for s in (1, -1):
                    best = max(self.books[s], key=lambda p: s * p, default=None)
                    self.quote[s] = None if best is None else (best, self.books[s][best])

    def touch(self, side: int) -> int | None:
        best = self.quote[side]
        return None if best is None else best[0]

    def displayed(self, side: int, price: int) -> int | None:
        best = self.quote[side]
        if best is not None and best[0] == price and best[1]:
            return best[1]
        return self.books[side].get(price, 0) if self.laddered else None

    def tell(self, o: Order, status: str, lots: int = 0, price: int | None = None) -> None:
        self.reports.append((o.id, status, lots, price, o.traded))
        if status in {"filled", "cancelled", "rejected"}:
            o.where = "done"

    def fill(self, o: Order, lots: int, price: int) -> None:
        o.left -= lots
        o.traded += lots
        self.tell(o, "partial" if o.left else "filled", lots, price)

    def step(self, o: Order, row: np.void) -> None:
        on_its_way = o.where == "travelling" or (o.where == "fired" and o.arrives < o.cancelled)
        if o.cancelled <= self.now and not on_its_way:
            self.tell(o, "cancelled")
        elif o.where in {"travelling", "fired"}:
            if o.arrives <= self.now:
                self.arrive(o)
                if o.where != "done" and o.cancelled <= self.now:
                    self.tell(o, "cancelled")
        elif not self.open:
            o.where = "waiting" if o.where == "queue" else o.where
        elif o.where == "waiting":
            self.enter(o)
        elif o.where == "armed":
            self.arm(o, int(row["price"]) if row["kind"] == Kind.TRADE else None)
        elif o.where == "hungry":
            self.eat(o)
        else:
            self.rest(o, row)

    def arrive(self, o: Order) -> None:
        if o.where == "travelling":
            if o.stop is None and self.open and o.limit is None and self.touch(-o.side) is None:
                self.tell(o, "rejected")
                return
            self.tell(o, "accepted")
            if o.stop is not None:
                o.where = "armed"
                if self.open:
                    self.arm(o, self.last)
                return
        if self.open:
            self.enter(o)
        else:
            o.where = "waiting"

    def arm(self, o: Order, printed: int | None) -> None:
        assert o.stop is not None
        reached = [p for p in (printed, self.touch(o.side)) if p is not None and (p - o.stop) * o.side >= 0]
        if reached:
            o.where, o.arrives = "fired", self.now + self.latency
            self.tell(o, "triggered")

    def enter(self, o: Order) -> None:
        self.eat(o)
        if o.where == "done":
            return
        o.where = "hungry"
        if o.limit is not None:
            o.where = "queue"
            best = self.touch(o.side)
            alone = best is None or (o.limit - best) * o.side > 0
            o.queue = 0 if alone else self.displayed(o.side, o.limit)

    def free(self, side: int, price: int) -> int:
        """Lots that we may still take: nothing nearer than the farthest price that we reached, the rest of that one."""
        eaten = self.eaten[side][1]
        shown = self.displayed(side, price)
        shown = 10**12 if shown is None else shown
        if any((p - price) * side < 0 for p in eaten):
            return 0
        return max(0, shown - eaten.get(price, 0))

    def take(self, o: Order, level: int, price: int) -> None:
        lots = min(o.left, self.free(-o.side, level))
        if lots:
            eaten = self.eaten[-o.side][1]
            eaten[level] = eaten.get(level, 0) + lots
            self.fill(o, lots, price)

    def eat(self, o: Order) -> None:
        best = self.touch(-o.side)
        if best is None:
            return
        beyond = [p for p in self.books[-o.side] if (p - best) * o.side > 0] if self.laddered else []
        for price in [best, *sorted(beyond, key=lambda p: p * o.side)]:
            if o.left and (o.limit is None or (price - o.limit) * o.side <= 0):
                self.take(o, price, price)

    def rest(self, o: Order, row: np.void) -> None:
        assert o.limit is not None
        opposite = self.touch(-o.side)
        if row["kind"] == Kind.TRADE:
            self.printed(o, int(row["price"]), int(row["qty"]), int(row["side"]))
        elif opposite is not None and (opposite - o.limit) * o.side <= 0:
            o.queue = 0
            self.take(o, opposite, o.limit)
        elif o.queue is None:
            o.queue = self.displayed(o.side, o.limit)

    def printed(self, o: Order, price: int, qty: int, aggressor: int) -> None:
        assert o.limit is not None
        if (price - o.limit) * o.side < 0:
            o.queue = 0
            self.fill(o, min(qty, o.left), o.limit)
        elif price == o.limit and aggressor == -o.side and o.queue is not None:
            over, o.queue = qty - o.queue, max(0, o.queue - qty)
            if over > 0:
                self.fill(o, min(over, o.left), o.limit)
