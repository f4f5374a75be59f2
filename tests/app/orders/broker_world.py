"""A broker in one thread for the gateway's tests: it keeps the truth, and tells as much of it as a test lets it."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any

from qt_app.instruments import instrument
from qt_app.orders.base import Adoption
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.router import Holding, Listing, OrderRow, Wire
from qt_app.risk.rate import OrderRate
from qt_app.votes import OrderReport, OrderRequest
from qt_core._types import NO_PRICE
from qt_core.vendor import TERMINAL

MS = 1_000_000
START = 1_764_000_000_000_000_000
TICKER = "WDOZ26"


@dataclass(frozen=True)
class Event:
    """A record of the order ring."""

    source: str
    local_id: int
    cl_ord_id: str
    ticker: str
    side: int
    type: int
    status: int
    qty: int
    traded: int
    price: float
    stop_price: float
    avg_price: float
    text: str
    message_id: int = -1
    account: str = ""
    result_code: int = -1
    ts_ns: int = 0
    error: int = 0
    mark: int = 0


def event(row: OrderRow, **more: Any) -> Event:
    return Event("order", **{f.name: getattr(row, f.name) for f in fields(row)} | more)


class FakeRouter:
    """Orders live in ``rows``; ``told`` decides whether an event of them reaches the ring."""

    def __init__(self) -> None:
        self.missing = ""           # why nothing can be sent
        self.rows: dict[int, OrderRow] = {}
        self.settled: dict[int, OrderRow] = {}
        self.sends: list[Wire] = []
        self.cancels: list[int] = []
        self.changes: list[tuple[int, int, float]] = []
        self.posted: list[Callable[[], None]] = []
        self.queue: list[Event] = []
        self.dropped = 0
        self.told = True
        self.fail: Exception | None = None      # what the next call raises
        self.vanish = False                     # a send that raises still reaches the broker
        self.early = False                      # events come before the send returns
        self.carried = 0                        # contracts held before the start
        self.traded_elsewhere = 0
        self._next = 2**40

    # the protocol

    def unready(self) -> str:
        return self.missing

    def post(self, work: Callable[[], None]) -> None:
        self.posted.append(work)

    def send(self, wire: Wire) -> tuple[int, int]:
        self.sends.append(wire)
        if self.fail is not None and not self.vanish:
            raise self._error()
        local = self.place(wire)
        if self.fail is not None:
            raise self._error()
        return local, local % 1000

    def zero(self) -> tuple[int, int]:
        qty = self.holding().qty
        return self.send(Wire("sell" if qty > 0 else "buy", "market", abs(qty)))

    def change(self, local_id: int, cl_ord_id: str, qty: int, price: float) -> int:
        self.changes.append((local_id, qty, price))
        return -1

    def cancel(self, local_id: int, cl_ord_id: str) -> int:
        self.cancels.append(local_id)
        if self.fail is not None:
            raise self._error()
        return -1

    def orders(self) -> Listing:
        if self.fail is not None:
            raise self._error()
        for local, row in self.rows.items():
            if self.settled.get(local, row) != row:
                del self.settled[local]
        return Listing([row for row in self.rows.values() if row.local_id not in self.settled])

    def settle(self, ended: Iterable[OrderRow], again: Iterable[int]) -> None:
        self.settled |= {row.local_id: row for row in ended}
        for local in again:
            self.settled.pop(local, None)

    def holding(self) -> Holding:
        signed = [(1 if r.side == 1 else -1) * r.traded for r in self.rows.values()]
        net = self.carried + self.traded_elsewhere + sum(signed)
        return Holding(net, 5000.0 if net else 0.0, sum(max(s, 0) for s in signed), -sum(min(s, 0) for s in signed))

    def updates(self) -> list[Event]:
        taken, self.queue = self.queue, []
        return taken

    @property
    def waiting(self) -> bool:
        return bool(self.queue)

    # the broker's own acts

    def _error(self) -> Exception:
        error, self.fail = self.fail, None
        assert error is not None
        return error

    def place(self, wire: Wire) -> int:
        self._next += 1
        kind = {"market": 1, "limit": 2, "stop_limit": 4}[wire.kind]
        side = 1 if wire.side == "buy" else 2
        self.rows[self._next] = OrderRow(self._next, "", TICKER, side, kind, 203, wire.qty, 0, wire.price, wire.stop,
                                         0.0, "")
        if self.early:
            self.move(self._next, status=203)
            self.move(self._next, status=0, cl_ord_id=f"C{self._next}")
        return self._next

    def move(self, local: int, **now: Any) -> None:
        """The order is something else now, and perhaps says so."""
        self.rows[local] = replace(self.rows[local], **now)
        if self.told:
            self.queue.append(event(self.rows[local]))

    def fill(self, local: int, lots: int, points: float = 5000.0) -> None:
        r = self.rows[local]
        traded = r.traded + lots
        average = (r.avg_price * r.traded + points * lots) / traded
        self.move(local, status=2 if traded == r.qty else 1, traded=traded, avg_price=average)

    def message(self, message_id: int, code: int, text: str, local: int = 0) -> None:
        self.queue.append(Event("message", local, "", "", 0, 0, 0, 0, 0, 0.0, 0.0, 0.0, text, message_id,
                                result_code=code))

    def run(self) -> None:
        """The command thread has its turn."""
        while self.posted:
            self.posted.pop(0)()

    @property
    def live(self) -> list[int]:
        return [local for local, r in self.rows.items() if r.status not in TERMINAL]


class FakeMarket:
    """Only the last price counts."""

    bid = ask = last_price = NO_PRICE
    phase = quote_ns = book_ns = session_open_ns = session_close_ns = 0


class Desk:
    """A gateway on a fake router, with both clocks in hand."""

    def __init__(self, *, opened: bool = True, max_position: int = 5, per_second: int = 100, **more: Any) -> None:
        self.router = FakeRouter()
        self.market = FakeMarket()
        self.now_s, self.now_ns = 0.0, START
        self.reports: list[OrderReport] = []
        self.alerts: list[tuple[str, str, dict[str, Any]]] = []
        self.gateway = BrokerGateway(self.router, instrument(more.pop("symbol", TICKER)), max_position=max_position,
                                     rate=OrderRate(per_second, 1000), market=self.market, clock=lambda: self.now_s,
                                     **more)
        self.gateway.listen(lambda code, words, data: self.alerts.append((code.level, words, dict(data))))
        self._order_id = 0
        if opened:
            self.settle()

    def tick(self, s: float = 0.3, *, run: bool = True) -> list[OrderReport]:
        """Time passes on both clocks; the command thread has its turn, or is stuck."""
        self.now_s += s
        self.now_ns += int(s * 1000) * MS
        self.gateway.advance(self.now_ns)
        if run:
            self.router.run()
        new = self.gateway.reports()
        self.reports += new
        return new

    def settle(self, limit: int = 60) -> None:
        """Until books and broker are equal."""
        for _ in range(limit):
            self.tick()
            if self.gateway.settled:
                return
        raise AssertionError(f"not settled: {self.alerts}")

    def order(self, side: int = 1, qty: int = 1, price: Any = 10_000, stop: Any = None) -> int:
        self._order_id += 1
        self.gateway.submit(OrderRequest(self._order_id, 1, self.now_ns, side, qty, price, stop, "TEST"))
        return self._order_id

    def sent(self, side: int = 1, qty: int = 1, price: Any = 10_000, stop: Any = None) -> tuple[int, int]:
        """An order that has reached the broker: our id and its local id."""
        order_id = self.order(side, qty, price, stop)
        before = set(self.router.rows)
        self.tick(0.001)
        (local,) = set(self.router.rows) - before
        return order_id, local

    def cancel(self, order_id: int) -> None:
        self.gateway.cancel(order_id, self.now_ns)

    def of(self, order_id: int) -> list[OrderReport]:
        return [r for r in self.reports if r.order_id == order_id and not isinstance(r, Adoption)]

    def statuses(self, order_id: int) -> list[str]:
        return [r.status for r in self.of(order_id)]

    @property
    def adopted(self) -> int:
        return sum(r.side * r.last_qty for r in self.reports if isinstance(r, Adoption))
