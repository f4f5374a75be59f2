"""How long from a trigger to the last cancel handed to the library: ``cd tests && PYTHONPATH=..:. python -m
bench.kill_switch [triggers]``.

A whole engine on the simulated exchange, its market in motion, three orders resting. Two triggers in turn: ``qt halt``
from another thread through the control channel, and a breaker that trips on the engine's thread.
"""
from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from qt_app import runner
from qt_app.config import load
from qt_app.home import Home
from qt_app.orders.router import DllRouter
from qt_app.risk.intent import Purpose
from qt_app.risk.states import TradingState
from qt_app.services.control import ControlClient
from qt_app.services.log import Log
from qt_app.services.start import StartOptions
from qt_app.votes import OrderRequest
from qt_core._types import mono_ns

ORDERS = 3
FAR_TICKS = 150
#: Fast enough for the order rate, which counts in event time; the engine's thread waits and wakes as in real time.
SETTINGS = {
    "trading.mode": "simulator", "simulator.speed": 20.0, "risk.max_position": 5, "risk.max_daily_trades": 0,
    "risk.orders_per_second": 50, "risk.orders_per_minute": 200, "zmq.enabled": False, "recorder.enabled": False,
    "metrics.enabled": False}
PATIENCE_S = 60.0


@dataclass(slots=True)
class Trigger:
    """One trigger and the first cancel of each order that it led to, monotonic ns by local id."""

    kind: str
    at_ns: int = 0
    cancels: dict[int, int] = field(default_factory=dict)

    @property
    def took_ms(self) -> float:
        return (max(self.cancels.values()) - self.at_ns) / 1e6


class Engine(runner.Run):
    """Rests three orders whenever it may, and trips a breaker when asked to."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        assert isinstance(self.source.router, DllRouter)
        bracket = self.pipeline.trader.bracket
        bracket.patience = replace(bracket.patience, entry_ns=1 << 62)      # they rest until they are cancelled
        self.armed = threading.Event()      # three orders rest
        self.spent = threading.Event()      # they are gone
        self.trip: Trigger | None = None
        self.current = Trigger("none")
        self._turn, self.loop._act = self.loop._act, self._act      # type: ignore[method-assign]
        self._cancel = self.source.router.cancel
        self.source.router.cancel = self._timed     # type: ignore[method-assign]

    def _timed(self, local_id: int, cl_ord_id: str) -> int:
        self.current.cancels.setdefault(local_id, mono_ns())
        return self._cancel(local_id, cl_ord_id)

    def _act(self) -> None:
        self._turn()
        trader = self.pipeline.trader
        resting = [w for w in trader.bracket.of(Purpose.ENTRY) if w.stage == "accepted"]
        if self.trip is not None:
            self.current, self.trip = self.trip, None
            self.current.at_ns = mono_ns()
            for _ in range(trader.limits.max_decision_errors):
                trader.gate.breakers.decision_failed(self.pipeline.engine.now_ns, "for the bench")
            trader.on_time(self.pipeline.engine)
        elif len(resting) == ORDERS:
            self.armed.set()
        elif not trader.bracket.orders and trader.gateway.confirmed:
            self.spent.set()
            if trader.gate.state is TradingState.ACTIVE and self.pipeline.engine.market.bid > FAR_TICKS:
                self._rest()

    def _rest(self) -> None:
        trader, engine = self.pipeline.trader, self.pipeline.engine
        self.spent.clear()
        for i in range(ORDERS):
            price = engine.market.bid - FAR_TICKS - i
            trader._send(OrderRequest(trader._order_id + 1, engine.seq, engine.now_ns, 1, 1, price, None, "BENCH"),
                         Purpose.ENTRY)


def triggers(engine: Engine, home: Home, count: int) -> Iterator[Trigger]:
    """On the operator's thread: pull, wait until everything is gone, allow trading again."""
    client = ControlClient(home)
    for number in range(count):
        wait(engine.armed, "three resting orders")
        trigger = Trigger("halt" if number % 2 else "breaker")
        if trigger.kind == "halt":
            engine.current = trigger
            trigger.at_ns = mono_ns()
            client.call("halt", {"by": "bench"})
        else:
            engine.trip = trigger
            engine.pipeline.engine.wake()
        wait(engine.spent, "the end of all orders")
        engine.armed.clear()
        yield trigger
        client.call("resume", {"by": "bench"})


def wait(event: threading.Event, what: str) -> None:
    if not event.wait(PATIENCE_S):
        raise TimeoutError(f"no {what} within {PATIENCE_S:g} s")


def measure(count: int, root: Path) -> list[Trigger]:
    home, found = Home(root), list[Trigger]()
    home.prepare()
    config = load(home, SETTINGS, environ={})
    with Log(home, "WARNING", (), None) as log:
        engine = Engine(config, home, StartOptions("sim", console=False), log)
        failed: list[BaseException] = []

        def operate() -> None:
            try:
                found.extend(triggers(engine, home, count))
            except BaseException as error:  # noqa: BLE001 (raised again on the main thread)
                failed.append(error)
            engine.life.stop({"position": "flatten"})

        operator = threading.Thread(target=operate)
        engine.go(operator.start)
        operator.join()
    if failed:
        raise failed[0]
    return found


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 400
    with tempfile.TemporaryDirectory() as folder:
        found = measure(count, Path(folder))
    for kind in ("halt", "breaker"):
        took = np.array([t.took_ms for t in found if t.kind == kind])
        p50, p99 = np.percentile(took, (50, 99))
        print(f"{kind:<8} {len(took)} triggers, {ORDERS} orders: last cancel handed over after "
              f"p50 {p50:.2f} ms, p99 {p99:.2f} ms, max {took.max():.2f} ms")


if __name__ == "__main__":
    main()
