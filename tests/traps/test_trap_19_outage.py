"""Trap 19: duplicate accounts and stuck calls after an outage. The gap itself: test_trap_19_gap.py."""
import time

import pytest
from trap_kit import TICKER, fault, wire

from qt_app.feed.commands import CommandThread
from qt_core._types import Kind

pytestmark = pytest.mark.slow

OUTAGE = fault("outage", channel="all", at="09:10:10", seconds=90)


def test_accounts_announced_again_are_kept_once_and_no_print_comes_twice() -> None:
    with wire(OUTAGE) as w:
        w.subscribe()
        w.run("09:12:30")
        assert w.dll.stats()["account"] >= 2, "the exchange announces the account at each return"
        assert [(a.broker, a.account) for a in w.updates.accounts()] == [(32003, "1000001")]
        assert len(w.dll.accounts()) == 1
        numbers = w.of(Kind.TRADE)["id"].tolist()
        assert numbers == sorted(set(numbers)) and len(numbers) > 50


def test_a_call_that_blocks_for_the_outage_blocks_nobody_else() -> None:
    with wire(fault("block", function="SubscribeTicker", wall_seconds=1.0, count=1)) as w:
        commands = CommandThread("trap-commands")
        began = time.monotonic()
        done = commands.post(lambda: w.dll.subscribe_ticker(TICKER, "F"))
        assert time.monotonic() - began < 0.5 and not done.done()
        done.result(20.0)
        assert w.dll.sim_stat("blocked") == 1
        commands.close()
