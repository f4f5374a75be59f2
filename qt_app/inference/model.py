"""The ONNX model as a voter: checked against its manifest at load, one row at a time afterwards."""
from __future__ import annotations

import math
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from qt_app.errors import DataError
from qt_app.inference.manifest import Manifest, digest, read_manifest
from qt_app.votes import ACTIONS, Triple, Vote
from qt_core.features.registry import NAMES

VOTER = "model"

#: Float32 softmax: the three probabilities may miss 1 by this much before the answer is refused.
SUM_TOLERANCE = 1e-4


class SchemaMismatchError(DataError):
    """A sound model that was trained on other feature definitions, candles or sessions than this run's."""


class Voter(Protocol):
    """What the pipeline needs of a model."""

    id: str | None
    synthetic: bool
    inputs: tuple[str, ...]

    def vote(self, row: NDArray[np.float64]) -> Vote: ...


class NoModel:
    """Stands where no model is served: always abstains, so every decision is hold."""

    id: str | None = None
    synthetic = False
    inputs: tuple[str, ...] = ()

    def vote(self, row: NDArray[np.float64]) -> Vote:
        return Vote(VOTER, None, -1, "NO_MODEL")


class OnnxModel:
    """A model file and its manifest, ready to score rows of the 65 features.

    The graph takes float32 of shape (1, len(inputs)) and returns probabilities of shape (1, 3) in the manifest's
    class order. One thread, no spinning: a row costs less than waking a pool.
    """

    def __init__(self, manifest: Manifest, path: Path) -> None:
        self.manifest = manifest
        self.id: str | None = manifest.id
        self.synthetic = manifest.synthetic
        self.inputs = manifest.inputs
        self._session = _open_session(path)
        self._outputs = [_probability_output(self._session, manifest, path)]
        self._columns = np.array([NAMES.index(name) for name in manifest.inputs], dtype=np.intp)
        self._order = tuple(manifest.classes.index(action) for action in ACTIONS)
        self._gathered = np.empty(len(manifest.inputs), dtype=np.float64)
        self._buffer = np.empty((1, len(manifest.inputs)), dtype=np.float32)
        self._feed = {self._session.get_inputs()[0].name: self._buffer}

    def vote(self, row: NDArray[np.float64]) -> Vote:
        """The model's opinion of a row of 65; abstains when an input is NaN or the answer is no distribution."""
        np.take(row, self._columns, out=self._gathered, mode="clip")
        if not math.isfinite(self._gathered.sum()):
            return Vote(VOTER, None, -1, f"NAN {self._first_unknown()}")
        self._buffer[0] = self._gathered
        answer: list[float] = self._session.run(self._outputs, self._feed)[0][0].tolist()
        p = self._in_canonical_order(answer)
        if p is None:
            return Vote(VOTER, None, 0, "NOT_A_DISTRIBUTION")
        return Vote(VOTER, p, 0, "MODEL")

    def _in_canonical_order(self, answer: list[float]) -> Triple | None:
        """Reorder to (sell, hold, buy), normalised to 1 in double precision; None for anything but a distribution."""
        sell, hold, buy = (answer[column] for column in self._order)
        total = sell + hold + buy
        if not (abs(total - 1.0) <= SUM_TOLERANCE and min(sell, hold, buy) >= 0.0):
            return None
        return sell / total, hold / total, buy / total

    def _first_unknown(self) -> str:
        return next((n for n, v in zip(self.inputs, self._gathered, strict=True) if not math.isfinite(v)), "input")


def load_model(folder: Path, *, schema_id: str) -> OnnxModel:
    """Load the model of a folder after checking digest, inputs, schema and shapes against its manifest.

    Raises DataError (exit 9) naming the file and what does not fit.
    """
    manifest = read_manifest(folder)
    path = folder / manifest.file
    if not path.is_file():
        raise DataError(f"model {manifest.id} names {path}, which does not exist: restore it or train again")
    if digest(path) != manifest.sha256:
        raise DataError(f"model file {path} does not match the sha256 in its manifest: restore it or train again")
    unknown = [name for name in manifest.inputs if name not in NAMES]
    if unknown:
        raise DataError(f"model {manifest.id} wants inputs that are not among the 65 features: {', '.join(unknown)}")
    if manifest.schema_id != schema_id:
        raise SchemaMismatchError(
            f"model {manifest.id} was trained on feature schema {manifest.schema_id}, this run computes "
            f"{schema_id}: train with the same candle length, calendar and definitions")
    return OnnxModel(manifest, path)


def _open_session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(path.read_bytes(), options, providers=["CPUExecutionProvider"])
    except (ort_errors.Fail, ort_errors.InvalidProtobuf, ort_errors.InvalidGraph, ort_errors.NotImplemented,
            ort_errors.InvalidArgument, ort_errors.RuntimeException) as error:
        raise DataError(f"model file {path} cannot be loaded ({str(error).splitlines()[0]}): train again") from error


def _probability_output(session: ort.InferenceSession, manifest: Manifest, path: Path) -> str:
    """Name of the output of shape (rows, 3); also checks the width of the input."""
    width = session.get_inputs()[0].shape[-1]
    if len(session.get_inputs()) != 1 or width != len(manifest.inputs):
        raise DataError(f"model file {path} takes {width} inputs, its manifest lists {len(manifest.inputs)}: "
                        "train again")
    for output in session.get_outputs():
        if len(output.shape) == 2 and output.shape[-1] == len(ACTIONS):
            return str(output.name)
    raise DataError(f"model file {path} has no output of shape (rows, 3): train again")
