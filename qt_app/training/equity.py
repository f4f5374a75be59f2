"""What predictions would have earned, after costs, one position at a time: the money beside the log-loss."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from qt_app.training.models import Floats, Ints
from qt_app.training.samples import HOLD, Sample
from qt_app.votes import ACTIONS

BUY = ACTIONS.index("buy")
#: No probability reaches it: nothing is traded.
NEVER = 1.01
#: Probabilities of a trade among which the threshold is chosen; below the first another class is likelier.
GRID = np.round(np.arange(0.34, 0.95, 0.02), 2)


@dataclass(frozen=True, slots=True)
class Trades:
    """Round trips in order: ``row`` the deciding row, ``net`` its gain in ticks after costs; (t,) each."""

    row: Ints
    net: Floats


def trade(sample: Sample, p: Floats, threshold: float, cost_ticks: float) -> Trades:
    """Takes the likeliest class when it is no hold and at least ``threshold`` likely, and no position is open."""
    side = p.argmax(axis=1)
    wanted = np.flatnonzero((side != HOLD) & (p.max(axis=1) >= threshold))
    taken: list[int] = []
    at = 0
    while at < len(wanted):
        row = int(wanted[at])
        taken.append(row)
        at += max(1, int(np.searchsorted(sample.ts_ns[wanted[at:]], sample.end_ns[row], side="left")))
    rows = np.array(taken, dtype=np.int64)
    gross = np.where(side[rows] == BUY, sample.long_ticks[rows], sample.short_ticks[rows])
    return Trades(rows, gross - cost_ticks)


def by_session(samples: Sequence[Sample], p: Sequence[Floats], threshold: float, cost_ticks: float) -> Floats:
    """(sessions,) net ticks of each."""
    return np.array([trade(s, q, threshold, cost_ticks).net.sum() for s, q in zip(samples, p, strict=True)])


def sharpe(net: Floats) -> float | None:
    """Mean over standard deviation of the sessions' results, not annualised; None when it cannot be said."""
    if len(net) < 2 or net.std(ddof=1) == 0.0:
        return None
    return float(net.mean() / net.std(ddof=1))


def best_threshold(samples: Sequence[Sample], p: Sequence[Floats], cost_ticks: float) -> float:
    """The threshold whose mean result by session is highest after one standard error is taken off.

    ``NEVER`` when none earns anything that way: then nothing should be traded.
    """
    worth = [_cautious(by_session(samples, p, float(threshold), cost_ticks)) for threshold in GRID]
    best = int(np.argmax(worth))
    return float(GRID[best]) if worth[best] > 0.0 else NEVER


def _cautious(net: Floats) -> float:
    error = net.std(ddof=1) / np.sqrt(len(net)) if len(net) > 1 else 0.0
    return float(net.mean() - error)
