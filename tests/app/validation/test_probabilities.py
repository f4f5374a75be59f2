from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, log_loss, matthews_corrcoef

from qt_app.validation.bootstrap import mean_figure
from qt_app.validation.metrics import BINS, Scored, bins_of_equal_mass, gain, judge


def scored(n: int = 4000, sessions: int = 12, seed: int = 3) -> Scored:
    random = np.random.default_rng(seed)
    p = random.dirichlet([2.0, 3.0, 2.0], size=n)
    label = np.array([random.choice(3, p=row) for row in p])
    return Scored(np.sort(random.integers(0, sessions, n)), label, random.uniform(0.1, 1.0, n), p)


def test_figures_equal_scikit_learn_with_weights() -> None:
    s = scored()
    found, choice = judge(s, seed=1), s.p.argmax(axis=1)
    assert found["log_loss"].value == pytest.approx(log_loss(s.label, s.p, sample_weight=s.weight), abs=1e-12)
    assert found["balanced_accuracy"].value == pytest.approx(
        balanced_accuracy_score(s.label, choice, sample_weight=s.weight), abs=1e-12)
    assert found["mcc"].value == pytest.approx(matthews_corrcoef(s.label, choice, sample_weight=s.weight), abs=1e-12)
    assert found["brier"].value == pytest.approx(
        brier_score_loss(s.label, s.p, sample_weight=s.weight, labels=[0, 1, 2], scale_by_half=False), abs=1e-12)


def test_a_model_with_one_choice_is_not_correlated_with_anything() -> None:
    s = scored()
    still = Scored(s.session, s.label, s.weight, np.tile([0.2, 0.6, 0.2], (len(s.label), 1)))
    with np.errstate(all="raise"):
        found = judge(still, seed=1)["mcc"]
    assert (found.low, found.value, found.high) == (0.0, 0.0, 0.0)


def test_ece_equals_a_slow_loop() -> None:
    s = scored(600)
    total = 0.0
    for k in range(3):
        place = bins_of_equal_mass(s.p[:, k])
        for b in range(BINS):
            inside = place == b
            if inside.any():
                hit = np.average(s.label[inside] == k, weights=s.weight[inside])
                said = np.average(s.p[inside, k], weights=s.weight[inside])
                total += abs(hit - said) * s.weight[inside].sum() / s.weight.sum()
    assert judge(s, seed=1)["ece"].value == pytest.approx(total / 3, abs=1e-12)


@pytest.mark.lengthy
def test_calibrated_probabilities_have_a_small_ece_and_exaggerated_ones_do_not() -> None:
    s = scored(20_000)
    sharp = s.p**3 / (s.p**3).sum(axis=1, keepdims=True)
    honest = judge(s, seed=1)["ece"]
    assert honest.low < honest.value < min(honest.high, 0.015)
    assert judge(Scored(s.session, s.label, s.weight, sharp), seed=1)["ece"].low > 0.1


def test_bins_of_equal_mass_hold_equal_numbers_and_keep_equal_values_together() -> None:
    values = np.random.default_rng(1).permutation(np.arange(300.0))
    assert (np.bincount(bins_of_equal_mass(values)) == 300 // BINS).all()
    assert len(np.unique(bins_of_equal_mass(np.ones(50)))) == 1


def test_a_session_counts_as_one_observation_however_many_rows_it_has() -> None:
    s = scored(400, 10)
    often = Scored(np.repeat(s.session, 5), np.repeat(s.label, 5), np.repeat(s.weight, 5), np.repeat(s.p, 5, axis=0))
    assert judge(s, seed=9)["log_loss"].low == pytest.approx(judge(often, seed=9)["log_loss"].low, abs=1e-12)


@pytest.mark.lengthy
def test_interval_of_a_mean_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(5)
    inside = 0
    for seed in range(300):
        found = mean_figure(random.normal(2.0, 1.0, 40), seed=seed, draws=400)
        inside += found.low <= 2.0 <= found.high
    assert 0.90 < inside / 300 < 0.98


def test_the_same_seed_gives_the_same_interval() -> None:
    values = np.random.default_rng(5).normal(size=20)
    assert mean_figure(values, seed=4) == mean_figure(values, seed=4) != mean_figure(values, seed=5)


def test_one_session_has_a_value_and_no_interval() -> None:
    found = mean_figure(np.array([3.0]), seed=1)
    assert found.value == 3.0
    assert np.isnan([found.low, found.high]).all()


def test_gain_is_the_difference_of_two_log_losses() -> None:
    s = scored()
    constant = np.tile([0.25, 0.5, 0.25], (len(s), 1))
    difference = log_loss(s.label, constant, sample_weight=s.weight) - log_loss(s.label, s.p, sample_weight=s.weight)
    found = gain(s, constant, seed=2)
    assert found.value == pytest.approx(difference, abs=1e-12)
    assert found.low > 0
