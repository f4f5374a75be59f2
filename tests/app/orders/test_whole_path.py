"""Random stories of the whole order path: gate, trader, bracket, gateway, census and journal against one broker.

The broker fills, refuses, cancels and is silent as the story says; it goes away and comes back, somebody else trades in
the account, and the program dies and goes on from its journal. In every state nothing can come to more than
MAX_POSITION and what somebody else traded; and from every end, once everything is answered, both sides agree: flat with
no order, or held with a confirmed stop for every lot.
"""
from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
import pytest
from broker_world import FakeRouter
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from order_world import START, World

from qt_app.instruments import instrument
from qt_app.journal.journal import Journal
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.notes import Notes
from qt_app.risk.intent import Purpose
from qt_app.risk.rate import OrderRate
from qt_core._types import Control
from qt_core.vendor import TERMINAL, OrderStatus

ACCOUNT = "32003:sim"
SENT, WORKING, CANCELLED, REJECTED = 203, 0, OrderStatus.CANCELED, OrderStatus.REJECTED
MEMORY = next((folder for folder in ("/dev/shm",) if Path(folder).is_dir()), None)
LENIENT = {"max_daily_loss_brl": 1_000_000.0, "max_daily_drawdown_brl": 1_000_000.0, "max_losses_in_row": 0,
           "max_rejections": 100, "max_rate_refusals": 1000, "max_daily_trades": 1000, "orders_per_second": 50,
           "orders_per_minute": 200, "min_confidence": 0.5}


