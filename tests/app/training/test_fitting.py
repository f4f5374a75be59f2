"""All of a fold's fitting sees its training sessions only, and ends with probabilities that can be trusted."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightgbm")

from app.training.training_kit import RULE, SIGNAL, world

from qt_app.training import fitting, samples
from qt_app.training.equity import by_session
from qt_app.training.inputs import chosen
from qt_app.training.learners import LEARNERS, learner

INPUTS = chosen()
SMALL = {"lightgbm": {"min_data_in_leaf": 20, "rounds": 40}, "logistic": {}}


def made(count: int, **options: float) -> list[samples.Sample]:
    return [samples.make(one, RULE, INPUTS) for one in world(count, **options)]


@pytest.fixture(scope="module", params=list(LEARNERS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def fitted(name: str) -> fitting.Fitted:
    return fitting.fit(made(5), learner(name), seed=1, parameters=SMALL[name], cost_ticks=RULE.cost_ticks)


@pytest.mark.lengthy
def test_a_planted_signal_is_found_and_pays(fitted: fitting.Fitted) -> None:
    unseen = made(8)[5:]
    p = [fitted.predict(s.rows) for s in unseen]
    labels = np.concatenate([s.labels for s in unseen])
    loss = -np.log(np.concatenate(p)[np.arange(len(labels)), labels]).mean()
    shares = np.bincount(labels) / len(labels)
    assert loss < -np.log(shares[labels]).mean() - 0.1
    assert fitted.model.importance().argmax() == SIGNAL
    assert fitted.threshold < 1.0
    assert by_session(unseen, p, fitted.threshold, RULE.cost_ticks).min() > 0.0


@pytest.mark.lengthy
def test_probabilities_come_true_as_often_as_they_say(fitted: fitting.Fitted) -> None:
    unseen = made(20)[5:]
    p = np.concatenate([fitted.predict(s.rows) for s in unseen])
    labels = np.concatenate([s.labels for s in unseen])
    for i in range(3):
        assert p[:, i].mean() == pytest.approx((labels == i).mean(), abs=0.05)


@pytest.mark.lengthy
def test_a_fitted_run_comes_back(name: str, fitted: fitting.Fitted, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    back = fitting.load(tmp_path, name, fitted.threshold)
    rows = made(1)[0].rows
    assert np.array_equal(back.predict(rows), fitted.predict(rows))


@pytest.mark.lengthy
def test_a_seed_gives_one_result(name: str, fitted: fitting.Fitted) -> None:
    again = fitting.fit(made(5), learner(name), seed=1, parameters=SMALL[name], cost_ticks=RULE.cost_ticks)
    rows = made(1)[0].rows
    assert np.array_equal(again.predict(rows), fitted.predict(rows))
    assert again.threshold == fitted.threshold


@pytest.mark.lengthy
def test_inner_blocks_cover_each_session_once_and_never_see_it(name: str) -> None:
    seen: list[list[float]] = []

    class Spy:
        scaled, defaults = False, {}
        name = "spy"

        def fit(self, part, valid, seed, parameters):  # type: ignore[no-untyped-def]
            seen.append([part.rows[0, 0], *([] if valid is None else [len(valid)])])
            assert valid is None or not set(valid.rows[:, 0]) & set(part.rows[:, 0])
            return learner("logistic").fit(part, valid, seed, {})

    parts = made(6)
    blocks = list(fitting.inner(parts, Spy(), seed=1, parameters={}))
    assert len(blocks) == fitting.INNER_BLOCKS
    assert [len(p) for block in blocks for p in block.by_session] == [len(s) for s in parts]


@pytest.mark.lengthy
def test_pure_noise_trades_nothing_or_little(name: str) -> None:
    noise = made(6, edge=0.0)
    fitted = fitting.fit(noise[:4], learner(name), seed=1, parameters=SMALL[name], cost_ticks=RULE.cost_ticks)
    labels = np.concatenate([s.labels for s in noise[4:]])
    p = np.concatenate([fitted.predict(s.rows) for s in noise[4:]])
    shares = np.bincount(labels) / len(labels)
    assert -np.log(p[np.arange(len(labels)), labels]).mean() > -np.log(shares[labels]).mean() - 0.02
