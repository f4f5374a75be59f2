"""A training run becomes a bundle that loads, scores as the run did, and says where it came from."""
from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("optuna")
pytest.importorskip("onnxmltools")

from training_kit import RULE, world

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.inference.model import load_model
from qt_app.registry.deploy import verdict_of
from qt_app.training import export, fitting
from qt_app.training.bundle import export_run
from qt_app.training.inputs import columns
from qt_app.training.order import TrainingOrder
from qt_app.training.run import train
from qt_app.training.rundir import Run, read_run
from qt_core.features.registry import NAMES

pytestmark = pytest.mark.slow

INPUTS = ("returns_1", "order_flow_imbalance_10", "volume_ratio_20", "bb_position")
QUICK = {"lightgbm": {"min_data_in_leaf": 20, "rounds": 10}, "logistic": {}}


@pytest.fixture(scope="module", params=["lightgbm", "logistic"])
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp(request.param)
    order = replace(TrainingOrder(RULE, INPUTS, parameters=QUICK[request.param]), model=request.param)
    train(world(6, rows=150), order, home=Home(folder / "home"), out=folder / "run", dataset=folder / "dataset")
    return read_run(folder / "run")


def test_the_bundle_scores_as_the_run_s_model(run: Run, tmp_path: Path) -> None:
    manifest = export_run(run.folder, tmp_path)
    assert manifest.parity["rows"] >= 10_000
    assert manifest.parity["max_abs_dp"] <= 1e-5 and manifest.parity["argmax_flips"] == 0
    assert 0.0 < manifest.latency["p50_us"] <= manifest.latency["p99_us"]
    model = load_model(tmp_path, schema_id="schema")
    rows = run.rows()[:50]
    wanted = fitting.load(run.folder, run.facts.model, run.facts.threshold).predict(rows)
    for row, p in zip(rows, wanted, strict=True):
        whole = np.full(len(NAMES), np.nan)
        whole[columns(INPUTS)] = row
        assert model.vote(whole).p == pytest.approx(p, abs=1e-5)


def test_the_manifest_says_where_it_comes_from(run: Run, tmp_path: Path) -> None:
    manifest, facts = export_run(run.folder, tmp_path), run.facts
    assert read_manifest(tmp_path) == manifest
    assert (manifest.id, manifest.trial, manifest.synthetic) == (facts.id, facts.trial, True)
    assert manifest.inputs == INPUTS and manifest.ranges == facts.ranges
    assert manifest.data["sha256"] == facts.data_sha256
    assert [one["digest"] for one in manifest.data["sessions"]] == [one.digest for one in facts.sessions]
    assert len(manifest.folds) == len(facts.folds)
    assert manifest.label_rule["horizon_s"] == RULE.horizon_s and "tick_value_brl" in manifest.cost_model
    assert {"onnxruntime", "onnx", "numpy"} <= set(manifest.libraries)
    assert manifest.verdict is None and verdict_of(manifest) == "not validated"


def test_the_same_run_gives_the_same_bundle(run: Run, tmp_path: Path) -> None:
    first, second = export_run(run.folder, tmp_path / "1"), export_run(run.folder, tmp_path / "2")
    assert first.digest == second.digest
    assert (tmp_path / "1" / first.file).read_bytes() == (tmp_path / "2" / first.file).read_bytes()


def test_the_verdict_travels_with_it(run: Run, tmp_path: Path) -> None:
    folder = shutil.copytree(run.folder, tmp_path / "run")
    verdict = {"format": "qt-verdict/1", "run": run.facts.id, "verdict": "observe", "reasons": [],
               "data_sha256": run.facts.data_sha256}
    (folder / "verdict.json").write_text(json.dumps(verdict))
    assert verdict_of(export_run(folder, tmp_path / "out")) == "observe"


def test_a_graph_that_differs_leaves_nothing_behind(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export_run(run.folder, tmp_path / "out")
    before = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    monkeypatch.setattr(export, "MAX_ABS_DP", -1.0)
    with pytest.raises(DataError, match="differs from the trained model"):
        export_run(run.folder, tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_another_export_takes_the_place_of_the_one_before(run: Run, tmp_path: Path) -> None:
    (tmp_path / "older.onnx").write_bytes(b"of another run")
    manifest = export_run(run.folder, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([manifest.file, "manifest.json"])


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no training run"):
        export_run(tmp_path, tmp_path / "out")
