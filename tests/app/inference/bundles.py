"""Small bundles with a known answer, for tests of whatever serves models."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from qt_app.hashing import file_digest
from qt_app.inference.manifest import Manifest
from qt_app.inference.model import words_of

SCHEMA = "test-schema"
INPUTS = ("returns_1", "volatility_10", "hour")
CLASSES = ("sell", "hold", "buy")
#: (input, class): more of returns_1 means buy, less of it sell.
WEIGHTS = ((-1.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0))

Weights = Sequence[Sequence[float]]


def write_graph(path: Path, words: dict[str, str], *, weights: Weights = WEIGHTS,
                bias: Sequence[float] = (0.0, 1.0, 0.0)) -> None:
    """softmax(rows @ weights + bias)."""
    width = len(weights)
    nodes = [helper.make_node("MatMul", ["rows", "w"], ["z"]), helper.make_node("Add", ["z", "b"], ["s"]),
             helper.make_node("Softmax", ["s"], ["p"], axis=1)]
    flat = [value for row in weights for value in row]
    constants = [helper.make_tensor("w", TensorProto.FLOAT, [width, 3], flat),
                 helper.make_tensor("b", TensorProto.FLOAT, [3], bias)]
    rows = helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, width])
    answer = helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 3])
    graph = helper.make_graph(nodes, "known", [rows], [answer], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    helper.set_model_props(model, words)
    onnx.checker.check_model(model)
    path.write_bytes(model.SerializeToString())


def answer(row: Sequence[float], *, weights: Weights = WEIGHTS, bias: Sequence[float] = (0.0, 1.0, 0.0)) -> list[float]:
    scores = np.array(row) @ np.array(weights) + np.array(bias)
    shares = np.exp(scores - scores.max())
    return [float(value) for value in shares / shares.sum()]


def write_bundle(folder: Path, model_id: str = "known", *, schema_id: str = SCHEMA, inputs: Sequence[str] = INPUTS,
                 weights: Weights | None = None, bias: Sequence[float] = (0.0, 1.0, 0.0),
                 synthetic: bool = True, **fields: object) -> Manifest:
    """A bundle of ``softmax(rows @ weights + bias)``; by default the first input decides. Other fields as given."""
    chosen = weights or tuple((-1.0, 0.0, 1.0) if i == 0 else (0.0, 0.0, 0.0) for i in range(len(inputs)))
    probes = [{"row": (row := [first, *[0.5] * (len(inputs) - 1)]), "p": answer(row, weights=chosen, bias=bias)}
              for first in (-4.0, 0.0, 4.0)]
    manifest = Manifest(id=model_id, file=f"{model_id}.onnx", sha256="", schema_id=schema_id, inputs=tuple(inputs),
                        ranges=((-1.0, 1.0),) * len(inputs), classes=CLASSES, synthetic=synthetic, training={},
                        parity={}, metrics={}, probes=probes)
    manifest = replace(manifest, **fields)
    folder.mkdir(parents=True, exist_ok=True)
    write_graph(folder / manifest.file, words_of(manifest), weights=chosen, bias=bias)
    manifest = replace(manifest, sha256=file_digest(folder / manifest.file)).sealed()
    manifest.write(folder)
    return manifest
