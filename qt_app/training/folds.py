"""One fold: fit on its training sessions, predict its test sessions, and say how well, beside the baselines."""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qt_app.splits.folds import Fold
from qt_app.training import figures, fitting, learners
from qt_app.training.equity import trade
from qt_app.training.fitting import Fitted
from qt_app.training.models import Floats, Learner, Parameters
from qt_app.training.order import TrainingOrder
from qt_app.training.rundir import Oof
from qt_app.training.samples import Sample, class_counts
from qt_app.training.search import Search
from qt_app.training.work import Pages, Work

BASELINE = "logistic"
#: Told how many trials and fits are finished.
Step = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Trainer:
    """Fits as ordered, counting everything. Each fit is ``order.trials`` + 1 steps."""

    order: TrainingOrder
    work: Work
    made: Sequence[Sample]
    digests: Sequence[str]      # of the sessions that ``made`` comes from
    step: Step

    @property
    def steps(self) -> int:
        return self.order.trials + 1

    def fit(self, sessions: Sequence[int], number: int) -> tuple[Fitted, Parameters]:
        """The training's fit of this number: the model of these sessions, and the parameters that a search gave it."""
        samples = [self.made[i] for i in sessions]
        order, learner = self.order, learners.learner(self.order.model)
        parameters = {**learner.defaults, **order.parameters}
        if order.trials:
            pages = Pages(self.work, str(number), order.model, tuple(self.digests[i] for i in sessions))
            search = Search(samples, learner, pages, order.seed, parameters, order.rule.cost_ticks)
            parameters = search.best(order.trials, lambda tried: self.step(number * self.steps + tried))
        return self._fit(samples, learner, parameters), parameters

    def fold(self, number: int, fold: Fold) -> tuple[dict[str, Any], Oof]:
        """What the fold says, and its predictions; from an earlier, killed run where that had finished it."""
        found = self.work.fold(number)
        if found is None:
            found = self._fold(number, fold)
            self.work.keep(number, *found)
        self.step((number + 1) * self.steps)
        return found

    def _fold(self, number: int, fold: Fold) -> tuple[dict[str, Any], Oof]:
        train, test = ([self.made[i] for i in part] for part in (fold.train, fold.test))
        fitted, parameters = self.fit(fold.train, number)
        p = [fitted.predict(sample.rows) for sample in test]
        labels = np.concatenate([sample.labels for sample in test])
        counts = class_counts(train)
        facts: dict[str, Any] = {
            "name": fold.name, "train": list(fold.train), "test": list(fold.test), "rows_train": int(counts.sum()),
            "rows_test": len(labels), "parameters": dict(parameters),
            **describe(fitted), **figures.scores(np.concatenate(p), labels, counts / counts.sum()),
            **money(test, p, fitted.threshold, self.order.rule.cost_ticks), **self._baseline(train, test),
        }
        return facts, _oof(number, fold, test, p)

    def _baseline(self, train: Sequence[Sample], test: Sequence[Sample]) -> dict[str, Any]:
        """The same figures of the straight line."""
        if self.order.model == BASELINE:
            return {}
        learner, cost = learners.learner(BASELINE), self.order.rule.cost_ticks
        fitted = self._fit(train, learner, learner.defaults)
        p = [fitted.predict(sample.rows) for sample in test]
        loss = figures.log_loss(np.concatenate(p), np.concatenate([sample.labels for sample in test]))
        return {"log_loss_logistic": loss, "net_ticks_logistic": money(test, p, fitted.threshold, cost)["net_ticks"]}

    def _fit(self, samples: Sequence[Sample], learner: Learner, parameters: Parameters) -> Fitted:
        return fitting.fit(samples, learner, seed=self.order.seed, parameters=parameters,
                           cost_ticks=self.order.rule.cost_ticks)


def describe(fitted: Fitted) -> Mapping[str, Any]:
    """What fitting chose."""
    return {"calibrator": fitted.calibrator.method, "threshold": fitted.threshold, "rounds": fitted.model.rounds,
            "importance": fitted.model.importance().tolist()}


def money(test: Sequence[Sample], p: Sequence[Floats], threshold: float, cost_ticks: float) -> dict[str, Any]:
    """Net ticks by session, round trips, and the share of them that won."""
    trades = [trade(sample, said, threshold, cost_ticks) for sample, said in zip(test, p, strict=True)]
    count = sum(len(one.row) for one in trades)
    won = sum(int((one.net > 0).sum()) for one in trades)
    return {"net_ticks": [float(one.net.sum()) for one in trades], "trades": count,
            "hit_rate": won / count if count else None}


def _oof(number: int, fold: Fold, test: Sequence[Sample], p: Sequence[Floats]) -> Oof:
    sizes = [len(sample) for sample in test]
    return Oof(
        session=np.repeat(np.array(fold.test, dtype=np.int32), sizes),
        ts_ns=np.concatenate([sample.ts_ns for sample in test]), fold=np.full(sum(sizes), number, dtype=np.int16),
        label=np.concatenate([sample.labels for sample in test]).astype(np.int8),
        weight=np.concatenate([sample.weights for sample in test]), p=np.concatenate(p))
