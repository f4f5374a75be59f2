"""The watchdog tells of a callback that does not return, from a thread of its own."""

from __future__ import annotations

import ctypes as c
import threading

import pytest
from exchange_harness import NOT_INITIALIZED, OK, Exchange


@pytest.mark.lengthy
def test_a_stuck_callback_is_told_and_so_is_its_end(sim: Exchange) -> None:
    status, threads, let_go = c.c_int32(-1), set(), threading.Event()
    assert sim.dll.GetHealthStatus(c.byref(status)) == NOT_INITIALIZED
    sim.connect("health", start="09:05", frozen_ms=400)
    assert sim.dll.GetHealthStatus(c.byref(status)) == OK and status.value == 0
    tiny = sim.callback("tiny")

    def stuck(*_: object) -> None:
        threads.add(threading.get_ident())
        let_go.wait(30)

    held = type(tiny)(stuck)
    sim.kept.append(held)
    assert sim.dll.SetTinyBookCallback(held) == OK
    sim.subscribe()
    sim.wait(lambda: ("health", 1) in sim.events)
    assert sim.dll.GetHealthStatus(c.byref(status)) == OK and status.value == 1
    let_go.set()
    sim.wait(lambda: ("health", 0) in sim.events)
    assert sim.of("health") == [("health", 1), ("health", 0)] and len(threads) == 1
