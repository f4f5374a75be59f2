from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.data.cells import brazilian_numbers, dates, plain_numbers, times, utc_ns, whole_numbers
from qt_app.data.text import Table
from qt_app.errors import DataError

SP = ZoneInfo("America/Sao_Paulo")
DAY_NS = 86_400_000_000_000


def table(*cells: str) -> Table:
    return Table(Path("t.csv"), {"x": pa.array(cells)}, np.arange(len(cells)) + 2)


@pytest.mark.lengthy
@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 99), st.booleans()), min_size=1, max_size=20))
def test_brazilian_numbers_are_read_as_they_were_written(values: list[tuple[int, int, bool]]) -> None:
    cells = [f"{whole:,}".replace(",", ".") if grouped else str(whole) for whole, _, grouped in values]
    written = [f"{cell},{cents:02d}" for cell, (_, cents, _) in zip(cells, values, strict=True)]
    want = [whole + cents / 100 for whole, cents, _ in values]
    assert brazilian_numbers(table(*written), "x").tolist() == pytest.approx(want, rel=1e-15)
    assert brazilian_numbers(table(*cells), "x").tolist() == [whole for whole, _, _ in values]


def test_a_single_point_before_three_digits_means_thousands_and_an_empty_cell_nothing() -> None:
    found = brazilian_numbers(table("5.159", "5159.5", "132840.00000000", "12.5", ""), "x")
    assert found[:4].tolist() == [5159.0, 5159.5, 132_840.0, 12.5]
    assert np.isnan(found[4])
    assert plain_numbers(table("5.159", "7"), "x").tolist() == [5.159, 7.0]


@pytest.mark.lengthy
@given(st.dates(dt.date(2000, 1, 1), dt.date(2099, 12, 31)), st.sampled_from(["%d/%m/%Y", "%d/%m/%y", "%Y.%m.%d",
                                                                              "%Y%m%d"]))
def test_every_form_of_a_date(day: dt.date, form: str) -> None:
    assert dates(table(day.strftime(form)), "x").tolist() == [(day - dt.date(1970, 1, 1)).days]


def test_every_form_of_a_time() -> None:
    found = times(table("09:00", "09:00:01", "09:00:01.25", "10:30:00,125", "90038", "180000"), "x")
    assert (found / 1e9).tolist() == [32_400.0, 32_401.0, 32_401.25, 37_800.125, 32_438.0, 64_800.0]


@pytest.mark.parametrize(("read", "cell", "words"), [
    (brazilian_numbers, "1,2,3", "not a number"), (brazilian_numbers, "-5", "not a number"),
    (brazilian_numbers, "5.15,0", "not a number"), (plain_numbers, "1e5", "not a number"),
    (plain_numbers, "nan", "not a number"), (whole_numbers, "", "not a whole number"),
    (whole_numbers, "1.0", "not a whole number"), (dates, "2020-04-02", "not a date"),
    (dates, "31/02/2020", "no calendar has"), (dates, "00/01/2020", "no calendar has"),
    (dates, "01/13/2020", "no calendar has"), (dates, "29/02/2019", "no calendar has"), (times, "9:00", "not a time"),
    (times, "24:00:00", "no clock shows"), (times, "09:60", "no clock shows"), (times, "096000", "no clock shows"),
])
def test_anything_else_is_refused_with_its_line(read: object, cell: str, words: str) -> None:
    good = {brazilian_numbers: "1", plain_numbers: "1", whole_numbers: "1", dates: "01/01/2020", times: "09:00"}[read]
    with pytest.raises(DataError, match=f"t.csv: line 3: x is '{cell}', .*{words}.*; correct the line"):
        read(table(good, cell), "x")   # type: ignore[operator]


@given(st.datetimes(dt.datetime(2015, 1, 1), dt.datetime(2025, 12, 31)))
def test_wall_clocks_become_utc_or_are_refused(moment: dt.datetime) -> None:
    """Against zoneinfo's round trip, over five changes to and from daylight saving."""
    local = (moment - dt.datetime(1970, 1, 1)) // dt.timedelta(microseconds=1) * 1000
    readings = {moment.replace(tzinfo=SP, fold=fold).astimezone(dt.UTC) for fold in (0, 1)}
    back = {utc for utc in readings if utc.astimezone(SP).replace(tzinfo=None, fold=0) == moment}
    if len(back) != 1:
        with pytest.raises(DataError, match="clocks of America/Sao_Paulo"):
            utc_ns(table("x"), "x", np.array([local]), SP)
        return
    since = back.pop() - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    assert utc_ns(table("x"), "x", np.array([local]), SP).tolist() == [since // dt.timedelta(microseconds=1) * 1000]


@pytest.mark.parametrize(("day", "hours"), [("2018-11-05", 2), ("2018-02-19", 3), ("2019-12-02", 3)])
def test_daylight_saving_ended_in_2019(day: str, hours: int) -> None:
    local = np.datetime64(f"{day}T09:00:00", "ns").astype(np.int64)
    assert (utc_ns(table("x"), "x", np.array([local]), SP) - local).tolist() == [hours * 3_600_000_000_000]


@pytest.mark.parametrize(("at", "words"), [("2018-11-04T00:30", "skipped"), ("2018-02-17T23:30", "showed twice")])
def test_no_time_is_guessed(at: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        utc_ns(table("x"), "x", np.array([np.datetime64(at, "ns").astype(np.int64)]), SP)
