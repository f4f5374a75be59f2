"""Watches what the served model is given: an output of the pipeline, so it cannot change a decision."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.inference import drift
from qt_app.inference.model import OnnxModel, Voter
from qt_app.votes import Decision
from qt_core.features.registry import NAMES

#: The index is taken again after this part of a window.
PARTS = 6
#: Inputs named to people.
WORST = 3

#: (mean index over the inputs, the worst inputs with their own).
Found = Callable[[float, dict[str, float]], None]


class DriftWatch:
    """Keeps the last ``window`` rows of the model's inputs and compares them with training at every sixth of it.

    ``found`` is told when the mean index passes ``limit``, and each time again while it stays there; ``well`` when it
    has come back. A limit of 0 only measures. Rows with an unknown input are not the model's and are left out.
    """

    def __init__(self, window: int, limit: float, found: Found, well: Callable[[], None]) -> None:
        self.value: float | None = None     # the last mean index; None before the first window is full
        self.worst: dict[str, float] = {}
        self._limit, self._found, self._well = limit, found, well
        self._window, self._step = window, max(1, window // PARTS)
        self.follow(None)

    def follow(self, model: Voter | None) -> None:
        """Another model serves: begin anew, with its own reference."""
        manifest = model.manifest if isinstance(model, OnnxModel) else None
        self._reference: Mapping[str, Any] = {} if manifest is None else manifest.reference
        self._names = () if manifest is None else manifest.inputs
        self._columns = np.array([NAMES.index(name) for name in self._names], dtype=np.intp)
        self._kept = np.zeros((self._window, len(self._names)))
        self._count = 0
        self._over, self.value, self.worst = False, None, {}

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        if not self._reference:
            return
        values = row[self._columns]
        if not np.isfinite(values).all():
            return
        self._kept[self._count % self._window] = values
        self._count += 1
        if self._count >= self._window and self._count % self._step == 0:
            self._look()

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """An output of decisions alone."""

    def _look(self) -> None:
        found = drift.indices(dict(self._reference), self._kept)
        self.value = float(found.mean())
        self.worst = {self._names[at]: float(found[at]) for at in np.argsort(found)[::-1][:WORST]}
        over = 0.0 < self._limit < self.value
        if over:
            self._found(self.value, self.worst)
        elif self._over:
            self._well()
        self._over = over
