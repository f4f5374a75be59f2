"""Walk-forward over a sweep: each fold takes the configuration that did best before, and is judged on what follows."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from qt_app.backtest.task import Day
from qt_app.splits.folds import Fold, walk_forward


@dataclass(frozen=True, slots=True)
class Step:
    """One fold: the configuration that it chose, by what it earned in the training days (BRL), and the test days."""

    fold: Fold
    chosen: int
    train_brl: float
    test: tuple[Day, ...]

    @property
    def test_brl(self) -> float:
        return sum(day.money.net_brl[0] for day in self.test)

    def as_json(self, names: Sequence[str]) -> dict[str, Any]:
        return {"name": self.fold.name, "train": [names[at] for at in self.fold.train],
                "test": [names[at] for at in self.fold.test], "configuration": self.chosen,
                "train_net_brl": self.train_brl, "test_net_brl": self.test_brl}


def walk(results: Mapping[int, Sequence[Day]], train: int, test: int) -> list[Step]:
    """``results``: the days of each configuration, each begun from nothing. Of equals the first one is chosen.

    Pessimistic fills choose, as they decide in the account. Raises DataError for too few days.
    """
    numbers = sorted(results)
    earned = np.array([[day.money.net_brl[0] for day in results[number]] for number in numbers])
    steps = []
    for fold in walk_forward(earned.shape[1], train, test):
        before = earned[:, list(fold.train)].sum(axis=1)
        best = int(before.argmax())
        days = tuple(results[numbers[best]][at] for at in fold.test)
        steps.append(Step(fold, numbers[best], float(before[best]), days))
    return steps
