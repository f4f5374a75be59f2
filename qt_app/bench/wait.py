"""What the engine's wait strategies cost: from the callback's entry to the engine's thread, and CPU."""
from __future__ import annotations

import time
from functools import partial
from typing import NamedTuple

import numpy as np

from qt_app.bench.rounds import Section, flatten, interleave
from qt_core import trampolines
from qt_core._types import mono_ns
from qt_core.engine import Engine
from qt_core.firehose import Hose, translate_address
from qt_core.ring import Ring

EVENTS, GAP_NS = 400, 1_000_000
TIMEOUT_NS = 5_000_000


class Strategy(NamedTuple):
    """The arguments of Engine.wait, ns."""

    spin: int
    yielding: int
    sleep: int


#: As the settings engine.wait, engine.spin_us and engine.sleep_us choose them by default.
STRATEGIES = {
    "spin": Strategy(TIMEOUT_NS, 0, 0),
    "yield": Strategy(0, TIMEOUT_NS, 0),
    "sleep": Strategy(0, 0, 200_000),
    "adaptive": Strategy(50_000, 0, 200_000),
}


def wake(engine: Engine, ring: Ring, strategy: Strategy, events: int) -> dict[str, float]:
    """p50 and p99 from callback to consumer (ns), and the consumer's CPU (%), at one event a millisecond."""
    hose = Hose(trampolines.address("on_trade"), events, gap_ns=GAP_NS, rests=True)
    late = np.zeros(events)
    seen = 0
    hose.start()
    begun, cpu = time.perf_counter(), time.thread_time()
    while seen < events:
        engine.wait(ring, *strategy, TIMEOUT_NS)
        now = mono_ns()
        for event in ring.pop():
            late[seen] = now - int(event["recv_ns"])
            seen += 1
    share = (time.thread_time() - cpu) / (time.perf_counter() - begun)
    hose.join()
    p50, p99 = np.quantile(late, (0.50, 0.99))
    return {"p50_ns": float(p50), "p99_ns": float(p99), "cpu_percent": 100 * share}


def measure(rounds: int, scale: float) -> Section:
    """The four strategies in turn; no peer and no aim, for the choice between latency and CPU is the operator's."""
    ring, engine = Ring(1 << 12), Engine(tick=(1, 2), sessions=None, features=False, readings=False)
    trampolines.attach(ring, [trampolines.Symbol("WDOZ26", "F", (1, 2))])
    trampolines.bind(translate=translate_address())
    events = max(10, round(EVENTS * scale))
    try:
        cases = {name: partial(wake, engine, ring, one, events) for name, one in STRATEGIES.items()}
        done = interleave(cases, rounds)
    finally:
        trampolines.detach()
    section = Section("ns from callback to the engine's thread at one event a ms; % of one core", flatten(done))
    section.notes = {"default": "adaptive", "strategies_ns": {name: one._asdict() for name, one in STRATEGIES.items()}}
    return section
