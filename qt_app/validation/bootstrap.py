"""Intervals by resampling whole sessions: rows of one day are not independent, days nearly are.

A statistic is a function of sums over sessions, so that a resample is one matrix product.
Block bootstrap: Künsch (1989); percentile interval: Efron (1979). The block is the session.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
#: (…, k) sums over some sessions -> (…) values.
Statistic = Callable[[Floats], Floats]

DRAWS = 2000
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Figure:
    """A value and its interval; NaN where nothing can be said."""

    value: float
    low: float
    high: float


def multiplicities(sessions: int, draws: int, seed: int) -> Floats:
    """(draws, sessions): how often each session is in each resample."""
    random = np.random.default_rng(seed)
    return random.multinomial(sessions, np.full(sessions, 1.0 / sessions), size=draws).astype(np.float64)


def figure(sums: Floats, statistic: Statistic, *, seed: int, draws: int = DRAWS, level: float = LEVEL,
           centred: bool = False) -> Figure:
    """The statistic of (sessions, k) sums, with the interval over resampled sessions; NaN limits below two sessions.

    ``centred`` takes the resamples' bias off: a sum of absolute errors also counts the noise that resampling adds
    (Efron and Tibshirani 1993, chapter 10).
    """
    value = float(statistic(sums.sum(axis=0)))
    if len(sums) < 2:
        return Figure(value, np.nan, np.nan)
    resampled = statistic(multiplicities(len(sums), draws, seed) @ sums)
    known = resampled[np.isfinite(resampled)]
    if not len(known):
        return Figure(value, np.nan, np.nan)
    tail = (1.0 - level) / 2.0
    bias = float(known.mean()) - value if centred else 0.0
    low, high = np.quantile(known, [tail, 1.0 - tail]) - bias
    return Figure(value, float(low), float(high))


def mean_figure(values: Floats, *, seed: int, draws: int = DRAWS, level: float = LEVEL) -> Figure:
    """Mean of one value per session, with its interval."""
    sums = np.column_stack([values, np.ones(len(values))])
    return figure(sums, ratio, seed=seed, draws=draws, level=level)


def ratio(sums: Floats) -> Floats:
    """First sum over second; NaN over zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[..., 0] / sums[..., 1], dtype=np.float64)


def by_session(session: NDArray[np.integer], columns: Floats, sessions: int) -> Floats:
    """(sessions, k): sums of the (n, k) columns over each session's rows."""
    return np.column_stack([np.bincount(session, weights=column, minlength=sessions) for column in columns.T])
