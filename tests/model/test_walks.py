"""Random walks far beyond the bounds of the exhaustive search: more lots, many faults, a market that keeps moving."""
from __future__ import annotations

import hypothesis.strategies as st
import pytest
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from model.search import going_home, steps, variants
from model.world import Bounds, World


class Walk(RuleBasedStateMachine):
    """Takes one step of the model after another; each checks what must hold in every state."""

    bounds = Bounds(lots=5, faults=12, trail=0.003, rises=6, auctions=6)

    def __init__(self) -> None:
        super().__init__()
        self.world = World(self.bounds)

    @rule(data=st.data())
    def step(self, data: st.DataObject) -> None:
        self._take(data, list(steps(self.world)))

    @rule(data=st.data())
    def no_fault(self, data: st.DataObject) -> None:
        """Most of what happens is no fault, or the faults would be gone at once."""
        faults, self.world.faults = self.world.faults, 0
        free = list(steps(self.world))
        self.world.faults = faults
        self._take(data, free)

    def _take(self, data: st.DataObject, what: list) -> None:
        label, act = data.draw(st.sampled_from(what), "step")
        ways = list(variants(self.world, label, act))
        _, after = data.draw(st.sampled_from(ways), "way") if data.draw(st.booleans(), "dies") else ways[0]
        self.world = after()

    @invariant()
    def the_way_home_is_short(self) -> None:
        assert any(settled for _, settled in going_home(self.world))


class StillWalk(Walk):
    """No target, no trail: the stop alone."""

    bounds = Bounds(lots=3, faults=12, take_profit=0.0)


Walk.TestCase.settings = settings(max_examples=15, stateful_step_count=40, derandomize=True, deadline=None)
StillWalk.TestCase.settings = settings(max_examples=10, stateful_step_count=40, derandomize=True, deadline=None)
TestWalk = pytest.mark.lengthy(Walk.TestCase)
TestStillWalk = pytest.mark.lengthy(StillWalk.TestCase)


@pytest.mark.slow
class TestLongWalk(Walk.TestCase):
    settings = settings(max_examples=300, stateful_step_count=200, derandomize=True, deadline=None)
