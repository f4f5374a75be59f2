"""``qt stop``."""
from __future__ import annotations

import click

from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.services.stop import stop as stop_engine


@click.command(epilog=example("qt stop\n  qt stop --keep-position --timeout 60"))
@click.option("--keep-position", is_flag=True, help="Leave an open position open (default: close it).")
@click.option("--timeout", type=click.FloatRange(1), default=30.0, show_default=True,
              help="Seconds to wait for the end.")
@home_option
def stop(home: Home, keep_position: bool, timeout: float) -> None:
    """Stop the running engine: no new entries, orders cancelled, position closed, files written.

    Only the engine of this home is asked; no process is ever killed.
    """
    owner, _ = stop_engine(home, keep_position, timeout)
    click.echo(f"stopped process {owner.pid}")
