"""``qt status``."""
from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.services.control import ControlClient
from qt_app.services.status import as_text, health, status_line


@click.command(epilog=example("qt status\n  qt status --watch\n  qt status --check && echo healthy"))
@json_option
@click.option("--watch", is_flag=True, help="Repeat each second until Ctrl-C or the engine's end.")
@click.option("--check", is_flag=True, help="Say only whether all is well; exit 7 when halted, 9 when data is stale.")
@home_option
def status(home: Home, as_json: bool, watch: bool, check: bool) -> int:
    """Show what the running engine does; exit 3 when none runs."""
    client = ControlClient(home)
    document = client.call("status")
    if check:
        return _check(document, load(home).risk.stale_after_ms)
    form = _form(as_json, watch)
    click.echo(form(document))
    while watch:
        time.sleep(1)
        document = client.call("status")
        if form is as_text:
            click.clear()
        click.echo(form(document))
    return ExitCode.OK


def _form(as_json: bool, watch: bool) -> Callable[[Any], str]:
    """JSON, or the page for people; what repeats in a pipe takes one line each time."""
    if as_json:
        return lambda document: orjson.dumps(document).decode()
    return status_line if watch and not sys.stdout.isatty() else as_text


def _check(document: dict[str, Any], stale_after_ms: float) -> int:
    code, sentence = health(document, stale_after_ms)
    click.echo(sentence)
    return code
