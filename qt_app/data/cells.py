"""Cells as numbers and times: every form is checked before it is read, nothing is guessed."""
from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from qt_app.data.text import Table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NS = 1_000_000_000
_MINUTE_NS = 60 * _NS
#: 1.234.567,50 and 1234,5: points group thousands, the comma begins decimals.
_BRAZILIAN = r"\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+(?:,\d*)?"
#: 1234.5; never three digits after a single point of a number that short, which a Brazilian reads as thousands.
_PLAIN = r"\d+\.\d*|\d+"


def plain_numbers(table: Table, name: str) -> Floats:
    """Decimals with a point; NaN where the cell is empty."""
    empty = table.empty(name)
    table.refuse(~table.matches(name, _PLAIN) & ~empty, name, "not a number such as 5250.5")
    return _floats(table.columns[name], empty)


def brazilian_numbers(table: Table, name: str) -> Floats:
    """Decimals with a comma and points between thousands, or plain ones; NaN where the cell is empty.

    ``5.159`` is five thousand one hundred and fifty-nine, as Profit writes it; ``5159.5`` is read as it looks.
    """
    empty, grouped = table.empty(name), table.matches(name, _BRAZILIAN)
    table.refuse(~grouped & ~table.matches(name, _PLAIN) & ~empty, name, "not a number such as 5.250,50")
    bare = pc.replace_substring(pc.replace_substring(table.columns[name], ".", ""), ",", ".")
    return _floats(pc.if_else(pa.array(grouped), bare, table.columns[name]), empty)


def whole_numbers(table: Table, name: str) -> Ints:
    """Whole numbers, not negative; an empty cell is refused."""
    table.refuse(~table.matches(name, r"\d{1,18}"), name, "not a whole number")
    return _integers(table.columns[name])


def dates(table: Table, name: str) -> Ints:
    """Days since 1970 of dd/mm/yyyy, dd/mm/yy (of this century), yyyy.mm.dd and yyyymmdd, one form per cell."""
    column = table.columns[name]
    day_first = table.matches(name, r"\d{2}/\d{2}/(?:\d{4}|\d{2})")
    compact = table.matches(name, r"\d{8}")
    table.refuse(~(day_first | compact | table.matches(name, r"\d{4}\.\d{2}\.\d{2}")), name,
                 "not a date such as 02/04/2020")
    short = table.matches(name, r"\d{2}/\d{2}/\d{2}")
    year = _digits(column, np.where(day_first, 6, 0), np.where(short, 2, 4)) + np.where(short, 2000, 0)
    month = _digits(column, np.where(day_first, 3, np.where(compact, 4, 5)), 2)
    day = _digits(column, np.where(day_first, 0, np.where(compact, 6, 8)), 2)
    months = (year - 1970) * 12 + month - 1
    found = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64) + day - 1
    back = found.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    table.refuse((month < 1) | (month > 12) | (day < 1) | (back != months), name, "a day that no calendar has")
    return found


def times(table: Table, name: str) -> Ints:
    """Nanoseconds since midnight of HH:MM, HH:MM:SS, HH:MM:SS.mmm (or ,mmm) and HHMMSS (its first zero may lack)."""
    column = table.columns[name]
    compact = table.matches(name, r"\d{5,6}")
    table.refuse(~(compact | table.matches(name, r"\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?")), name,
                 "not a time such as 09:00:01")
    padded = pc.if_else(pa.array(compact), pc.utf8_lpad(column, 6, "0"), column)
    hour, minute = _digits(padded, np.zeros(len(table), np.int64), 2), _digits(padded, np.where(compact, 2, 3), 2)
    second = _digits(padded, np.where(compact, 4, 6), 2)
    table.refuse((hour > 23) | (minute > 59) | (second > 59), name, "a time that no clock shows")
    fraction = pc.utf8_rpad(pc.utf8_slice_codeunits(padded, 9, 18), 9, "0")
    since_midnight: Ints = (hour * 3600 + minute * 60 + second) * _NS + _integers(fraction)
    return since_midnight


def utc_ns(table: Table, name: str, local_ns: Ints, zone: ZoneInfo) -> Ints:
    """UTC of wall-clock times in a zone, daylight saving included.

    Refused: a time that the clocks skipped, and one that they showed twice, because nothing says which was meant.
    """
    minutes, row = np.unique(local_ns // _MINUTE_NS, return_inverse=True)
    found = np.array([_offsets(int(minute), zone) for minute in minutes], dtype=np.int64).reshape(-1, 2)
    twice, skipped = found[:, 0] > found[:, 1], found[:, 0] < found[:, 1]
    table.refuse(skipped[row], name, f"a time that the clocks of {zone.key} skipped; name the file's zone with --zone")
    table.refuse(twice[row], name, f"a time that the clocks of {zone.key} showed twice; export it in UTC, --zone UTC")
    utc: Ints = local_ns - found[row, 0] * _NS
    return utc


def _offsets(minute: int, zone: ZoneInfo) -> tuple[int, int]:
    """Seconds ahead of UTC in the minute, before and after a change of the clocks if it falls there."""
    local = dt.datetime(1970, 1, 1) + dt.timedelta(minutes=minute)
    both = [local.replace(tzinfo=zone, fold=fold).utcoffset() or dt.timedelta(0) for fold in (0, 1)]
    return int(both[0].total_seconds()), int(both[1].total_seconds())


def _floats(column: pa.Array, empty: NDArray[np.bool_]) -> Floats:
    filled = pc.if_else(pa.array(empty), "nan", column)
    return np.asarray(filled.cast(pa.float64()))


def _integers(column: pa.Array) -> Ints:
    found: Ints = column.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return found


def _digits(column: pa.Array, start: Ints, length: Ints | int) -> Ints:
    """The number in the cells' characters from ``start``, checked to be digits; 0 where the cell ends before."""
    found = np.zeros(len(column), np.int64)
    places, row = np.unique(np.stack([start, np.broadcast_to(length, len(column))]), axis=1, return_inverse=True)
    for place, (first, size) in enumerate(places.T.tolist()):
        rows = np.flatnonzero(row == place)
        cut = pc.utf8_slice_codeunits(column.take(pa.array(rows)), first, first + size)
        found[rows] = _integers(pc.if_else(pc.equal(cut, ""), "0", cut))
    return found
