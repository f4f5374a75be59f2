"""What a trader writes down, and when: before the order goes out, and the fill before the report that told it."""
from __future__ import annotations

from typing import Any

from order_world import OPEN, World

from qt_app.journal.entries import Cancel, Entry, Fact, Fill, Order, Report
from qt_app.orders.base import Gateway
from qt_app.orders.notes import Notes
from qt_app.orders.paper import PaperGateway
from qt_app.votes import OrderRequest


class Told(PaperGateway):
    """Remembers what was noted when an order or a cancel came by."""

    def __init__(self, world: World, noted: list[Entry]) -> None:
        super().__init__(world.paper)
        self.noted = noted
        self.before: list[Entry] = []

    def submit(self, request: OrderRequest) -> None:
        self.before.append(self.noted[-1])
        super().submit(request)

    def cancel(self, order_id: int, ts_ns: int) -> None:
        self.before.append(self.noted[-1])
        super().cancel(order_id, ts_ns)


def noting(**limits: Any) -> tuple[World, list[Entry], Told]:
    world, noted = World(**limits), list[Entry]()
    gateway = Told(world, noted)
    replaced: Gateway = gateway
    world.trader.gateway = replaced
    world.trader.notes = Notes("WDOZ26", "paper", noted.append)
    return world, noted, gateway


def kinds(noted: list[Entry]) -> list[str]:
    return [type(entry).__name__ for entry in noted]


def test_order_and_cancel_are_noted_before_the_gateway_sees_them() -> None:
    world, noted, gateway = noting()
    world.decide("buy").wait(300)
    assert world.position == 1
    world.decide("sell").wait(500)
    orders = [e.order_id for e in gateway.before if isinstance(e, Order)]
    cancels = [e.order_id for e in gateway.before if isinstance(e, Cancel)]
    assert orders == [1, 2, 3, 4] and cancels == [2, 3] and len(gateway.before) == 6
    entry = next(e for e in noted if isinstance(e, Order))
    assert (entry.symbol, entry.account, entry.purpose, entry.side, entry.qty) == ("WDOZ26", "paper", "entry", 1, 1)


def test_a_fill_is_noted_before_the_report_that_told_it_with_the_position_after_it() -> None:
    world, noted, _ = noting()
    world.decide("buy").wait(300)
    at = next(i for i, e in enumerate(noted) if isinstance(e, Fill))
    fill, report = noted[at], noted[at + 1]
    assert isinstance(fill, Fill) and isinstance(report, Report)
    assert (fill.order_id, fill.qty, fill.entry, fill.position) == (1, 1, True, 1)
    assert (report.order_id, report.status, report.traded) == (1, "filled", 1)


def test_each_session_is_noted_once() -> None:
    world, noted, _ = noting()
    world.wait(500)
    facts = [e for e in noted if isinstance(e, Fact)]
    assert [(f.name, f.value) for f in facts] == [("session", OPEN)]
    world.market.begin_session(OPEN + 10**14, OPEN + 2 * 10**14)
    world.now_ns += 10**14
    world.clock(1).decide("hold")
    assert [f.value for f in noted if isinstance(f, Fact)] == [OPEN, OPEN + 10**14]
