"""``qt stop``."""
from __future__ import annotations

import click

from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.services.stop import stop as stop_engine


@click.command(epilog=example("qt stop\n  qt stop --position keep --timeout 60"))
@click.option("--position", type=click.Choice(["flatten", "keep"]),
              help="What becomes of an open position: closed (default), or kept with its protection. With real money "
                   "and an open position one must be given.")
@click.option("--keep-position", "position", flag_value="keep", hidden=True)
@click.option("--timeout", type=click.FloatRange(1), default=30.0, show_default=True,
              help="Seconds to wait for the end.")
@home_option
def stop(home: Home, position: str | None, timeout: float) -> None:
    """Stop the running engine and its supervisor: no new entries, orders cancelled, position closed, files written.

    Only the processes of this home are asked; none is ever killed. What stays in the market is told.
    """
    owner, left = stop_engine(home, position, timeout)
    click.echo(f"stopped process {owner.pid}: {left}")
