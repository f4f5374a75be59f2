"""The search: better than where it began, the same for a seed, the same when it was interrupted, each trial counted."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

pytest.importorskip("optuna")

from app.training.training_kit import RULE, world

from qt_app.training import fitting, samples
from qt_app.training.inputs import chosen
from qt_app.training.learners import learner
from qt_app.training.search import Search


class Memory:
    """A notebook in memory that can be told to break after some trials."""

    def __init__(self, breaks_at: int = 1000) -> None:
        self.trials: list[dict[str, Any]] = []
        self.begun: list[Mapping[str, Any]] = []
        self.ended: dict[int, Mapping[str, float | None]] = {}
        self.breaks_at = breaks_at

    def remembered(self) -> list[dict[str, Any]]:
        return self.trials

    def remember(self, trials: list[dict[str, Any]]) -> None:
        self.trials = trials

    def begin(self, number: int, parameters: Mapping[str, Any]) -> int:
        if number == self.breaks_at:
            raise KeyboardInterrupt
        self.begun.append(parameters)
        return number

    def end(self, counted: int, oof: Mapping[str, float | None], net: Sequence[float]) -> None:
        assert len(net) in (0, 4)
        self.ended[counted] = oof


@pytest.fixture(scope="module")
def made() -> list[samples.Sample]:
    return [samples.make(one, RULE, chosen()) for one in world(4, rows=120)]


def run(made: list[samples.Sample], memory: Memory, trials: int = 9) -> dict[str, Any]:
    return Search(made, learner("logistic"), memory, 3, {"penalty": 100.0}, 0.5).best(trials, done=lambda number: None)


def loss(made: list[samples.Sample], parameters: dict[str, Any]) -> float:
    blocks = list(fitting.inner(made, learner("logistic"), seed=3, parameters=parameters))
    return sum(b.predicted.log_loss(b.predicted.p) for b in blocks) / len(blocks)


@pytest.mark.lengthy
def test_the_best_trial_is_kept_and_each_is_counted(made: list[samples.Sample]) -> None:
    memory = Memory()
    found = run(made, memory)
    assert loss(made, found) < loss(made, {"penalty": 100.0}) - 0.05
    finished = [oof["log_loss"] for number, oof in memory.ended.items() if memory.trials[number]["state"] == "COMPLETE"]
    assert loss(made, found) == pytest.approx(min(finished))
    assert len(memory.begun) == len(memory.ended) == 9


@pytest.mark.slow
@pytest.mark.parametrize("after", [0, 3, 7])
def test_a_killed_search_goes_on_to_the_same_end(after: int, made: list[samples.Sample]) -> None:
    whole = Memory()
    expected = run(made, whole)
    broken = Memory(breaks_at=after)
    with pytest.raises(KeyboardInterrupt):
        run(made, broken)
    assert len(broken.trials) == after
    broken.breaks_at = 1000
    assert run(made, broken) == expected
    assert broken.trials == whole.trials
    assert len(broken.begun) == 9


@pytest.mark.lengthy
def test_a_hopeless_trial_is_given_up_and_still_counts(made: list[samples.Sample]) -> None:
    memory = Memory()
    run(made, memory, trials=14)
    given_up = [trial for trial in memory.trials if trial["state"] == "PRUNED"]
    assert given_up
    assert len(memory.ended) == 14
