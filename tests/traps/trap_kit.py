"""Worlds for the trap tests: the whole binding, or the way to the broker above it, on a hostile simulated exchange."""
from __future__ import annotations

import ctypes
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from e2e.random_session import LedgerOrder, Session

from qt_app.orders.watch import Timing
from qt_core import exchange, trampolines
from qt_core._types import Kind
from qt_core.account_calls import Account
from qt_core.dll import Dll
from qt_core.order_updates import OrderUpdate, OrderUpdates
from qt_core.ring import Ring

ME = Account(32003, "1000001")
TICKER = "WDOZ26"
SYMBOL = trampolines.Symbol(TICKER, "F", (1, 2), (1, 1), 10.0)
SETTINGS = {"seed": 1, "day": "2026-11-18", "open": "09:00", "close": "18:30", "until": "close", "symbol": TICKER,
            "start_price": 0, "speed": 0, "activity": 1, "pages": 500, "hold": 1, "accounts": 1, "version": "4.0.0.42"}

PATIENCE = Timing(call_s=0.4, answer_s=0.5, census_s=5.0, absent_s=0.5, gap_s=0.3, look_s=0.01)


def fault(kind: str, **keys: object) -> str:
    """One table of a fault script."""
    def worded(value: object) -> str:
        return f'"{value}"' if isinstance(value, str) else str(value).lower()

    return "".join(["[[fault]]\n", f'kind = "{kind}"\n', *(f"{k} = {worded(v)}\n" for k, v in keys.items())])


def wait(ready: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    turns = threading.Event()
    for _ in range(int(seconds / 0.002)):
        if ready():
            return
        turns.wait(0.002)
    raise AssertionError(f"{what}: not within {seconds:g} s")


class Wire:
    """The binding logged in to a held market; ``run`` lets it go on to a time."""

    def __init__(self, script: str = "", start: str = "09:10", **settings: object) -> None:
        self.dll, self.ring, self.updates = Dll(exchange.path()), Ring(1 << 17), OrderUpdates(1 << 12)
        for key, value in (SETTINGS | {"start": start} | settings).items():
            self.dll.sim_set(key, str(value))
        self.dll.sim_faults(script)
        self.events: list[np.ndarray] = []
        self.told: list[OrderUpdate] = []
        self.dll.attach(self.ring, [SYMBOL], 20, self.updates)
        self.dll.initialize_login("key", "user", "password")
        self.dll.set_callbacks()
        wait(lambda: trampolines.channels() == (0, 5, 4, 0), "the login")

    def subscribe(self, *, offers: bool = False, depth: bool = False) -> None:
        if offers:
            self.dll.subscribe_offer_book(TICKER, "F")
        if depth:
            self.dll.subscribe_price_depth(TICKER, "F")
        self.dll.subscribe_ticker(TICKER, "F")
        self.rest()

    def drain(self) -> None:
        while len(batch := self.ring.pop()):
            self.events.append(batch)
        self.told += self.updates.pop()

    def rest(self) -> None:
        def resting() -> bool:
            self.drain()
            return bool(self.dll.sim_stat("resting")) and not self.ring.fill

        wait(resting, "the market's rest")
        self.drain()

    def run(self, until: str) -> None:
        self.dll.sim_run_until(until)
        self.rest()

    def of(self, kind: Kind) -> np.ndarray:
        rows = [batch[batch["kind"] == kind] for batch in self.events]
        return np.concatenate(rows) if rows else self.ring.pop()

    def send(self, side: str = "buy", kind: str = "market", qty: int = 1, price: float = -1.0,
             stop: float = -1.0) -> int:
        return self.dll.send_order(ME, TICKER, "F", side, kind, qty, price, stop)[0]

    def last_price(self) -> float:
        return float(self.of(Kind.TRADE)["price"][-1]) / 2

    def ledger(self) -> list[LedgerOrder]:
        rows, lib = [], ctypes.CDLL(self.dll.path)
        while True:
            row = LedgerOrder()
            if lib.SIM_LedgerOrder(len(rows), ctypes.byref(row)):
                return rows
            rows.append(row)


@contextmanager
def wire(script: str = "", **settings: object) -> Iterator[Wire]:
    """A session of the binding; the exchange finds nothing to complain about at its end."""
    w = Wire(script, **settings)
    try:
        yield w
        assert w.dll.sim_stat("reentrant") == 0
    finally:
        w.dll.finalize(10.0)


@dataclass(frozen=True)
class Carried:
    """What a killed process left at the exchange."""

    position: int
    working: int
    orders: list[LedgerOrder]

    @property
    def traded(self) -> int:
        """Contracts that the orders bought, less those that they sold."""
        return sum((1 if o.side == 1 else -1) * o.traded for o in self.orders)


def carried(file: Path, **settings: object) -> Carried:
    """Looks into an account's file, and leaves it as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = shutil.copy(file, Path(folder) / file.name)
        with wire(account_file=copy.as_posix(), **settings) as w:
            found = Carried(w.dll.sim_stat("position"), w.dll.sim_stat("working"), w.ledger())
        w.dll.sim_set("account_file", "")
        return found


@contextmanager
def desk(script: str = "", seed: int = 1, timing: Timing = PATIENCE, **more: object) -> Iterator[Session]:
    """The way to the broker, settled and with a last price."""
    s = Session(0, script, seed, timing, **more)  # type: ignore[arg-type]
    try:
        s.until(lambda: s.gateway.settled and s.market.last_price > 0, "the market opens to us")
        yield s
    finally:
        s.close()
