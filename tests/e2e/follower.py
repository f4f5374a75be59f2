"""A model that is known: it goes with the flow, whatever the market."""
from __future__ import annotations

from pathlib import Path

import onnx
from onnx import TensorProto, helper

from qt_app.inference.manifest import Manifest, digest

INPUTS = ("order_flow_imbalance_10", "returns_1")


def write_follower(folder: Path, schema_id: str) -> Path:
    """softmax(±4 · imbalance) over (sell, hold, buy), with its manifest."""
    folder.mkdir(parents=True)
    nodes = [helper.make_node("MatMul", ["rows", "w"], ["z"]), helper.make_node("Softmax", ["z"], ["p"], axis=1)]
    weights = helper.make_tensor("w", TensorProto.FLOAT, [2, 3], [-4.0, 0.0, 4.0, 0.0, 0.0, 0.0])
    shape = {"rows": [None, 2], "p": [None, 3]}
    rows, p = (helper.make_tensor_value_info(name, TensorProto.FLOAT, shape[name]) for name in ("rows", "p"))
    graph = helper.make_graph(nodes, "follower", [rows], [p], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8), folder / "f.onnx")
    Manifest(id="follower", file="f.onnx", sha256=digest(folder / "f.onnx"), schema_id=schema_id, inputs=INPUTS,
             ranges=((-1.0, 1.0),) * 2, classes=("sell", "hold", "buy"), synthetic=True, training={}, parity={},
             metrics={}).write(folder)
    return folder
