"""Calendar columns: local clock through daylight-saving time, lunch, and the session's edges."""
from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from oracle.doors import feature_set
from oracle.synthetic import SECOND

from qt_core.features.registry import NAMES

AT = {name: NAMES.index(name) for name in NAMES}
MINUTE = 60 * SECOND


def utc(text: str) -> int:
    return int(pd.Timestamp(text, tz="UTC").value)


@pytest.mark.parametrize("when, minute, hour, day", [
    ("2024-03-05 12:00", 0, 9, 1),            # -03:00
    ("2015-11-26 12:00:17", 0, 10, 3),        # -02:00, daylight saving
    ("2018-11-04 02:59:59.999", 59, 23, 5),   # the last second before it began
    ("2018-11-04 03:00", 0, 1, 6),
    ("2019-02-17 02:00", 0, 23, 5),           # and the repeated hour when it ended
    ("2024-03-05 02:30", 30, 23, 0),          # Tuesday in UTC is still Monday here
])
def test_local_clock(when: str, minute: int, hour: int, day: int) -> None:
    row = feature_set().row(utc(when))
    assert [row[AT[n]] for n in ("minute", "hour", "day_of_week")] == [minute, hour, day]


@pytest.mark.parametrize("when, lunch", [("14:59:59.999", 0), ("15:00", 1), ("15:59:59.999", 1), ("16:00", 0)])
def test_lunch_is_from_twelve_to_one(when: str, lunch: float) -> None:
    assert feature_set().row(utc(f"2024-03-05 {when}"))[AT["is_lunch_hour"]] == lunch


@pytest.mark.lengthy
@pytest.mark.parametrize("after_open, part, opening, closing", [
    (-MINUTE, 0.0, 0, 0), (0, 0.0, 1, 0), (30 * MINUTE - 1, (30 * MINUTE - 1) / (120 * MINUTE), 1, 0),
    (30 * MINUTE, 0.25, 0, 0), (90 * MINUTE, 0.75, 0, 1), (120 * MINUTE - 1, 1 - 1 / (120 * MINUTE), 0, 1),
    (120 * MINUTE, 1.0, 0, 0), (121 * MINUTE, 1.0, 0, 0),
])
def test_edges_of_the_session(after_open: int, part: float, opening: int, closing: int) -> None:
    features, opens = feature_set(), utc("2024-03-05 12:00")
    features.open(opens, opens + 120 * MINUTE)
    row = features.row(opens + after_open)
    assert row[AT["time_normalized"]] == pytest.approx(part, abs=1e-15)
    assert (row[AT["is_opening_30min"]], row[AT["is_closing_30min"]]) == (opening, closing)


def test_unbounded_session_has_no_edges() -> None:
    features = feature_set()
    features.open(utc("2024-03-05 12:00"))
    row = features.row(utc("2024-03-05 12:10"))
    assert np.isnan(row[[AT["time_normalized"], AT["is_opening_30min"], AT["is_closing_30min"]]]).all()
    assert row[AT["hour"]] == 9


def test_another_zone_can_be_set() -> None:
    features = feature_set()
    features.set_offsets(np.array([0], np.int64), np.array([19_800], np.int32))
    row = features.row(utc("2024-03-05 12:00"))
    assert (row[AT["hour"]], row[AT["minute"]]) == (17, 30)


@pytest.mark.parametrize("since, offset", [([], []), ([0, 0], [0, 0]), ([0], [0, 60]), ([0], [90_000]), ([0], [61])])
def test_bad_offset_tables_are_refused(since: list[int], offset: list[int]) -> None:
    with pytest.raises(ValueError, match="offset"):
        feature_set().set_offsets(np.array(since, np.int64), np.array(offset, np.int32))
