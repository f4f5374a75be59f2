"""``qt resume``."""
from __future__ import annotations

import click

from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.services.control import ControlClient


@click.command(epilog=example("qt resume"))
@home_option
def resume(home: Home) -> None:
    """Allow entries again after `qt halt`."""
    ControlClient(home).call("resume")
    click.echo("resumed: entries are allowed again")
