"""Trap 13: the login is fine and nothing comes; and a library that hangs in its own end."""
import time

import pytest
from trap_kit import Wire, fault, wire

from qt_app.feed.connection import Act, Connection, Look, Phase
from qt_core import trampolines

pytestmark = pytest.mark.slow


def arrived() -> int:
    """Market events that came through the door."""
    counters = trampolines.counters()
    return sum(counters[name] for name in ("trade", "tiny", "daily"))


def test_silence_of_an_open_market_raises_the_alarm_within_its_limit() -> None:
    with wire(fault("mute")) as w:
        w.subscribe()
        connection, said = Connection(), []
        for second in range(0, 40):
            w.run(f"09:10:{second:02}" if second else "09:10:00.500")
            said += connection.step(Look(trampolines.clock_ns(), float(second), True, arrived()))
        assert trampolines.channels() == (0, 5, 4, 0) and arrived() == 0
        assert connection.phase is Phase.MUTE and Act.RENEW in [step.act for step in said]
        first = next(step for step in said if step.act is Act.SAY and step.level == "ERROR")
        assert "killed without logging out" in first.words


def test_a_market_that_speaks_is_not_mute() -> None:
    with wire() as w:
        w.subscribe()
        connection = Connection()
        for second in range(1, 40):
            w.run(f"09:10:{second:02}")
            connection.step(Look(trampolines.clock_ns(), float(second), True, arrived()))
        assert connection.phase is not Phase.MUTE and arrived() > 30


def test_a_finalize_that_hangs_does_not_hang_the_exit() -> None:
    w = Wire(fault("finalize_hang", wall_seconds=3.0))
    began = time.monotonic()
    assert w.dll.finalize(0.2) is False
    assert time.monotonic() - began < 2.5
    assert w.dll.finalize(30.0) or True    # let it end before the next test
