"""Parts of a session hold its rows once, in order, and price them as the whole did."""
from __future__ import annotations

import numpy as np
import pytest
from app.training.training_kit import RULE, session

from qt_app.dataset.labels import label
from qt_app.training import samples
from qt_app.training.parts import cut


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_row_is_in_one_part_and_sees_the_same_quotes(count: int) -> None:
    whole = session(0, rows=100)
    parts = cut(whole, count)
    assert len(parts) == count
    assert np.array_equal(np.concatenate([part.ts_ns for part in parts]), whole.ts_ns)
    assert np.array_equal(np.concatenate([part.rows for part in parts]), whole.rows)
    for part in parts:
        for own, expected in zip(part.quotes.at(part.ts_ns), whole.quotes.at(part.ts_ns), strict=True):
            assert np.array_equal(own, expected)
    samples.refuse_unfit(parts)


def test_labels_are_those_of_the_whole_where_they_end_inside() -> None:
    whole = session(0, rows=100)
    expected = label(whole, RULE)
    at = {int(ts): i for i, ts in enumerate(whole.ts_ns)}
    for part in cut(whole, 4):
        found = label(part, RULE)
        rows = [at[int(ts)] for ts in part.ts_ns[found.resolved]]
        assert 15 <= len(rows) < len(part)
        assert np.array_equal(found.label[found.resolved], expected.label[rows])
        assert found.end_ns[found.resolved].max() <= part.close_ns


def test_a_part_is_no_copy_of_another() -> None:
    assert len({part.digest for part in cut(session(0, rows=100), 5)}) == 5
