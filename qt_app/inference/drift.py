"""How far served inputs have moved from those of training: the population stability index per input.

PSI = sum over bins of (served - trained) ln(served / trained), on bins of equal share in training. Source: Siddiqi
(2006), Credit Risk Scorecards, chapter 6, whose reading is: below 0.1 stable, above 0.25 moved. It is meant for
independent rows; the rows of one hour are much alike, so that limits here are settings, and lie far above that 0.25.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BINS = 10
#: A share of nothing counts as half a row of a thousand.
LEAST = 0.0005

Matrix = NDArray[np.float64]    # (rows, inputs)


def reference_of(rows: Matrix) -> dict[str, Any]:
    """Per input: inner edges of bins of equal share, and the share of each bin; equal edges are kept once."""
    quantiles = np.quantile(rows, np.linspace(0, 1, BINS + 1)[1:-1], axis=0)
    edges = [np.unique(column).tolist() for column in quantiles.T]
    return {"rows": len(rows), "edges": edges, "shares": [shares(column, inner).tolist()
                                                          for column, inner in zip(rows.T, edges, strict=True)]}


def shares(values: Matrix, edges: Sequence[float]) -> NDArray[np.float64]:
    """(len(edges) + 1,) share of the values in each bin; a value on an edge belongs to the bin below it."""
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return counts / max(len(values), 1)


def psi(trained: NDArray[np.float64], served: NDArray[np.float64]) -> float:
    """The index of two shares over the same bins."""
    p, q = (np.maximum(share, LEAST) for share in (trained, served))
    return float(((q - p) * np.log(q / p)).sum())


def indices(reference: dict[str, Any], rows: Matrix) -> NDArray[np.float64]:
    """(inputs,) PSI of every input of the served rows."""
    return np.array([psi(np.asarray(trained), shares(column, edges)) for column, edges, trained
                     in zip(rows.T, reference["edges"], reference["shares"], strict=True)])
