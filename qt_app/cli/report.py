"""``qt report``: what a day or a week came to."""
from __future__ import annotations

import datetime as dt
import importlib
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.home import Home

LANGUAGE = click.option("--language", type=click.Choice(["pt_BR", "en"]),
                        help="Language of the report.  [default: reports.language]")
QUICK = click.option("--quick", is_flag=True,
                     help="Leave the recordings unread: no quality of the data, no hit rates of the votes.")


@click.group(epilog=example("qt report daily\n  qt report weekly --week 2026-11-16"))
def report() -> None:
    """Reports of the journal, the runs and their recordings."""


@report.command("daily", epilog=example("qt report daily\n  qt report daily --date 2026-11-19 --language en"))
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="Day in Sao Paulo.  [default: the newest of the journal]")
@click.option("--after", "run", hidden=True)
@QUICK
@LANGUAGE
@json_option
@home_option
def daily(*, home: Home, day: dt.datetime | None, run: str | None, quick: bool, language: Any, as_json: bool) -> int:
    """A day's money, trades, agents, gates, alerts, data and suggestions: reports/daily/ DATE.html, .md and .json.

    Every session makes it by itself when it ends. Exit 9 for a day without data.
    """
    config = load(home)
    if run is not None:
        importlib.import_module("qt_app.parity.ending").step_back()
        return int(importlib.import_module("qt_app.reports.automatic").made(home, config, run))
    facts, publish = (importlib.import_module(f"qt_app.reports.{name}") for name in ("facts", "publish"))
    past = facts.Past.read(home, config)
    found = facts.gather(past, past.newest if day is None else day.date(), recordings=not quick)
    shown = publish.words_of(config, language)
    path = publish.publish_day(past, found, shown)
    content = publish.day_json(past, found, shown)
    click.echo(_dump(content) if as_json else "\n".join([*publish.day_lines(found), f"report: {path}"]))
    return ExitCode.OK


def _dump(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode()
