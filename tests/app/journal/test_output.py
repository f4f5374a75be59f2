"""A journal names what each decision was made from."""
from __future__ import annotations

import hashlib

import numpy as np

from qt_app.journal import entries
from qt_app.journal.entries import Entry
from qt_app.journal.output import JournalOutput, inputs_hash
from qt_app.votes import Decision

ROW, READINGS = np.arange(65.0), np.full(9, np.nan)


def test_a_decision_is_noted_with_the_hash_of_its_inputs() -> None:
    notes: list[Entry] = []
    output = JournalOutput(notes.append)
    output.decision(Decision(7, 8, "buy", 0.7, (0.1, 0.2, 0.7), "CONSENSUS", ()), ROW, READINGS)
    output.record("order", {"order_id": 1})
    expected = hashlib.sha256(ROW.tobytes() + READINGS.tobytes()).hexdigest()[:16]
    assert notes == [entries.Decision(7, 8, "buy", 0.7, "CONSENSUS", expected)]


def test_any_input_changes_the_hash() -> None:
    row, readings = ROW.copy(), READINGS.copy()
    row[64] = np.nextafter(row[64], 0)
    readings[8] = 1
    assert len({inputs_hash(ROW, READINGS), inputs_hash(row, READINGS), inputs_hash(ROW, readings)}) == 3


def test_inputs_in_a_wider_array_hash_like_their_copy() -> None:
    wide = np.stack([ROW, ROW + 1], axis=1)
    assert inputs_hash(wide[:, 0], READINGS) == inputs_hash(ROW, READINGS)
