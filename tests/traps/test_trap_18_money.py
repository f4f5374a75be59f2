"""Trap 18: money taken as contracts: a "volume" of 54,325."""
from trap_kit import fault, wire

from qt_core._types import Kind


def test_swapped_money_and_contracts_are_refused_and_counted() -> None:
    with wire(fault("swap", callback="trade", every=2)) as w:
        w.subscribe()
        w.run("09:10:30")
        assert w.dll.sim_stat("faults") > 10
        trades, refused = w.of(Kind.TRADE), w.dll.stats()["refused_bad_volume"]
        assert refused > 10 and abs(len(trades) - refused) <= 1
        assert trades["qty"].max() < 2_000
