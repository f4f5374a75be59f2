"""A copy of the journal at one moment, whole and checked, made beside the engine that writes it."""
from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from qt_app.errors import JournalError
from qt_app.journal import wal
from qt_app.journal.opening import RESTORE, told
from qt_app.journal.schema import APPLICATION_ID, VERSION, version

#: How long the file may be held by another program, s.
BUSY_S = 5.0


def copy_journal(source: Path, target: Path, *, at_rest: bool) -> None:
    """Copies through SQLite's backup interface from a connection that reads; the writer is not held up.

    at_rest: nobody writes it, so that its log can be looked at too. Raises JournalError when it is damaged.
    """
    if at_rest:
        _check_log(source)
    with told(source), closing(_reading(source)) as original, closing(sqlite3.connect(target)) as copy:
        original.backup(copy)       # in one step, so of one moment
        copy.execute("PRAGMA journal_mode = DELETE")    # one file, with nothing beside it
    check_journal(target, f"the copy of journal {source}")


def _reading(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY_S)


def _check_log(path: Path) -> None:
    """Of a journal that nobody writes."""
    if harm := wal.damage(path.with_name(f"{path.name}-wal")):
        raise JournalError(f"journal {path}: its log cannot be trusted, {harm}; {RESTORE}")


def look_over(path: Path) -> None:
    """Whether a journal that nobody writes is whole and can be used. Raises JournalError."""
    _check_log(path)
    with told(path), closing(_reading(path)) as found:
        _judge(found, f"journal {path}")


def check_journal(path: Path, name: str) -> int:
    """The schema's version of a journal that nobody writes. Raises JournalError for one damaged, newer, or not ours."""
    with told(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as found:
        return _judge(found, name)


def _judge(found: sqlite3.Connection, name: str) -> int:
    words = [str(row[0]) for row in found.execute("PRAGMA integrity_check")]
    if words != ["ok"]:
        raise JournalError(f"{name} is damaged: {words[0].splitlines()[-1]}; {RESTORE}")
    if (owner := found.execute("PRAGMA application_id").fetchone()[0]) != APPLICATION_ID:
        raise JournalError(f"{name} belongs to another application (id {owner:#010x}); choose another one")
    if (known := version(found)) > VERSION:
        raise JournalError(f"{name} has schema version {known}, this release knows {VERSION}: use the release that "
                           "wrote it, or a newer one")
    return known


def facts_of(path: Path) -> dict[str, Any]:
    """What a checked copy says, for people: the latest facts, the position of each account, and counts."""
    with told(path), closing(sqlite3.connect(f"{path.resolve().as_uri()}?immutable=1", uri=True)) as found:
        facts = found.execute("SELECT name, value FROM facts WHERE id IN (SELECT max(id) FROM facts GROUP BY name)")
        held = found.execute("SELECT account, symbol, position FROM fills WHERE id IN "
                             "(SELECT max(id) FROM fills GROUP BY account, symbol)")
        return {"facts": {name: json.loads(value) for name, value in facts},
                "positions": [dict(zip(("account", "symbol", "lots"), row, strict=True)) for row in held],
                "orders": found.execute("SELECT count(*) FROM orders").fetchone()[0],
                "fills": found.execute("SELECT count(*) FROM fills").fetchone()[0]}
