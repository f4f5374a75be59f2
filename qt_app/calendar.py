"""Trading days, hours and contracts of B3's index and dollar futures.

Holidays and late opens come from exchange_calendars (BVMF), hours from the dated table ``tables/sessions.json``,
daylight saving of both countries from the time zone database.
"""
from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from numpy.typing import NDArray

from qt_app import zone
from qt_app.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    from exchange_calendars import ExchangeCalendar

SAO_PAULO = zone.SAO_PAULO
NEW_YORK = ZoneInfo("America/New_York")

FIRST_DAY = dt.date(2005, 1, 3)
LAST_DAY = dt.date(2040, 12, 31)

MONTH_LETTERS = "FGHJKMNQUVXZ"
CONTRACT = re.compile(r"(WDO|WIN|DOL|IND)([FGHJKMNQUVXZ])(\d\d)")


@dataclass(frozen=True, slots=True)
class _Hours:
    """One row of the grid: local times of a group from ``valid_from`` on."""

    valid_from: dt.date
    group: str
    open: dt.time
    close: dt.time
    close_us_dst: dt.time

    def on(self, day: dt.date) -> tuple[dt.time, dt.time]:
        return self.open, self.close_us_dst if us_daylight_saving(day) else self.close


@dataclass(frozen=True, slots=True)
class _Table:
    checked: dt.date
    groups: dict[str, str]
    grid: tuple[_Hours, ...]
    special: dict[tuple[dt.date, str], dt.time]


@functools.cache
def _table() -> _Table:
    raw = orjson.loads(resources.files("qt_app").joinpath("tables", "sessions.json").read_bytes())
    clock, day = dt.time.fromisoformat, dt.date.fromisoformat
    grid = (_Hours(day(r["valid_from"]), r["group"], clock(r["open"]), clock(r["close"]), clock(r["close_us_dst"]))
            for r in raw["grid"])
    special = {(day(r["day"]), r["group"]): clock(r["close"]) for r in raw["special"]}
    return _Table(day(raw["checked"]), raw["groups"], tuple(sorted(grid, key=lambda h: h.valid_from)), special)


def table_checked() -> dt.date:
    """Day on which the table of hours was last compared with its sources."""
    return _table().checked


def roots() -> tuple[str, ...]:
    """Futures whose hours and expiries are known."""
    return tuple(_table().groups)


def root_of(symbol: str) -> str:
    """Root of a contract or of a root itself. Raises DataError for an unknown one."""
    match = CONTRACT.fullmatch(symbol)
    root = match[1] if match else symbol
    if root not in _table().groups:
        known = ", ".join(roots())
        raise DataError(f"no trading hours are known for {symbol}; known are {known}: give the session as HH:MM-HH:MM")
    return root


# -- days


@functools.cache
def _bvmf() -> ExchangeCalendar:
    # Imported here because it takes a second, and most commands do not need it.
    import exchange_calendars  # noqa: PLC0415

    return exchange_calendars.get_calendar("BVMF", start=FIRST_DAY.isoformat(), end=LAST_DAY.isoformat())


@functools.cache
def _days() -> tuple[dt.date, ...]:
    return tuple(day.date() for day in _bvmf().sessions)


@functools.cache
def _late_opens() -> dict[dt.date, dt.time]:
    """Days that open late (Ash Wednesday), with their local time."""
    opens: pd.Series[pd.Timestamp] = _bvmf().opens
    return {day.date(): opens[day].tz_convert(SAO_PAULO).time() for day in _bvmf().late_opens}


def _index(day: dt.date) -> int:
    """Position of the first session on or after ``day``. Raises DataError outside the calendar."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise DataError(f"{day} is outside the calendar ({FIRST_DAY} to {LAST_DAY})")
    return int(np.searchsorted(_day_numbers(), day.toordinal()))


@functools.cache
def _day_numbers() -> NDArray[np.int64]:
    return np.array([day.toordinal() for day in _days()], dtype=np.int64)


def is_session(day: dt.date) -> bool:
    """Does B3 trade on this day?"""
    at = _index(day)
    return at < len(_days()) and _days()[at] == day


def session_on_or_after(day: dt.date) -> dt.date:
    return _days()[_index(day)]


def session_before(day: dt.date, count: int = 1) -> dt.date:
    """The ``count``-th session before ``day``."""
    return _days()[_index(day) - count]


def sessions_between(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Sessions from ``first`` to ``last``, both included."""
    start = _index(first)
    end = _index(last)
    return _days()[start:end + (1 if is_session(last) else 0)]


