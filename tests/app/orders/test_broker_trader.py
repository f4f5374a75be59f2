"""The trader on the broker's way: protection, a stop that a gap has skipped, and a position found at the start."""
from __future__ import annotations

from typing import Any

from broker_world import FakeRouter
from order_world import START, World

from qt_app.instruments import instrument
from qt_app.orders.broker import BrokerGateway
from qt_app.risk.intent import Purpose
from qt_app.risk.rate import OrderRate


class Live:
    """A world whose orders go to a fake broker; the command thread has its turn at each step."""

    def __init__(self, **limits: Any) -> None:
        self.router = FakeRouter()
        self.now_s = 0.0
        self.gateway = BrokerGateway(self.router, instrument("WDOZ26"), max_position=2, rate=OrderRate(100, 1000),
                                     clock=lambda: self.now_s)
        self.world = World(self.gateway, max_position=2, **{"take_profit": 0.0, **limits})
        self.gateway._market = self.world.market
        self.gateway.listen(lambda *alert: None)

    def step(self, ms: float = 100) -> None:
        self.now_s += ms / 1000
        self.world.clock(ms)
        self.router.run()
        self.gateway.advance(self.world.now_ns)
        self.world.trader.on_reports(self.world)
        self.world._collect()

    def settle(self) -> None:
        for _ in range(50):
            self.step()
            if self.gateway.settled:
                return
        raise AssertionError("not settled")

    def last_sent(self) -> int:
        return max(self.router.rows)


def test_a_stop_that_a_gap_has_skipped_is_cancelled_and_the_position_left_at_market() -> None:
    live = Live(max_daily_loss_brl=100_000, max_daily_drawdown_brl=100_000)
    live.settle()
    live.world.decide("buy")
    live.step()
    live.router.fill(live.last_sent(), live.router.rows[live.last_sent()].qty, 5000.5)
    live.step()
    live.step()
    stop = live.last_sent()
    assert live.router.rows[stop].type == 4
    live.router.move(stop, status=0, cl_ord_id="C2")
    live.step()
    assert live.world.trader.state == "protected"
    live.world.quote(10, 9_800, 9_801).sell_print(10, 9_800)     # far below trigger and limit: nothing traded between
    for _ in range(14):
        live.step()
    assert live.router.cancels == [stop]
    live.router.move(stop, status=4)
    live.step()
    live.step()
    leaving = live.router.rows[live.last_sent()]
    assert leaving.side == 2 and leaving.qty == 2 and leaving.price <= 4900.0
    live.router.fill(live.last_sent(), 2, 4900.0)
    live.settle()
    assert live.world.position == 0 and live.world.trader.state == "flat"
    assert live.world.of("order", purpose=Purpose.EXIT.value)[0]["reason"].startswith("STOP_NOT_FILLED")


def test_a_position_found_at_the_start_is_booked_and_protected_at_once() -> None:
    live = Live()
    live.router.carried = -1
    live.settle()
    live.step()
    assert live.world.position == -1 and live.world.now_ns > START
    (stop,) = live.router.rows.values()
    assert (stop.side, stop.type, stop.qty) == (1, 4, 1)


def test_entries_are_refused_with_the_reason_while_the_broker_is_away() -> None:
    live = Live()
    live.settle()
    live.router.missing = "routing: broker disconnected"
    live.step()
    live.world.decide("buy")
    assert live.world.of("refusal")[-1]["code"] == "BROKER_NOT_READY" and live.router.sends == []
