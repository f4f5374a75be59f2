"""Folds equal those of a brute-force oracle, and no training label's span touches a test window."""
from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import comb

import numpy as np
import pytest

from qt_app.errors import DataError
from qt_app.splits.folds import Fold, combinatorial, walk_forward
from qt_app.splits.purge import Spans, purge

LAYOUTS = 1000


def touches(a: tuple[int, int], b: tuple[int, int], embargo: int) -> bool:
    """Instant by instant, in words: they share one, or a begins within the embargo after b."""
    return (a[0] <= b[1] and b[0] <= a[1]) or b[1] < a[0] <= b[1] + embargo


def kept_by_hand(train: Spans, test: Spans, embargo: int) -> list[bool]:
    return [not any(touches((int(a), int(b)), (int(c), int(d)), embargo) for c, d in test) for a, b in train]


def spans(rng: np.random.Generator, n: int) -> Spans:
    start = rng.integers(0, 60, n)
    return np.column_stack([start, start + rng.integers(0, 12, n)]).astype(np.int64)


def test_purging_equals_the_oracle_on_a_thousand_layouts() -> None:
    rng = np.random.default_rng(11)
    kept = 0
    for _ in range(LAYOUTS):
        train, test = spans(rng, int(rng.integers(0, 12))), spans(rng, int(rng.integers(0, 5)))
        embargo = int(rng.integers(0, 6))
        found = purge(train, test, embargo).tolist()
        assert found == kept_by_hand(train, test, embargo)
        kept += sum(found)
    assert kept > LAYOUTS    # the comparison was about something


def walk_by_hand(n: int, train: int, test: int, step: int, embargo: int) -> list[tuple[list[int], list[int]]]:
    out, first = [], 0
    while True:
        fit = [s for s in range(n) if first <= s < first + train]
        judge = [s for s in range(n) if first + train + embargo <= s < first + train + embargo + test]
        if len(fit) < train or len(judge) < test:
            return out
        out.append((fit, judge))
        first += step


def test_walk_forward_equals_the_oracle_on_a_thousand_layouts() -> None:
    rng = np.random.default_rng(12)
    made = 0
    for _ in range(LAYOUTS):
        n, train, test, step, embargo = (int(rng.integers(1, top)) for top in (25, 8, 5, 6, 4))
        embargo -= 1
        expected = walk_by_hand(n, train, test, step, embargo)
        if not expected:
            with pytest.raises(DataError, match="too few"):
                walk_forward(n, train, test, step, embargo)
            continue
        folds = walk_forward(n, train, test, step, embargo)
        assert [(list(f.train), list(f.test)) for f in folds] == expected
        assert len({f.name for f in folds}) == len(folds)
        made += len(folds)
    assert made > LAYOUTS


def combinations_by_hand(n: int, groups: int, tested: int, embargo: int) -> list[tuple[list[int], list[int]]]:
    size, larger = divmod(n, groups)
    group_of, at = {}, 0
    for group in range(groups):
        for _ in range(size + (group < larger)):
            group_of[at] = group
            at += 1
    out = []
    for choice in combinations(range(groups), tested):
        test = [s for s in range(n) if group_of[s] in choice]
        train = [s for s in range(n) if s not in test and not any(t < s <= t + embargo for t in test)]
        out.append((train, test))
    return out


def test_combinatorial_folds_equal_the_oracle_on_a_thousand_layouts() -> None:
    rng = np.random.default_rng(13)
    made = 0
    for _ in range(LAYOUTS):
        groups = int(rng.integers(2, 8))
        tested, n = int(rng.integers(1, groups)), groups + int(rng.integers(0, 12))
        embargo = int(rng.integers(0, 3))
        expected = combinations_by_hand(n, groups, tested, embargo)
        if not all(train for train, _ in expected):
            with pytest.raises(DataError, match="nothing to train on"):
                combinatorial(n, groups, tested, embargo)
            continue
        found = combinatorial(n, groups, tested, embargo)
        assert [(list(f.train), list(f.test)) for f in found.folds] == expected
        made += len(found.folds)
    assert made > LAYOUTS


@pytest.mark.parametrize(("n", "groups", "tested"), [(6, 6, 2), (23, 6, 2), (10, 5, 1), (12, 4, 3)])
def test_every_path_covers_every_session_once_and_no_prediction_is_used_twice(n: int, groups: int, tested: int) -> None:
    made = combinatorial(n, groups, tested)
    assert len(made.folds) == comb(groups, tested)
    assert len(made.paths) == comb(groups, tested) * tested // groups
    used = Counter((fold, group) for path in made.paths for group, fold in enumerate(path))
    assert set(used.values()) == {1}
    assert set(used) == {(fold, group) for fold, choice in enumerate(made.chosen) for group in choice}
    for path in made.paths:
        joined = [s for group, fold in enumerate(path) for s in made.groups[group] if s in made.folds[fold].test]
        assert joined == list(range(n))


@pytest.mark.slow
def test_no_training_labels_span_touches_a_test_window_on_a_thousand_layouts() -> None:
    """Sessions of several contracts that overlap in time, rows with labels that reach on, folds of either sort."""
    rng = np.random.default_rng(14)
    checked = 0
    for _ in range(LAYOUTS):
        n = int(rng.integers(6, 14))
        opened = np.sort(rng.integers(0, 12, n)) * 100
        windows = np.column_stack([opened, opened + rng.integers(20, 80, n)]).astype(np.int64)
        horizon, embargo = int(rng.integers(0, 60)), int(rng.integers(0, 120))
        windows[:, 1] += horizon
        folds = walk_forward(n, 3, 1) if rng.random() < 0.5 else combinatorial(n, 4, 2).folds
        for fold in folds:
            try:
                safe = fold.purged(windows, embargo)
            except DataError:
                assert not any(kept_by_hand(windows[list(fold.train)], windows[list(fold.test)], embargo))
                continue
            starts = np.concatenate([np.arange(windows[s, 0], windows[s, 1] - horizon + 1) for s in safe.train])
            for opens, closes in windows[list(safe.test)]:
                assert not ((starts <= closes) & (opens <= starts + horizon)).any()
                assert not ((closes < starts) & (starts <= closes + embargo)).any()
            assert set(fold.train) - set(safe.train) == {
                s for s, kept in zip(fold.train, kept_by_hand(windows[list(fold.train)], windows[list(fold.test)],
                                                              embargo), strict=True) if not kept}
            checked += len(starts)
    assert checked > LAYOUTS


@pytest.mark.parametrize("call", [lambda: walk_forward(9, 0, 1), lambda: walk_forward(9, 1, 1, 0),
                                  lambda: walk_forward(9, 1, 1, 1, -1), lambda: combinatorial(5, 6, 2),
                                  lambda: combinatorial(5, 3, 3), lambda: combinatorial(5, 3, 1, -1),
                                  lambda: combinatorial(0, 3, 1)])
def test_counts_that_make_no_fold_are_refused(call: object) -> None:
    with pytest.raises(DataError, match="give"):
        call()  # type: ignore[operator]


def test_sessions_of_one_day_never_stand_on_both_sides() -> None:
    day = np.array([[0, 10], [0, 10], [20, 30], [20, 30]], np.int64)
    assert Fold("f", (0, 2), (1,)).purged(day).train == (2,)
    assert Fold("f", (0, 2), (1,)).purged(day, 9).train == (2,)
    with pytest.raises(DataError, match="fold f: every training session"):
        Fold("f", (0, 2), (1,)).purged(day, 10)
