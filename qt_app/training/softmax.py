"""Multinomial logistic regression, small and exact: the honest baseline's core, and the calibrator's."""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from qt_app.votes import ACTIONS

Floats = NDArray[np.float64]
CLASSES = len(ACTIONS)

#: The search ends here, or where no derivative is larger than FLAT.
MOST_STEPS = 50
FLAT = 1e-9
#: Added to every second derivative: one constant for all three classes changes no probability, so one is flat.
TINY = 1e-10


@dataclass(frozen=True, slots=True)
class Softmax:
    """p = softmax(x @ weights + bias): ``weights`` (k, 3), ``bias`` (3,)."""

    weights: Floats
    bias: Floats

    def predict(self, x: Floats) -> Floats:
        """(n, 3) probabilities of (n, k) values."""
        return softmax(x @ self.weights + self.bias)


def softmax(scores: Floats) -> Floats:
    """Row-wise, safe for large scores."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def fit(x: Floats, labels: NDArray[np.int64], sample_weight: Floats, *, penalty: float,
        centre: Floats | None = None) -> Softmax:
    """Minimises the weighted mean log-loss + penalty / 2 · ‖weights − centre‖².

    The bias is not penalised. All three classes are always there, also one without a row. In one thread: several
    round sums differently, and wait for each other on a busy machine.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return _newton(x, labels, sample_weight, penalty, centre)


def _newton(x: Floats, labels: NDArray[np.int64], sample_weight: Floats, penalty: float,
            centre: Floats | None) -> Softmax:
    """Newton's method with halved steps."""
    design = np.column_stack([x, np.ones(len(x))])
    width = design.shape[1]
    share = sample_weight / sample_weight.sum()
    target = np.eye(CLASSES)[labels]
    ridge = np.append(np.full(width - 1, penalty), 0.0)[:, None]
    middle = np.zeros((width, CLASSES))
    if centre is not None:
        middle[:-1] = centre

    def loss(at: Floats) -> float:
        own = np.clip(softmax(design @ at)[np.arange(len(labels)), labels], 1e-300, 1.0)
        return float(-(share * np.log(own)).sum() + (ridge * (at - middle) ** 2).sum() / 2)

    at = middle
    for _ in range(MOST_STEPS):
        p = softmax(design @ at)
        gradient = design.T @ ((p - target) * share[:, None]) + ridge * (at - middle)
        if np.abs(gradient).max() < FLAT:
            break
        curvature = _curvature(design, p, share) + np.diag(np.tile(ridge[:, 0] + TINY, CLASSES))
        step = np.linalg.solve(curvature, gradient.T.ravel()).reshape(CLASSES, width).T
        lower = _downhill(loss, at, step)
        if lower is at:
            break
        at = lower
    return Softmax(at[:-1], at[-1])


def _curvature(design: Floats, p: Floats, share: Floats) -> Floats:
    """Second derivatives by (class, column) pairs, (3 · width, 3 · width)."""
    def block(a: int, b: int) -> Floats:
        weight = share * p[:, a] * (float(a == b) - p[:, b])
        found: Floats = design.T @ (design * weight[:, None])
        return found

    return np.block([[block(a, b) for b in range(CLASSES)] for a in range(CLASSES)])


def _downhill(loss: Callable[[Floats], float], at: Floats, step: Floats) -> Floats:
    """The first of ever shorter steps that does not climb; where none does, the place itself."""
    here = loss(at)
    return next((at - step * 0.5 ** i for i in range(30) if loss(at - step * 0.5 ** i) <= here), at)
