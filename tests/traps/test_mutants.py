"""Every protection that a trap's test is proved on still stands where the mutation harness looks for it."""
from pathlib import Path

import pytest
from traps import mutants

HERE = Path(__file__).parent


@pytest.mark.parametrize("mutant", mutants.MUTANTS, ids=lambda m: f"{m.trap:02}-{m.protection}")
def test_the_protection_stands_once_in_its_file(mutant: mutants.Mutant) -> None:
    assert mutants.places(mutant) == 1
    assert (HERE / mutant.test).is_file() and mutant.test.startswith(f"test_trap_{mutant.trap:02}_")


def test_every_trap_has_a_test_and_a_mutant() -> None:
    assert {m.trap for m in mutants.MUTANTS} == set(range(1, 21))
    assert {int(p.name[10:12]) for p in HERE.glob("test_trap_*.py")} == set(range(1, 21))
