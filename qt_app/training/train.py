"""`qt train`: trees fitted on whole sessions, judged on sessions they never saw, against the honest baseline."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.training.dataset import Session
from qt_app.votes import ACTIONS
from qt_core.features.registry import FEATURES, NAMES

BOOSTER_FILE = "trees.txt"
RUN_FILE = "training.json"
ROWS_FILE = "rows.parquet"

PARAMETERS: dict[str, Any] = {
    "objective": "multiclass",
    "num_class": len(ACTIONS),
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 200,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 2,
}
MAX_ROUNDS = 200
PATIENCE = 20

#: Calendar fields would only teach the trees which hour a row came from, and brokers are not told by every feed: a
#: model that leaves both out serves any of them.
LEFT_OUT = frozenset({"time_normalized", "agent_turnover", "top_buyers_count", "top_sellers_count", "buyer_changed",
                      "seller_changed"})
INPUTS = tuple(feature.name for feature in FEATURES
               if feature.family != "calendar" and feature.name not in LEFT_OUT and not feature.name.startswith("top_"))


@dataclass(frozen=True, slots=True)
class Split:
    """Whole sessions for fitting, for stopping early, and for the final figure."""

    fit: Sequence[Session]
    stop: Sequence[Session]
    test: Sequence[Session]


def split(all_sessions: Sequence[Session]) -> Split:
    """Last session tests, the one before stops, the rest fit. Raises DataError below three sessions."""
    if len(all_sessions) < 3:
        raise DataError(f"training needs at least 3 sessions, got {len(all_sessions)}: raise --sessions")
    empty = [str(s.seed) for s in all_sessions if len(s.labels) == 0]
    if empty:
        raise DataError(f"sessions {', '.join(empty)} have no row with all features valid: train on longer sessions")
    return Split(all_sessions[:-2], all_sessions[-2:-1], all_sessions[-1:])


def fit(parts: Split, seed: int) -> lgb.Booster:
    """Boosted trees on float32 rows (what the served graph will see)."""
    train = lgb.Dataset(*_matrix(parts.fit), free_raw_data=False)
    stop = lgb.Dataset(*_matrix(parts.stop), reference=train, free_raw_data=False)
    booster = lgb.train({**PARAMETERS, "seed": seed}, train, MAX_ROUNDS, valid_sets=[stop],
                        callbacks=[lgb.early_stopping(PATIENCE, verbose=False)])
    # Reload at the best round: the file, the parity check and the export then hold the same trees.
    return lgb.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration))


def judge(booster: lgb.Booster, parts: Split) -> dict[str, Any]:
    """Figures on the untouched session: log-loss and accuracy, beside what the class shares alone would give."""
    rows, labels = _matrix(parts.test)
    shares = np.bincount(_matrix(parts.fit)[1], minlength=len(ACTIONS)) / sum(len(s.labels) for s in parts.fit)
    p = np.asarray(booster.predict(rows))
    own = p[np.arange(len(labels)), labels]
    return {
        "test_rows": len(labels),
        "log_loss": float(-np.log(np.clip(own, 1e-15, 1)).mean()),
        "log_loss_constant": float(-np.log(np.clip(shares[labels], 1e-15, 1)).mean()),
        "accuracy": float((p.argmax(axis=1) == labels).mean()),
        "accuracy_constant": float((labels == shares.argmax()).mean()),
        "class_share": {a: float((labels == i).mean()) for i, a in enumerate(ACTIONS)},
        "reachable": {a: bool((p.argmax(axis=1) == i).any()) for i, a in enumerate(ACTIONS)},
    }


def save(folder: Path, booster: lgb.Booster, parts: Split, facts: dict[str, Any]) -> None:
    """Write a training run: trees, facts, and the rows that `qt export-onnx` checks parity on."""
    folder.mkdir(parents=True, exist_ok=True)
    booster.save_model(str(folder / BOOSTER_FILE))
    rows, labels = _matrix([*parts.test, *parts.stop, *parts.fit])
    table = pa.table({name: rows[:, i] for i, name in enumerate(INPUTS)} | {"label": labels})
    pq.write_table(table, folder / ROWS_FILE, compression="zstd")
    libraries = {name: version(name) for name in ("lightgbm", "numpy", "onnxmltools")}
    document = {**facts, "inputs": INPUTS, "classes": ACTIONS, "libraries": libraries, "parameters": PARAMETERS,
                "trees": booster.num_trees(), "ranges": np.column_stack([rows.min(axis=0), rows.max(axis=0)]).tolist()}
    (folder / RUN_FILE).write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))


def _matrix(parts: Sequence[Session]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """(n, inputs) float32 rows and (n,) labels of several sessions."""
    columns = [NAMES.index(name) for name in INPUTS]
    rows = np.concatenate([s.rows[:, columns] for s in parts]).astype(np.float32)
    return rows, np.concatenate([s.labels for s in parts])
