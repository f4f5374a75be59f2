from __future__ import annotations

from itertools import combinations
from math import isnan, log, sqrt

import numpy as np
import pytest

from qt_app.validation.selection import (
    deflate,
    expected_best,
    moments,
    overfitting_probability,
    probabilistic_sharpe,
    sharpe,
)


def test_the_worked_example_of_the_deflated_sharpe_paper() -> None:
    """Bailey and López de Prado (2014): 2.5 a year from 1250 days, 100 trials of variance 1/2 a year, skew -3,
    kurtosis 10: hurdle 0.1132, probability 0.9004; with 46 trials 0.9505; with normal returns 88 trials pass."""
    ratio = 2.5 / sqrt(250)
    hurdle = expected_best(100, 0.5 / 250)
    assert hurdle == pytest.approx(0.1132, abs=5e-5)
    assert probabilistic_sharpe(ratio, hurdle, 1250, -3.0, 10.0) == pytest.approx(0.9004, abs=5e-5)
    fewer = expected_best(46, 0.5 / 250)
    assert probabilistic_sharpe(ratio, fewer, 1250, -3.0, 10.0) == pytest.approx(0.9505, abs=5e-5)
    assert probabilistic_sharpe(ratio, expected_best(88, 0.5 / 250), 1250) == pytest.approx(0.9505, abs=1e-3)


def test_expected_best_is_near_the_mean_best_of_normal_draws() -> None:
    draws = np.random.default_rng(1).normal(size=(4000, 50)) * 0.3
    assert expected_best(50, 0.09) == pytest.approx(draws.max(axis=1).mean(), rel=0.02)
    assert expected_best(1, 0.09) == 0.0


def test_moments_are_the_populations() -> None:
    skew, kurtosis = moments(np.array([0.0, 0.0, 0.0, 4.0]))
    assert skew == pytest.approx(1.1547, abs=1e-4)
    assert kurtosis == pytest.approx(2.3333, abs=1e-4)


def test_probability_is_uniform_without_skill() -> None:
    random = np.random.default_rng(7)
    passed = [probabilistic_sharpe(sharpe(r), 0.0, len(r), *moments(r)) >= 0.95 for r in random.normal(size=(2000, 60))]
    assert 0.035 < np.mean(passed) < 0.065


def test_the_same_results_weigh_less_after_more_trials() -> None:
    results = np.random.default_rng(2).normal(0.4, 1.0, 60)
    few, many = deflate(results, 1, np.array([])), deflate(results, 500, np.array([]))
    assert few.hurdle == 0.0 < many.hurdle
    assert few.probability > 0.95 > many.probability


def test_the_variance_is_that_of_the_known_trials() -> None:
    results = np.random.default_rng(2).normal(0.4, 1.0, 60)
    others = np.array([0.1, np.nan, 0.5, 0.3])
    assert deflate(results, 4, others).hurdle == pytest.approx(expected_best(4, 0.04))
    assert deflate(results, 4, others[:1]).hurdle == pytest.approx(expected_best(4, 1 / 59))


def test_results_that_never_vary_have_no_ratio() -> None:
    assert isnan(deflate(np.zeros(20), 3, np.array([])).probability)
    assert isnan(sharpe(np.array([1.0])))


def slow_pbo(results: np.ndarray, blocks: int) -> float:
    parts = np.array_split(np.arange(len(results)), blocks)
    below = []
    for inside in combinations(range(blocks), blocks // 2):
        rows = np.concatenate([parts[b] for b in inside])
        rest = np.concatenate([parts[b] for b in range(blocks) if b not in inside])
        best = max(range(results.shape[1]), key=lambda n: sharpe(results[rows, n]))
        there = [sharpe(results[rest, n]) for n in range(results.shape[1])]
        rank = (sum(x < there[best] for x in there) + 1) / (len(there) + 1)
        below.append(log(rank / (1 - rank)) <= 0)
    return float(np.mean(below))


@pytest.mark.parametrize("seed", range(6))
def test_overfitting_equals_a_slow_loop(seed: int) -> None:
    random = np.random.default_rng(seed)
    results = random.normal(random.normal(0, 0.2, 7), 1.0, size=(int(random.integers(24, 50)), 7))
    assert overfitting_probability(results, 8) == pytest.approx(slow_pbo(results, 8), abs=1e-12)


@pytest.mark.lengthy
def test_overfitting_is_about_half_without_skill_and_nearly_none_with_one_true_edge() -> None:
    random = np.random.default_rng(4)
    noise = np.mean([overfitting_probability(random.normal(size=(64, 20)), 8) for _ in range(40)])
    edge = random.normal(size=(64, 20))
    edge[:, 3] += 1.0
    assert 0.4 < noise < 0.6
    assert overfitting_probability(edge, 8) < 0.01


def test_overfitting_of_one_configuration_or_too_few_sessions_is_unknown() -> None:
    assert isnan(overfitting_probability(np.ones((20, 1))))
    assert isnan(overfitting_probability(np.ones((3, 5))))


def test_configurations_without_trades_do_not_break_it() -> None:
    results = np.random.default_rng(4).normal(size=(32, 5))
    results[:, 2:] = 0.0
    assert 0.0 <= overfitting_probability(results, 8) <= 1.0
