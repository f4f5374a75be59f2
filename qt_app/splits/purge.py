"""Which training labels know something of a test window."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: (n, 2): first and last instant that a row and its label depend on, both included, UTC ns.
Spans = NDArray[np.int64]


def purge(train: Spans, test: Spans, embargo_ns: int = 0) -> NDArray[np.bool_]:
    """Which of the training spans may stay: those that touch no test span, nor begin within the embargo after one.

    López de Prado (2018), 7.4. With the decision instant as the start and the label's end as the end, a label's
    horizon is purged; the embargo covers what features after a test window still carry of it, their warm-up.
    O((n + m) log m) for n training and m test spans.
    """
    if not len(test):
        return np.ones(len(train), bool)
    order = np.argsort(test[:, 0], kind="stable")
    latest = np.maximum.accumulate(test[order, 1])
    begun = np.searchsorted(test[order, 0], train[:, 1], side="right")
    touched = (begun > 0) & (latest[np.maximum(begun - 1, 0)] + embargo_ns >= train[:, 0])
    return ~touched
