"""The model as a voter: what is refused at load, when it abstains, and the order of its classes."""
from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("onnx")

from app.inference.bundles import INPUTS, SCHEMA, answer, write_bundle, write_graph

from qt_app.errors import DataError, ExitCode
from qt_app.hashing import file_digest
from qt_app.inference.manifest import FILE_NAME, Manifest, read_manifest
from qt_app.inference.model import NoModel, OnnxModel, load_model, words_of
from qt_core.features.registry import NAMES


@pytest.fixture
def bundle(tmp_path: Path) -> Manifest:
    return write_bundle(tmp_path)


def load(folder: Path) -> OnnxModel:
    return load_model(folder, schema_id=SCHEMA)


def row(**values: float) -> np.ndarray:
    out = np.full(len(NAMES), np.nan)
    for name in INPUTS:
        out[NAMES.index(name)] = values.get(name, 0.5)
    return out


def test_probabilities_come_in_canonical_order(bundle: Manifest, tmp_path: Path) -> None:
    vote = load(tmp_path).vote(row(returns_1=2.0))
    assert vote.p == pytest.approx(tuple(answer([2.0, 0.5, 0.5])), abs=1e-6)
    assert sum(vote.p) == pytest.approx(1.0, abs=1e-12)
    assert vote.p[2] > vote.p[0]


def test_class_order_of_the_manifest_is_honoured(tmp_path: Path) -> None:
    backwards = tuple((b, h, s) for s, h, b in ((-1.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0)))
    probes = [{"row": [x, 0.5, 0.5], "p": answer([x, 0.5, 0.5])} for x in (-4.0, 0.0, 4.0)]
    write_bundle(tmp_path, classes=("buy", "hold", "sell"), weights=backwards, probes=probes)
    sell, _, buy = load(tmp_path).vote(row(returns_1=2.0)).p
    assert buy > sell


def test_a_nan_in_an_input_abstains_and_names_it(bundle: Manifest, tmp_path: Path) -> None:
    vote = load(tmp_path).vote(row(volatility_10=float("nan")))
    assert vote.abstains
    assert vote.reason == "NAN volatility_10"


def test_a_nan_outside_the_inputs_does_not_matter(bundle: Manifest, tmp_path: Path) -> None:
    assert not load(tmp_path).vote(row()).abstains


def test_its_strongest_votes_are_those_of_its_probes(bundle: Manifest, tmp_path: Path) -> None:
    strongest = load(tmp_path).strongest
    assert strongest["buy"].p == pytest.approx(tuple(answer([4.0, 0.5, 0.5])), abs=1e-6)
    assert strongest["sell"].p == pytest.approx(tuple(answer([-4.0, 0.5, 0.5])), abs=1e-6)
    assert strongest["hold"].p == pytest.approx(tuple(answer([0.0, 0.5, 0.5])), abs=1e-6)


SWAPPED = ("volatility_10", "returns_1", "hour")


@pytest.mark.parametrize(("change", "words"), [
    ({"sha256": "0" * 64}, "sha256"),
    ({"schema_id": "other"}, "feature schema other"),
    ({"inputs": ("returns_1", "rsi_14", "hour")}, "rsi_14"),
    ({"inputs": ("returns_1", "hour"), "ranges": ((0.0, 1.0),) * 2}, "takes 3 inputs"),
    ({"inputs": SWAPPED}, "inputs returns_1 at place 1, its manifest says volatility_10"),
    ({"classes": ("buy", "hold", "sell")}, "classes sell at place 1, its manifest says buy"),
    ({"file": "absent.onnx"}, "absent.onnx"),
    ({"file": "../known.onnx"}, "does not exist"),
    ({"classes": ("sell", "hold", "up")}, "classes"),
    ({"format": "qt-model/0"}, "qt-model/0"),
    ({"format": "qt-model/1"}, "old format 'qt-model/1'.*qt export-onnx"),
    ({"probes": []}, "carries no probes"),
    ({"probes": [{"row": [1.0], "p": [1.0, 0.0, 0.0]}]}, "a probe that is none"),
    ({"probes": [{"row": [1.0, 2.0, 3.0]}]}, "a probe that is none"),
    ({"probes": [{"row": [4.0, 0.5, 0.5], "p": answer([-4.0, 0.5, 0.5])}]}, "answers probe 1 with"),
])
def test_a_bundle_that_does_not_fit_is_refused(bundle: Manifest, tmp_path: Path, change: dict[str, Any],
                                               words: str) -> None:
    replace(bundle, **change).write(tmp_path)
    with pytest.raises(DataError, match=words) as caught:
        load(tmp_path)
    assert caught.value.code is ExitCode.DATA


@pytest.mark.parametrize("change", [
    {"classes": ["buy", "hold", "sell"]}, {"inputs": list(SWAPPED)}, {"synthetic": False},
    {"ranges": [[0.0, 9.0]] * 3}, {"verdict": {"verdict": "deploy"}}, {"trial": 1}])
def test_an_edited_manifest_is_refused(bundle: Manifest, tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / FILE_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DataError, match="was edited") as caught:
        load(tmp_path)
    assert caught.value.code is ExitCode.DATA


def test_what_was_only_measured_is_no_part_of_the_digest(bundle: Manifest, tmp_path: Path) -> None:
    replace(bundle, latency={"p50_us": 1.0}).write(tmp_path)
    assert read_manifest(tmp_path).digest == bundle.digest


def test_a_false_manifest_with_a_right_digest_is_told_by_its_probes(tmp_path: Path) -> None:
    """Whoever writes graph and manifest anew, in agreement but wrong, still has the answers of the export."""
    whole = write_bundle(tmp_path)
    turned = replace(whole, classes=("buy", "hold", "sell"))
    write_graph(tmp_path / whole.file, words_of(turned))
    replace(turned, sha256=file_digest(tmp_path / whole.file)).write(tmp_path)
    with pytest.raises(DataError, match="columns or classes are not where they were"):
        load(tmp_path)


def test_a_corrupt_graph_is_refused(bundle: Manifest, tmp_path: Path) -> None:
    (tmp_path / "known.onnx").write_bytes(b"not a graph")
    replace(bundle, sha256=file_digest(tmp_path / "known.onnx")).write(tmp_path)
    with pytest.raises(DataError, match="cannot be loaded"):
        load(tmp_path)


def test_a_corrupt_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        load(tmp_path)


def test_a_graph_that_answers_nan_is_refused(bundle: Manifest, tmp_path: Path) -> None:
    write_graph(tmp_path / "known.onnx", words_of(bundle), bias=(float("nan"), 0.0, 0.0))
    replace(bundle, sha256=file_digest(tmp_path / "known.onnx")).write(tmp_path)
    with pytest.raises(DataError, match="NOT_A_DISTRIBUTION"):
        load(tmp_path)


def test_without_a_model_the_vote_abstains() -> None:
    assert NoModel().vote(row()).reason == "NO_MODEL"
    assert NoModel().strongest == {}
