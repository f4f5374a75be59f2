"""Weights of labels that overlap in time."""
from __future__ import annotations

import numpy as np

from qt_app.dataset.session import Floats, Ints


def average_uniqueness(start_ns: Ints, end_ns: Ints) -> Floats:
    """Mean over each label's span [start, end) of 1 / (labels alive then), in (0, 1]; spans (n,), at least 1 ns long.

    López de Prado (2018), Advances in Financial Machine Learning, 4.4, in continuous time instead of bars.
    """
    end_ns = np.maximum(end_ns, start_ns + 1)
    edges = np.unique(np.concatenate([start_ns, end_ns]))
    begins, ends = np.searchsorted(edges, start_ns), np.searchsorted(edges, end_ns)
    steps = np.bincount(begins, minlength=len(edges)) - np.bincount(ends, minlength=len(edges))
    alive = np.maximum(np.cumsum(steps)[:-1], 1)
    shared = np.concatenate([[0.0], np.cumsum(np.diff(edges) / alive)])
    weights: Floats = (shared[ends] - shared[begins]) / (end_ns - start_ns)
    return weights
