"""Multinomial logistic regression, the honest baseline that trees must beat."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson

from qt_app.errors import DataError
from qt_app.training import softmax
from qt_app.training.models import Floats, Parameters, Part, Rows, Suggest
from qt_app.training.rundir import dump

LINEAR_FILE = "linear.json"

DEFAULTS: Parameters = {"penalty": 1e-3}


class Line:
    """A fitted multinomial logistic regression."""

    rounds = 0

    def __init__(self, fitted: softmax.Softmax) -> None:
        self._fitted = fitted

    def predict(self, rows: Rows) -> Floats:
        return self._fitted.predict(rows.astype(np.float64))

    def importance(self) -> Floats:
        spread = np.ptp(self._fitted.weights, axis=1)
        shares: Floats = spread / max(spread.sum(), np.finfo(np.float64).tiny)
        return shares

    def contributions(self, rows: Rows) -> Floats:
        """Against the training rows' mean, which scaling makes 0."""
        return rows.astype(np.float64)[:, :, None] * self._fitted.weights[None]

    def save(self, folder: Path) -> None:
        (folder / LINEAR_FILE).write_bytes(dump({"weights": self._fitted.weights.tolist(),
                                                 "bias": self._fitted.bias.tolist()}))


class Logistic:
    """Fits ``Line``; there is nothing to stop early, and no chance in it."""

    name = "logistic"
    scaled = True
    defaults: Parameters = DEFAULTS

    def fit(self, part: Part, valid: Part | None, seed: int, parameters: Parameters) -> Line:
        penalty = float({**self.defaults, **parameters}["penalty"])
        return Line(softmax.fit(part.rows.astype(np.float64), part.labels, part.weights, penalty=penalty))

    def suggest(self, trial: Suggest) -> dict[str, Any]:
        return {"penalty": trial.suggest_float("penalty", 1e-5, 1.0, log=True)}

    def load(self, folder: Path) -> Line:
        path = folder / LINEAR_FILE
        try:
            raw = orjson.loads(path.read_bytes())
            fitted = softmax.Softmax(*(np.array(raw[name], dtype=np.float64) for name in ("weights", "bias")))
        except (OSError, orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path} cannot be used ({error}): train again") from error
        return Line(fitted)
