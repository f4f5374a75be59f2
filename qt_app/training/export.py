"""LightGBM to ONNX, exactly: the graph scores float32 rows as the trees did in training."""
from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from qt_app.errors import DataError

MAX_ABS_DP = 1e-5


def round_thresholds_down(booster: lgb.Booster) -> lgb.Booster:
    """The same trees with every threshold moved to the float32 at or below it.

    For a float32 input x and a double threshold t, ``x <= t`` and ``x <= floor32(t)`` are the same question;
    rounding to the nearest instead sends rows between the two down the wrong branch.
    """
    def floor32(text: str) -> str:
        value = float(text)
        nearest = np.float32(value)
        down = np.nextafter(nearest, np.float32(-np.inf)) if float(nearest) > value else nearest
        return repr(float(down))

    def line(match: re.Match[str]) -> str:
        return "threshold=" + " ".join(floor32(word) for word in match.group(1).split())

    # An own digest of each tree's length precedes the trees; LightGBM only uses it to split, and skips it when absent.
    text = re.sub(r"^tree_sizes=.*\n", "", booster.model_to_string(), flags=re.M)
    return lgb.Booster(model_str=re.sub(r"^threshold=(.*)$", line, text, flags=re.M))


def to_onnx(booster: lgb.Booster, path: Path) -> None:
    """Write the graph: float32 (rows, inputs) in, float32 probabilities (rows, classes) out."""
    width = booster.num_feature()
    graph = convert_lightgbm(round_thresholds_down(booster), initial_types=[("rows", FloatTensorType([None, width]))],
                             zipmap=False, target_opset=15)
    path.write_bytes(graph.SerializeToString())


def parity(booster: lgb.Booster, path: Path, rows: NDArray[np.float32]) -> dict[str, Any]:
    """Largest probability difference and argmax flips between the native trees and the file, row by row."""
    session = ort.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    output = next(o.name for o in session.get_outputs() if len(o.shape) == 2)
    served = np.asarray(session.run([output], {session.get_inputs()[0].name: rows})[0], dtype=np.float64)
    native = np.asarray(booster.predict(rows.astype(np.float64)), dtype=np.float64)
    delta = np.abs(served - native)
    ordered = np.sort(native, axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 2 * MAX_ABS_DP
    flips = int((clear & (served.argmax(axis=1) != native.argmax(axis=1))).sum())
    return {"rows": len(rows), "max_abs_dp": float(delta.max()), "argmax_flips": flips}


def check_parity(figure: dict[str, Any]) -> None:
    """Refuse to ship a graph that does not score as the trees do. Raises DataError."""
    if figure["max_abs_dp"] > MAX_ABS_DP or figure["argmax_flips"]:
        raise DataError(f"the exported graph differs from the trees by {figure['max_abs_dp']:.2e} on "
                        f"{figure['rows']} rows ({figure['argmax_flips']} argmax flips); allowed are {MAX_ABS_DP:.0e} "
                        "and none: report this")
