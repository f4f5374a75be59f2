"""The simulated exchange behind our binding, with an account that trades; waits are on conditions, never on time."""
from __future__ import annotations

import threading
from collections.abc import Callable

from qt_core import exchange, trampolines
from qt_core.dll import Account, Dll
from qt_core.order_updates import OrderUpdate, OrderUpdates
from qt_core.ring import Ring

WDO = trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)
SETTINGS = {"seed": "1", "day": "2026-11-18", "open": "09:00", "close": "18:30", "start": "10:30", "until": "close",
            "symbol": "WDOZ26", "start_price": "0", "speed": "200", "activity": "1", "pages": "500", "hold": "0",
            "version": "4.0.0.42", "accounts": "1"}


class SimDesk:
    """A session with routing; `seen` keeps every order update, `events` the kinds of the main ring's events."""

    def __init__(self, capacity: int = 1024, script: str = "", **settings: str) -> None:
        self.dll = Dll(exchange.path())
        self.ring = Ring(1 << 16)
        self.updates = OrderUpdates(capacity)
        self.seen: list[OrderUpdate] = []
        for key, value in (SETTINGS | settings).items():
            self.dll.sim_set(key, value)
        self.dll.sim_faults(script)
        self.dll.attach(self.ring, [WDO], orders=self.updates)
        self.dll.initialize_login("key", "user", "password")
        self.dll.set_callbacks()
        self.wait(lambda: trampolines.channels() == (0, 5, 4, 0), "login")
        self.me = self.account()
        self.dll.subscribe_ticker("WDOZ26", "F")
        self.wait(lambda: self.dll.stats()["trade"] > 0, "a trade")

    def account(self) -> Account:
        self.wait(lambda: bool(self.dll.accounts()), "an account")
        return self.dll.accounts()[0]

    def wait(self, condition: Callable[[], bool], what: str, read: bool = True) -> None:
        """Until the condition holds; `read` takes the updates out meanwhile."""
        tick = threading.Event()
        for _ in range(20000):
            self.ring.pop()
            self.seen += self.updates.pop() if read else []
            if condition():
                return
            tick.wait(0.001)
        raise AssertionError(f"no {what}: {self.seen[-3:]}, {self.dll.stats()}")

    def until(self, local_id: int, status: int) -> OrderUpdate:
        """The first update that shows the order in that status."""
        def found() -> list[OrderUpdate]:
            return [u for u in self.seen if u.source == "order" and u.local_id == local_id and u.status == status]
        self.wait(lambda: bool(found()), f"status {status} of order {local_id}")
        return found()[0]

    def close(self) -> None:
        assert self.dll.finalize(10.0)
