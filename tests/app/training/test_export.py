"""The served graph scores as the trees do, also on values that sit on a threshold."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

lgb = pytest.importorskip("lightgbm")
pytest.importorskip("onnxmltools")

from qt_app.errors import DataError  # noqa: E402
from qt_app.training.export import check_parity, parity, round_thresholds_down, to_onnx  # noqa: E402


@pytest.fixture(scope="module")
def booster() -> lgb.Booster:
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(4000, 6)).astype(np.float32)
    labels = np.digitize(rows[:, 0] + rows[:, 1] * rows[:, 2] + rng.normal(size=4000), [-0.7, 0.7])
    parameters = {"objective": "multiclass", "num_class": 3, "num_leaves": 15, "verbose": -1,
                  "deterministic": True, "seed": 1, "num_threads": 1}
    return lgb.train(parameters, lgb.Dataset(rows.astype(np.float64), labels), 20)


def thresholds(booster: lgb.Booster) -> list[float]:
    lines = [line for line in booster.model_to_string().splitlines() if line.startswith("threshold=")]
    return [float(word) for line in lines for word in line.removeprefix("threshold=").split()]


def test_thresholds_are_float32_and_never_above(booster: lgb.Booster) -> None:
    before, after = thresholds(booster), thresholds(round_thresholds_down(booster))
    assert len(before) == len(after)
    assert all(new == float(np.float32(new)) and new <= old for old, new in zip(before, after, strict=True))


def test_graph_equals_trees_on_random_and_threshold_rows(booster: lgb.Booster, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    random = rng.normal(size=(10_000, 6)).astype(np.float32)
    on_edge = rng.choice(np.array(thresholds(booster), dtype=np.float32), size=(5_000, 6))
    to_onnx(booster, tmp_path / "m.onnx")
    figure = parity(booster, tmp_path / "m.onnx", np.concatenate([random, on_edge]))
    assert figure["max_abs_dp"] <= 1e-5
    assert figure["argmax_flips"] == 0


def test_a_graph_that_differs_is_refused() -> None:
    with pytest.raises(DataError, match="argmax flips"):
        check_parity({"rows": 10, "max_abs_dp": 1e-3, "argmax_flips": 1})
