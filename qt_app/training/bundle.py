"""`qt export-onnx`: a training run becomes a served model, its graph checked against the fitted model row by row."""
from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import onnxruntime as ort
import orjson

from qt_app.errors import DataError
from qt_app.hashing import file_digest
from qt_app.inference import drift, probes
from qt_app.inference.manifest import Manifest
from qt_app.inference.model import OnnxModel, words_of
from qt_app.replay.atomic import fresh_folder
from qt_app.training import fitting, graph
from qt_app.training.export import Native, Rows, check_parity, latency, parity, trial_rows
from qt_app.training.graph import Graph
from qt_app.training.linear import LINEAR_FILE
from qt_app.training.rundir import CALIBRATOR_FILE, SCALER_FILE, Run, RunFacts, read_run
from qt_app.training.thresholds import thresholds_of
from qt_app.training.trees import TREES_FILE
from qt_app.version import __version__

#: What an export depends on besides the training's own libraries.
LIBRARIES = ("onnx", "onnxmltools", "onnxruntime", "numpy")
#: What `qt validate` leaves in a run's folder.
VERDICT_FILE = "verdict.json"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A fitted model as the export needs it.

    ``build`` adds it to a graph and names the probabilities; ``native`` scores float32 rows as training did; ``sample``
    are training rows; ``thresholds`` the values at which an input changes the answer.
    """

    build: Callable[[Graph], str]
    native: Native
    sample: Rows
    thresholds: dict[int, list[float]]


def export_run(run: Path, out: Path) -> Manifest:
    """Convert the run's model into ``out``; nothing is left there when the graph does not score as the model does.

    Raises DataError when the run is incomplete or parity fails.
    """
    found = read_run(run)
    return publish(_fitted(found), _draft(found), out)


def publish(fitted: Fitted, draft: Manifest, out: Path) -> Manifest:
    """Build, compare, measure and seal; then the graph and its manifest take their place in ``out``, in this order."""
    partial = fresh_folder(out)
    try:
        manifest = _staged(fitted, draft, partial)
        out.mkdir(parents=True, exist_ok=True)
        for name in (manifest.file, manifest.write(partial).name):
            (partial / name).replace(out / name)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    for old in out.glob("*.onnx"):
        if old.name != manifest.file:
            old.unlink()
    return manifest


def _staged(fitted: Fitted, draft: Manifest, folder: Path) -> Manifest:
    """The complete manifest of a graph that was written and checked. Raises DataError."""
    path = folder / draft.file
    made = Graph(len(draft.inputs))
    result = fitted.build(made)
    path.write_bytes(made.model(result, words_of(draft)).SerializeToString())
    figure = parity(fitted.native, path, trial_rows(fitted.sample, fitted.thresholds))
    check_parity(figure)
    manifest = replace(draft, sha256=file_digest(path), parity=figure,
                       probes=probes.choose(fitted.sample, _served(path, fitted.sample)),
                       reference=drift.reference_of(fitted.sample.astype(np.float64)))
    return replace(manifest, latency=latency(OnnxModel(manifest, path), fitted.sample)).sealed()


def _served(path: Path, rows: Rows) -> Any:
    session = ort.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    return np.asarray(session.run(None, {graph.INPUT: rows})[0], dtype=np.float64)


# ---- a run's parts


def _fitted(run: Run) -> Fitted:
    facts, sample = run.facts, run.rows()
    native = fitting.load(run.folder, facts.model, facts.threshold)
    calibrator, scaler = (_document(run.folder / name) for name in (CALIBRATOR_FILE, SCALER_FILE))
    if facts.model == "lightgbm":
        booster = lgb.Booster(model_file=str(run.folder / TREES_FILE))
        return Fitted(lambda made: graph.calibrated(made, graph.trees(made, booster), calibrator), native.predict,
                      sample, thresholds_of(booster))
    line = _document(run.folder / LINEAR_FILE)

    def build(made: Graph) -> str:
        p = graph.calibrated(made, graph.line(made, scaler, line), calibrator)
        return graph.unknown_stays_unknown(made, p)

    return Fitted(build, native.predict, sample, _held(scaler))


def _held(scaler: Mapping[str, Any]) -> dict[int, list[float]]:
    """Where the scaler begins to hold an input."""
    if scaler["kind"] == "none":
        return {}
    return {at: [mean - scaler["clip"] * scale, mean, mean + scaler["clip"] * scale]
            for at, (mean, scale) in enumerate(zip(scaler["mean"], scaler["scale"], strict=True))}


def _document(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        return found
    except (OSError, orjson.JSONDecodeError) as error:
        raise DataError(f"{path} cannot be used ({error}): train again") from error


def _draft(run: Run) -> Manifest:
    """What is known before there is a graph."""
    facts = run.facts
    verdict = run.folder / VERDICT_FILE
    return Manifest(
        id=facts.id, file=f"{facts.id}.onnx", sha256="", schema_id=facts.schema_id, inputs=facts.inputs,
        ranges=facts.ranges, classes=facts.classes, synthetic=facts.synthetic, training=_training(facts), parity={},
        metrics={name: value for name, value in facts.metrics.items() if name != "folds"},
        data={"sha256": facts.data_sha256, "sessions": [asdict(session) for session in facts.sessions],
              "final": list(facts.final)},
        code={"trained_by": facts.code_version, "exported_by": __version__},
        libraries={**facts.libraries, **{name: version(name) for name in LIBRARIES}},
        folds=list(facts.metrics.get("folds", ())), label_rule=asdict(facts.label_rule),
        cost_model=dict(facts.cost_model), trial=facts.trial,
        verdict=_document(verdict) if verdict.is_file() else None)


def _training(facts: RunFacts) -> dict[str, Any]:
    return {"model": facts.model, "seed": facts.seed, "parameters": dict(facts.parameters), "symbol": facts.symbol,
            "candle_seconds": facts.candle_seconds, "calendar": facts.calendar, "threshold": facts.threshold}
