"""The exchange's time zone, for screens and file names; imports nothing heavy."""
from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def local_time(ts_ns: int) -> str:
    """UTC ns as Sao Paulo time for people: ISO with milliseconds and offset."""
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000 / 1000, SAO_PAULO).isoformat(timespec="milliseconds")


def now_text(timespec: str = "seconds") -> str:
    """The wall clock for people: when somebody acted. No decision reads it."""
    return dt.datetime.now(SAO_PAULO).isoformat(timespec=timespec)
