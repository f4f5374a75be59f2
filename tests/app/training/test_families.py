from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("scipy")

from scipy.stats import spearmanr

from qt_app.training.families import families, rank_correlation


def test_one_session_is_spearman_s_correlation() -> None:
    rows = np.random.default_rng(3).normal(size=(200, 4))
    rows[:, 3] = np.round(rows[:, 0])        # ties
    assert rank_correlation([rows]) == pytest.approx(spearmanr(rows).statistic, abs=1e-12)


def test_levels_that_differ_from_day_to_day_make_no_correlation() -> None:
    random = np.random.default_rng(4)
    days = [random.normal(size=(300, 2)) + 100.0 * day for day in range(4)]
    assert abs(spearmanr(np.concatenate(days)).statistic) > 0.9
    assert abs(rank_correlation(days)[0, 1]) < 0.1


def test_a_column_that_never_moves_is_alone() -> None:
    rows = np.random.default_rng(5).normal(size=(50, 2))
    found = rank_correlation([np.column_stack([rows, np.ones(50)])])
    assert found[2].tolist() == [0.0, 0.0, 1.0]


def test_columns_that_move_together_either_way_are_a_family() -> None:
    random = np.random.default_rng(6)
    a, b, lonely = random.normal(size=(3, 400))
    rows = np.column_stack([a, b, -a + 0.1 * random.normal(size=400), lonely, b + 0.1 * random.normal(size=400),
                            a + 0.05 * random.normal(size=400)])
    found = families(rank_correlation([rows]))
    assert [family.members for family in found] == [(0, 2, 5), (1, 4), (3,)]
    assert found[0].head == 0


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(0, 99))
def test_families_part_the_columns(width: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = random.normal(size=(40, width)) @ random.normal(size=(width, width))
    found = families(rank_correlation([rows, rows[::-1]]))
    assert sorted(at for family in found for at in family.members) == list(range(width))
    assert all(family.head in family.members for family in found)
    assert [family.members[0] for family in found] == sorted(family.members[0] for family in found)
