"""``qt clean``."""
from __future__ import annotations

import datetime as dt

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.services.clean import plan, remove
from qt_app.zone import SAO_PAULO


@click.command(epilog=example("qt clean\n  qt clean --yes\n  qt clean --days 7 --yes"))
@click.option("--yes", is_flag=True, help="Remove it; without this it is only shown.")
@click.option("--days", type=click.IntRange(1), metavar="N", help="Keep logs of so many days (default: log.keep_days).")
@json_option
@home_option
def clean(home: Home, yes: bool, days: int | None, as_json: bool) -> int:
    """Remove old logs and the cache. Recordings, journal, state, models, reports and backups are never touched.

    Without --yes it only shows what would go. The cache stays while an engine runs, and what changed within the last
    hour stays too.
    """
    keep = load(home, keyring=False).log.keep_days if days is None else days
    todo = plan(home, keep, dt.datetime.now(SAO_PAULO))
    freed = remove(todo) if yes else 0
    if as_json:
        click.echo(orjson.dumps({
            "removed": yes, "bytes": todo.bytes, "items": [{"path": str(i.path), "bytes": i.bytes, "why": i.why}
                                                           for i in todo.items],
            "kept": [{"path": str(path), "why": why} for path, why in todo.kept]}))
        return ExitCode.OK
    for item in todo.items:
        click.echo(f"{item.bytes / 2**20:>9.1f} MB  {item.path}  ({item.why})")
    for path, why in todo.kept:
        click.echo(f"     stays    {path}  ({why})")
    if not todo.items:
        click.echo("nothing to remove")
    elif yes:
        click.echo(f"removed {freed / 2**20:.1f} MB")
    else:
        click.echo(f"{todo.bytes / 2**20:.1f} MB would go; `qt clean --yes` removes it")
    return ExitCode.OK
