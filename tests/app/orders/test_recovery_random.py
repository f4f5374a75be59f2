"""Random lives at a broker, killed anywhere, with a journal cut anywhere behind its last barrier; and what comes after.

Whatever happened before the kill and while nobody looked: the position becomes the broker's, nothing is sent a second
time, no order of ours is left without somebody who knows it, and what is held is protected by exactly as many lots.
"""
from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from app.journal.journal_kit import MEMORY
from broker_world import TICKER, FakeRouter
from hypothesis import given, settings
from hypothesis import strategies as st
from order_world import World

from qt_app.instruments import instrument
from qt_app.journal.entries import Begin, Entry, Fill, Order
from qt_app.journal.journal import Journal
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.notes import Notes
from qt_app.orders.router import Holding, Listing, OrderRow
from qt_app.risk.intent import Purpose
from qt_app.risk.rate import OrderRate

ACCOUNT = "32003:1"
MAX = 3


class Pages:
    """A journal in memory that knows which of its entries were on the disk when an order went out."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.durable = 0

    def put(self, entry: Entry) -> None:
        self.entries.append(entry)

    def barrier(self) -> None:
        self.durable = len(self.entries)


class Broker(FakeRouter):
    """Does at random what brokers do: names, accepts, fills, cancels, and keeps quiet about some of it."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__()
        self.chance = chance
        self.asked: set[int] = set()
        self.lag = 0        # looks at the list that show nothing
        self.blind = 0      # looks at the position that show none

    def cancel(self, local_id: int, cl_ord_id: str) -> int:
        self.asked.add(local_id)
        return super().cancel(local_id, cl_ord_id)

    def orders(self) -> Listing:
        if self.lag:
            self.lag -= 1
            return Listing([])
        return super().orders()

    def holding(self) -> Holding:
        if self.blind:
            self.blind -= 1
            return Holding()
        return super().holding()

    def act(self) -> None:
        """Something becomes of some orders."""
        if self.chance.random() < 0.05:
            self.lag, self.blind = self.chance.choice((0, 2)), self.chance.choice((0, 2, 4))
        for local in self.live:
            self.told = self.chance.random() < 0.8
            if self.chance.random() < 0.6:
                self._act_on(local, self.rows[local])
        self.told = True

    def _act_on(self, local: int, row: OrderRow) -> None:
        if not row.cl_ord_id:
            self.move(local, status=0, cl_ord_id=f"C{local}")
        elif local in self.asked and self.chance.random() < 0.8:
            self.move(local, status=4)
        elif (row.type == 2 and self._marketable(row)) or self.chance.random() < 0.03:
            self.fill(local, self.chance.randint(1, row.qty - row.traded), row.price)

    def answer(self) -> None:
        """Nothing more by chance: what was asked for happens."""
        for local in self.live:
            row = self.rows[local]
            if local in self.asked:
                self.move(local, status=4)
            elif not row.cl_ord_id:
                self.move(local, status=0, cl_ord_id=f"C{local}")
            elif row.type == 2 and self._marketable(row):
                self.fill(local, row.qty - row.traded, row.price)

    @staticmethod
    def _marketable(row: OrderRow) -> bool:
        return row.price >= 5000.5 if row.side == 1 else row.price <= 5000.0

    def away(self) -> None:
        """What happens while nobody looks; then a session of other local ids."""
        for _ in range(self.chance.randint(0, 4)):
            self.act()
        if self.chance.random() < 0.3:
            self.traded_elsewhere += self.chance.choice((-1, 1))
        self.queue.clear()
        self.posted.clear()
        self.settled.clear()
        shift = self.chance.choice((1, 1 << 20))
        rows = [replace(row, local_id=local + shift, cl_ord_id=row.cl_ord_id or f"C{local}", status=row.status % 200)
                for local, row in self.rows.items()]
        self.chance.shuffle(rows)
        self.rows = {row.local_id: row for row in rows}
        self.asked = {local + shift for local in self.asked}
        self._next += shift
        self.lag = self.chance.choice((0, 0, 1, 3))


