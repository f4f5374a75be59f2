"""Arbitrary orders through the binding: refused in words, or possible; the exchange's books stay in balance."""
from __future__ import annotations

import ctypes as c
import threading

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from qt_core import exchange, trampolines
from qt_core.dll import Account, Dll
from qt_core.nl import DllError
from qt_core.order_updates import OrderUpdates
from qt_core.ring import Ring

pytestmark = pytest.mark.slow

ME = Account(32003, "1000001")
SETTINGS = {"seed": "1", "day": "2026-11-18", "open": "09:00", "close": "18:30", "until": "close", "start": "09:01",
            "symbol": "WDOZ26", "start_price": "0", "speed": "0", "activity": "1", "hold": "1", "accounts": "1",
            "version": "4.0.0.42"}

prices = st.floats() | st.integers(10_600, 11_000).map(lambda ticks: ticks / 2) | st.sampled_from([-1.0, 0.0, 5400.25])
lots = st.integers(-(2**63), 2**63 - 1) | st.integers(-1, 30)
tickers = st.sampled_from(["WDOZ26"] * 6 + ["WDOFUT", "WINZ26", "", "wdoz26"]) | st.text(max_size=8)
sides, kinds = st.sampled_from(["buy", "sell", "sell", "hold"]), st.sampled_from(["market", "limit", "stop_limit", "x"])


class LedgerOrder(c.Structure):
    _fields_ = (("local_id", c.c_int64), ("qty", c.c_int64), ("traded", c.c_int64), ("value_ticks", c.c_int64),
                ("price", c.c_int32), ("stop", c.c_int32), ("account", c.c_int32), ("side", c.c_uint8),
                ("type", c.c_uint8), ("status", c.c_uint8))


class Orders(RuleBasedStateMachine):
    """One session; ``ids`` are the orders that were taken."""

    def __init__(self) -> None:
        super().__init__()
        self.dll, self.ring, self.updates = Dll(exchange.path()), Ring(1 << 16), OrderUpdates(1 << 12)
        for key, value in SETTINGS.items():
            self.dll.sim_set(key, value)
        self.dll.sim_faults("")
        self.dll.attach(self.ring, [trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)], 20, self.updates)
        self.dll.initialize_login("key", "user", "password")
        self.dll.set_callbacks()
        self.ids: list[int] = []
        self.second = 60
        self.rest()

    def rest(self) -> None:
        turns = threading.Event()
        for _ in range(20_000):
            self.ring.pop()
            if self.dll.sim_stat("resting") and trampolines.channels() == (0, 5, 4, 0):
                return
            turns.wait(0.001)
        raise AssertionError("the market does not rest")

    def known(self, which: int) -> int:
        return self.ids[which % len(self.ids)] if self.ids else which

    @rule(ticker=tickers, side=sides, kind=kinds, qty=lots, price=prices, stop=prices)
    def send(self, ticker: str, side: str, kind: str, qty: int, price: float, stop: float) -> None:
        try:
            local, _ = self.dll.send_order(ME, ticker, "F", side, kind, qty, price, stop)
        except (ValueError, DllError) as refusal:
            assert str(refusal)
            return
        assert local > 2**40 and ticker == "WDOZ26" and 1 <= qty <= 10**6
        assert kind == "market" or 0.0 < price < 1e9
        self.ids.append(local)

    @rule(which=st.integers(0, 50), qty=lots, price=prices)
    def change(self, which: int, qty: int, price: float) -> None:
        try:
            self.dll.change_order(ME, self.known(which), "", qty, price)
        except (ValueError, DllError) as refusal:
            assert str(refusal)

    @rule(which=st.integers(-3, 50), name=st.text(max_size=20))
    def cancel(self, which: int, name: str) -> None:
        try:
            self.dll.cancel_order(ME, self.known(which), name.split("\0")[0])
        except (ValueError, DllError) as refusal:
            assert str(refusal)

    @rule(price=prices)
    def zero(self, price: float) -> None:
        try:
            self.ids.append(self.dll.zero_position(ME, "WDOZ26", "F", price)[0])
        except (ValueError, DllError) as refusal:
            assert str(refusal)

    @rule()
    def go_on(self) -> None:
        self.second += 1
        self.dll.sim_run_until(f"09:{self.second // 60:02}:{self.second % 60:02}")
        self.rest()

    @invariant()
    def books_balance(self) -> None:
        lib, held, cash = c.CDLL(self.dll.path), 0, 0
        for index in range(self.dll.sim_stat("orders")):
            o = LedgerOrder()
            assert lib.SIM_LedgerOrder(index, c.byref(o)) == 0
            assert o.local_id > 0 and 0 <= o.traded <= o.qty and o.side in (1, 2) and o.type in (1, 2, 4)
            held += o.traded if o.side == 1 else -o.traded
            cash += -o.value_ticks if o.side == 1 else o.value_ticks
        assert (self.dll.sim_stat("position"), self.dll.sim_stat("cash_ticks")) == (held, cash)
        assert self.dll.sim_stat("overflow") == 0 and self.dll.stats()["orders_nonsense"] == 0

    def teardown(self) -> None:
        self.rest()
        told = self.updates.pop()
        assert {u.local_id for u in told if u.source == "order"} <= set(self.ids)
        assert self.dll.finalize(20.0)


TestOrders = Orders.TestCase
TestOrders.settings = settings(max_examples=12, stateful_step_count=30, derandomize=True)
