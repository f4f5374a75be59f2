"""A small world for the tests of orders: a real market and matcher, a trader, and a hand that moves the quote."""
from __future__ import annotations

from typing import Any

import numpy as np

from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.orders.account import Account
from qt_app.orders.base import Gateway
from qt_app.orders.paper import PaperGateway
from qt_app.orders.trader import Trader
from qt_app.risk.gate import RiskGate
from qt_app.risk.intent import Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.schedule import MINUTE_NS, Schedule
from qt_app.votes import Action, Decision
from qt_core._types import EVENT_DTYPE, Kind, Phase, TradeType
from qt_core.market import Market
from qt_core.paper import PaperMatcher

MS = 1_000_000
OPEN = 1_764_000_000_000_000_000
START = OPEN + 60 * MINUTE_NS
CLOSE = OPEN + 570 * MINUTE_NS


class World:
    """Stands in for the engine; WDO, 10 ms of latency each way, one hour into a session of 9.5 hours."""

    def __init__(self, gateway: Gateway | None = None, **limits: Any) -> None:
        self.market = Market(window_bits=12, order_bits=6)
        self.market.begin_session(OPEN, CLOSE)
        self.paper = PaperMatcher(self.market, latency_ns=10 * MS, cancel_latency_ns=10 * MS)
        self.now_ns, self.seq = START, 0
        self.flat_ns = START  # since when nothing has been held
        self._held = False
        contract, bounds = instrument("WDOZ26"), Limits(**limits)
        self.account = Account(contract, Fees())
        schedule = Schedule.of(bounds)
        gate = RiskGate(bounds, contract, schedule, self.account)
        self.trader = Trader(gate, gateway or PaperGateway(self.paper), self.account, contract, bounds, schedule)
        self.records: list[tuple[str, dict[str, Any]]] = []
        self.quote(0, 10_000, 10_001)

    def feed(self, ms: float, kind: Kind, **fields: int) -> World:
        """One event, ``ms`` after the last; reports are answered at once."""
        row = np.zeros(1, EVENT_DTYPE)
        self.now_ns += int(ms * MS)
        self.seq += 1
        row["kind"], row["ts_ns"] = kind, self.now_ns
        for name, value in fields.items():
            row[name] = value
        self.paper.feed(row)
        if self.paper.waiting:
            self.trader.on_reports(self)
        return self._collect()

    def quote(self, ms: float, bid: int, ask: int, qty: int = 50) -> World:
        return self.feed(ms, Kind.QUOTE, price=bid, qty=qty, a=ask, id=qty)

    def sell_print(self, ms: float, price: int, qty: int = 1) -> World:
        return self.feed(ms, Kind.TRADE, price=price, qty=qty, side=-1, code=TradeType.SELL)

    def phase(self, ms: float, code: Phase) -> World:
        return self.feed(ms, Kind.PHASE, code=code)

    def clock(self, ms: float) -> World:
        return self.feed(ms, Kind.CLOCK)

    def wait(self, ms: float, step: float = 100) -> World:
        """Time passes; decisions are taken every step, all of them hold."""
        for _ in range(int(ms / step)):
            self.clock(step)
            self.decide("hold", 0.9)
        return self

    def decide(self, action: Action, confidence: float = 0.8) -> World:
        self.trader.on_decision(Decision(self.seq, self.now_ns, action, confidence, None, "", ()), self)
        return self._collect()

    def control(self, code: int) -> World:
        self.trader.on_control(code, self)
        return self._collect()

    def _collect(self) -> World:
        self.records += self.trader.take_records()
        if self.position or self._held:
            self.flat_ns = self.now_ns
        self._held = bool(self.position)
        return self

    # what happened

    def kinds(self) -> list[str]:
        return [kind for kind, _ in self.records]

    def of(self, kind: str, **match: Any) -> list[dict[str, Any]]:
        return [r for k, r in self.records if k == kind and all(r[name] == value for name, value in match.items())]

    def orders(self, purpose: Purpose) -> list[dict[str, Any]]:
        return self.of("order", purpose=purpose.value)

    @property
    def position(self) -> int:
        return self.account.position
