"""Trap 5: a second-version callback in a first-version slot: a silent book, and upper halves of random bits."""
import pytest
from trap_kit import fault, wire

from qt_core._types import Kind


def offers(script: str) -> list[tuple[int, ...]]:
    names = ("code", "pos", "side", "flags", "qty", "id", "price", "a")
    with wire(script) as w:
        w.subscribe(offers=True)
        w.run("09:10:20")
        assert bool(w.dll.sim_stat("faults")) is bool(script)
        assert not [k for k, v in w.dll.stats().items() if k.startswith("refused") and v]
        return [tuple(int(row[n]) for n in names) for row in w.of(Kind.OFFER)]


@pytest.mark.lengthy
def test_garbage_above_narrow_arguments_changes_nothing_of_the_book() -> None:
    clean = offers("")
    assert len(clean) > 500
    assert offers(fault("garbage")) == clean
