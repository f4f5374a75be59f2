"""The small interface behind which models are fitted and used."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.float32]
Ints = NDArray[np.int64]
Parameters = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Rows to fit or judge on: (n, k), (n,), (n,)."""

    rows: Rows
    labels: Ints
    weights: Floats

    def __len__(self) -> int:
        return len(self.labels)


class Suggest(Protocol):
    """What a search asks for a parameter (``optuna.Trial`` is one)."""

    def suggest_float(self, name: str, low: float, high: float, *, log: bool = False) -> float: ...

    def suggest_int(self, name: str, low: int, high: int, *, log: bool = False) -> int: ...


class Model(Protocol):
    """Fitted. ``rounds`` is how long it was fitted, 0 where that has no meaning."""

    rounds: int

    def predict(self, rows: Rows) -> Floats:
        """(n, 3) probabilities in the order of ``votes.ACTIONS``."""
        ...

    def importance(self) -> Floats:
        """(k,) share of each input in what the model does, at least 0, sum 1 (or all 0)."""
        ...

    def contributions(self, rows: Rows) -> Floats:
        """(n, k, 3): what each input adds to each class's score before the softmax (SHAP values)."""
        ...

    def save(self, folder: Path) -> None: ...


class Learner(Protocol):
    """Makes a Model. ``scaled`` says whether it needs inputs of like size."""

    name: str
    scaled: bool
    defaults: Parameters

    def fit(self, part: Part, valid: Part | None, seed: int, parameters: Parameters) -> Model:
        """Stops early by ``valid`` where it is given, else after ``parameters["rounds"]``."""
        ...

    def suggest(self, trial: Suggest) -> dict[str, Any]:
        """One point of the search space, to be laid over ``defaults``."""
        ...

    def load(self, folder: Path) -> Model:
        """Raises DataError."""
        ...
