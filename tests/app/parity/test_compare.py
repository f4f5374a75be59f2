"""The first difference of two tables, against a slow look at every value; and blocks of recorded rows."""
from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.parity.compare import NO_ROW, Difference, earliest, first_difference

SCHEMA = pa.schema([("ts_ns", pa.int64()), ("seq", pa.int64()), ("x", pa.float64()), ("word", pa.string())])
Row = tuple[int, int, float | None, str | None]
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.sampled_from([None, math.nan, 0.0, 1.5]),
                          st.sampled_from([None, "", "a"])), max_size=5)


def table(rows: list[Row]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(SCHEMA)
    return pa.table([pa.array(column, type=field.type) for column, field in zip(columns, SCHEMA, strict=True)], SCHEMA)


def same(a: Any, b: Any) -> bool:
    return a == b or (isinstance(a, float) and isinstance(b, float) and math.isnan(a) and math.isnan(b))


def oracle(run: list[Row], replay: list[Row]) -> tuple[int, str] | None:
    for at in range(max(len(run), len(replay))):
        if at >= min(len(run), len(replay)):
            return at, "x"
        for name, a, b in zip(SCHEMA.names, run[at], replay[at], strict=True):
            if not same(a, b):
                return at, name
    return None


@pytest.mark.lengthy
@given(ROWS, ROWS)
def test_it_is_the_first_one(run: list[Row], replay: list[Row]) -> None:
    found = first_difference("fills", table(run), table(replay))
    assert (None if found is None else (found.row, found.field)) == oracle(run, replay)


@pytest.mark.lengthy
@given(ROWS)
def test_a_table_does_not_differ_from_itself(rows: list[Row]) -> None:
    assert first_difference("votes", table(rows), table(rows)) is None


def test_both_values_and_the_earlier_stamp_are_told() -> None:
    run, replay = table([(5, 1, 1.0, "a")]), table([(5, 1, 2.0, "a"), (9, 4, 3.0, "b")])
    assert first_difference("features", run, replay) == Difference("features", 0, 5, 1, "x", 1.0, 2.0)
    longer = first_difference("features", table([(5, 1, 2.0, "a")]), replay)
    assert longer == Difference("features", 1, 9, 4, "x", NO_ROW, 3.0)
    assert longer is not None and "event 4 at 1969-12-31T21:00:00.000-03:00: x was 'no row' and is 3.0" in longer.words


def test_other_columns_are_a_difference() -> None:
    found = first_difference("votes", table([(1, 1, 0.0, "")]), table([(1, 1, 0.0, "")]).drop_columns(["word"]))
    assert found is not None and found.field == "columns"


@pytest.mark.parametrize(("ones", "first"), [
    ([("fills", 5, 1), ("features", 5, 1)], "features"),
    ([("features", 6, 9), ("orders", 5, 8)], "orders"),
    ([], None),
])
def test_what_happened_first_is_named(ones: list[tuple[str, int, int]], first: str | None) -> None:
    found = earliest([Difference(name, 0, ts_ns, seq, "x", 0, 1) for name, ts_ns, seq in ones])
    assert (found and found.table) == first
