"""The first place in a window where a path reaches a level, for many windows at once."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Ticks = NDArray[np.int32]


def first_at_or_below(path: Ticks, start: Ints, end: Ints, level: Ints) -> Ints:
    """For each window [start, end) of ``path`` (m,) the first index whose value is <= its level; ``end`` if none is.

    Binary lifting over minima of 1, 2, 4 ... values: O(m log w) to prepare and O(log w) per window, w the widest.
    """
    at = start.copy()
    if not len(path):
        return at
    for power, minima in reversed(list(enumerate(_minima(path, int((end - start).max(initial=0)))))):
        inside = at + (1 << power) <= end
        clear = inside & (minima[np.where(inside, at, 0)] > level)
        at += np.where(clear, 1 << power, 0)
    return at


def _minima(path: Ticks, widest: int) -> list[Ticks]:
    """Minima over each run of 1, 2, 4 ... values, up to the widest window."""
    tables, size = [path], 1
    while 2 * size <= widest:
        tables.append(np.minimum(tables[-1][:-size], tables[-1][size:]))
        size *= 2
    return tables
