"""``qt monitor``."""
from __future__ import annotations

import importlib
from contextlib import suppress

import click

from qt_app.cli.options import example, home_option
from qt_app.config import load
from qt_app.errors import QtError
from qt_app.home import Home
from qt_app.services.lock import running
from qt_app.services.log import write_line


@click.command(epilog=example("qt monitor\n  qt monitor --port 8090 --language en\n"
                              "  qt monitor --address 192.168.0.10"))
@click.option("--port", type=int, help="Port of the page (enhanced_monitor.port).")
@click.option("--address", help="Address to serve; any but loopback asks for the token in state/monitor.json.")
@click.option("--language", type=click.Choice(["pt_BR", "en"]), help="Language of the page.")
@home_option
def monitor(home: Home, **given: object) -> None:
    """Serve the web monitor until Ctrl-C: a page that follows the engine of this home.

    It is a process of its own and only listens, except for two buttons (stop entries, flatten everything). It may be
    started before the engine and outlives its restarts (docs/monitor.md).
    """
    config = load(home, {f"enhanced_monitor.{name}": value for name, value in given.items() if value is not None})
    # Imported here because it loads the web server, which no other verb needs.
    serve = importlib.import_module("qt_app.monitor.server").serve
    try:
        serve(home, config, lambda url, token: _ready(home, url, token))
    except QtError as error:    # started by `qt start` it has no terminal
        with suppress(OSError):
            write_line(home, "ERROR", "Monitor", str(error), {}, secrets=config.secrets)
        raise


def _ready(home: Home, url: str, token: bool) -> None:
    click.echo(f"monitor on {url}, end with Ctrl-C")
    if token:
        click.echo(f"it asks for a token, which is in {home.monitor}")
    if running(home) is None:
        click.echo("no engine runs in this home yet: the page waits for `qt start`")
