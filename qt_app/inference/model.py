"""The ONNX model as a voter: checked against its manifest at load, one row at a time afterwards."""
from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from qt_app.errors import DataError
from qt_app.hashing import file_digest
from qt_app.inference import probes
from qt_app.inference.manifest import Manifest, read_manifest
from qt_app.votes import ACTIONS, Action, Triple, Vote
from qt_core.features.registry import NAMES

VOTER = "model"

#: Float32 softmax: the three probabilities may miss 1 by this much before the answer is refused.
SUM_TOLERANCE = 1e-4


class SchemaMismatchError(DataError):
    """A sound model that was trained on other feature definitions, candles or sessions than this run's."""


class Voter(Protocol):
    """What the pipeline needs of a model.

    ``strongest``: its most decided vote for each action on the rows that travel with it; empty when none do.
    """

    id: str | None
    synthetic: bool
    inputs: tuple[str, ...]
    strongest: Mapping[Action, Vote]

    def vote(self, row: NDArray[np.float64]) -> Vote: ...


class NoModel:
    """Stands where no model is served: always abstains, so every decision is hold."""

    id: str | None = None
    synthetic = False
    inputs: tuple[str, ...] = ()
    strongest: Mapping[Action, Vote] = {}

    def vote(self, row: NDArray[np.float64]) -> Vote:
        return Vote(VOTER, None, -1, "NO_MODEL")


class OnnxModel:
    """A model file and its manifest, ready to score rows of the 65 features.

    The graph takes float32 of shape (1, len(inputs)) and returns probabilities of shape (1, 3) in the manifest's
    class order. One thread, no spinning: a row costs less than waking a pool. Raises DataError for a file that cannot
    be loaded, or is not the one that the manifest describes.
    """

    def __init__(self, manifest: Manifest, path: Path) -> None:
        self.manifest = manifest
        self.folder = path.parent
        self.id: str | None = manifest.id
        self.synthetic = manifest.synthetic
        self.inputs = manifest.inputs
        self._session = _open_session(path)
        self._outputs = [_probability_output(self._session, manifest, path)]
        _check_words(self._session, manifest, path)
        self._columns = np.array([NAMES.index(name) for name in manifest.inputs], dtype=np.intp)
        self._order = tuple(manifest.classes.index(action) for action in ACTIONS)
        self._gathered = np.empty(len(manifest.inputs), dtype=np.float64)
        self._buffer = np.empty((1, len(manifest.inputs)), dtype=np.float32)
        self._feed = {self._session.get_inputs()[0].name: self._buffer}
        self.strongest: Mapping[Action, Vote] = probes.strongest(probes.answered(self.vote, manifest, path))

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
    """Load the model of a folder after checking digests, inputs, classes, schema, shapes and the answers it gave at
    export against its manifest.

    Raises DataError (exit 9) naming the file and what does not fit.
    """
    manifest = read_manifest(folder)
    path = folder / manifest.file
    if path.parent != folder or not path.is_file():
        raise DataError(f"model {manifest.id} names {path}, which does not exist: restore it or train again")
    if file_digest(path) != manifest.sha256:
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


def words_of(manifest: Manifest) -> dict[str, str]:
    """What a graph says of itself in its metadata, so that a manifest cannot tell another order than the graph's own.

    The file's digest covers it.
    """
    return {"schema_id": manifest.schema_id, "inputs": ",".join(manifest.inputs), "classes": ",".join(manifest.classes)}


def _check_words(session: ort.InferenceSession, manifest: Manifest, path: Path) -> None:
    """Swapped columns and another class order have the right shapes, so the graph's own words are compared."""
    told = session.get_modelmeta().custom_metadata_map
    for name, wanted in words_of(manifest).items():
        if told.get(name) != wanted:
            raise DataError(f"model file {path} was exported with {name} {_first_difference(told.get(name), wanted)}: "
                            "the manifest is not its own; restore both, or export again with `qt export-onnx`")


def _first_difference(told: str | None, wanted: str) -> str:
    """Words for people: the whole lists are long."""
    if told is None:
        return f"not said, its manifest says {wanted[:60]}"
    ours, theirs = told.split(","), wanted.split(",")
    place = next((i for i, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    a, b = (names[place] if place < len(names) else "nothing" for names in (ours, theirs))
    return f"{a} at place {place + 1}, its manifest says {b}"
