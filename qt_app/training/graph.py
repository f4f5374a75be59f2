"""One ONNX graph of scaler, model and calibrator: float32 (rows, inputs) in, float32 (rows, 3) probabilities out.

The trees compare float32 with float32 and add up in float32; everything else is computed in double, as in training, so
that the only difference left is the trees' sum.
"""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import lightgbm as lgb
import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from qt_app.training.thresholds import missing_goes_left, round_thresholds_down
from qt_app.votes import ACTIONS

OPSET, ML_OPSET, IR_VERSION = 15, 3, 8
INPUT, OUTPUT = "rows", "probabilities"

Doubles = NDArray[np.float64]


@dataclass(slots=True)
class Graph:
    """Nodes in order; every method adds one step and names its result."""

    width: int
    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: list[onnx.TensorProto] = field(default_factory=list)

    def add(self, kind: str, *inputs: str | Doubles | NDArray[np.int64], domain: str = "", **attributes: Any) -> str:
        """One node of one result; arrays among its inputs become constants."""
        name = f"{kind.lower()}_{len(self.nodes)}"
        names = [given if isinstance(given, str) else self._constant(given) for given in inputs]
        self.nodes.append(helper.make_node(kind, names, [name], name=name, domain=domain, **attributes))
        return name

    def _constant(self, values: NDArray[Any]) -> str:
        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.asarray(values), name))
        return name

    def model(self, result: str, words: Mapping[str, str]) -> onnx.ModelProto:
        """The finished model, whose metadata says what its columns are."""
        self.nodes.append(helper.make_node("Cast", [result], [OUTPUT], to=TensorProto.FLOAT, name="float32"))
        rows = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [None, self.width])
        answer = helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [None, len(ACTIONS)])
        graph = helper.make_graph(self.nodes, "qt", [rows], [answer], self.constants)
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)]
        made = helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="qt")
        helper.set_model_props(made, dict(words))
        onnx.checker.check_model(made)
        return made


# ---- scaler and model


def trees(graph: Graph, booster: lgb.Booster) -> str:
    """Probabilities, double: the ensemble's raw sums of float32, then a softmax."""
    converted = convert_lightgbm(round_thresholds_down(booster), zipmap=False, target_opset=OPSET,
                                 initial_types=[(INPUT, FloatTensorType([None, graph.width]))])
    node = next(node for node in converted.graph.node if node.op_type == "TreeEnsembleClassifier")
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
    attributes["post_transform"] = "NONE"
    attributes["nodes_missing_value_tracks_true"] = missing_goes_left(booster, attributes)
    graph.nodes.append(helper.make_node("TreeEnsembleClassifier", [INPUT], ["label", "sums"], name="trees",
                                        domain="ai.onnx.ml", **attributes))
    return graph.add("Softmax", graph.add("Cast", "sums", to=TensorProto.DOUBLE), axis=1)


def line(graph: Graph, scaler: Mapping[str, Any], fitted: Mapping[str, Any]) -> str:
    """Probabilities, double: softmax(clip((x - mean) / scale) @ weights + bias), with the clipped value in float32."""
    x = graph.add("Cast", INPUT, to=TensorProto.DOUBLE)
    if scaler["kind"] != "none":
        moved = graph.add("Div", graph.add("Sub", x, _row(scaler["mean"])), _row(scaler["scale"]))
        held = graph.add("Clip", moved, np.array(-float(scaler["clip"])), np.array(float(scaler["clip"])))
        x = graph.add("Cast", graph.add("Cast", held, to=TensorProto.FLOAT), to=TensorProto.DOUBLE)
    return affine(graph, x, fitted)


def affine(graph: Graph, x: str, fitted: Mapping[str, Any]) -> str:
    """softmax(x @ weights + bias)."""
    scores = graph.add("Add", graph.add("MatMul", x, np.array(fitted["weights"], dtype=np.float64)),
                       _row(fitted["bias"]))
    return graph.add("Softmax", scores, axis=1)


# ---- calibrator


def calibrated(graph: Graph, p: str, fitted: Mapping[str, Any]) -> str:
    """The calibrated probabilities, double; ``fitted`` is what ``calibration.Calibrator.as_json`` wrote."""
    if fitted["kind"] == "piecewise":
        return _piecewise(graph, p, np.array(fitted["values"], dtype=np.float64))
    logs = graph.add("Log", graph.add("Max", p, np.array([[float(fitted["floor"])]])))
    return affine(graph, logs, fitted)


def _piecewise(graph: Graph, p: str, values: Doubles) -> str:
    """Interpolation as a sum of ramps: v0 + sum over k of (v[k+1] - v[k]) clip(p (K - 1) - k, 0, 1), then shares."""
    steps = values.shape[1] - 1
    wide = graph.add("Unsqueeze", p, np.array([2], dtype=np.int64))
    ramps = graph.add("Clip", graph.add("Sub", graph.add("Mul", wide, np.array(float(steps))),
                                        np.arange(steps, dtype=np.float64).reshape(1, 1, -1)),
                      np.array(0.0), np.array(1.0))
    risen = graph.add("ReduceSum", graph.add("Mul", ramps, np.diff(values, axis=1)[None]),
                      np.array([2], dtype=np.int64), keepdims=0)
    raw = graph.add("Add", risen, values[:, 0][None])
    return graph.add("Div", raw, graph.add("ReduceSum", raw, np.array([1], dtype=np.int64), keepdims=1))


def unknown_stays_unknown(graph: Graph, p: str) -> str:
    """NaN for a row with a NaN: maxima and clips of other runtimes may swallow it."""
    found = graph.add("Cast", graph.add("IsNaN", INPUT), to=TensorProto.DOUBLE)
    any_nan = graph.add("Greater", graph.add("ReduceMax", found, axes=[1], keepdims=1), np.array(0.0))
    return graph.add("Where", any_nan, np.array(np.nan), p)


def _row(values: Any) -> Doubles:
    return np.array(values, dtype=np.float64).reshape(1, -1)
