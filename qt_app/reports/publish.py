"""Reports as files: a page, Markdown and JSON under one name, each complete or not there at all."""
from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import orjson

from qt_app.config import Config
from qt_app.errors import DataError
from qt_app.redact import KNOWN
from qt_app.replay.atomic import written_file
from qt_app.report.numbers import Language
from qt_app.reports import daily, weekly
from qt_app.reports.blocks import Document, to_html, to_markdown
from qt_app.reports.facts import Past
from qt_app.reports.records import Book, DayFacts
from qt_app.reports.shown import Shown
from qt_app.reports.week import Week

_PRETTY = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY


def publish_day(past: Past, facts: DayFacts, shown: Shown) -> Path:
    """``reports/daily/2026-11-19.html`` with its .md and .json; returns the page."""
    document = daily.document_of(facts, past.config, shown)
    return write(past.home.reports / "daily", facts.day.isoformat(), document, day_json(past, facts, shown))


def publish_week(past: Past, week: Week, shown: Shown) -> Path:
    """``reports/weekly/2026-W46.html`` with its .md and .json; returns the page."""
    return write(past.home.reports / "weekly", week.name, weekly.document_of(week, shown), weekly.json_of(week))


def week_json(week: Week) -> dict[str, Any]:
    return weekly.json_of(week)


def week_lines(week: Week) -> list[str]:
    """For a terminal: a line per account."""
    made = ", SYNTHETIC" if week.synthetic else ""
    gone = f", without data: {', '.join(map(str, week.missing))}" if week.missing else ""
    return [f"{week.name}{made}: {len(week.days)} days{gone}", *(_line(book) for book in week.books)]


def write(folder: Path, name: str, document: Document, content: dict[str, Any]) -> Path:
    """Raises DataError when the folder takes no files."""
    files = {"json": KNOWN.json(orjson.dumps(content, option=_PRETTY)), "md": KNOWN(to_markdown(document)).encode(),
             "html": KNOWN(to_html(document)).encode()}
    try:
        for end, text in files.items():
            with written_file(folder / f"{name}.{end}") as temporary:
                temporary.write_bytes(text)
    except OSError as error:
        raise DataError(f"{folder}: the report cannot be written ({error.strerror or error}); free some space, or give "
                        "this user the right to write there") from error
    return folder / f"{name}.html"


def words_of(config: Config, language: Language | None = None) -> Shown:
    """The language asked for, else the configured one."""
    return Shown(language or cast(Language, config.reports.language))


def day_json(past: Past, facts: DayFacts, shown: Shown) -> dict[str, Any]:
    return daily.json_of(facts, past.config, shown)


def day_lines(facts: DayFacts) -> list[str]:
    """For a terminal: a line per account."""
    made = ", SYNTHETIC" if facts.synthetic else ""
    head = f"{facts.day}{made}: {len(facts.runs)} runs, {sum(run.decisions for run in facts.runs):,} decisions"
    return [head, *(_line(book) for book in facts.books)]


def _line(book: Book) -> str:
    result = book.result
    return (f"account {book.account} ({book.mode or 'unknown mode'}): {len(book.deals)} trades, gross "
            f"{result.gross_brl[0]:,.2f}, costs {result.costs_brl:,.2f}, net {result.net_brl[0]:,.2f} BRL (probable "
            f"{result.net_brl[1]:,.2f}, optimistic {result.net_brl[2]:,.2f})")
