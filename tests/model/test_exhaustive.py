"""The bracket, searched exhaustively within bounds; and that the search finds what is broken."""
from __future__ import annotations

from dataclasses import replace

import pytest
from model.check import LONG, QUICK, line, story
from model.mutants import MUTANTS, Mutant
from model.search import Search
from model.world import Bounds


def holds(bounds: Bounds) -> int:
    result = Search(bounds).run()
    assert not result.broken, f"{result.broken}\n{story(result)}"
    return result.states


@pytest.mark.lengthy
@pytest.mark.parametrize("bounds", QUICK, ids=str)
def test_every_state_within_the_quick_bounds_is_safe_and_finds_home(bounds: Bounds) -> None:
    assert holds(bounds) > 500


@pytest.mark.slow
@pytest.mark.parametrize("bounds", LONG, ids=str)
def test_every_state_within_the_long_bounds_is_safe_and_finds_home(bounds: Bounds) -> None:
    assert holds(bounds) > 5_000


@pytest.mark.lengthy
def test_selling_is_the_mirror_of_buying() -> None:
    bounds = Bounds(lots=1, faults=0, trail=0.003, rises=1)
    bought, sold = Search(bounds).run(), Search(replace(bounds, side=-1)).run()
    assert not sold.broken, story(sold)
    assert (sold.states, sold.transitions, sold.depth) == (bought.states, bought.transitions, bought.depth)


@pytest.mark.lengthy
@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.make.__name__)
def test_without_a_protection_the_search_shows_the_way_to_what_breaks(mutant: Mutant) -> None:
    result = mutant.search()
    print(f"Without: {mutant.protection}\n{line(result)}\n{story(result)}")
    assert result.broken and result.trace
    assert Search(mutant.bounds, mutant.make).run().trace == result.trace, "the same search finds the same way"
