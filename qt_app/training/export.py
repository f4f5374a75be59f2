"""Whether a graph scores as the fitted model does, row by row, and how long a row takes."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.inference.model import OnnxModel
from qt_core._types import mono_ns
from qt_core.features.registry import NAMES

MAX_ABS_DP = 1e-5
#: Least rows that parity is shown on, beside the sample itself.
INVENTED = 10_000
#: Values that no market sends and a broken feed might.
EXTREME = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1e-45, -1e-45, 1e-40, 1e-38, -1e-38, 1e30, -1e30, 3.4e38,
                    -3.4e38], dtype=np.float32)
TIMED = 3000

Rows = NDArray[np.float32]
Native = Callable[[Rows], NDArray[np.float64]]


def trial_rows(sample: Rows, thresholds: dict[int, list[float]]) -> Rows:
    """The sample, and invented rows: columns mixed anew, values at and beside thresholds, values that cannot be."""
    rng = np.random.default_rng(0)
    count = INVENTED // 2
    mixed = np.column_stack([rng.choice(column, count) for column in sample.T])
    near, odd = mixed.copy(), mixed.copy()
    for column, values in thresholds.items():
        edge = rng.choice(np.array(values), count).astype(np.float32)
        towards = rng.choice(np.array([-np.inf, np.inf], dtype=np.float32), count)
        near[:, column] = np.where(rng.random(count) < 1 / 3, edge, np.nextafter(edge, towards))
    odd = np.where(rng.random(odd.shape) < rng.random((count, 1)), rng.choice(EXTREME, odd.shape), odd)
    return np.concatenate([sample, mixed, near, odd]).astype(np.float32)


def parity(native: Native, path: Path, rows: Rows) -> dict[str, Any]:
    """Largest probability difference and argmax flips between the fitted model and the file, row by row.

    Where the fitted model answers NaN, so must the file: such a row counts as a flip otherwise.
    """
    session = ort.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    served = np.asarray(session.run(None, {session.get_inputs()[0].name: rows})[0], dtype=np.float64)
    wanted = native(rows)
    known = np.isfinite(wanted).all(axis=1)
    lost = int((np.isfinite(served).all(axis=1) != known).sum())
    delta = np.abs(served[known] - wanted[known])
    ordered = np.sort(wanted[known], axis=1)
    clear = ordered[:, -1] - ordered[:, -2] > 2 * MAX_ABS_DP
    flips = int((clear & (served[known].argmax(axis=1) != wanted[known].argmax(axis=1))).sum())
    return {"rows": len(rows), "max_abs_dp": float(delta.max(initial=0.0)), "argmax_flips": flips + lost,
            "without_answer": int((~known).sum())}


def check_parity(figure: dict[str, Any]) -> None:
    """Refuse to ship a graph that does not score as the fitted model does. Raises DataError."""
    if figure["max_abs_dp"] > MAX_ABS_DP or figure["argmax_flips"]:
        raise DataError(f"the exported graph differs from the trained model by {figure['max_abs_dp']:.2e} on "
                        f"{figure['rows']} rows ({figure['argmax_flips']} argmax flips); allowed are {MAX_ABS_DP:.0e} "
                        "and none: report this")


def latency(model: OnnxModel, sample: Rows) -> dict[str, Any]:
    """Microseconds of one vote on this machine, as the engine asks for it: a row of 65 in, a triple out."""
    row = np.full(len(NAMES), np.nan)
    columns = [NAMES.index(name) for name in model.inputs]
    taken = []
    for at in range(TIMED):
        row[columns] = sample[at % len(sample)]
        began = mono_ns()
        model.vote(row)
        taken.append(mono_ns() - began)
    p50, p99 = np.percentile(np.array(taken[TIMED // 10:]) / 1000.0, (50, 99))
    return {"rows": TIMED, "p50_us": round(float(p50), 1), "p99_us": round(float(p99), 1)}
