"""``qt status``."""
from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import load
from qt_app.errors import ExitCode, NotRunningError, QtError, TimedOutError
from qt_app.home import Home
from qt_app.parity import last
from qt_app.services.control import ControlClient
from qt_app.services.status import as_text, health, parity_words, status_line
from qt_app.supervisor.record import absent, absent_document, given_up, living

#: Terminals that cannot repaint get a line each time, as a pipe does.
DUMB = ("dumb", "unknown")


@click.command(epilog=example("qt status\n  qt status --watch\n  qt status --check && echo healthy"))
@json_option
@click.option("--watch", is_flag=True, help="Stay, until Ctrl-C or the engine's end: panels on a terminal, a line each "
              "second in a pipe.")
@click.option("--check", is_flag=True, help="Say only whether all is well; exit 7 when halted, 8 when orders or "
              "position differ from the broker's, 9 when data is stale.")
@home_option
def status(home: Home, as_json: bool, watch: bool, check: bool) -> int:
    """Show what the running engine does; exit 3 when none runs, also while its supervisor brings it back."""
    client = ControlClient(home)
    try:
        document = client.call("status")
    except (NotRunningError, TimedOutError) as error:
        return _without_engine(home, as_json, error)
    if check:
        return _check(document, load(home, keyring=False).risk.stale_after_ms)
    if watch and not as_json and _can_repaint():
        return _live(home, client)
    form = _form(as_json, watch)
    click.echo(form(document))
    while watch:
        time.sleep(1)
        told = _told(home, client, form, as_json)
        click.echo(told)
    return ExitCode.OK


def _can_repaint() -> bool:
    return sys.stdout.isatty() and os.environ.get("TERM", "").lower() not in DUMB


def _live(home: Home, client: ControlClient) -> int:
    """Panels, repainted in place; loaded only here."""
    console = importlib.import_module("rich.console").Console()
    terminal = importlib.import_module("qt_app.terminal.watch")

    def absence() -> str | None:
        record = living(home)
        return None if record is None else absent(record)

    terminal.watch(terminal.Watcher(client, absence), console)
    return ExitCode.OK


def _told(home: Home, client: ControlClient, form: Callable[[Any], str], as_json: bool) -> str:
    """The next look; while there is no engine to look at, what its supervisor says, which brings it back."""
    try:
        return form(client.call("status"))
    except (NotRunningError, TimedOutError):
        record = living(home)
        if record is None:
            raise
        return form(absent_document(record)) if as_json else absent(record)


def _without_engine(home: Home, as_json: bool, error: QtError) -> int:
    """No engine answers: what its supervisor says of that, if there is one."""
    record = living(home)
    if record is None:
        raise type(error)(f"{error}{given_up(home)}{_last_session(home)}")
    if as_json:
        click.echo(orjson.dumps(absent_document(record)))
    raise type(error)(f"{absent(record)} ({error})")


def _last_session(home: Home) -> str:
    """What came of the last session's certificate, when that is no signature."""
    told = last.read(home)
    return "" if told is None or told["verdict"] == "signed" else f"; last session: {parity_words(told)}"


def _form(as_json: bool, watch: bool) -> Callable[[Any], str]:
    """JSON, or the page for people; what repeats in a pipe takes one line each time."""
    if as_json:
        return lambda document: orjson.dumps(document).decode()
    return status_line if watch else as_text


def _check(document: dict[str, Any], stale_after_ms: float) -> int:
    code, sentence = health(document, stale_after_ms)
    click.echo(sentence)
    return code
