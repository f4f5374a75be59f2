"""Do recent sessions look like those of training? Population stability index (PSI) per input.

PSI = Σ (a - e) ln(a / e) over the bins of training, with a bin of its own for missing values (Siddiqi 2006, "Credit
risk scorecards"). Days differ from each other anyway, so an input has drifted when it is past the usual 0.25 and
twice as far from training as any group of as many training sessions is from the rest of them, or past 5.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: The usual line between a change to watch and one that matters.
LIMIT = 0.25
#: Of many inputs one is always a little farther out than any group before it.
MARGIN = 2.0
#: Two samples so far apart hardly overlap: drift in any case.
MOST = 5.0
#: A share that no bin falls below, so that an empty bin counts much and not infinitely.
FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Drift:
    """One input: its PSI, and the limit that its own training sessions set."""

    name: str
    psi: float
    limit: float

    @property
    def drifted(self) -> bool:
        return self.psi > self.limit


def drifts(names: Sequence[str], edges: Sequence[Sequence[float]], training: Sequence[Floats],
           recent: Sequence[Floats]) -> list[Drift]:
    """One Drift per input. ``training`` and ``recent`` hold (rows, inputs) per session; ``edges`` the inner ones."""
    found = []
    for column, (name, inner) in enumerate(zip(names, edges, strict=True)):
        expected = np.stack([counts(rows[:, column], inner) for rows in training])
        actual = np.stack([counts(rows[:, column], inner) for rows in recent])
        found.append(Drift(name, psi(expected.sum(axis=0), actual.sum(axis=0)), own_limit(expected, len(recent))))
    return found


def counts(values: Floats, inner: Sequence[float]) -> Floats:
    """Values per bin, (len(inner) + 2,): the last is for NaN."""
    known = values[~np.isnan(values)]
    place = np.searchsorted(np.asarray(inner), known, side="left")
    inside = np.bincount(place, minlength=len(inner) + 1)
    return np.append(inside, len(values) - len(known)).astype(np.float64)


def psi(expected: Floats, actual: Floats) -> float:
    """Of two vectors of counts over the same bins; bins that both lack count nothing. NaN when one side is empty."""
    if not expected.sum() or not actual.sum():
        return float("nan")
    e = np.maximum(expected / expected.sum(), FLOOR)
    a = np.maximum(actual / actual.sum(), FLOOR)
    return float(((a - e) * np.log(a / e)).sum())


def own_limit(by_session: Floats, group: int) -> float:
    """``MARGIN`` times the largest PSI of any run of ``group`` training sessions against the others.

    At least ``LIMIT``, at most ``MOST``.
    """
    group = min(group, len(by_session) // 2)
    if group < 1:
        return LIMIT
    total = by_session.sum(axis=0)
    runs = [by_session[first:first + group].sum(axis=0) for first in range(len(by_session) - group + 1)]
    return min(MOST, max(LIMIT, MARGIN * max(psi(total - run, run) for run in runs)))
