"""One life of the trading process: the real order path in a market that only moves when it is told to."""
from __future__ import annotations

import ctypes
import datetime as dt
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from crash.check import BUY, Truth
from crash.points import Points, TappedRouter, tapped
from crash.sessions import Script
from e2e.random_session import LedgerOrder

from qt_app.calendar import SAO_PAULO, sessions
from qt_app.feed.profit import ProfitFeed, Subscription, exchange_library
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.journal.entries import Mark
from qt_app.journal.journal import Journal
from qt_app.orders.account import Account
from qt_app.orders.accounts import choose_account
from qt_app.orders.broker import BrokerGateway
from qt_app.orders.notes import Notes
from qt_app.orders.trader import Trader
from qt_app.pipeline import Pipeline
from qt_app.risk.controls import CLOSE
from qt_app.risk.gate import RiskGate
from qt_app.risk.intent import Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.rate import OrderRate
from qt_app.risk.schedule import Schedule
from qt_app.votes import Decision
from qt_core._types import EVENT_DTYPE, Control, Kind
from qt_core.engine import Engine
from qt_core.order_updates import OrderUpdates
from qt_core.vendor import TERMINAL

SYMBOL = "WDOZ26"
NS = 1_000_000_000
STEP_S = 0.1
INTERVAL_NS = 500_000_000
PATIENCE_S = 60.0
MARKET = {"day": "2026-11-18", "open": "09:00", "close": "18:30", "start": "09:01", "speed": "0", "hold": "1",
          "seed": "5", "activity": "0.2", "symbol": SYMBOL, "orders_per_minute": "0", "orders_per_day": "0"}
LIMITS: dict[str, Any] = {"max_position": 3, "max_daily_loss_brl": 1_000_000, "max_spread_ticks": 1000,
                          "stale_after_ms": 60_000, "collar_ticks": 1000, "max_daily_trades": 1000,
                          "orders_per_second": 50, "orders_per_minute": 200, "min_confidence": 0.5, "take_profit": 0.01,
                          "max_daily_drawdown_brl": 1_000_000, "max_losses_in_row": 0, "max_rejections": 100,
                          "max_rate_refusals": 1000, "no_entry_open_minutes": 0}
SESSIONS = sessions("WDO", dt.date(2026, 11, 1), dt.date(2026, 11, 30))
CONTROLS = {"reduce": Control.REDUCE, "halt": Control.HALT, "resume": Control.RESUME}
STOP_LIMIT = 4


class ScriptedPipeline(Pipeline):
    """The real pipeline behind decisions that a script takes."""

    def __init__(self, engine: Engine, trader: Trader, script: Script) -> None:
        super().__init__(engine, None, None, None, trader)  # type: ignore[arg-type]
        self.script = script
        self.begun_ns = 0
        self.done = 0

    def _decide(self) -> None:
        engine, action = self.engine, "hold"
        steps = self.script.steps
        if self.begun_ns and self.done < len(steps):
            at_s, word = steps[self.done]
            if engine.sample_ns >= self.begun_ns + at_s * NS:
                self.done += 1
                if word in CONTROLS:
                    self.trader.on_control(CONTROLS[word], engine)
                else:
                    action = word
        decision = Decision(engine.seq, engine.sample_ns, action, 0.9, None, "", ())  # type: ignore[arg-type]
        self.trader.act(decision, self.trader.judge(decision, engine), engine)


