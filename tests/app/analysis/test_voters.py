from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("scipy")

from scipy.stats import binomtest

from qt_app.analysis.results import Votes
from qt_app.analysis.voters import contribution, judge, wilson
from qt_app.dataset.session import Labels

NAN = float("nan")


def labels(label: list[int], *, resolved: list[bool] | None = None, weight: list[float] | None = None) -> Labels:
    n = len(label)
    found = np.array(label)
    long = np.select([found == 2, found == 0], [4.0, -6.0], -1.0)
    short = np.select([found == 0, found == 2], [5.0, -6.0], -1.0)
    return Labels(found, np.array(resolved or [True] * n), np.zeros(n, np.int64), long, short,
                  np.array(weight or [1.0] * n))


def said(*rows: tuple[float, float, float]) -> Votes:
    return Votes("x", np.array(rows), tuple("" if row[0] == row[0] else "STALE 5 s" for row in rows))


@pytest.mark.lengthy
@given(st.integers(0, 60), st.integers(1, 60))
def test_wilson_is_the_score_interval(hits: int, n: int) -> None:
    if hits > n:
        hits, n = n, hits
    want = binomtest(hits, n).proportion_ci(method="wilson")
    found = wilson(float(hits), float(n))
    assert (found.low, found.high) == (pytest.approx(want.low, abs=1e-9), pytest.approx(want.high, abs=1e-9))


def test_nothing_is_no_rate() -> None:
    assert np.isnan(wilson(0.0, 0.0).value)


def test_hits_count_sides_with_a_known_outcome_only() -> None:
    votes = said((0.1, 0.2, 0.7), (0.8, 0.1, 0.1), (0.2, 0.6, 0.2), (0.1, 0.1, 0.8), (NAN, NAN, NAN), (0.0, 0.4, 0.6))
    found = judge(votes, labels([2, 2, 1, 0, 1, 2], resolved=[True, True, True, True, True, False],
                                weight=[0.5, 1.0, 1.0, 0.25, 1.0, 1.0]))
    assert (found.instants, found.votes, found.sided) == (6, 5, 3)
    assert found.hits.value == pytest.approx(1 / 3)
    assert found.effective.n == pytest.approx(1.75)
    assert found.effective.value == pytest.approx(0.5 / 1.75)
    assert found.opposite == pytest.approx(2 / 3)
    # Known outcomes: 2 buys, 2 holds, 1 sell of five; sides voted: buy, sell, buy.
    assert found.base == pytest.approx((0.4 + 0.2 + 0.4) / 3)
    assert found.abstentions == {"STALE": 1}


def test_scores_are_weighted_and_stand_beside_the_class_shares() -> None:
    votes = said((0.0, 0.0, 1.0), (0.5, 0.5, 0.0))
    scores = judge(votes, labels([2, 1], weight=[1.0, 3.0])).scores
    assert scores is not None
    assert scores.brier == pytest.approx(0.75 * 0.5)
    assert scores.log_loss == pytest.approx(0.75 * np.log(2.0))
    assert scores.log_loss_constant == pytest.approx(-(0.25 * np.log(0.25) + 0.75 * np.log(0.75)))
    assert scores.brier_constant == pytest.approx(0.25 * (0.75**2 * 2) + 0.75 * (0.25**2 * 2))


def test_a_voter_that_never_speaks_has_no_figures() -> None:
    found = judge(said((NAN, NAN, NAN)), labels([2]))
    assert (found.votes, found.scores, found.ece, found.bins, found.base) == (0, None, None, (), None)


def test_calibration_compares_what_was_told_with_what_came() -> None:
    random = np.random.default_rng(2)
    told = random.uniform(0.5, 1.0, 20_000)
    came = random.random(20_000) < told
    rows = np.column_stack([np.zeros(20_000), 1.0 - told, told])
    label = np.where(came, 2, 1)
    good = judge(Votes("x", rows, ("",) * 20_000), labels(label.tolist()))
    assert good.ece == pytest.approx(0.0, abs=0.02)
    assert sum(one.count for one in good.bins) == 20_000
    boasting = np.column_stack([np.zeros(20_000), np.full(20_000, 0.1), np.full(20_000, 0.9)])
    assert judge(Votes("x", boasting, ("",) * 20_000), labels(label.tolist())).ece == pytest.approx(0.15, abs=0.02)


def actions(*values: int) -> NDArray[np.int64]:
    return np.array(values)


def test_a_contribution_counts_changes_and_what_they_earned() -> None:
    with_it, without = actions(2, 1, 0, 2, 2), actions(1, 0, 2, 2, 1)
    found = contribution("x", with_it, without, labels([2, 1, 0, 0, 2], resolved=[True, True, True, True, False]),
                         np.full(5, 0.5))
    assert (found.changed, found.into_trade, found.into_hold, found.to_other_side) == (4, 2, 1, 1)
    assert (found.better, found.worse) == (3, 0)
    # bought a buy: +3.5; waited instead of selling a hold: +1.5; sold a sell instead of buying it: 4.5 + 6.5.
    assert found.ticks == pytest.approx(3.5 + 1.5 + 11.0)
