from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("lightgbm")

from app.training.training_kit import RULE, SIGNAL, world

from qt_app.analysis.shap import evenly, shap_values
from qt_app.training import fitting, samples
from qt_app.training.inputs import chosen
from qt_app.training.learners import learner


@pytest.mark.lengthy
@pytest.mark.parametrize("name", ["lightgbm", "logistic"])
def test_the_signal_moves_the_scores_most_and_towards_buying(name: str) -> None:
    made = [samples.make(one, RULE, chosen()) for one in world(3, rows=200, edge=3.0)]
    fitted = fitting.fit(made[:2], learner(name), seed=1, parameters={"rounds": 20, "min_data_in_leaf": 20},
                         cost_ticks=RULE.cost_ticks)
    found = shap_values([fitted], [made[2].rows])
    assert int(found.size.argmax()) == SIGNAL
    assert found.size == pytest.approx(np.abs(fitted.contributions(made[2].rows)).mean(axis=0).sum(axis=1))
    assert found.by_class.sum(axis=1) == pytest.approx(found.size)
    assert found.direction[SIGNAL] > 0.9


def test_rows_are_taken_evenly() -> None:
    rows = np.arange(10.0).reshape(-1, 1).astype(np.float32)
    assert evenly(rows, 4)[:, 0].tolist() == [0.0, 3.0, 6.0, 9.0]
    assert len(evenly(rows, 100)) == 10
