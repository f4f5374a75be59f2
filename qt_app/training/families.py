"""Features that say the same, by the correlation of their ranks within each session."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from scipy.stats import rankdata

Floats = NDArray[np.float64]

#: Features go into one family while their mean rank correlation, either sign, is at least this.
ALIKE = 0.7


@dataclass(frozen=True, slots=True)
class Family:
    """Columns that move together, ascending; ``head`` is the one most like all the others."""

    head: int
    members: tuple[int, ...]


def rank_correlation(sessions: Sequence[NDArray[np.floating]]) -> Floats:
    """(k, k) Spearman correlation within sessions, of (rows, k) each, weighted by rows.

    Ranks are taken in each session by itself, so that levels that differ from day to day make no correlation. A column
    that never moves correlates with nothing.
    """
    width = sessions[0].shape[1]
    products = np.zeros((width, width))
    for rows in sessions:
        ranks = np.apply_along_axis(rankdata, 0, np.asarray(rows, dtype=np.float64))
        centred = ranks - ranks.mean(axis=0)
        spread = centred.std(axis=0)
        scaled = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0)
        products += scaled.T @ scaled
    moves = np.sqrt(np.diagonal(products))
    scale = np.outer(moves, moves)
    found: Floats = np.clip(np.divide(products, scale, out=np.zeros_like(products), where=scale > 0), -1.0, 1.0)
    np.fill_diagonal(found, 1.0)
    return found


def families(correlation: Floats, alike: float = ALIKE) -> tuple[Family, ...]:
    """Average-linkage clusters (Sokal and Michener 1958) of 1 − |correlation|, in the order of their first member."""
    if len(correlation) == 1:
        return (Family(0, (0,)),)
    distance = np.clip(1.0 - np.abs(correlation), 0.0, 1.0)
    tree = linkage(squareform(distance, checks=False), "average")
    label = fcluster(tree, 1.0 - alike, criterion="distance")
    groups = [np.flatnonzero(label == name) for name in np.unique(label)]
    return tuple(_family(correlation, group) for group in sorted(groups, key=lambda group: int(group[0])))


def _family(correlation: Floats, group: NDArray[np.intp]) -> Family:
    likeness = np.abs(correlation[np.ix_(group, group)]).sum(axis=1)
    return Family(int(group[likeness.argmax()]), tuple(group.tolist()))
