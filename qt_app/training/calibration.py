"""From a model's probabilities to probabilities that come true as often as they say.

Two shapes, both of which a graph can hold exactly: a softmax of an affine map of log-probabilities, and a piecewise
linear function per class with the sum brought back to 1. The first covers temperature scaling with a bias per class
(Alexandari, Kundaje and Shrikumar 2020, Maximum likelihood with bias-corrected calibration) and Dirichlet calibration
(Kull et al. 2019, Beyond temperature scaling).
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import orjson
from numpy.typing import NDArray
from scipy.optimize import minimize
from sklearn.isotonic import IsotonicRegression

from qt_app.errors import DataError
from qt_app.training import softmax
from qt_app.training.rundir import CALIBRATOR_FILE, dump
from qt_app.votes import ACTIONS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
CLASSES = len(ACTIONS)

#: Probabilities below this are raised to it before their logarithm is taken.
FLOOR = 1e-6
#: How strongly Dirichlet calibration is drawn to leaving everything as it is.
PENALTY = 1e-3
#: Bounds of temperature scaling's factor: at 0 no input would count any more.
FACTORS = (0.02, 20.0)
#: Knots of the piecewise linear calibrator. Equal steps bound its slope, and so what a float32 input can do to it.
KNOTS = 33
#: Lowest value of a knot, so that the three never sum to nothing.
LOWEST = 1e-3
#: The piecewise linear calibrator must be better than the affine by this much log-loss, on every inner block.
MARGIN = 1e-4


class Calibrator(Protocol):
    """``apply`` takes and returns (n, 3) probabilities."""

    @property
    def method(self) -> str: ...

    def apply(self, p: Floats) -> Floats: ...

    def as_json(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Affine:
    """softmax(log(max(p, FLOOR)) @ weights + bias): ``weights`` (3, 3), ``bias`` (3,)."""

    method: str
    weights: Floats
    bias: Floats

    def apply(self, p: Floats) -> Floats:
        return softmax.Softmax(self.weights, self.bias).predict(logs(p))

    def as_json(self) -> dict[str, Any]:
        return {"kind": "affine", "method": self.method, "floor": FLOOR, "weights": self.weights.tolist(),
                "bias": self.bias.tolist()}


@dataclass(frozen=True, slots=True)
class Piecewise:
    """Class i becomes interp(p_i, linspace(0, 1, knots), values[i]), divided by the sum of all three.

    ``values`` (3, knots).
    """

    method: str
    values: Floats

    def apply(self, p: Floats) -> Floats:
        grid = np.linspace(0.0, 1.0, self.values.shape[1])
        raw = np.column_stack([np.interp(p[:, i], grid, self.values[i]) for i in range(CLASSES)])
        shares: Floats = raw / raw.sum(axis=1, keepdims=True)
        return shares

    def as_json(self) -> dict[str, Any]:
        return {"kind": "piecewise", "method": self.method, "values": self.values.tolist()}


@dataclass(frozen=True, slots=True)
class Predicted:
    """Predictions of rows that the model was not fitted on: (n, 3), (n,), (n,)."""

    p: Floats
    labels: Ints
    weights: Floats

    def log_loss(self, p: Floats) -> float:
        """Weighted mean log-loss of other probabilities for the same rows."""
        own = np.clip(p[np.arange(len(self.labels)), self.labels], 1e-15, 1.0)
        return float(-np.average(np.log(own), weights=self.weights))


def logs(p: Floats) -> Floats:
    found: Floats = np.log(np.maximum(p, FLOOR))
    return found


def identity(seen: Predicted | None = None) -> Affine:
    """Leaves everything as it is."""
    return Affine("none", np.eye(CLASSES), np.zeros(CLASSES))


def temperature(seen: Predicted) -> Affine:
    """One factor for all log-probabilities and a shift of each class; a model that knows nothing ends at the shares."""
    x, target = logs(seen.p), np.eye(CLASSES)[seen.labels]
    share = (seen.weights / seen.weights.sum())[:, None]

    def loss(at: Floats) -> tuple[float, Floats]:
        p = softmax.softmax(at[0] * x + at[1:])
        error = (p - target) * share
        return seen.log_loss(p), np.concatenate([[(error * x).sum()], error.sum(axis=0)])

    start = np.array([1.0, *np.zeros(CLASSES)])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[FACTORS, *[(None, None)] * CLASSES])
    return Affine("temperature", np.eye(CLASSES) * float(found.x[0]), found.x[1:])


def dirichlet(seen: Predicted) -> Affine:
    """A full affine map of log-probabilities, drawn to the identity."""
    found = softmax.fit(logs(seen.p), seen.labels, seen.weights, penalty=PENALTY, centre=np.eye(CLASSES))
    return Affine("dirichlet", found.weights, found.bias)


def isotonic(seen: Predicted) -> Piecewise:
    """Isotonic regression of each class on its own probability, read off at equal steps."""
    grid = np.linspace(0.0, 1.0, KNOTS)
    values = []
    for i in range(CLASSES):
        rising = IsotonicRegression(y_min=LOWEST, y_max=1.0, out_of_bounds="clip")
        rising.fit(seen.p[:, i], (seen.labels == i).astype(np.float64), sample_weight=seen.weights)
        values.append(rising.predict(grid))
    return Piecewise("isotonic", np.array(values, dtype=np.float64))


Fitter = Callable[[Predicted], Calibrator]
AFFINE: tuple[Fitter, ...] = (identity, temperature, dirichlet)


def choose(blocks: Sequence[Predicted]) -> Calibrator:
    """The calibrator whose log-loss is lowest on blocks that it was not fitted on, fitted on all of them.

    In doubt an affine one: it is exact in any graph. With a single block there is nothing to choose by: none.
    """
    if len(blocks) < 2:
        return identity()
    losses = {fitter: [_loss_without(fitter, blocks, i) for i in range(len(blocks))] for fitter in (*AFFINE, isotonic)}
    best = min(AFFINE, key=lambda fitter: float(np.mean(losses[fitter])))
    gains = np.subtract(losses[best], losses[isotonic])
    chosen: Fitter = isotonic if bool((gains > MARGIN).all()) else best
    return chosen(_together(blocks))


def save(folder: Path, calibrator: Calibrator) -> None:
    (folder / CALIBRATOR_FILE).write_bytes(dump(calibrator.as_json()))


def load(folder: Path) -> Calibrator:
    """Raises DataError for a file that is missing or does not fit."""
    path = folder / CALIBRATOR_FILE
    try:
        raw = orjson.loads(path.read_bytes())
        if raw["kind"] == "piecewise":
            return Piecewise(raw["method"], np.array(raw["values"], dtype=np.float64).reshape(CLASSES, -1))
        return Affine(raw["method"], np.array(raw["weights"], dtype=np.float64).reshape(CLASSES, CLASSES),
                      np.array(raw["bias"], dtype=np.float64).reshape(CLASSES))
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise DataError(f"{path} cannot be used ({error}): train again") from error


def _loss_without(fitter: Fitter, blocks: Sequence[Predicted], left_out: int) -> float:
    fitted = fitter(_together([block for i, block in enumerate(blocks) if i != left_out]))
    return blocks[left_out].log_loss(fitted.apply(blocks[left_out].p))


def _together(blocks: Sequence[Predicted]) -> Predicted:
    return Predicted(np.concatenate([b.p for b in blocks]), np.concatenate([b.labels for b in blocks]),
                     np.concatenate([b.weights for b in blocks]))
