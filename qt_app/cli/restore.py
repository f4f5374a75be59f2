"""``qt restore``."""
from __future__ import annotations

import sys
from pathlib import Path

import click
import orjson

from qt_app.backup.manifest import Manifest
from qt_app.backup.restore import Restored, examine, refuse_running, restore
from qt_app.backup.shelf import Entry, Shelf
from qt_app.cli.options import example, home_option, json_option
from qt_app.errors import DataError
from qt_app.home import Home


@click.command("restore", epilog=example("qt restore --list\n  qt restore --latest\n"
                                         "  qt restore 20261126-140000-hourly --yes"))
@click.argument("name", required=False)
@click.option("--latest", is_flag=True, help="The newest backup.")
@click.option("--list", "listing", is_flag=True, help="Show what backups there are, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@home_option
def restore_command(*, home: Home, name: str | None, latest: bool, listing: bool, yes: bool, as_json: bool) -> None:
    """Put a backup in the place of journal and configuration; what it replaces is kept in backups/replaced-...

    Refused while the engine runs. Every hash and the journal are verified before anything is touched. Secrets are not
    in a backup: those in .env.production and in the keyring stay as they are.
    """
    shelf = Shelf(home)
    if listing:
        click.echo(_listed(shelf.entries(), as_json))
        return
    if (name is None) != latest:
        raise click.UsageError("name one backup, or give --latest; --list shows what there is")
    refuse_running(home)
    folder = shelf.find(name) if name is not None else _newest(shelf)
    manifest = examine(folder)
    if not yes and sys.stdin.isatty():
        click.echo(_summary(folder.name, manifest))
        click.confirm(f"Replace the state of {home.root} with it?", abort=True)
    click.echo(_told(restore(home, folder), as_json))


def _newest(shelf: Shelf) -> Path:
    newest = shelf.newest()
    if newest is None:
        raise DataError(f"there is no backup in {shelf.folder}; `qt backup` makes one")
    return newest[0]


def _summary(name: str, manifest: Manifest) -> str:
    return f"{name}: made {manifest.made_at} ({manifest.reason}), {len(manifest.files)} files, {manifest.size:,} bytes"


def _listed(entries: list[Entry], as_json: bool) -> str:
    if as_json:
        rows = [{"name": path.name, "made_at": found.made_at, "reason": found.reason, "bytes": found.size,
                 "program": found.program, "schema": found.schema} for path, found in entries]
        return orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode()
    return "\n".join(_summary(path.name, found) for path, found in entries) or "there are no backups yet"


def _told(done: Restored, as_json: bool) -> str:
    if as_json:
        return orjson.dumps({"backup": str(done.backup), "restored": done.files, "replaced": str(done.replaced),
                             "models": done.models}).decode()
    lines = [f"restored {', '.join(done.files)} from {done.backup.name}", f"what was there is in {done.replaced}"]
    lines += [f"model {name}: {STATES[state]}" for name, state in done.models.items()]
    return "\n".join(lines)


STATES = {"same": "as at the time of the backup", "differs": "another one than at the time of the backup",
          "missing": "its files are not where they were"}