class Story(RuleBasedStateMachine):
    """One broker, and one program after another."""

    lots = 2
    most_troubles = 6

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory(dir=MEMORY)
        self.path = Path(self.folder.name) / "journal.sqlite"
        self.router = FakeRouter()
        self.now_s, self.now_ns, self.price, self.runs = 0.0, START, 10_000, 0
        self.foreign = 0
        self.troubles = self.beat = 0
        self.start()

    def start(self) -> None:
        """A program begins where the journal ends."""
        self.runs += 1
        run = f"run {self.runs}"
        self.journal = Journal.open(self.path, run)
        self.gateway = BrokerGateway(self.router, instrument("WDOZ26"), max_position=self.lots,
                                     rate=OrderRate(1_000, 100_000), clock=lambda: self.now_s)
        self.gateway.listen(lambda *alert: None)
        self.gateway.keep(self.journal, run)
        self.world = World(self.gateway, max_position=self.lots, **LENIENT)
        self.gateway._market = self.world.market
        self.world.now_ns = self.now_ns
        self.trader = self.world.trader
        self.trader.notes = Notes("WDOZ26", ACCOUNT, self.journal.put)
        self.trader.restore(self.journal.begin("WDOZ26", ACCOUNT))
        self.turn()

    def turn(self, ms: int = 100) -> None:
        """Time passes, the command thread and the trader have their turns."""
        self.now_s += ms / 1000
        self.beat += 1
        self.world.quote(ms, self.price, self.price + 1, qty=50 + self.beat % 2)    # the same again would be no news
        self.now_ns = self.world.now_ns
        self.router.run()
        self.gateway.advance(self.now_ns)
        self.trader.on_reports(self.world)
        self.world._collect()

    def trouble(self) -> bool:
        """Whether the story may have another one: a story of troubles alone trades nothing."""
        self.troubles += 1
        return self.troubles <= self.most_troubles

    # ---- the story

    @initialize()
    def the_broker_is_compared(self) -> None:
        for _ in range(10):
            self.turn(300)

    @rule(action=st.sampled_from(["buy", "sell"]))
    def decide(self, action: Any) -> None:
        self.world.decide(action)
        self.turn(1)

    @rule(action=st.sampled_from(["buy", "sell"]), lots=st.integers(1, 3))
    def a_decision_is_filled(self, action: Any, lots: int) -> None:
        """What happens most of the time."""
        before = set(self.router.rows)
        self.decide(action)
        for local in set(self.router.rows) - before:
            self._trade(local, lots)
        self.turn(1)

    @rule()
    def the_broker_answers(self) -> None:
        """Orders are accepted, cancels done, exits filled, and books compared."""
        self.router.told, self.router.missing = True, ""
        for _ in range(6):
            self._answer()
            self.turn(300)

    @rule(ms=st.sampled_from([1, 100, 1_100, 6_000]))
    def time_passes(self, ms: int) -> None:
        self.turn(ms)

    @rule(ticks=st.integers(-15, 15))
    def the_market_moves(self, ticks: int) -> None:
        self.price += ticks
        self.turn()

    @precondition(lambda self: self.router.live)
    @rule(data=st.data())
    def an_order_is_accepted(self, data: st.DataObject) -> None:
        for local in self._one(data, lambda r: r.status == SENT):
            self._accept(local)
            self.turn(1)

    @precondition(lambda self: self.router.live)
    @rule(data=st.data(), lots=st.integers(1, 3))
    def an_order_trades(self, data: st.DataObject, lots: int) -> None:
        for local in self._one(data, lambda r: True):
            self._trade(local, lots)
            self.turn(1)

    @precondition(lambda self: len(self.router.live) > 1)
    @rule(lots=st.integers(1, 3), more=st.integers(0, 3))
    def both_legs_trade_before_anybody_is_told(self, lots: int, more: int) -> None:
        first, second, *_ = self.router.live
        self._trade(first, lots)
        if more:
            self._trade(second, more)
        self.turn(1)

    @precondition(lambda self: self.router.live)
    @rule(data=st.data(), wanted=st.booleans())
    def an_order_is_cancelled(self, data: st.DataObject, wanted: bool) -> None:
        for local in self._one(data, lambda r: r.local_id in self.router.cancels or (not wanted and self.trouble())):
            self.router.move(local, status=CANCELLED)
            self.turn(1)

    @precondition(lambda self: self.router.live)
    @rule(data=st.data())
    def an_order_is_refused(self, data: st.DataObject) -> None:
        for local in self._one(data, lambda r: not r.traded) if self.trouble() else ():
            self.router.move(local, status=REJECTED, text="no")
            self.turn(1)

    @rule()
    def events_are_lost_from_now_on(self) -> None:
        if self.trouble():
            self.router.told = False

    @precondition(lambda self: self.router.queue)
    @rule()
    def events_come_again_and_out_of_order(self) -> None:
        self.router.queue = [*reversed(self.router.queue), *self.router.queue]
        self.turn(1)

    @rule()
    def the_broker_goes(self) -> None:
        if self.trouble():
            self.router.missing = "routing: broker disconnected"
            self.turn()

    @precondition(lambda self: self.router.missing)
    @rule()
    def the_broker_comes(self) -> None:
        self.router.missing = ""
        self.turn()

    @rule(lots=st.sampled_from([-1, 1]))
    def somebody_else_trades(self, lots: int) -> None:
        if self.foreign < 2 and self.trouble():
            self.foreign += 1
            self.router.traded_elsewhere += lots
            self.turn()

    @rule(code=st.sampled_from([Control.HALT, Control.REDUCE]))
    def the_operator_speaks(self, code: Control) -> None:
        if self.trouble():
            self.world.control(code)
            self.turn(100)
            self.world.control(Control.RESUME)

    @rule()
    def the_program_dies(self) -> None:
        """What it had asked the command thread for and was not called is never called."""
        if self.trouble():
            self.router.posted.clear()
            self.journal.close()
            self.router.queue.clear()
            self.start()

    def _one(self, data: st.DataObject, which: Callable[[Any], bool]) -> list[int]:
        fit = [local for local in self.router.live if which(self.router.rows[local])]
        return [data.draw(st.sampled_from(fit), "order")] if fit else []

    def _accept(self, local: int) -> None:
        if self.router.rows[local].status == SENT:
            self.router.move(local, status=WORKING, cl_ord_id=f"C{local}")

    def _trade(self, local: int, lots: int) -> None:
        self._accept(local)
        row = self.router.rows[local]
        price = row.price if row.price > 0 else self.price / 2
        self.router.fill(local, min(lots, row.qty - row.traded), price)

    # ---- what must hold

    @invariant()
    def nothing_can_come_to_more_than_is_allowed(self) -> None:
        position = self.router.holding().qty
        working = {1: 0, -1: 0}
        for local in self.router.live:
            row = self.router.rows[local]
            working[1 if row.side == 1 else -1] += row.qty - row.traded
        for side in (1, -1):
            assert side * position + working[side] <= self.lots + self.foreign, (position, working)

    def teardown(self) -> None:
        try:
            self._all_is_answered()
        finally:
            self.journal.close()
            self.folder.cleanup()

    def _all_is_answered(self) -> None:
        self.router.told, self.router.missing = True, ""
        self.gateway.unsettle("the story ends")
        for _ in range(150):
            self._answer()
            self.turn(300)
            if self._in_order():
                return
        raise AssertionError(f"not in order: {self.trader.state}, {self.trader.account.position} against "
                             f"{self.router.holding().qty}, {[self.router.rows[n] for n in self.router.live]}, "
                             f"{self.gateway.blocks}")

    def _answer(self) -> None:
        exits = {t.life.local_id for t in self.gateway._tickets.live.values()
                 if (w := self.trader.bracket.find(t.order_id)) and w.purpose is Purpose.EXIT}
        for local in self.router.live:
            if local in exits:
                self._trade(local, 100)
            elif local in self.router.cancels:
                self.router.move(local, status=CANCELLED)
            else:
                self._accept(local)

    def _in_order(self) -> bool:
        position = self.router.holding().qty
        if self.trader.account.position != position or not self.gateway.settled:
            return False
        if position == 0:
            return self.trader.state == "flat" and not self.router.live
        stops = sum(r.qty - r.traded for n in self.router.live if (r := self.router.rows[n]).type == 4)
        others = [r for n in self.router.live if (r := self.router.rows[n]).status not in TERMINAL
                  and (1 if r.side == 1 else -1) * position > 0]
        return self.trader.state == "protected" and stops == abs(position) and not others


class StoryOfOne(Story):
    lots = 1


Story.TestCase.settings = settings(max_examples=8, stateful_step_count=30, derandomize=True, deadline=None)
TestStory = pytest.mark.lengthy(Story.TestCase)


@pytest.mark.slow
class TestLongStory(Story.TestCase):
    settings = settings(max_examples=150, stateful_step_count=80, derandomize=True, deadline=None)


@pytest.mark.slow
class TestLongStoryOfOne(StoryOfOne.TestCase):
    settings = settings(max_examples=150, stateful_step_count=80, derandomize=True, deadline=None)
