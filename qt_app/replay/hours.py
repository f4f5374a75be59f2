"""The sessions that a command's ``--session`` means for the days that its data covers."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from qt_app import calendar
from qt_app.errors import DataError

#: Hours used for a symbol whose own are not in the table.
DEFAULT_ROOT = "WDO"
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class SessionSpec:
    """``b3`` (the exchange's calendar), ``none`` (one session without bounds) or local hours of every day."""

    name: str                       # as written, "b3" | "none" | "HH:MM-HH:MM"
    zone: ZoneInfo
    minutes: tuple[int, int] | None = None

    @property
    def calendar_id(self) -> str:
        """Name of the calendar inside a schema id: hours carry their zone."""
        return self.name if self.minutes is None else f"{self.name} {self.zone.key}"

    def sessions(self, symbol: str, first_ns: int, last_ns: int) -> NDArray[np.int64] | None:
        """Open and close, UTC ns, of the sessions from the first to the last instant; None without bounds.

        Raises DataError when the calendar has none, or does not reach back so far.
        """
        if self.name == "none":
            return None
        if self.minutes is None:
            return _of_exchange(symbol, _day(first_ns, calendar.SAO_PAULO), _day(last_ns, calendar.SAO_PAULO))
        first, last = _day(first_ns, self.zone), _day(last_ns, self.zone)
        days = [first + dt.timedelta(days=at) for at in range((last - first).days + 1)]
        rows = [[_local_ns(day, minute, self.zone) for minute in self.minutes] for day in days]
        return np.array(rows, dtype=np.int64)


def parse_session(text: str, zone: ZoneInfo) -> SessionSpec:
    """``b3``, ``none`` or ``HH:MM-HH:MM``. Raises ValueError for anything else, or a close before the open."""
    if text in ("b3", "none"):
        return SessionSpec(text, zone)
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"session {text!r} is neither b3, none nor hours such as 09:00-18:00")
    hours = [int(part) for part in match.groups()]
    opened, closed = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    if not opened < closed <= 24 * 60:
        raise ValueError(f"session {text!r} does not close after it opens on the same day")
    return SessionSpec(text, zone, (opened, closed))


def _of_exchange(symbol: str, first: dt.date, last: dt.date) -> NDArray[np.int64]:
    try:
        found = calendar.sessions(_root(symbol), first, last)
    except DataError as error:
        raise DataError(f"{symbol}: {error}") from error
    if not len(found):
        raise DataError(f"{symbol}: no exchange session on the days of the data; give --session none or HH:MM-HH:MM")
    return found


def _root(symbol: str) -> str:
    match = calendar.CONTRACT.fullmatch(symbol)
    root = match[1] if match else symbol
    return root if root in calendar.roots() else DEFAULT_ROOT


def _day(ts_ns: int, zone: ZoneInfo) -> dt.date:
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000_000, zone).date()


def _local_ns(day: dt.date, minute: int, zone: ZoneInfo) -> int:
    at = dt.datetime.combine(day, dt.time(), zone) + dt.timedelta(minutes=minute)
    return int(at.timestamp()) * 1_000_000_000
