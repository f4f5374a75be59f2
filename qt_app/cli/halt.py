"""``qt halt``."""
from __future__ import annotations

import click

from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.services.control import ControlClient


@click.command(epilog=example("qt halt"))
@home_option
def halt(home: Home) -> None:
    """Stop new entries at once; the engine goes on watching, stops and exits stay in force."""
    ControlClient(home).call("halt")
    click.echo("halted: no new entries until `qt resume`")
