"""Everything that is fitted, fitted on the training sessions of one fold and on nothing else.

The sessions are cut into a few blocks of whole sessions. A model fitted without a block and stopped by it predicts it;
from those predictions come the number of rounds, the calibrator and the threshold. The model that stays is then
fitted on all of the fold's sessions with that number of rounds.
"""
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from qt_app.training import calibration, learners, scaling
from qt_app.training.calibration import Calibrator, Predicted
from qt_app.training.equity import best_threshold
from qt_app.training.models import Floats, Learner, Model, Parameters, Part, Rows
from qt_app.training.samples import Sample, together
from qt_app.training.scaling import Scaler

INNER_BLOCKS = 4
#: Sessions that a fold needs: a block to fit on and another to judge by.
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Fitted:
    """A model with what belongs before and behind it."""

    scaler: Scaler | None
    model: Model
    calibrator: Calibrator
    threshold: float

    def predict(self, rows: Rows) -> Floats:
        """(n, 3) calibrated probabilities of (n, inputs) rows."""
        return self.calibrator.apply(self.raw(rows))

    def raw(self, rows: Rows) -> Floats:
        """(n, 3) probabilities before calibration."""
        return self.model.predict(rows if self.scaler is None else self.scaler.apply(rows))

    def contributions(self, rows: Rows) -> Floats:
        """(n, k, 3) SHAP values of (n, inputs) rows: what each input adds to the scores before calibration."""
        return self.model.contributions(_scaled(self.scaler, rows))

    def save(self, folder: Path) -> None:
        """Writes scaler, model and calibrator; the threshold belongs to ``training.json``."""
        scaling.save(folder, self.scaler)
        self.model.save(folder)
        calibration.save(folder, self.calibrator)


def load(folder: Path, model: str, threshold: float) -> Fitted:
    """The fitted parts of a run folder. Raises DataError."""
    return Fitted(scaling.load(folder), learners.learner(model).load(folder), calibration.load(folder), threshold)


def fit(samples: Sequence[Sample], learner: Learner, *, seed: int, parameters: Parameters, cost_ticks: float) -> Fitted:
    """Model, calibrator and threshold from at least two sessions, in order of time."""
    blocks = list(inner(samples, learner, seed=seed, parameters=parameters))
    calibrator = calibration.choose([block.predicted for block in blocks])
    ordered = [calibrator.apply(p) for block in blocks for p in block.by_session]
    chosen = {**parameters, **_rounds(blocks)}
    scaler, model = fit_scaled(together(samples), None, learner, seed, chosen)
    return Fitted(scaler, model, calibrator, best_threshold(samples, ordered, cost_ticks))


@dataclass(frozen=True, slots=True)
class Block:
    """Predictions of some sessions by a model that was fitted on the others."""

    predicted: Predicted
    by_session: tuple[Floats, ...]
    rounds: int


def inner(samples: Sequence[Sample], learner: Learner, *, seed: int, parameters: Parameters) -> Iterator[Block]:
    """One Block per inner block, in order."""
    for members in np.array_split(np.arange(len(samples)), min(INNER_BLOCKS, len(samples))):
        held = [samples[i] for i in members]
        rest = together([sample for i, sample in enumerate(samples) if i not in members])
        scaler, model = fit_scaled(rest, together(held), learner, seed, parameters)
        p = tuple(model.predict(_scaled(scaler, sample.rows)) for sample in held)
        part = together(held)
        yield Block(Predicted(np.concatenate(p), part.labels, part.weights), p, model.rounds)


def fit_scaled(part: Part, valid: Part | None, learner: Learner, seed: int,
               parameters: Parameters) -> tuple[Scaler | None, Model]:
    scaler = Scaler.fit(part.rows) if learner.scaled else None
    judge = None if valid is None else Part(_scaled(scaler, valid.rows), valid.labels, valid.weights)
    return scaler, learner.fit(Part(_scaled(scaler, part.rows), part.labels, part.weights), judge, seed, parameters)


def _scaled(scaler: Scaler | None, rows: Rows) -> Rows:
    return rows if scaler is None else scaler.apply(rows)


def _rounds(blocks: Sequence[Block]) -> Mapping[str, Any]:
    """The median of the rounds at which the inner models stopped."""
    counts = [block.rounds for block in blocks]
    return {"rounds": max(1, round(float(np.median(counts))))} if any(counts) else {}
