"""What is kept for readers that join late."""
from __future__ import annotations

import numpy as np
import orjson
import pytest
from numpy.typing import NDArray

from qt_app.services.history import History
from qt_app.votes import Decision
from qt_core.features.registry import NAMES


def decision(n: int) -> Decision:
    return Decision(seq=n, ts_ns=n, action="hold", confidence=0.0, p=None, reason="WARMING", votes=())


def depth(levels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.array([[10, 1]], dtype=np.int64), np.array([[11, 2]], dtype=np.int64)


@pytest.mark.parametrize(("rows", "books"), [(1, 3), (3, 1), (100, 50)])
def test_as_many_are_kept_as_configured(rows: int, books: int) -> None:
    history = History(rows, books, depth)
    row = np.zeros(len(NAMES))
    for n in range(120):
        row[:] = n      # the engine reuses one row
        history.decision(decision(n), row, row)
    answer = history.answer({})
    assert [r["ts_ns"] for r in answer["features"]] == list(range(120 - rows, 120))
    assert [r["values"][0] for r in answer["features"]] == list(range(120 - rows, 120))
    assert [b["ts_ns"] for b in answer["book"]] == list(range(120 - books, 120))
    assert answer["book"][-1]["bids"] == [[10, 1]]


def test_unknown_is_null_on_the_wire() -> None:
    history = History(1, 1, depth)
    history.decision(decision(1), np.full(len(NAMES), np.nan), np.zeros(1))
    answer = orjson.loads(orjson.dumps(history.answer({})))
    assert answer["names"] == list(NAMES)
    assert answer["features"][0]["values"] == [None] * len(NAMES)