class Life:
    """From login to the end. ``run`` names it in the journal; ``settings`` are the exchange's, on top of the script's.

    ``naked_s``: the longest time that a position was held without protection. ``orphan_s``: that a leg
    worked while everything was flat and the broker there. ``odd``: what must not happen.
    """

    def __init__(self, folder: Path, script: Script, run: str, points: Points, **settings: str) -> None:
        self.points = points
        self.odd: list[str] = []
        self.alerts: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.naked_s = self.orphan_s = 0.0
        self._began: dict[str, int] = {}    # market time since which something has been so
        self._pause = threading.Event()     # nobody sets it
        self._sim = ctypes.CDLL(str(exchange_library()))
        self._sim.SIM_Error.restype = ctypes.c_char_p
        faults = folder / f"{run}.toml"
        faults.write_text(settings.pop("faults_text", script.faults))
        contract, limits = instrument(SYMBOL), Limits(**{**LIMITS, **script.limits})
        updates = OrderUpdates(1 << 12)
        market = MARKET | script.market | settings
        market |= {"account_file": str(folder / "account.bin"), "faults": str(faults)}
        self.feed = ProfitFeed(exchange_library(), contract, settings=market, orders=updates, routing=True,
                               subscription=Subscription(offer_book=False), ring_capacity=1 << 14)
        self.feed.start()
        points.clock_ns = self.feed.clock_ns
        self.router = TappedRouter(self.feed, updates, contract, "secret")
        self.router.points = points
        self._wait(lambda: bool(updates.accounts()), "an account is announced")
        self.router.choose(choose_account(updates.accounts(), None))
        self._updates = updates
        self.engine = Engine(tick=contract.tick, qty_step=contract.qty_step, interval_ns=INTERVAL_NS, features=False,
                             readings=False, paper=False, sessions=SESSIONS)
        self._assemble(folder, script, run, limits)

    def _assemble(self, folder: Path, script: Script, run: str, limits: Limits) -> None:
        contract = instrument(SYMBOL)
        self.account = Account(contract, Fees())
        schedule = Schedule.of(limits)
        gate = RiskGate(limits, contract, schedule, self.account)
        self.max_lots = gate.max_lots
        rate = OrderRate(limits.orders_per_second, limits.orders_per_minute)
        self.gateway = BrokerGateway(self.router, contract, max_position=gate.max_lots, rate=rate,
                                     market=self.engine.market, clock=lambda: self.feed.clock_ns() / NS)
        self.gateway.listen(lambda code, words, data: self.alerts.update([str(code)]))
        self.trader = Trader(gate, self.gateway, self.account, contract, limits, schedule)
        self.pipeline = ScriptedPipeline(self.engine, self.trader, script)
        self.pipeline.outputs.append(self)
        self.journal = Journal.open(folder / "journal.sqlite", run)
        self.journal.on_write = self.points.pass_by
        put = tapped(self.journal.put, self.points)
        self.gateway.keep(Tapped(self.journal, put), run)  # type: ignore[arg-type]
        self.name = name = f"{self.router.account.broker}:{self.router.account.account}"
        begin = self.journal.begin(SYMBOL, name)
        self.trader.notes = Notes(SYMBOL, name, put)
        self.trader.restore(begin)
        self.journal.put(Mark("started", self.feed.clock_ns(), run))

    # ---- what a pipeline tells its outputs

    def record(self, kind: str, record: dict[str, Any]) -> None:
        if kind == "refusal":
            self.refusals.update([record["code"]])

    def decision(self, *_: Any) -> None:
        """Decisions are the script's."""

    # ---- waiting, by condition

    def _wait(self, ready: Any, what: str) -> None:
        limit = time.monotonic() + PATIENCE_S
        while not ready():
            if time.monotonic() > limit:
                raise AssertionError(f"{what}: not within {PATIENCE_S:g} s")
            self._pause.wait(0.0002)

    # ---- time

    def step(self, seconds: float = STEP_S) -> None:
        """Market time passes; everything that follows from it happens before the next step."""
        target = self.feed.clock_ns() + int(seconds * NS)
        at = dt.datetime.fromtimestamp(target / NS, SAO_PAULO)
        clock = at.strftime("%H:%M:%S.") + f"{at.microsecond // 1000:03d}"
        assert self._sim.SIM_RunUntil(clock.encode()) == 0, self._sim.SIM_Error()
        self._wait(lambda: self._drained(rested=bool(self.stat("resting"))), f"the market reaches {clock}")
        self._pass_time()
        self._wait(self._quiet, "the calls come back")
        self._watch()

    def _drained(self, *, rested: bool) -> bool:
        while self.engine.drain(self.feed.ring) or self.engine.due:
            self.pipeline.on_due(self.feed.poll_notices)
        self.pipeline.poll()
        return rested and not self.feed.ring.fill

    def _pass_time(self) -> None:
        """An instant that no event brought about."""
        now, engine = self.feed.clock_ns(), self.engine
        while engine.now_ns and (instant := (engine.now_ns // INTERVAL_NS + 1) * INTERVAL_NS) <= now:
            event = np.zeros(1, EVENT_DTYPE)
            event["kind"], event["ts_ns"] = Kind.CLOCK, instant
            done = 0
            while done < 1:
                done = engine.feed(event, 0)
                self.pipeline.on_due(self.feed.poll_notices)

    def _quiet(self) -> bool:
        """No call is out, no update waits; what follows from them has been taken in."""
        self._drained(rested=True)
        return not self.gateway.under_way and not self.router.waiting

    def until(self, ready: Any, seconds: float) -> bool:
        """Steps until it is so; False when it is not within so many seconds of market time."""
        end = self.feed.clock_ns() + int(seconds * NS)
        while not ready():
            if self.feed.clock_ns() > end:
                return False
            self.step()
        return True

    def play(self, seconds: float) -> None:
        """The script, from here on."""
        self.pipeline.begun_ns = self.engine.now_ns or self.feed.clock_ns()
        self.until(lambda: False, seconds)

    def flatten(self, seconds: float = 90) -> bool:
        self.trader.on_control(Control.STOP, self.engine, CLOSE)
        return self.until(lambda: self.trader.state == "flat" and self.gateway.confirmed, seconds)

    def close(self) -> None:
        self.journal.put(Mark("stopped", self.feed.clock_ns(), ""))
        self.journal.close()
        self.feed.stop()

    # ---- the exchange's truth

    def stat(self, name: str) -> int:
        assert self.feed.dll is not None
        return self.feed.dll.sim_stat(name)

    def ledger(self) -> list[LedgerOrder]:
        rows: list[LedgerOrder] = []
        for index in range(self.stat("orders")):
            rows.append(LedgerOrder())
            assert self._sim.SIM_LedgerOrder(index, ctypes.byref(rows[-1])) == 0
        return rows

    def truth(self) -> Truth:
        return Truth(self.ledger(), self.stat("position"), self.stat("cash_ticks"),
                     self.stat("bought") + self.stat("sold"), self.stat("working"))

    def uncovered(self) -> int:
        """Lots that the exchange holds for us and no resting stop protects."""
        position = self.stat("position")
        if not position:
            return 0
        stops = sum(o.qty - o.traded for o in self.ledger() if o.type == STOP_LIMIT and o.status not in TERMINAL
                    and (o.side == BUY) is (position < 0))
        return max(0, abs(position) - stops)

    def _watch(self) -> None:
        position, now = self.stat("position"), self.feed.clock_ns()
        if abs(position) > self.max_lots:
            self.odd.append(f"position {position} exceeds {self.max_lots}")
        self.naked_s = max(self.naked_s, self._since("naked", bool(self.uncovered()), now))
        flat = not position and not self.account.position and not self.router.unready()
        self.orphan_s = max(self.orphan_s, self._since("orphan", flat and self._legs(), now))

    def _since(self, what: str, holds: bool, now: int) -> float:
        """Seconds that it has been so."""
        if not holds:
            self._began.pop(what, None)
            return 0.0
        return (now - self._began.setdefault(what, now)) / NS

    def _legs(self) -> bool:
        """Whether anything but an entry works at the exchange."""
        entries = {order_id for order_id, order in self.trader.bracket.orders.items() if order.purpose is Purpose.ENTRY}
        for row in self.ledger():
            if row.status in TERMINAL:
                continue
            found = self.gateway._tickets.find(row.local_id, "")
            if found is None or found[0].order_id not in entries:
                return True
        return False


class Tapped:
    """A journal whose entries pass by the points."""

    def __init__(self, journal: Journal, put: Any) -> None:
        self.put = put
        self.barrier = journal.barrier
