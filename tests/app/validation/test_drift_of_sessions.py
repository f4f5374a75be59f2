from __future__ import annotations

from math import isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.validation.drift import LIMIT, MOST, counts, drifts, own_limit, psi


def sessions(shift: float, count: int, seed: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.normal([0.0, shift], 1.0, size=(400, 2)) for _ in range(count)]


EDGES = [np.quantile(np.random.default_rng(0).normal(size=9999), np.arange(1, 10) / 10).tolist()] * 2


def test_psi_of_a_hand_made_pair() -> None:
    assert psi(np.array([50.0, 50.0]), np.array([25.0, 75.0])) == pytest.approx(
        (0.25 - 0.5) * log(0.25 / 0.5) + (0.75 - 0.5) * log(0.75 / 0.5))


@pytest.mark.lengthy
@given(st.lists(st.integers(0, 1000), min_size=2, max_size=12).filter(any), st.integers(1, 50))
def test_psi_is_zero_for_equal_shares_and_never_negative(made: list[int], times: int) -> None:
    values = np.array(made, dtype=float)
    assert psi(values, values * times) == pytest.approx(0.0, abs=1e-9)
    assert psi(values, values[::-1]) >= 0.0


def test_only_the_shifted_input_has_drifted() -> None:
    found = drifts(["a", "b"], EDGES, sessions(0.0, 10, 1), sessions(1.0, 3, 2))
    assert [d.drifted for d in found] == [False, True]
    assert found[0].psi < 0.1


def test_inputs_that_differ_from_day_to_day_have_a_wider_limit() -> None:
    random = np.random.default_rng(3)
    training = [random.normal(random.normal(0, 1.5), 1.0, size=(400, 1)) for _ in range(12)]
    recent = [random.normal(0.8, 1.0, size=(400, 1))]
    found = drifts(["a"], EDGES[:1], training, recent)[0]
    assert found.psi > LIMIT
    assert not found.drifted


def test_no_limit_lets_through_what_hardly_overlaps() -> None:
    random = np.random.default_rng(4)
    training = [random.normal(random.normal(0, 9.0), 0.5, size=(200, 1)) for _ in range(6)]
    by_session = np.stack([counts(rows[:, 0], EDGES[0]) for rows in training])
    assert own_limit(by_session, 1) == own_limit(np.eye(6) * 200, 1) == MOST
    assert psi(np.full(11, 20.0), np.append(np.zeros(10), 220.0)) > MOST


def test_missing_values_are_a_bin_of_their_own() -> None:
    assert counts(np.array([np.nan, 1.0, 3.0, np.nan]), [2.0]).tolist() == [1.0, 1.0, 2.0]
    whole, holes = sessions(0.0, 6, 1), sessions(0.0, 3, 2)
    for rows in holes:
        rows[::2, 0] = np.nan
    assert [d.drifted for d in drifts(["a", "b"], EDGES, whole, holes)] == [True, False]


def test_nothing_to_compare_is_unknown_and_no_drift() -> None:
    assert isnan(psi(np.zeros(3), np.ones(3)))
    assert own_limit(np.ones((1, 3)), 1) == LIMIT
