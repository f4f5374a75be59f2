"""``qt report``: what a day or a week came to."""
from __future__ import annotations

import datetime as dt
import importlib
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.cli.recorded import progress_bar
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


class WeekType(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """A week by any of its days, or as ISO 8601 names it."""

    name = "WEEK"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dt.date:
        for text, form in ((value, "%Y-%m-%d"), (f"{value}-1", "%G-W%V-%u")):
            try:
                return dt.datetime.strptime(text, form).date()
            except ValueError:
                continue
        self.fail(f"{value!r} is no week; write a day of it (2026-11-19), or 2026-W47", param, ctx)


@report.command("weekly", epilog=example("qt report weekly\n  qt report weekly --week 2026-W47"))
@click.option("--week", "day", type=WeekType(), help="A day of it, or such as 2026-W47.  [default: the newest]")
@QUICK
@LANGUAGE
@json_option
@home_option
def weekly(*, home: Home, day: dt.date | None, quick: bool, language: Any, as_json: bool) -> int:
    """A week's trend, hours, regimes, agents, drift and calibration: reports/weekly/ WEEK.html, .md and .json.

    A fold of the days: what they say together is what each says alone. Exit 9 for a week without data.
    """
    facts, weeks, publish = (importlib.import_module(f"qt_app.reports.{name}") for name in ("facts", "week", "publish"))
    config = load(home)
    past = facts.Past.read(home, config)
    with progress_bar("report weekly") as progress:
        found = weeks.gather_week(past, day or past.newest, recordings=not quick, progress=progress)
    path = publish.publish_week(past, found, publish.words_of(config, language))
    click.echo(_dump(publish.week_json(found)) if as_json else
               "\n".join([*publish.week_lines(found), f"report: {path}"]))
    return ExitCode.OK


def _dump(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS).decode()
