"""``qt why``."""
from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.cli.recorded import progress_bar
from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.services import files


@click.command(epilog=example("qt why 10:31:05\n  qt why trade:3 --html\n  qt why order:12\n  "
                              "qt why 181042 --run 20261126-101500 --json"))
@click.argument("question", metavar="TRADE|DECISION")
@click.option("--run", help="The run that is asked.  [default: the newest that recorded something]")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), metavar="YYYY-MM-DD",
              help="Day in Sao Paulo, of its newest run.  [default: the run's last]")
@click.option("--html", is_flag=True, help="Write a page into reports/why/ and print its path.")
@click.option("--language", type=click.Choice(["pt_BR", "en"]),
              help="Language of the page.  [default: reports.language]")
@json_option
@home_option
def why(*, home: Home, question: str, run: str | None, day: dt.datetime | None, html: bool, language: Any,
        as_json: bool) -> int:
    """Rebuild one decision from its recording: votes, weights, consensus, every risk check, the 65 values, and what
    would have had to be different.

    A decision by its time (10:31:05) or event number (181042), a trade by its number of the day (trade:3) or an order
    (order:12). A bare number is an event's, else an order's. Exit 9 for one that does not exist, with what does.
    """
    config = load(home, keyring=False)
    asked = importlib.import_module("qt_app.why.answer")
    with progress_bar("why") as progress:
        answer = asked.ask(home, config, question, run=run, day=None if day is None else day.date(),
                           progress=progress)
    if as_json:
        click.echo(orjson.dumps(asked.as_json(answer), option=orjson.OPT_INDENT_2).decode())
    elif html:
        content = importlib.import_module("qt_app.why.page").as_html(answer, language or config.reports.language)
        click.echo(_written(home, f"{answer.run['run']}-{answer.decision.seq}", content))
    else:
        click.echo(importlib.import_module("qt_app.why.text").as_text(answer))
    return ExitCode.OK


def _written(home: Home, name: str, content: str) -> Path:
    path = home.reports / "why" / f"{name}.html"
    files.replace(path, content.encode())
    return path
