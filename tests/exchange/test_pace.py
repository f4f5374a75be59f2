"""A held market runs to a time, tells everything due by then, and is held again."""

from __future__ import annotations

import pytest
from exchange_harness import Exchange

SECOND = 10**9


def test_the_market_stops_where_it_was_told(sim: Exchange) -> None:
    sim.connect("trade", start="09:30")
    sim.subscribe()
    sim.until_rest()
    start = sim.clock()
    sim.run_until("09:30:05.250")
    assert sim.clock() == start + 5 * SECOND + 250_000_000
    seen = len(sim.of("trade"))
    assert seen > 0 and all(e[-1] <= sim.clock() for e in sim.of("trade"))
    sim.run_until("09:30:10")
    assert sim.clock() == start + 10 * SECOND and len(sim.of("trade")) > seen


@pytest.mark.lengthy
def test_running_in_pieces_tells_the_same_as_in_one_go(sim: Exchange) -> None:
    tapes = []
    for stops in (["09:30:06"], ["09:30:01", "09:30:02.500", "09:30:06"]):
        sim.events.clear()
        sim.connect("trade", "tiny", "depth", start="09:30")
        sim.subscribe(depth=True)
        for stop in stops:
            sim.run_until(stop)
        tapes.append(list(sim.events))
        sim.finish()
    assert tapes[0] == tapes[1] and len(tapes[0]) > 100


@pytest.mark.lengthy
@pytest.mark.parametrize("clock", ["", "9:30", "25:00", "09:30:05.2", "09:30.500", "09:29:59", "10:00x"])
def test_times_that_cannot_be_run_to_are_refused(sim: Exchange, clock: str) -> None:
    sim.connect(start="09:30")
    assert sim.dll.SIM_RunUntil(clock.encode()) == -2
    assert clock in sim.error()


def test_without_a_session_there_is_nothing_to_run(sim: Exchange) -> None:
    assert sim.dll.SIM_RunUntil(b"10:00") == -2147483646
    assert "log in" in sim.error()
