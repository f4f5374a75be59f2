from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("lightgbm")

from qt_app.analysis.permutation import Unseen, blocks, importances, label_rows
from qt_app.training.samples import Sample

NS = 1_000_000_000


def sample(seed: int, n: int = 200, *, wait_s: int = 10, span_s: int = 30) -> Sample:
    """Labels follow the first column exactly, the second is noise, the third repeats the first."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, 3, n)
    rows = np.column_stack([labels - 1.0, random.normal(size=n), labels - 1.0]).astype(np.float32)
    ts = np.arange(n) * wait_s * NS
    return Sample(ts, rows, labels, random.uniform(0.5, 1.0, n), ts + span_s * NS, np.zeros(n), np.zeros(n))


def reader(column: int, trust: float = 0.8) -> Callable[[NDArray[np.float32]], NDArray[np.float64]]:
    """A model that reads one column and puts ``trust`` on what it says."""
    def predict(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        p = np.full((len(rows), 3), (1.0 - trust) / 2.0)
        p[np.arange(len(rows)), (rows[:, column] + 1).astype(int)] = trust
        return p
    return predict


TESTED = (Unseen(reader(0), (2,), (sample(1),)), Unseen(reader(0), (3, 4), (sample(2), sample(3))))


@given(st.integers(1, 200), st.integers(1, 60), st.integers(0, 2**31))
def test_blocks_are_an_order_that_keeps_neighbours(rows: int, block: int, seed: int) -> None:
    order = blocks(rows, block, np.random.default_rng(seed))
    assert sorted(order.tolist()) == list(range(rows))
    breaks = int((np.diff(order) != 1).sum())
    assert breaks <= rows // block + 1


def test_a_column_is_worth_what_the_loss_grows_by_and_a_column_unread_nothing() -> None:
    read, unread, again = importances(TESTED, [(0,), (1,), (2,)], block=1, repeats=8, seed=1)
    assert unread.repeats.value == again.repeats.value == 0.0
    # A wrong row costs log(0.8 / 0.1); two of three rows are wrong once the values are drawn anew.
    assert read.repeats.value == pytest.approx(np.log(8.0) * 2 / 3, rel=0.1)
    assert read.repeats.low < read.repeats.value < read.repeats.high
    assert read.sessions.low <= read.repeats.value <= read.sessions.high
    assert read.sessions.value == pytest.approx(read.repeats.value, rel=1e-12)


def test_the_mean_over_repeats_is_that_of_a_slow_count() -> None:
    (found,) = importances(TESTED, [(0,)], block=7, repeats=3, seed=5)
    each = []
    for repeat in range(3):
        total = weight = 0.0
        for one in TESTED:
            random = np.random.default_rng([5, *one.sessions, repeat])
            for part in one.samples:
                order = blocks(len(part), 7, random)
                for row, other in enumerate(order):
                    changed = part.rows[row:row + 1].copy()
                    changed[0, 0] = part.rows[other, 0]
                    p = [one.predict(rows)[0, part.labels[row]] for rows in (part.rows[row:row + 1], changed)]
                    total += part.weights[row] * (np.log(p[0]) - np.log(p[1]))
                    weight += part.weights[row]
        each.append(total / weight)
    assert found.repeats.value == pytest.approx(np.mean(each), rel=1e-12)
    assert (found.repeats.high - found.repeats.value) == pytest.approx(
        4.302652729911275 * np.std(each, ddof=1) / np.sqrt(3), rel=1e-9)


def test_a_family_is_permuted_together() -> None:
    def both(rows: NDArray[np.float32]) -> NDArray[np.float64]:
        return (reader(0)(rows) + reader(2)(rows)) / 2
    tested = [Unseen(both, (1,), (sample(1),))]
    alone, other, together = importances(tested, [(0,), (2,), (0, 2)], block=1, repeats=5, seed=1)
    assert together.repeats.value > alone.repeats.value + other.repeats.value


def test_a_seed_gives_one_result_and_progress_is_told() -> None:
    told: list[int] = []
    one, same = (importances(TESTED, [(0,), (1,)], block=5, repeats=2, seed=3, step=told.append) for _ in range(2))
    assert one == same
    assert told == [1, 2, 3, 4] * 2


def test_one_repeat_or_one_session_claims_no_interval() -> None:
    (found,) = importances([TESTED[0]], [(0,)], block=5, repeats=1, seed=3)
    assert np.isnan([found.repeats.low, found.repeats.high, found.sessions.low]).all()


def test_a_block_is_as_long_as_a_label_within_a_tenth_of_the_session() -> None:
    assert label_rows([sample(1, span_s=35)]) == 4
    assert label_rows([sample(1, span_s=10_000)]) == 20
    assert label_rows([sample(1, n=1)]) == 1
