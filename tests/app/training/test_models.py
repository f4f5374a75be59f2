"""Both models: what scikit-learn finds, the same for a seed, saved as text and read back exactly."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightgbm")

from sklearn.linear_model import LogisticRegression

from qt_app.errors import ConfigError, DataError
from qt_app.training import scaling, softmax
from qt_app.training.learners import LEARNERS, learner
from qt_app.training.models import Part
from qt_app.training.scaling import Scaler

SMALL = {"lightgbm": {"min_data_in_leaf": 20, "rounds": 30}, "logistic": {}}


@pytest.fixture(scope="module")
def part() -> Part:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(1500, 5)).astype(np.float32)
    labels = np.digitize(rows[:, 0] - 0.5 * rows[:, 3] + rng.normal(size=1500), [-0.7, 0.7])
    return Part(rows, labels, rng.uniform(0.1, 1.0, 1500))


def test_softmax_regression_equals_scikit_learn(part: Part) -> None:
    x = part.rows.astype(np.float64)
    own = softmax.fit(x, part.labels, part.weights, penalty=0.01)
    # Its objective is C · sum of losses + ‖w‖² / 2; ours divides by the weights' sum.
    other = LogisticRegression(C=1 / (0.01 * part.weights.sum()), tol=1e-10, max_iter=5000)
    other.fit(x, part.labels, sample_weight=part.weights)
    assert np.abs(own.predict(x) - other.predict_proba(x)).max() < 1e-5


def test_softmax_regression_keeps_three_classes_when_one_is_absent(part: Part) -> None:
    labels = np.where(part.labels == 2, 1, part.labels)
    x = part.rows.astype(np.float64)
    p = softmax.fit(x, labels, part.weights, penalty=0.01).predict(x)
    assert p.shape == (1500, 3)
    assert p[:, 2].max() < 1e-3


def test_softmax_is_safe_for_large_scores() -> None:
    assert softmax.softmax(np.array([[1e4, 0.0, -1e4]])).tolist() == [[1.0, 0.0, 0.0]]


@pytest.mark.parametrize("name", LEARNERS)
def test_a_model_is_better_than_the_class_shares(name: str, part: Part) -> None:
    model = learner(name).fit(part, None, 1, SMALL[name])
    p = model.predict(part.rows)
    assert np.allclose(p.sum(axis=1), 1.0)
    shares = np.bincount(part.labels) / len(part)
    own = np.log(p[np.arange(len(part)), part.labels]).mean()
    assert own > np.log(shares[part.labels]).mean() + 0.1
    assert model.importance().sum() == pytest.approx(1.0)
    assert model.importance().argmax() == 0


@pytest.mark.parametrize("name", LEARNERS)
def test_a_model_comes_back_from_its_text(name: str, part: Part, tmp_path: Path) -> None:
    model = learner(name).fit(part, None, 1, SMALL[name])
    model.save(tmp_path)
    assert np.array_equal(learner(name).load(tmp_path).predict(part.rows), model.predict(part.rows))


@pytest.mark.lengthy
@pytest.mark.parametrize("name", LEARNERS)
def test_contributions_add_up_to_the_scores(name: str, part: Part) -> None:
    """Every row's scores, seen from one class, are the sum of its contributions and one constant."""
    model = learner(name).fit(part, None, 1, SMALL[name])
    told = model.contributions(part.rows)
    assert told.shape == (*part.rows.shape, 3)
    scores = np.log(model.predict(part.rows)) - told.sum(axis=1)
    beside = scores[:, 1:] - scores[:, :1]
    assert np.ptp(beside, axis=0).max() < 1e-5


@pytest.mark.parametrize("name", LEARNERS)
def test_a_seed_gives_one_model(name: str, part: Part) -> None:
    one, same = (learner(name).fit(part, part, 7, SMALL[name]).predict(part.rows) for _ in range(2))
    assert np.array_equal(one, same)


@pytest.mark.parametrize("name", LEARNERS)
def test_a_damaged_model_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train again"):
        learner(name).load(tmp_path)
    for file in ("trees.txt", "linear.json"):
        (tmp_path / file).write_text("[]")
    with pytest.raises(DataError, match="train again"):
        learner(name).load(tmp_path)


def test_trees_stop_early(part: Part) -> None:
    rng = np.random.default_rng(1)
    noise = Part(rng.normal(size=(600, 5)).astype(np.float32), rng.integers(0, 3, 600), np.ones(600))
    model = learner("lightgbm").fit(part, noise, 1, {**SMALL["lightgbm"], "rounds": 200, "patience": 5})
    assert 1 <= model.rounds < 50


def test_weights_count(part: Part) -> None:
    sure = Part(part.rows, part.labels, np.where(part.labels == 2, 10.0, 0.01))
    for name in LEARNERS:
        p = learner(name).fit(sure, None, 1, SMALL[name]).predict(part.rows)
        assert p[:, 2].mean() > 0.9


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ConfigError, match="lightgbm or logistic"):
        learner("oracle")


def test_scaling_is_bounded_and_comes_back(part: Part, tmp_path: Path) -> None:
    scaler = Scaler.fit(part.rows)
    scaled = scaler.apply(part.rows)
    assert np.abs(scaled.mean(axis=0)).max() < 1e-5
    assert np.abs(scaled.std(axis=0) - 1).max() < 1e-3
    wild = np.array([[np.inf, -np.inf, 3e38, np.nan, 0.0]], dtype=np.float32)
    assert scaler.apply(wild)[0, :3].tolist() == [8.0, -8.0, 8.0]
    scaling.save(tmp_path, scaler)
    assert np.array_equal(scaling.load(tmp_path).apply(part.rows), scaled)
    scaling.save(tmp_path, None)
    assert scaling.load(tmp_path) is None


def test_a_constant_input_is_scaled_to_nothing() -> None:
    rows = np.full((10, 1), 3.25, np.float32)
    assert not Scaler.fit(rows).apply(rows).any()
