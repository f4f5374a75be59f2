"""``qt status``."""
from __future__ import annotations

import time
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.services.control import ControlClient
from qt_app.services.status import as_text, health


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
    _show(document, as_json)
    while watch:
        time.sleep(1)
        document = client.call("status")
        if not as_json:
            click.clear()
        _show(document, as_json)
    return ExitCode.OK


def _show(document: dict[str, Any], as_json: bool) -> None:
    click.echo(orjson.dumps(document).decode() if as_json else as_text(document))


def _check(document: dict[str, Any], stale_after_ms: float) -> int:
    code, sentence = health(document, stale_after_ms)
    click.echo(sentence)
    return code
