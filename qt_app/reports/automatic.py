"""What the process at the end of a session does: the report of each day that the run took part in."""
from __future__ import annotations

import datetime as dt

from qt_app.config import Config
from qt_app.errors import DataError, ExitCode, QtError
from qt_app.home import Home
from qt_app.reports.facts import Past, gather
from qt_app.reports.publish import publish_day, words_of
from qt_app.services.log import write_line

COMPONENT = "Reports"


def made(home: Home, config: Config, run: str) -> ExitCode:
    """Nobody looks at this process: the log says what became of the report."""
    try:
        past = Past.read(home, config)
        for day in (day for day, runs in past.runs.items() if run in runs):
            path = _published(past, day)
            write_line(home, "INFO", COMPONENT, f"daily report of {day}: {path}", {"run": run})
    except (QtError, OSError) as error:
        words = f"run {run} has no daily report: {error}; make it with `qt report daily`"
        write_line(home, "WARNING", COMPONENT, words, {"run": run})
        return ExitCode.DATA
    return ExitCode.OK


def _published(past: Past, day: dt.date) -> str:
    """Money is reported even where a recording cannot be read; the log then says why its figures are missing."""
    try:
        facts = gather(past, day)
    except DataError as error:
        write_line(past.home, "WARNING", COMPONENT, f"the report of {day} leaves the recordings aside: {error}", {})
        facts = gather(past, day, recordings=False)
    return str(publish_day(past, facts, words_of(past.config)))
