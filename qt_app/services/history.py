"""The last feature rows and book snapshots, for readers that join late: the monitor, a client of the control channel.

One is kept per decision, as many as the configuration says; the oldest goes first.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.votes import Decision
from qt_core.features.registry import NAMES

LEVELS = 10

Side = NDArray[np.int64]
Depth = Callable[[int], tuple[Side, Side]]


class History:
    """An output of the pipeline. ``depth`` gives (bids, asks), best first, rows of ticks, lots and orders."""

    def __init__(self, rows: int, books: int, depth: Depth) -> None:
        self._depth = depth
        self._rows: deque[tuple[int, NDArray[np.float64]]] = deque(maxlen=rows)
        self._books: deque[tuple[int, Side, Side]] = deque(maxlen=books)

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        """Keeps a copy of the row and of the book at this decision."""
        self._rows.append((decision.ts_ns, row.copy()))
        self._books.append((decision.ts_ns, *self._depth(LEVELS)))

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """Orders are not kept here: the journal and the log have them."""

    def answer(self, args: Mapping[str, Any]) -> dict[str, Any]:
        """All that is kept, oldest first: the control command ``history``. Unknown is null."""
        rows, books = self._rows.copy(), self._books.copy()
        return {
            "names": NAMES, "features": [{"ts_ns": ts, "values": row.tolist()} for ts, row in rows],
            "book": [{"ts_ns": ts, "bids": bids.tolist(), "asks": asks.tolist()} for ts, bids, asks in books],
        }
