"""One line of the log as it is read back, and which lines are wanted."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import orjson

from qt_app.errors import QtError
from qt_app.zone import SAO_PAULO

#: In rising order.
LEVELS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
_AGE = re.compile(r"(\d{1,6})([smhd])")
_CLOCK = re.compile(r"\d\d?:\d\d(:\d\d)?")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A line's fields, and the line itself."""

    when: dt.datetime
    level: str
    component: str
    message: str
    data: dict[str, Any]
    trace: int | None
    line: bytes

    @classmethod
    def of(cls, line: bytes) -> LogEntry | None:
        """None when the line is none of the log's, as the half line of a full disk."""
        try:
            found = orjson.loads(line)
            return cls(dt.datetime.fromisoformat(found["timestamp"]), str(found["level"]), str(found["component"]),
                       str(found["message"]), found["data"] or {}, found["trace"], line.rstrip(b"\n"))
        except (ValueError, KeyError, TypeError):
            return None


@dataclass(frozen=True, slots=True)
class Wanted:
    """``level`` is the least one; a component matches in any case; ``since`` is inclusive."""

    level: str = "DEBUG"
    components: tuple[str, ...] = ()
    trace: int | None = None
    since: dt.datetime | None = None

    def takes(self, entry: LogEntry) -> bool:
        if LEVELS.get(entry.level, 0) < LEVELS[self.level]:
            return False
        if self.components and entry.component.casefold() not in {name.casefold() for name in self.components}:
            return False
        if self.trace is not None and entry.trace != self.trace:
            return False
        return self.since is None or entry.when >= self.since


class NoMomentError(QtError, ValueError):
    """A text that names no moment."""


def moment(text: str, now: dt.datetime) -> dt.datetime:
    """``15m``, ``2h``, ``1d`` before now; ``10:30`` of today; ``2026-11-27`` and ``2026-11-27 10:30``; Sao Paulo.

    Raises NoMomentError.
    """
    words = text.strip()
    if age := _AGE.fullmatch(words):
        return now - dt.timedelta(**{_UNITS[age[2]]: int(age[1])})
    today = f"{now.astimezone(SAO_PAULO):%Y-%m-%d}"
    try:
        found = dt.datetime.fromisoformat(f"{today}T{words}" if _CLOCK.fullmatch(words) else words)
    except ValueError:
        raise NoMomentError(f"{text!r} names no moment: use an age (90s, 15m, 2h, 1d), a time of today (10:30), or a "
                            "date (2026-11-27, 2026-11-27T10:30)") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=SAO_PAULO)


def as_text(entry: LogEntry) -> str:
    """For people: time, level, component, message, then the data that came with it; a traceback on lines of its own."""
    data = {name: value for name, value in entry.data.items() if name != "traceback"}
    more = f"  {orjson.dumps(data).decode()}" if data else ""
    trace = f" [{entry.trace}]" if entry.trace is not None else ""
    below = str(entry.data["traceback"]).rstrip() if "traceback" in entry.data else ""
    words = f"{entry.when:%Y-%m-%d %H:%M:%S}.{entry.when.microsecond // 1000:03d} {entry.level:<8} " \
            f"{entry.component}{trace}: {entry.message}{more}"
    return words + ("\n    " + below.replace("\n", "\n    ") if below else "")
