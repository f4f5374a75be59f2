"""``qt backup``."""
from __future__ import annotations

from typing import Any

import click
import orjson

from qt_app.backup.make import Backup, make
from qt_app.cli.options import example, home_option, json_option
from qt_app.config import parse_problems
from qt_app.home import Home


@click.command(epilog=example("qt backup\n  qt backup --json"))
@json_option
@home_option
def backup(home: Home, as_json: bool) -> None:
    """Back up the journal, the configuration without secrets, and the models' manifests, into backups/.

    Works while the engine runs and while it does not. An engine does this by itself every hour and when it stops.
    """
    made = make(home, parse_problems(home)[0], "by hand")
    click.echo(orjson.dumps(_document(made), option=orjson.OPT_INDENT_2).decode() if as_json else _text(made))


def _document(made: Backup) -> dict[str, Any]:
    found = made.manifest
    return {"path": str(made.path), "reason": found.reason, "made_at": found.made_at, "bytes": found.size,
            "schema": found.schema, "program": found.program,
            "files": {name: {"sha256": sha, "bytes": size} for name, (sha, size) in found.files.items()},
            "left_out": list(found.left_out), "models": list(found.models)}


def _text(made: Backup) -> str:
    found = made.manifest
    lines = [f"  {name:<28} {size:>12,} bytes" for name, (_, size) in found.files.items()]
    lines += [f"  left out: {name}" for name in found.left_out]
    if found.schema is None:
        lines.append("  there is no journal yet")
    return "\n".join([str(made.path), *lines, "put it back with `qt restore " + made.path.name + "`"])
