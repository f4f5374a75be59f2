"""Hyper-parameters by optuna, judged on inner blocks of a fold's training sessions and counted one by one.

A search that was killed goes on as if it had not been: each trial draws from a sampler with a seed of its own, so what
it tries depends on the trials before it and on nothing else.
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import optuna
from optuna.distributions import distribution_to_json, json_to_distribution
from optuna.trial import FrozenTrial, TrialState, create_trial

from qt_app.training import fitting
from qt_app.training.equity import by_session, sharpe
from qt_app.training.fitting import Block
from qt_app.training.models import Floats, Learner, Parameters
from qt_app.training.samples import Sample

#: Trials before the sampler believes its own model, and before one is given up for being worse than half of them.
FIRST_GUESSES = 5


class Notebook(Protocol):
    """Where finished trials are kept, and where each is counted."""

    def remembered(self) -> list[dict[str, Any]]: ...

    def remember(self, trials: list[dict[str, Any]]) -> None: ...

    def begin(self, number: int, parameters: Mapping[str, Any]) -> int:
        """Counts a trial before it is fitted; returns its number in the ledger."""
        ...

    def end(self, counted: int, oof: Mapping[str, float | None], net: Sequence[float]) -> None:
        """``net`` is the result of each session; none of a trial that was given up."""
        ...


@dataclass(frozen=True, slots=True)
class Search:
    """A search for the point of the learner's space that does best on ``samples``, around ``parameters``."""

    samples: Sequence[Sample]
    learner: Learner
    notebook: Notebook
    seed: int
    parameters: Parameters
    cost_ticks: float

    def best(self, trials: int, done: Callable[[int], None]) -> dict[str, Any]:
        """``parameters`` with the best of so many points laid over them; ``done`` is told how many are finished."""
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        study = optuna.create_study(direction="minimize",
                                    pruner=optuna.pruners.MedianPruner(n_startup_trials=FIRST_GUESSES))
        for kept in self.notebook.remembered():
            study.add_trial(_thawed(kept))
        for number in range(len(study.trials), trials):
            done(number)
            study.sampler = optuna.samplers.TPESampler(seed=_seed(self.seed, number), n_startup_trials=FIRST_GUESSES)
            self._try(study, study.ask())
            self.notebook.remember([_frozen(one) for one in study.trials])
        return {**self.parameters, **study.best_params}

    def _try(self, study: optuna.Study, trial: optuna.Trial) -> None:
        """One point, block by block; given up as soon as half of the earlier ones were better at the same block."""
        point = {**self.parameters, **self.learner.suggest(trial)}
        counted = self.notebook.begin(trial.number, point)
        blocks: list[Block] = []
        for step, block in enumerate(fitting.inner(self.samples, self.learner, seed=self.seed, parameters=point)):
            blocks.append(block)
            trial.report(_loss(blocks), step)
            if trial.should_prune():
                self.notebook.end(counted, {"log_loss": _loss(blocks), "sharpe": None}, [])
                study.tell(trial, state=TrialState.PRUNED)
                return
        net = self._net(blocks)
        self.notebook.end(counted, {"log_loss": _loss(blocks), "sharpe": sharpe(net)}, net.tolist())
        study.tell(trial, _loss(blocks))

    def _net(self, blocks: Sequence[Block]) -> Floats:
        """Net ticks by session of the likeliest class, whatever its probability."""
        ordered = [p for block in blocks for p in block.by_session]
        return by_session(self.samples, ordered, 0.0, self.cost_ticks)


def _loss(blocks: Sequence[Block]) -> float:
    return float(np.mean([block.predicted.log_loss(block.predicted.p) for block in blocks]))


def _seed(seed: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, number]).generate_state(1)[0])


def _frozen(trial: FrozenTrial) -> dict[str, Any]:
    """A finished trial as JSON."""
    return {"state": trial.state.name, "value": trial.value, "params": trial.params,
            "steps": [[step, value] for step, value in trial.intermediate_values.items()],
            "space": {name: distribution_to_json(one) for name, one in trial.distributions.items()}}


def _thawed(kept: Mapping[str, Any]) -> FrozenTrial:
    return create_trial(
        state=TrialState[kept["state"]], value=kept["value"], params=kept["params"],
        intermediate_values={int(step): value for step, value in kept["steps"]},
        distributions={name: json_to_distribution(text) for name, text in kept["space"].items()})
