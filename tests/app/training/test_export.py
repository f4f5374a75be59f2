"""The served graph scores as the fitted model does, also on values that sit on a threshold or that cannot be."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

lgb = pytest.importorskip("lightgbm")
pytest.importorskip("onnxmltools")

from qt_app.errors import DataError  # noqa: E402
from qt_app.training import graph  # noqa: E402
from qt_app.training.calibration import Affine, Piecewise  # noqa: E402
from qt_app.training.export import EXTREME, INVENTED, check_parity, parity, trial_rows  # noqa: E402
from qt_app.training.graph import Graph  # noqa: E402
from qt_app.training.scaling import CLIP, Scaler  # noqa: E402
from qt_app.training.softmax import Softmax  # noqa: E402
from qt_app.training.thresholds import ZERO, floor32, round_thresholds_down, thresholds_of  # noqa: E402

WIDTH = 6


@pytest.fixture(scope="module")
def rows() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(3000, WIDTH)).astype(np.float32)


def trained(rows: np.ndarray) -> Any:
    labels = np.digitize(rows[:, 0] + rows[:, 1] * rows[:, 2] + np.random.default_rng(1).normal(size=len(rows)),
                         [-0.7, 0.7])
    parameters = {"objective": "multiclass", "num_class": 3, "num_leaves": 15, "verbose": -1,
                  "deterministic": True, "seed": 1, "num_threads": 1}
    return lgb.train(parameters, lgb.Dataset(rows, labels), 20)


@pytest.fixture(scope="module")
def booster(rows: np.ndarray) -> Any:
    return trained(rows)


def written(path: Path, made: Graph, result: str) -> Path:
    path.write_bytes(made.model(result, {"classes": "sell,hold,buy"}).SerializeToString())
    return path



AFFINE = Affine("dirichlet", np.array([[1.2, 0.1, -0.2], [0.0, 0.8, 0.1], [-0.1, 0.0, 1.1]]),
                np.array([0.1, -0.2, 0.0]))
PIECEWISE = Piecewise("isotonic", np.sort(np.random.default_rng(2).uniform(1e-3, 1.0, (3, 33)), axis=1))


def test_thresholds_are_float32_and_never_above(booster: Any) -> None:
    before, after = thresholds_of(booster), thresholds_of(round_thresholds_down(booster))
    assert before.keys() == after.keys()
    for column, values in before.items():
        assert after[column] == sorted({floor32(value) for value in values})
        assert all(floor32(value) == float(np.float32(floor32(value))) <= value for value in values)
    assert floor32(0.5) == 0.5 and floor32(-ZERO) < -ZERO and floor32(ZERO) == ZERO


@pytest.mark.lengthy
@pytest.mark.parametrize("calibrator", [None, AFFINE, PIECEWISE], ids=["raw", "affine", "piecewise"])
def test_graph_equals_trees_on_every_kind_of_row(booster: Any, rows: np.ndarray, calibrator: Any,
                                                 tmp_path: Path) -> None:
    made = Graph(WIDTH)
    p = graph.trees(made, booster)
    p = p if calibrator is None else graph.calibrated(made, p, calibrator.as_json())
    path = written(tmp_path / "m.onnx", made, p)
    trial = trial_rows(rows, thresholds_of(booster))
    assert len(trial) >= len(rows) + INVENTED
    assert np.isnan(trial).any(axis=1).sum() > 500 and np.isinf(trial).any(axis=1).sum() > 500
    assert all((trial == value).any() for value in EXTREME[1:])

    def native(given: np.ndarray) -> np.ndarray:
        p = np.asarray(booster.predict(given))
        return p if calibrator is None else calibrator.apply(p)

    figure = parity(native, path, trial)
    assert figure["max_abs_dp"] <= 1e-5 and figure["argmax_flips"] == 0
    assert figure["without_answer"] == 0        # trees know what to do with a missing value


def test_what_lightgbm_takes_for_nothing_is_nothing_in_the_graph(tmp_path: Path) -> None:
    """An input of few values is split at ±1e-35, and LightGBM reads -1e-35 itself as 0."""
    rng = np.random.default_rng(5)
    rows = np.repeat(rng.choice(np.array([-1.0, 0.0, 1.0], dtype=np.float32), (3000, 1)), WIDTH, axis=1)
    booster = lgb.train({"objective": "multiclass", "num_class": 3, "verbose": -1, "num_threads": 1},
                        lgb.Dataset(rows, (rows[:, 0] + 1).astype(int)), 3)
    assert thresholds_of(booster)[0][0] == -ZERO
    made = Graph(WIDTH)
    edges = np.array([[-ZERO], [ZERO], [np.nextafter(np.float32(-ZERO), np.float32(-1))], [0.0], [-1e-40]])
    figure = parity(lambda given: np.asarray(booster.predict(given)),
                    written(tmp_path / "m.onnx", made, graph.trees(made, booster)),
                    np.repeat(edges, WIDTH, axis=1).astype(np.float32))
    assert figure["max_abs_dp"] <= 1e-5 and figure["argmax_flips"] == 0


@pytest.mark.parametrize("calibrator", [AFFINE, PIECEWISE], ids=["affine", "piecewise"])
def test_graph_equals_the_straight_line(rows: np.ndarray, calibrator: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    scaler, line = Scaler.fit(rows), Softmax(rng.normal(size=(WIDTH, 3)), rng.normal(size=3))
    made = Graph(WIDTH)
    scaled = {"kind": "standard", "mean": scaler.mean.tolist(), "scale": scaler.scale.tolist(), "clip": CLIP}
    p = graph.line(made, scaled, {"weights": line.weights.tolist(), "bias": line.bias.tolist()})
    p = graph.unknown_stays_unknown(made, graph.calibrated(made, p, calibrator.as_json()))
    path = written(tmp_path / "m.onnx", made, p)
    edges = {at: [float(mean + CLIP * scale)] for at, (mean, scale) in enumerate(zip(scaler.mean, scaler.scale,
                                                                                     strict=True))}
    trial = trial_rows(rows, edges)
    figure = parity(lambda given: calibrator.apply(line.predict(scaler.apply(given).astype(np.float64))), path, trial)
    assert figure["max_abs_dp"] <= 1e-5 and figure["argmax_flips"] == 0
    assert figure["without_answer"] == int(np.isnan(trial).any(axis=1).sum()) > 0


@pytest.mark.lengthy
def test_the_known_error_of_thresholds_to_the_nearest_is_seen(tmp_path: Path, rows: np.ndarray, booster: Any) -> None:
    """Parity finds what it is there to find: the rows between a threshold and its nearest float32."""
    made = Graph(WIDTH)
    result = graph.trees(made, booster)
    trees = next(node for node in made.nodes if node.op_type == "TreeEnsembleClassifier")
    values = next(attribute for attribute in trees.attribute if attribute.name == "nodes_values")
    up = [float(np.nextafter(np.float32(value), np.float32(np.inf))) for value in values.floats]
    del values.floats[:]
    values.floats.extend(up)
    figure = parity(lambda given: np.asarray(booster.predict(given)), written(tmp_path / "m.onnx", made, result),
                    trial_rows(rows, thresholds_of(booster)))
    assert figure["max_abs_dp"] > 1e-5
    with pytest.raises(DataError, match="differs from the trained model"):
        check_parity(figure)


def test_a_graph_that_differs_is_refused() -> None:
    with pytest.raises(DataError, match="argmax flips"):
        check_parity({"rows": 10, "max_abs_dp": 1e-3, "argmax_flips": 1})
