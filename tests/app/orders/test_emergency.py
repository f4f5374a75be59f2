"""Cancel everything, close, confirm: against a broker that keeps the truth and does not always do as told."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from broker_world import TICKER, FakeRouter

from qt_app.errors import TimedOutError
from qt_app.instruments import instrument
from qt_app.orders.emergency import Sweep
from qt_app.orders.router import Wire
from qt_core.nl import NL_NOT_IMPLEMENTED, NL_TIMEOUT, DllError
from qt_core.vendor import TERMINAL

LIMIT, STOP = Wire("buy", "limit", 1, 4990.0), Wire("sell", "stop_limit", 2, 4970.0, 4975.0)


class Broker(FakeRouter):
    """Answers at once; cancels and market orders take effect with the next pause unless ``deaf``."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.deaf = False
        self.said: list[str] = []
        self.each: Callable[[], Any] = lambda: None
        self.zero_fails: Exception | None = None

    def post(self, work: Callable[[], None]) -> None:
        work()

    def zero(self) -> tuple[int, int]:
        if self.zero_fails is not None:
            raise self.zero_fails
        return super().zero()

    def rest(self, seconds: float) -> None:
        self.now_s += seconds
        self.each()
        for row in [] if self.deaf else list(self.live):
            if row.local_id in self.cancels:
                self.move(row.local_id, status=4)
            elif row.type == 1:
                self.fill(row.local_id, row.qty)

    @property
    def live(self) -> list[Any]:
        return [row for row in self.rows.values() if row.status not in TERMINAL]

    def sweep(self, timeout_s: float = 30.0) -> Any:
        return Sweep(self, instrument(TICKER), self.said.append, lambda: self.now_s, self.rest).run(timeout_s)


def test_nothing_there_is_confirmed_and_nothing_is_sent() -> None:
    broker = Broker()
    assert broker.sweep().nothing
    assert (broker.sends, broker.cancels) == ([], [])
    assert broker.said == [f"confirmed: the broker holds no position and no order of {TICKER}"]


def test_orders_go_first_and_then_the_position() -> None:
    broker = Broker()
    broker.carried = 2
    for wire in (LIMIT, STOP):
        broker.move(broker.place(wire), status=0, cl_ord_id="x")
    left = broker.sweep()
    assert (left.position, len(left.working)) == (2, 2)
    assert len(broker.cancels) == 2 and broker.sends == [Wire("sell", "market", 2)]
    assert broker.holding().qty == 0 and not broker.live
    assert broker.said[:2] == ["cancelling order x (buy 1 at 4990, new)", "cancelling order x (sell 2, stop 4975, new)"]
    assert broker.said[2] == f"closing position +2 {TICKER} at market"


def test_an_order_that_trades_while_it_is_cancelled_is_closed_too() -> None:
    broker = Broker()
    local = broker.place(LIMIT)

    def trade() -> None:
        if local in broker.cancels and not broker.rows[local].traded:
            broker.fill(local, 1)

    broker.each = trade
    broker.sweep()
    assert broker.sends == [Wire("sell", "market", 1)] and broker.holding().qty == 0


def test_an_unanswered_cancel_is_repeated() -> None:
    broker = Broker()
    broker.place(LIMIT)
    broker.deaf = True

    def hear() -> None:
        broker.deaf = broker.now_s < 5.0

    broker.each = hear
    broker.sweep()
    assert len(broker.cancels) == 3 and broker.said[1].endswith(", again")


def test_an_exit_that_does_not_trade_is_cancelled_before_another_is_sent() -> None:
    broker = Broker()
    broker.carried, broker.deaf = -1, True

    def hear() -> None:
        broker.deaf = not broker.cancels

    broker.each = hear
    broker.sweep()
    assert broker.sends == [Wire("buy", "market", 1)] * 2 and len(broker.cancels) == 1
    assert broker.holding().qty == 0
    assert "with a market order: buy 1" in " ".join(broker.said)


def test_a_refused_closing_falls_back_to_a_market_order() -> None:
    broker = Broker()
    broker.carried = 1
    broker.zero_fails = DllError("SendZeroPositionV2", NL_NOT_IMPLEMENTED)
    broker.sweep()
    assert broker.sends == [Wire("sell", "market", 1)] and broker.holding().qty == 0


def test_an_exit_whose_answer_is_lost_is_recognised_and_not_sent_twice() -> None:
    broker = Broker()
    broker.carried = 1
    broker.fail, broker.vanish = None, True
    real = FakeRouter.zero

    def lost() -> tuple[int, int]:
        real(broker)
        raise DllError("SendZeroPositionV2", NL_TIMEOUT)

    broker.zero = lost      # type: ignore[method-assign]
    broker.sweep()
    assert len(broker.sends) == 1 and broker.holding().qty == 0


def test_an_exit_that_never_shows_stops_everything_and_says_what_remains() -> None:
    broker = Broker()
    broker.carried = 1
    broker.zero_fails = DllError("SendZeroPositionV2", NL_TIMEOUT)
    with pytest.raises(TimedOutError, match=rf"position \+1 {TICKER}, 0 orders working; close it in the broker's own"):
        broker.sweep(30.0)
    assert broker.sends == []


def test_a_broker_that_does_not_answer_is_said_once() -> None:
    broker = Broker()

    def nothing() -> Any:
        raise ConnectionError("the broker has not sent the day's orders yet")

    broker.orders = nothing     # type: ignore[method-assign]
    with pytest.raises(TimedOutError, match="the broker did not answer"):
        broker.sweep(5.0)
    assert broker.said == ["the broker has not sent the day's orders yet"]


def test_orders_of_other_contracts_are_left_alone() -> None:
    broker = Broker()
    local = broker.place(LIMIT)
    broker.rows[local] = replace(broker.rows[local], ticker="WINZ26")
    assert broker.sweep().nothing and broker.cancels == []
