"""The population stability index against its definition, and what it says of equal and of moved inputs."""
from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.inference.drift import LEAST, indices, psi, reference_of, shares


def slow_psi(trained: list[float], served: list[float], edges: list[float]) -> float:
    def share(values: list[float], low: float, high: float) -> float:
        return max(sum(low < value <= high for value in values) / len(values), LEAST)

    bounds = [-math.inf, *edges, math.inf]
    pairs = [(share(trained, a, b), share(served, a, b)) for a, b in pairwise(bounds)]
    return sum((q - p) * math.log(q / p) for p, q in pairs)


@pytest.mark.lengthy
@given(st.lists(st.integers(-5, 5), min_size=5, max_size=60), st.lists(st.integers(-5, 5), min_size=5, max_size=60))
def test_the_index_is_its_definition(trained: list[int], served: list[int]) -> None:
    column = np.array(trained, dtype=np.float64)[:, None]
    reference = reference_of(column)
    found = indices(reference, np.array(served, dtype=np.float64)[:, None])
    assert found[0] == pytest.approx(slow_psi(trained, served, reference["edges"][0]), abs=1e-9)
    assert found[0] >= 0.0


def test_the_same_rows_have_none_and_moved_ones_much() -> None:
    rows = np.random.default_rng(0).normal(size=(5000, 2))
    reference = reference_of(rows)
    assert indices(reference, rows) == pytest.approx([0.0, 0.0], abs=1e-12)
    moved = indices(reference, rows + np.array([0.0, 2.0]))
    assert moved[0] < 0.01 and moved[1] > 2.0


def test_an_input_that_hardly_moves_keeps_its_few_bins() -> None:
    reference = reference_of(np.array([[0.0], [0.0], [0.0], [0.0], [1.0]]))
    assert sum(reference["shares"][0]) == pytest.approx(1.0)
    assert indices(reference, np.zeros((10, 1)))[0] < indices(reference, np.ones((10, 1)))[0]


def test_shares_are_of_all_values() -> None:
    assert shares(np.array([1.0, 2.0, 2.0, 9.0]), [2.0]).tolist() == [0.75, 0.25]
    assert psi(np.array([0.5, 0.5]), np.array([0.5, 0.5])) == 0.0