# -- hours


def us_daylight_saving(day: dt.date) -> bool:
    """Does New York keep daylight saving at noon of this day?"""
    return bool(dt.datetime.combine(day, dt.time(12), NEW_YORK).dst())


def hours(root: str, day: dt.date) -> tuple[dt.time, dt.time]:
    """Local open and close of a session. Raises DataError when the table does not reach back to it."""
    table = _table()
    group = table.groups[root_of(root)]
    rows = [row for row in table.grid if row.group == group and row.valid_from <= day]
    if not rows:
        raise DataError(f"no trading hours of {root} are known for {day}; give the session as HH:MM-HH:MM")
    opened, closed = rows[-1].on(day)
    late = _late_opens().get(day, opened)
    return max(opened, late), table.special.get((day, group), closed)


def sessions(root: str, first_day: dt.date, last_day: dt.date) -> NDArray[np.int64]:
    """Open and close of each session from ``first_day`` to ``last_day``: (n, 2) UTC ns."""
    rows = [bounds(root, day) for day in sessions_between(first_day, last_day)]
    return np.array(rows, dtype=np.int64).reshape(-1, 2)


def bounds(root: str, day: dt.date) -> tuple[int, int]:
    """Open and close of one session, UTC ns."""
    opened, closed = hours(root, day)
    return local_ns(day, opened), local_ns(day, closed)


def local_ns(day: dt.date, time: dt.time) -> int:
    """A Sao Paulo clock time as UTC ns."""
    return int(dt.datetime.combine(day, time, SAO_PAULO).timestamp()) * 1_000_000_000


def day_ns(day: dt.date) -> tuple[int, int]:
    """The midnights of Sao Paulo that a day lies between, UTC ns."""
    return local_ns(day, dt.time()), local_ns(day + dt.timedelta(1), dt.time())


# -- contracts


def expiry(root: str, year: int, month: int) -> dt.date:
    """Expiry day of a contract month: the dollar's first session, the index's Wednesday nearest the 15th.

    The dollar is last traded on the session before. An index expiry on a holiday moves to the next session.
    """
    if _table().groups[root_of(root)] == "dollar":
        return session_on_or_after(dt.date(year, month, 1))
    if month % 2:
        raise DataError(f"{root} has no contract in month {month}; its months are even")
    middle = dt.date(year, month, 15)
    return session_on_or_after(middle + dt.timedelta((2 - middle.weekday() + 3) % 7 - 3))


def contract_expiry(contract: str) -> dt.date:
    """Expiry day of ``WDOZ26``. Raises DataError for anything that is not a contract."""
    match = CONTRACT.fullmatch(contract)
    if match is None:
        raise DataError(f"{contract} is not a contract of {', '.join(roots())}; write it as WDOZ26")
    root, letter, year = match.groups()
    return expiry(root, 2000 + int(year), MONTH_LETTERS.index(letter) + 1)


def front_contract(root: str, day: dt.date, roll_before: int = 1) -> str:
    """The contract to trade on ``day``: the first that expires more than ``roll_before`` sessions later.

    With 1, the dollar rolls on its last trading day and the index on the session before its expiry.
    """
    for year, month in _contract_months(root, day):
        expires = expiry(root, year, month)
        if day < session_before(expires, roll_before):
            return f"{root}{MONTH_LETTERS[month - 1]}{year % 100:02d}"
    raise DataError(f"no contract of {root} expires after {day} in the calendar")


def _contract_months(root: str, day: dt.date) -> Iterator[tuple[int, int]]:
    step = 1 if _table().groups[root_of(root)] == "dollar" else 2
    first = day.year * 12 + (day.month - 1 if step == 1 else (day.month - 1) | 1)
    for at in range(first, first + 3 * step, step):
        yield at // 12, at % 12 + 1


def resolve_symbol(symbol: str, day: dt.date) -> str:
    """A root becomes its contract of the day; a contract stays itself."""
    return front_contract(symbol, day) if symbol in roots() else symbol
