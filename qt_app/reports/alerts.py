"""Alerts of a day by code, from the files that the sinks keep."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from qt_app.alerts.codes import LEVELS
from qt_app.alerts.jsonl import KEPT, read_rows, rotated
from qt_app.home import Home
from qt_app.orders.account import day_of
from qt_app.reports.records import AlertCount


def alerts_of(home: Home, day: dt.date, runs: frozenset[str]) -> tuple[AlertCount, ...]:
    """Of the day's event time, or of its runs where an alert has none; the gravest first, then the most frequent."""
    counts: dict[str, tuple[str, int]] = {}
    for row in _rows(home):
        if not row.get("over") and _belongs(row, day, runs):
            level, count = counts.get(row["code"], (row["level"], 0))
            counts[row["code"]] = max(level, row["level"], key=LEVELS.index), count + int(row.get("count", 1))
    found = [AlertCount(code, level, count) for code, (level, count) in counts.items()]
    return tuple(sorted(found, key=lambda one: (-LEVELS.index(one.level), -one.count, one.code)))


def _rows(home: Home) -> Iterator[dict[str, Any]]:
    for path in (home.alerts, home.supervisor_alerts, home.parity_alerts):
        for kept in (path, *(rotated(path, age) for age in range(1, KEPT + 1))):
            yield from read_rows(kept) if kept.is_file() else ()


def _belongs(row: dict[str, Any], day: dt.date, runs: frozenset[str]) -> bool:
    """By the event's time; else by the run that it names; else by the wall clock's day."""
    if row.get("ts_ns"):
        return day_of(int(row["ts_ns"])) == day
    run = row.get("session_id") or row.get("data", {}).get("run")
    return run in runs if run else str(row.get("at", ""))[:10] == day.isoformat()

