"""The model as a voter: what is refused at load, when it abstains, and the order of its classes."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402

from qt_app.errors import DataError, ExitCode  # noqa: E402
from qt_app.inference.manifest import Manifest, digest  # noqa: E402
from qt_app.inference.model import NoModel, load_model  # noqa: E402
from qt_core.features.registry import NAMES  # noqa: E402

SCHEMA = "test-schema"
INPUTS = ("returns_1", "volatility_10", "hour")


def write_graph(path: Path, bias: tuple[float, float, float] = (0.0, 1.0, 2.0), width: int = 3) -> None:
    """softmax(0 · x + bias): a graph whose answer is known."""
    nodes = [helper.make_node("MatMul", ["rows", "w"], ["z"]), helper.make_node("Add", ["z", "b"], ["s"]),
             helper.make_node("Softmax", ["s"], ["p"], axis=1)]
    weights = [helper.make_tensor("w", TensorProto.FLOAT, [width, 3], [0.0] * 3 * width),
               helper.make_tensor("b", TensorProto.FLOAT, [3], bias)]
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, width])
    graph = helper.make_graph(nodes, "known", [rows],
                              [helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 3])], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    path.write_bytes(model.SerializeToString())


@pytest.fixture
def bundle(tmp_path: Path) -> Manifest:
    write_graph(tmp_path / "known.onnx")
    manifest = Manifest(id="known", file="known.onnx", sha256=digest(tmp_path / "known.onnx"), schema_id=SCHEMA,
                        inputs=INPUTS, ranges=((-1.0, 1.0),) * 3, classes=("sell", "hold", "buy"), synthetic=True,
                        training={}, parity={}, metrics={})
    manifest.write(tmp_path)
    return manifest


def row(**values: float) -> np.ndarray:
    out = np.full(len(NAMES), np.nan)
    for name in INPUTS:
        out[NAMES.index(name)] = values.get(name, 0.5)
    return out


def test_probabilities_come_in_canonical_order(bundle: Manifest, tmp_path: Path) -> None:
    vote = load_model(tmp_path, schema_id=SCHEMA).vote(row())
    expected = np.exp([0.0, 1.0, 2.0]) / np.exp([0.0, 1.0, 2.0]).sum()
    assert vote.p == pytest.approx(tuple(expected), abs=1e-6)
    assert sum(vote.p) == pytest.approx(1.0, abs=1e-12)


def test_class_order_of_the_manifest_is_honoured(bundle: Manifest, tmp_path: Path) -> None:
    dataclasses.replace(bundle, classes=("buy", "hold", "sell")).write(tmp_path)
    sell, _, buy = load_model(tmp_path, schema_id=SCHEMA).vote(row()).p
    assert sell > buy


def test_a_nan_in_an_input_abstains_and_names_it(bundle: Manifest, tmp_path: Path) -> None:
    vote = load_model(tmp_path, schema_id=SCHEMA).vote(row(volatility_10=float("nan")))
    assert vote.abstains
    assert vote.reason == "NAN volatility_10"


def test_a_nan_outside_the_inputs_does_not_matter(bundle: Manifest, tmp_path: Path) -> None:
    assert not load_model(tmp_path, schema_id=SCHEMA).vote(row()).abstains


@pytest.mark.parametrize(("change", "words"), [
    ({"sha256": "0" * 64}, "sha256"),
    ({"schema_id": "other"}, "feature schema other"),
    ({"inputs": ("returns_1", "rsi_14", "hour")}, "rsi_14"),
    ({"inputs": ("returns_1", "hour"), "ranges": ((0.0, 1.0),) * 2}, "takes 3 inputs"),
    ({"file": "absent.onnx"}, "absent.onnx"),
    ({"classes": ("sell", "hold", "up")}, "classes"),
    ({"format": "qt-model/0"}, "qt-model/0"),
])
def test_a_bundle_that_does_not_fit_is_refused(bundle: Manifest, tmp_path: Path, change: dict, words: str) -> None:
    dataclasses.replace(bundle, **change).write(tmp_path)
    with pytest.raises(DataError, match=words) as caught:
        load_model(tmp_path, schema_id=SCHEMA)
    assert caught.value.code is ExitCode.DATA


def test_a_corrupt_graph_is_refused(bundle: Manifest, tmp_path: Path) -> None:
    (tmp_path / "known.onnx").write_bytes(b"not a graph")
    dataclasses.replace(bundle, sha256=digest(tmp_path / "known.onnx")).write(tmp_path)
    with pytest.raises(DataError, match="cannot be loaded"):
        load_model(tmp_path, schema_id=SCHEMA)


def test_a_corrupt_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        load_model(tmp_path, schema_id=SCHEMA)


def test_a_graph_that_answers_nan_abstains(bundle: Manifest, tmp_path: Path) -> None:
    write_graph(tmp_path / "known.onnx", bias=(float("nan"), 0.0, 0.0))
    dataclasses.replace(bundle, sha256=digest(tmp_path / "known.onnx")).write(tmp_path)
    assert load_model(tmp_path, schema_id=SCHEMA).vote(row()).reason == "NOT_A_DISTRIBUTION"


def test_without_a_model_the_vote_abstains() -> None:
    assert NoModel().vote(row()).reason == "NO_MODEL"
