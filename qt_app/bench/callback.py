"""Events per second from a vendor-like thread, and how long a callback holds it: our trampoline, ctypes, plain C.

The plain C callbacks write the same ring and ask nothing of what they are given: one parses a date, compares a ticker
and fills a slot; the stamped one also reads the two clocks whose time every event carries. The trampoline fetches the
trade by handle, checks every field and counts.
"""
from __future__ import annotations

import ctypes
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from qt_app.bench.rounds import Aim, Section, flatten, interleave
from qt_core import trampolines
from qt_core.firehose import Hose, plain_address, translate_address
from qt_core.ring import Ring

EVENTS = 3_000_000
CTYPES_EVENTS = 40_000
#: Timed calls, and the pace they come at: a busy market's.
TIMED, TIMED_GAP_NS = 20_000, 20_000
#: A ctypes call waits for the interpreter's 5 ms switch interval when a Python thread computes.
CTYPES_TIMED, CTYPES_BUSY, CTYPES_GAP_NS = 500, 60, 1_000_000
CAPACITY = 1 << 17
QUANTILES = (("p50", 0.50), ("p90", 0.90), ("p99", 0.99))


class _Asset(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint8), ("ticker", ctypes.c_void_p), ("exchange", ctypes.c_void_p),
                ("feed_type", ctypes.c_uint8))


_PROTOTYPE = ctypes.CFUNCTYPE(None, _Asset, ctypes.c_void_p, ctypes.c_uint32)


class Targets:
    """The three callbacks of one signature. Only one instance at a time: the trampolines serve one library."""

    def __init__(self) -> None:
        self.ring = Ring(CAPACITY)
        self.plain_ring = Ring(CAPACITY)
        self.deque: deque[tuple[int, int]] = deque()
        trampolines.attach(self.ring, [trampolines.Symbol("WDOZ26", "F", (1, 2))])
        trampolines.bind(translate=translate_address())
        self.ours = trampolines.address("on_trade")
        self.plain = plain_address(self.plain_ring)
        self.plain_stamped = plain_address(self.plain_ring, stamped=True)
        append = self.deque.append

        def on_trade(asset: Any, trade: int, flags: int) -> None:
            append((trade, flags))   # not even translated, which flatters this side

        self._kept = _PROTOTYPE(on_trade)
        address = ctypes.cast(self._kept, ctypes.c_void_p).value
        assert address is not None
        self.ctypes = address

    def close(self) -> None:
        """Back to a closed door."""
        trampolines.detach()


def throughput(address: int, ring: Ring, events: int) -> float:
    """Events per second, first call to last event out of the ring; a C consumer drains on this thread."""
    return events / Hose(address, events, ring=ring).race(ring)


def ctypes_throughput(targets: Targets, events: int) -> float:
    """Events per second while no other Python thread wants the interpreter."""
    targets.deque.clear()
    hose = Hose(targets.ctypes, events)
    hose.start()
    return events / hose.join()


def held(address: int, events: int, gap_ns: int, ring: Ring | None) -> dict[str, float]:
    """ns that each call kept the calling thread; ``ring`` is emptied meanwhile when there is one."""
    hose = Hose(address, events, gap_ns=gap_ns, timed=True, ring=ring)
    if ring is not None:
        hose.race(ring)
    else:
        hose.start()
        hose.join()
    return {f"{name}_ns": float(hose.quantile(q)) for name, q in QUANTILES}


@contextmanager
def busy_thread() -> Iterator[None]:
    """One Python thread that computes and never waits."""
    leave = False

    def compute() -> None:
        n = 0
        while not leave:
            n += 1

    thread = threading.Thread(target=compute, daemon=True)
    thread.start()
    try:
        yield
    finally:
        leave = True
        thread.join()


def _busy(measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    with busy_thread():
        return measure()


def _throughputs(targets: Targets, scale: float) -> dict[str, Callable[[], float]]:
    events = max(CAPACITY, round(EVENTS * scale))
    calls = max(100, round(CTYPES_EVENTS * scale))
    return {
        "trampoline": lambda: throughput(targets.ours, targets.ring, events),
        "plain_c": lambda: throughput(targets.plain, targets.plain_ring, events),
        "plain_c_stamped": lambda: throughput(targets.plain_stamped, targets.plain_ring, events),
        "ctypes": lambda: ctypes_throughput(targets, calls),
    }


def _holdings(targets: Targets, scale: float) -> dict[str, Callable[[], dict[str, float]]]:
    events, calls, few = (max(20, round(n * scale)) for n in (TIMED, CTYPES_TIMED, CTYPES_BUSY))
    ours = partial(held, targets.ours, events, TIMED_GAP_NS, targets.ring)
    return {
        "trampoline_idle": ours,
        "trampoline_busy_python": lambda: _busy(ours),
        "ctypes_idle": lambda: held(targets.ctypes, calls, CTYPES_GAP_NS, None),
        "ctypes_busy_python": lambda: _busy(lambda: held(targets.ctypes, few, CTYPES_GAP_NS, None)),
    }


def measure(rounds: int, scale: float) -> Section:
    """Throughput and holding times; nothing but the product and the standard library is needed."""
    targets = Targets()
    try:
        speed = interleave(_throughputs(targets, scale), rounds)
        times = interleave(_holdings(targets, scale), rounds)
    finally:
        targets.close()
    section = Section("events per second from a native thread; ns that one call holds that thread",
                      {**speed, **flatten(times)})
    section.add_ratio("trampoline", "ctypes", Aim(at_least=60))
    section.add_ratio("trampoline", "plain_c", Aim(at_least=0.8))
    section.add_ratio("trampoline", "plain_c_stamped", Aim(at_least=0.8))
    for state in ("idle", "busy_python"):
        section.add_aim(f"trampoline_{state}.p90_ns", Aim(at_most=5_000))
    return section
