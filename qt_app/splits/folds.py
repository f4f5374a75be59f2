"""Folds of whole sessions in the order of time: walk-forward, and combinatorial purged cross-validation.

Own code on purpose: skfolio's combinatorial splitter counts single rows, which would cut a session in two, and brings
cvxpy and plotly along; scikit-learn's has neither embargo nor paths. Sessions are named by their index 0 ... n - 1.
"""
from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

from qt_app.errors import DataError
from qt_app.splits.purge import Spans, purge


@dataclass(frozen=True, slots=True)
class Fold:
    """Sessions to fit on and sessions to judge on, ascending, none in both."""

    name: str
    train: tuple[int, ...]
    test: tuple[int, ...]

    def purged(self, windows: Spans, embargo_ns: int = 0) -> Fold:
        """Without the training sessions whose window touches a test session's, or opens within the embargo after one.

        ``windows`` (n, 2): per session its first instant and the end of its last label, UTC ns. Two contracts of one
        day are such sessions, whatever their index says. Raises DataError when no training session is left.
        """
        train = np.array(self.train, dtype=np.int64)
        kept = tuple(train[purge(windows[train], windows[list(self.test)], embargo_ns)].tolist())
        if not kept:
            raise DataError(f"fold {self.name}: every training session lies in a test session's time; give more days")
        return Fold(self.name, kept, self.test)


def walk_forward(n: int, train: int, test: int, step: int | None = None, embargo: int = 0) -> list[Fold]:
    """Fit on ``train`` sessions, leave out ``embargo``, judge on the ``test`` that follow; then ``step`` further on.

    ``step`` defaults to ``test``, so that every session is judged at most once. Sessions after the last whole fold
    are left out. Raises DataError for fewer sessions than one fold needs, or counts that make no fold.
    """
    step = test if step is None else step
    _positive(sessions=n, train=train, test=test, step=step)
    _not_negative(embargo=embargo)
    need = train + embargo + test
    if n < need:
        raise DataError(f"{n} sessions are too few: a fold needs {need} ({train} to train on, {embargo} between, "
                        f"{test} to test on); record more days or make the fold smaller")
    starts = range(0, n - need + 1, step)
    return [Fold(f"walk-{at + 1}", tuple(range(first, first + train)), tuple(range(first + need - test, first + need)))
            for at, first in enumerate(starts)]


@dataclass(frozen=True, slots=True)
class Combinatorial:
    """Every choice of test groups, and the backtest paths that their predictions join to.

    ``groups``: the sessions of each group, in order. ``chosen[f]``: the test groups of fold f. ``paths[p][g]``: the
    fold whose predictions path p takes for group g; each (fold, test group) belongs to exactly one path, so every path
    covers every session once, out of sample.
    """

    groups: tuple[tuple[int, ...], ...]
    folds: tuple[Fold, ...]
    chosen: tuple[tuple[int, ...], ...]
    paths: tuple[tuple[int, ...], ...]


def combinatorial(n: int, groups: int, test_groups: int, embargo: int = 0) -> Combinatorial:
    """López de Prado (2018), chapter 12: C(N, k) folds of N groups of successive sessions, k of them for the test.

    Sessions within ``embargo`` after a test group are not trained on. Groups differ by one session at most, the larger
    ones first. Paths: k / N x C(N, k). Raises DataError for counts that leave a fold nothing to train on.
    """
    _positive(sessions=n, groups=groups, test_groups=test_groups)
    _not_negative(embargo=embargo)
    if not test_groups < groups <= n:
        raise DataError(f"{n} sessions in {groups} groups, {test_groups} of them for the test: give fewer test groups "
                        "than groups, and no more groups than sessions")
    parts = tuple(tuple(part.tolist()) for part in np.array_split(np.arange(n), groups))
    chosen = tuple(combinations(range(groups), test_groups))
    folds = tuple(_chosen_fold(parts, choice, embargo) for choice in chosen)
    return Combinatorial(parts, folds, chosen, _paths(groups, chosen))


def _chosen_fold(parts: tuple[tuple[int, ...], ...], choice: tuple[int, ...], embargo: int) -> Fold:
    name = "groups-" + "-".join(str(group + 1) for group in choice)
    test = tuple(session for group in choice for session in parts[group])
    near = {session + after for session in test for after in range(embargo + 1)}
    train = tuple(session for part in parts for session in part if session not in near)
    if not train:
        raise DataError(f"fold {name}: an embargo of {embargo} sessions leaves nothing to train on; give more sessions")
    return Fold(name, train, test)


def _paths(groups: int, chosen: tuple[tuple[int, ...], ...]) -> tuple[tuple[int, ...], ...]:
    """The p-th path takes each group from the p-th fold that tests it."""
    tested = [[fold for fold, choice in enumerate(chosen) if group in choice] for group in range(groups)]
    count = comb(groups - 1, len(chosen[0]) - 1)
    return tuple(tuple(tested[group][path] for group in range(groups)) for path in range(count))


def _positive(**counts: int) -> None:
    for name, count in counts.items():
        if count < 1:
            raise DataError(f"{name.replace('_', ' ')}: {count} is not a positive number; give 1 or more")


def _not_negative(**counts: int) -> None:
    for name, count in counts.items():
        if count < 0:
            raise DataError(f"{name}: {count} is negative; give 0 or more")
