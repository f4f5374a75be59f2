"""SHAP values of a model out of sample, aggregated: how much each input moves the scores, and which way."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from qt_app.training.fitting import Fitted
from qt_app.training.models import Floats, Rows
from qt_app.votes import ACTIONS

BUY, SELL = ACTIONS.index("buy"), ACTIONS.index("sell")


@dataclass(frozen=True, slots=True)
class Shap:
    """Per input (k,): ``size`` mean |SHAP| summed over the classes, in the log-odds of the scores before calibration;
    ``by_class`` (k, 3); ``direction`` rank correlation of the input with what it adds to buy over sell, NaN where
    either never moves: +1 means that high values speak for buying."""

    size: Floats
    by_class: Floats
    direction: Floats


def shap_values(fitted: Sequence[Fitted], rows: Sequence[Rows]) -> Shap:
    """Over models and the (n, k) rows that each never saw; every row counts the same."""
    told = [one.contributions(some) for one, some in zip(fitted, rows, strict=True)]
    by_class: NDArray[np.float64] = np.abs(np.concatenate(told)).mean(axis=0)
    towards = np.concatenate([one[:, :, BUY] - one[:, :, SELL] for one in told])
    values = np.concatenate(rows)
    direction = np.array([_rank_correlation(values[:, at], towards[:, at]) for at in range(values.shape[1])])
    return Shap(by_class.sum(axis=1), by_class, direction)


def evenly(rows: Rows, most: int) -> Rows:
    """At most so many rows, spread over all of them: the same ones every time."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64))]


def _rank_correlation(a: NDArray[np.floating], b: Floats) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return float("nan")
    return float(np.corrcoef(rankdata(a), rankdata(b))[0, 1])
