"""How good probabilities are, each figure with its interval by session.

Rows carry the weights of their labels (average uniqueness), so that overlapping labels do not count twice.
Log-loss in nats. Brier (1950): squared error summed over the classes, from 0 to 2. Expected calibration error with
bins of equal mass, mean over the classes (Nixon et al. 2019, "Measuring calibration in deep learning"). Matthews
correlation for several classes: Gorodkin (2004).
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.validation.bootstrap import Figure, Floats, by_session, figure, ratio
from qt_app.votes import ACTIONS

CLASSES = len(ACTIONS)
BINS = 15
FLOOR = 1e-15


@dataclass(frozen=True, slots=True)
class Scored:
    """Predictions beside what came true: (n,) session index from 0, label, weight; (n, 3) probabilities."""

    session: NDArray[np.int64]
    label: NDArray[np.int64]
    weight: Floats
    p: Floats

    def __len__(self) -> int:
        return len(self.label)

    def take(self, keep: NDArray[np.bool_]) -> Scored:
        return Scored(self.session[keep], self.label[keep], self.weight[keep], self.p[keep])


def judge(scored: Scored, *, seed: int) -> dict[str, Figure]:
    """Every figure of the probabilities, by name."""
    confusion = _confusion(scored)
    return {
        "log_loss": _mean(scored, log_losses(scored.p, scored.label), seed),
        "brier": _mean(scored, brier_scores(scored.p, scored.label), seed),
        "ece": figure(_calibration(scored), _ece, seed=seed, centred=True),
        "balanced_accuracy": figure(confusion, _balanced_accuracy, seed=seed),
        "mcc": figure(confusion, _mcc, seed=seed),
    }


def gain(scored: Scored, other: Floats, *, seed: int) -> Figure:
    """Log-loss of other (n, 3) probabilities minus ours, row by row: above 0 where ours are better."""
    return _mean(scored, log_losses(other, scored.label) - log_losses(scored.p, scored.label), seed)


def log_losses(p: Floats, label: NDArray[np.int64]) -> Floats:
    """(n,) surprise of each outcome, in nats."""
    own = p[np.arange(len(label)), label]
    return np.asarray(-np.log(np.clip(own, FLOOR, 1.0)), dtype=np.float64)


def brier_scores(p: Floats, label: NDArray[np.int64]) -> Floats:
    """(n,) squared distance of each row from its outcome."""
    return np.asarray(((p - np.eye(CLASSES)[label]) ** 2).sum(axis=1), dtype=np.float64)


def _mean(scored: Scored, values: Floats, seed: int) -> Figure:
    session, count = _present(scored)
    sums = by_session(session, np.column_stack([values * scored.weight, scored.weight]), count)
    return figure(sums, ratio, seed=seed)


def _present(scored: Scored) -> tuple[NDArray[np.int64], int]:
    """(n,) index among the sessions that have rows, and how many those are."""
    present, index = np.unique(scored.session, return_inverse=True)
    return index.astype(np.int64), len(present)


def _cells(scored: Scored, cell: NDArray[np.int64], cells: int, weights: Floats) -> Floats:
    """(sessions, cells): weights summed by each session's cells."""
    session, count = _present(scored)
    flat = np.bincount(session * cells + cell, weights=weights, minlength=count * cells)
    return np.asarray(flat.reshape(count, cells), dtype=np.float64)


def _confusion(scored: Scored) -> Floats:
    """(sessions, 9): weight by true class times 3 plus chosen class."""
    return _cells(scored, scored.label * CLASSES + scored.p.argmax(axis=1), CLASSES * CLASSES, scored.weight)


def _square(sums: Floats) -> Floats:
    return sums.reshape(*sums.shape[:-1], CLASSES, CLASSES)


def _balanced_accuracy(sums: Floats) -> Floats:
    """Mean recall over the classes that occur."""
    matrix = _square(sums)
    occurs = matrix.sum(axis=-1)
    hits = np.diagonal(matrix, axis1=-2, axis2=-1)
    recall = np.divide(hits, occurs, out=np.zeros_like(hits), where=occurs > 0)
    return np.asarray(recall.sum(axis=-1) / np.maximum((occurs > 0).sum(axis=-1), 1), dtype=np.float64)


def _mcc(sums: Floats) -> Floats:
    """0 where one side is constant."""
    matrix = _square(sums)
    total, hits = matrix.sum(axis=(-2, -1)), np.trace(matrix, axis1=-2, axis2=-1)
    true, chosen = matrix.sum(axis=-1), matrix.sum(axis=-2)
    above = hits * total - (true * chosen).sum(axis=-1)
    whole = total**2
    mixed = [whole - (side**2).sum(axis=-1) for side in (true, chosen)]
    both = np.logical_and(*(part > 1e-12 * whole for part in mixed))    # a rounding is no mixture
    below = np.sqrt(np.where(both, mixed[0] * mixed[1], 0.0))
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0), dtype=np.float64)


def _calibration(scored: Scored) -> Floats:
    """(sessions, 3 · 2 · BINS): for each class and bin of its probability the weight, and weight times (hit - p)."""
    columns = []
    for k in range(CLASSES):
        place = bins_of_equal_mass(scored.p[:, k])
        error = (scored.label == k) - scored.p[:, k]
        columns += [_cells(scored, place, BINS, scored.weight), _cells(scored, place, BINS, scored.weight * error)]
    return np.concatenate(columns, axis=1)


def _ece(sums: Floats) -> Floats:
    parts = sums.reshape(*sums.shape[:-1], CLASSES, 2, BINS)
    mass, error = parts[..., 0, :].sum(axis=(-2, -1)), np.abs(parts[..., 1, :]).sum(axis=(-2, -1))
    return np.asarray(error / mass, dtype=np.float64)


def bins_of_equal_mass(values: Floats, bins: int = BINS) -> NDArray[np.int64]:
    """(n,) the bin of each value; equal values share a bin, so fewer bins are used where values repeat."""
    edges = np.quantile(values, np.arange(1, bins) / bins)
    return np.searchsorted(edges, values, side="left").astype(np.int64)
