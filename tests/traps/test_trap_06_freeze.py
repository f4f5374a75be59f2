"""Trap 6: the whole process hangs, because the interpreter's lock was held in a call that waits.

tests/stress/exchange_load.py is the other half: 40,000 events a second while Python burns the lock.
"""
import threading
import time

import pytest
from trap_kit import ME, TICKER, fault, wire

pytestmark = pytest.mark.slow

HANGS_S = 0.5
CALLS = {"SendOrder": lambda w: w.send(), "GetPositionV2": lambda w: w.dll.get_position(ME, TICKER, "F"),
         "SubscribeTicker": lambda w: w.dll.subscribe_ticker(TICKER, "F")}


@pytest.mark.parametrize("name", CALLS)
def test_python_goes_on_while_a_call_hangs(name: str) -> None:
    with wire(fault("block", function=name, wall_seconds=HANGS_S, count=1)) as w:
        entered, turns = threading.Event(), 0

        def call() -> None:
            entered.set()
            CALLS[name](w)

        thread = threading.Thread(target=call)
        thread.start()
        assert entered.wait(10.0)
        while thread.is_alive():
            turns += 1
            time.sleep(0.01)
        thread.join()
        assert w.dll.sim_stat("blocked") == 1
        assert turns > 3, f"Python had {turns} turns while {name} hung for {HANGS_S} s"
