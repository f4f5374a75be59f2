"""Permutation importance: how much worse the out-of-sample log-loss gets when a column's values change places.

Breiman (2001), "Random forests", section 10, with one change: values change places in blocks of neighbours within
their own session, because rows one after the other are not exchangeable, nor are those of two days. The same blocks
change places for every column, so columns are compared on equal terms.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from qt_app.training.models import Floats, Ints, Rows
from qt_app.training.samples import Sample
from qt_app.validation.bootstrap import Figure, figure, ratio
from qt_app.validation.metrics import log_losses

Predict = Callable[[Rows], Floats]

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Unseen:
    """A model and the sessions that it never saw; ``sessions`` are their numbers in the run."""

    predict: Predict
    sessions: tuple[int, ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class Importance:
    """Nats of log-loss that a column, or a family of them, is worth.

    ``repeats``: mean and interval over the repeats, what chance in the permutation leaves open; ``sessions``: the same
    mean with the interval over resampled sessions, what other days might have said.
    """

    repeats: Figure
    sessions: Figure


def importances(tested: Sequence[Unseen], groups: Sequence[Sequence[int]], *, block: int, repeats: int, seed: int,
                step: Callable[[int], None] | None = None) -> list[Importance]:
    """One Importance per group of columns that are permuted together.

    ``block`` rows stay together. ``step`` is told how many of ``len(tested) * len(groups)`` pieces are done.
    """
    names = sorted({session for one in tested for session in one.sessions})
    worse = np.zeros((len(groups), repeats, len(names)))
    weight = np.zeros(len(names))
    done = 0
    for one in tested:
        rows = np.concatenate([sample.rows for sample in one.samples])
        place = np.repeat([names.index(number) for number in one.sessions], [len(sample) for sample in one.samples])
        base = _losses(one, rows)
        weight += np.bincount(place, weights=_weights(one), minlength=len(names))
        orders = [_order(one, block, [seed, *one.sessions, repeat]) for repeat in range(repeats)]
        for at, group in enumerate(groups):
            for repeat, order in enumerate(orders):
                changed = _losses(one, _permuted(rows, group, order)) - base
                worse[at, repeat] += np.bincount(place, weights=changed * _weights(one), minlength=len(names))
            done += 1
            if step is not None:
                step(done)
    return [_importance(sums, weight, seed) for sums in worse]


def blocks(rows: int, block: int, random: np.random.Generator) -> Ints:
    """An order of the rows in which runs of ``block`` neighbours stay together; the first run may be shorter."""
    cuts = np.arange(int(random.integers(1, block + 1)), rows, block)
    pieces = np.split(np.arange(rows), cuts)
    return np.concatenate([pieces[at] for at in random.permutation(len(pieces))]).astype(np.int64)


def label_rows(samples: Sequence[Sample]) -> int:
    """How many rows the median label spans, since neighbours within it know the same outcome; a tenth of a session at
    most."""
    spans = np.concatenate([sample.end_ns - sample.ts_ns for sample in samples])
    waits = np.concatenate([np.diff(sample.ts_ns) for sample in samples])
    rows = int(np.ceil(np.median(spans) / max(float(np.median(waits)), 1.0))) if len(waits) else 1
    shortest = min(len(sample) for sample in samples)
    return max(1, min(rows, shortest // 10))


def _order(one: Unseen, block: int, seed: Sequence[int]) -> Ints:
    """Rows of all the tested sessions, each session's in a new order of its own."""
    random = np.random.default_rng(list(seed))
    starts = np.cumsum([0, *(len(sample) for sample in one.samples[:-1])])
    return np.concatenate([start + blocks(len(sample), block, random)
                           for start, sample in zip(starts, one.samples, strict=True)])


def _permuted(rows: Rows, group: Sequence[int], order: Ints) -> Rows:
    changed = rows.copy()
    columns = list(group)
    changed[:, columns] = rows[order][:, columns]
    return changed


def _losses(one: Unseen, rows: Rows) -> Floats:
    return log_losses(one.predict(rows), np.concatenate([sample.labels for sample in one.samples]))


def _weights(one: Unseen) -> Floats:
    return np.concatenate([sample.weights for sample in one.samples])


def _importance(worse: NDArray[np.float64], weight: Floats, seed: int) -> Importance:
    """``worse`` (repeats, sessions): weighted loss that was added."""
    each = worse.sum(axis=1) / weight.sum()
    sums = np.column_stack([worse.mean(axis=0), weight])
    return Importance(_over_repeats(each), figure(sums, ratio, seed=seed, level=LEVEL))


def _over_repeats(each: Floats) -> Figure:
    """Student's interval of the mean; NaN limits for a single repeat."""
    mean = float(each.mean())
    if len(each) < 2:
        return Figure(mean, np.nan, np.nan)
    room = float(student.ppf(0.5 + LEVEL / 2, len(each) - 1) * each.std(ddof=1) / np.sqrt(len(each)))
    return Figure(mean, mean - room, mean + room)
