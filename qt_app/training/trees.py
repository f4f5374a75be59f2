"""Gradient-boosted trees, the default model."""
from __future__ import annotations

from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np

from qt_app.errors import DataError
from qt_app.training.models import Floats, Parameters, Part, Rows, Suggest
from qt_app.votes import ACTIONS

TREES_FILE = "trees.txt"

DEFAULTS: Parameters = {
    "learning_rate": 0.05, "num_leaves": 15, "min_data_in_leaf": 200, "feature_fraction": 0.7, "bagging_fraction": 0.7,
    "bagging_freq": 1, "lambda_l2": 5.0, "rounds": 200, "patience": 20,
}
#: One result per seed, whatever the machine. One thread: on a few thousand rows a second one only waits for the first,
#: and on a busy machine that made a fit twenty times as long.
FIXED: Parameters = {"objective": "multiclass", "num_class": len(ACTIONS), "verbose": -1, "deterministic": True,
                     "force_row_wise": True, "num_threads": 1}


class Trees:
    """Gradient-boosted trees of LightGBM."""

    def __init__(self, booster: lgb.Booster) -> None:
        self._booster = booster
        self.rounds = int(booster.current_iteration())

    def predict(self, rows: Rows) -> Floats:
        return np.asarray(self._booster.predict(rows), dtype=np.float64).reshape(-1, len(ACTIONS))

    def importance(self) -> Floats:
        gain = np.asarray(self._booster.feature_importance("gain"), dtype=np.float64)
        shares: Floats = gain / max(gain.sum(), np.finfo(np.float64).tiny)
        return shares

    def contributions(self, rows: Rows) -> Floats:
        """Exact for trees (Lundberg et al. 2020, "From local explanations to global understanding")."""
        told = np.asarray(self._booster.predict(rows, pred_contrib=True), dtype=np.float64)
        by_class = told.reshape(len(rows), len(ACTIONS), -1)[:, :, :-1]     # the last column is the mean score
        return by_class.transpose(0, 2, 1)

    def save(self, folder: Path) -> None:
        (folder / TREES_FILE).write_text(self._booster.model_to_string(), encoding="utf-8")


class LightGBM:
    """Fits ``Trees``."""

    name = "lightgbm"
    scaled = False
    defaults: Parameters = DEFAULTS

    def fit(self, part: Part, valid: Part | None, seed: int, parameters: Parameters) -> Trees:
        asked = {**self.defaults, **parameters}
        rounds, patience = asked.pop("rounds"), asked.pop("patience")
        fixed = {**asked, **FIXED, "seed": seed}
        data = lgb.Dataset(part.rows, part.labels, weight=part.weights, params={"verbose": -1}, free_raw_data=False)
        if valid is None:
            return Trees(lgb.train(fixed, data, rounds))
        judge = lgb.Dataset(valid.rows, valid.labels, weight=valid.weights, reference=data, free_raw_data=False)
        booster = lgb.train(fixed, data, rounds, valid_sets=[judge],
                            callbacks=[lgb.early_stopping(patience, verbose=False)])
        return Trees(lgb.Booster(model_str=booster.model_to_string(num_iteration=booster.best_iteration)))

    def suggest(self, trial: Suggest) -> dict[str, Any]:
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.02, 0.2, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 4, 63, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 50, 1000, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.3, 1.0),
            "bagging_fraction": trial.suggest_float("bagging_fraction", 0.4, 1.0),
            "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
        }

    def load(self, folder: Path) -> Trees:
        path = folder / TREES_FILE
        try:
            return Trees(lgb.Booster(model_str=path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, lgb.basic.LightGBMError) as error:
            raise DataError(f"{path} cannot be used ({error}): train again") from error
