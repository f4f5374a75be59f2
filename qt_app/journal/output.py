"""Decisions on their way into the journal."""
from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.journal import entries
from qt_app.journal.entries import Note
from qt_app.votes import Decision

#: Hex digits that are kept of a SHA-256: enough to tell any two decisions' inputs apart.
INPUT_DIGITS = 16


def inputs_hash(row: NDArray[np.float64], readings: NDArray[np.float64]) -> str:
    """Names what a decision was made from: the bytes of its row and its readings."""
    digest = hashlib.sha256(row.tobytes())
    digest.update(readings.tobytes())
    return digest.hexdigest()[:INPUT_DIGITS]


class JournalOutput:
    """A pipeline's output that notes each decision with its inputs' hash; the decision thread only hashes.

    Orders, reports and fills go to the same ``note`` from where they happen.
    """

    def __init__(self, note: Note) -> None:
        self._note = note

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        self._note(entries.Decision(decision.seq, decision.ts_ns, decision.action, decision.confidence,
                                    decision.reason, inputs_hash(row, readings)))

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """Nothing: see the class."""