class Run:
    """One life of the program at a broker."""

    def __init__(self, router: Broker, begin: Begin | None, name: str, now_ns: int = 0) -> None:
        self.router, self.pages, self.now_s = router, Pages(), 0.0
        self.sent = len(router.sends)
        self.gateway = BrokerGateway(router, instrument(TICKER), max_position=MAX, rate=OrderRate(1000, 10_000),
                                     clock=lambda: self.now_s)
        self.world = World(self.gateway, max_position=MAX, max_daily_trades=1000, orders_per_second=50,
                           orders_per_minute=200, max_daily_loss_brl=1e6, max_daily_drawdown_brl=1e6)
        self.world.now_ns = max(self.world.now_ns, now_ns)
        self.gateway._market = self.world.market
        self.gateway.listen(lambda *alert: None)
        self.gateway.keep(self.pages, name)
        self.world.trader.notes = Notes(TICKER, ACCOUNT, self.pages.put)
        if begin is not None:
            self.world.trader.restore(begin)

    def step(self, ms: float = 300) -> None:
        self.now_s += ms / 1000
        self.world.quote(ms, 10_000, 10_001)
        self.router.run()
        self.gateway.advance(self.world.now_ns)
        self.world.trader.on_reports(self.world)
        self.world._collect()

    def settle(self) -> None:
        for _ in range(60):
            self.step()
            if self.gateway.compared and self.gateway.settled:
                return
            assert self.gateway.compared or len(self.router.sends) == self.sent, "acted on what is not known yet"
        raise AssertionError(f"not settled: {self.gateway.agreement}")

    def decide(self) -> None:
        action = self.router.chance.choices(("buy", "sell", "hold"), (3, 3, 10))[0]
        self.world.decide(action)   # type: ignore[arg-type]


@contextmanager
def begun(entries: list[Entry]) -> Iterator[Begin]:
    """What a restart gets from a journal that holds these."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        first = Journal.open(Path(folder) / "journal.sqlite", "first")
        first.begin(TICKER, ACCOUNT)
        for entry in entries:
            first.put(entry)
        first.close()
        second = Journal.open(Path(folder) / "journal.sqlite", "second")
        try:
            yield second.begin(TICKER, ACCOUNT)
        finally:
            second.close()


def protected(run: Run) -> bool:
    """What is held is covered by as many lots of working stop, unless it is being left."""
    position, trader = run.world.position, run.world.trader
    stops = [w for w in trader.bracket.of(Purpose.STOP) if w.stage != "sent"]
    return trader.state == "exiting" or sum(w.remaining for w in stops) == abs(position)


def live_and_die(seed: int, steps: int) -> None:
    chance = random.Random(seed)
    router = Broker(chance)
    first = Run(router, None, "first")
    for _ in range(steps):
        first.step()
        router.act()
        first.decide()
    sent = len(router.sends)
    pages = first.pages
    cut = chance.randint(min(pages.durable, len(pages.entries)), len(pages.entries))
    router.away()
    with begun(pages.entries[:cut]) as begin:
        assert begin.next_order_id > sent, "every order that went out has a row"
        second = Run(router, begin, "second", first.world.now_ns)
        _goes_on(second, begin)
        intents = [entry.order_id for entry in second.pages.entries if isinstance(entry, Order)]
        assert intents == list(range(begin.next_order_id, begin.next_order_id + len(intents)))
        assert len(router.sends) - sent <= len(intents), "sent without an intent of its own"


def adopted(run: Run, begin: Begin) -> int:
    """Lots that no order of ours traded, of both lives."""
    fills = [*begin.fills, *(entry for entry in run.pages.entries if isinstance(entry, Fill))]
    return sum(fill.side * fill.qty for fill in fills if not fill.order_id)


def _goes_on(run: Run, begin: Begin) -> None:
    router = run.router
    run.settle()
    for _ in range(router.chance.randint(0, 40)):
        run.step()
        router.act()
    router.lag = router.blind = 0
    for _ in range(2):      # what a last look adopts is protected, too
        run.gateway.unsettle("a last look")
        run.settle()
        for _ in range(20):
            router.answer()
            run.step()
    run.settle()
    assert run.gateway.settled and run.gateway.blocks == (), (run.gateway.blocks, run.gateway.agreement)
    assert run.world.position == run.gateway.position == router.holding().qty
    assert adopted(run, begin) == router.traded_elsewhere, "booked to nobody, though an order explains it"
    ours = {ticket.life.local_id for ticket in run.gateway._tickets.live.values()}
    assert set(router.live) == ours, "an order that nobody knows"
    if run.world.position == 0:
        assert not router.live, "an order that protects nothing"
    assert protected(run), (run.world.trader.state, run.world.position)


@pytest.mark.lengthy
@settings(max_examples=25, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 40))
def test_a_run_killed_anywhere_goes_on_as_the_broker_has_it(seed: int, steps: int) -> None:
    live_and_die(seed, steps)


@pytest.mark.slow
@settings(max_examples=2000, deadline=None)
@given(st.integers(0, 1 << 32), st.integers(1, 60))
def test_two_thousand_lives(seed: int, steps: int) -> None:
    live_and_die(seed, steps)
