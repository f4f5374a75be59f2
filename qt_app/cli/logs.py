"""``qt logs``."""
from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

import click

from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.logs.entries import LEVELS, LogEntry, NoMomentError, Wanted, as_text, moment
from qt_app.logs.reading import Follower, LogReader
from qt_app.zone import SAO_PAULO

POLL_S = 0.3


def _moment(ctx: click.Context, param: click.Parameter, value: str | None) -> dt.datetime | None:
    try:
        return None if value is None else moment(value, dt.datetime.now(SAO_PAULO))
    except NoMomentError as error:
        raise click.BadParameter(str(error)) from error


@click.command(epilog=example("qt logs\n  qt logs --follow --level WARNING\n  qt logs --since 2h --component Risk\n  "
                              "qt logs --trace 181042 --json"))
@click.option("--follow", "-f", is_flag=True, help="Go on with what is written, until Ctrl-C.")
@click.option("--level", type=click.Choice(list(LEVELS), case_sensitive=False), default="DEBUG",
              help="Least level that is shown.")
@click.option("--component", multiple=True, metavar="NAME", help="Only this part of the program; may be repeated.")
@click.option("--trace", type=int, metavar="SEQ", help="Only lines of this event number, which a decision carries.")
@click.option("--since", callback=_moment, metavar="WHEN",
              help="All from then on: 15m, 2h, 1d, 10:30, 2026-11-27, 2026-11-27T10:30 (Sao Paulo).")
@click.option("--lines", "-n", type=click.IntRange(0), help="The last so many that match (default 50; with --since or "
              "--trace all).")
@click.option("--json", "as_json", is_flag=True, help="Print the lines as they were written.")
@home_option
def logs(home: Home, *, follow: bool, level: str, component: tuple[str, ...], trace: int | None,
         since: dt.datetime | None, lines: int | None, as_json: bool) -> None:
    """Show the log, compressed files too: the last lines, or those of a time, a level, a component, one event."""
    wanted = Wanted(level, component, trace, since)
    follower = Follower(home.logs) if follow else None
    reader = LogReader(home.logs, None if follower is None else follower.place)
    form: Callable[[LogEntry], str] = (lambda entry: entry.line.decode()) if as_json else as_text
    try:
        if lines is None and (since is not None or trace is not None):
            for entry in reader.entries(wanted):
                click.echo(form(entry))
        else:
            for entry in reader.last(50 if lines is None else lines, wanted):
                click.echo(form(entry))
    finally:
        if reader.damaged:
            click.echo(f"{reader.damaged} damaged lines were left out", err=True)
    while follower is not None:
        for entry in reader.take(iter(follower.poll()), wanted):
            click.echo(form(entry))
        time.sleep(POLL_S)
