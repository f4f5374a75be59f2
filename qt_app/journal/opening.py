"""Opening the journal's file: looked at before it is touched, and never written when something is wrong with it."""
from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic

from qt_app.errors import JournalError
from qt_app.journal import wal
from qt_app.journal.schema import APPLICATION_ID, TABLES, VERSION, damaged_definition, migrate, version

#: How long another program may hold the file before that is an error, s.
BUSY_S = 1.0

#: How long looking for damaged pages may take at the start, s; what orders need is looked at first.
CHECK_S = 2.0

#: The first one with strict tables.
OLDEST_SQLITE = (3, 37, 0)

_MAGIC = b"SQLite format 3\0"
_APPLICATION_AT = 68    # in the file's header, 32 bits, big-endian

KEEP = "it was left as it is"
RESTORE = f"{KEEP}; restore a backup with `qt restore`, or move it aside and start empty (keep it)"


def open_file(path: Path) -> sqlite3.Connection:
    """The journal at ``path``, made if there is none, of this version, ready to be written.

    Raises JournalError and changes nothing when the file cannot be used.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise JournalError(f"journal {path}: this Python has SQLite {sqlite3.sqlite_version}, and "
                           f"{'.'.join(map(str, OLDEST_SQLITE))} is needed; install qt with a newer Python")
    with told(path):
        if _holds_something(path):
            _look_at_bytes(path)
            _look_inside(path)
        elif _holds_something(log := _log_of(path)):   # SQLite would take it for a dead file's and remove it
            raise JournalError(f"journal {path}: it is gone or empty, and its log {log.name} is not; {RESTORE}")
        connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    with told(path, connection):
        _set_up(connection)
        migrate(connection, path)
    return connection


def open_to_read(path: Path) -> sqlite3.Connection:
    """The journal at ``path``, for reading only. Raises JournalError."""
    with told(path):
        if not path.exists():
            raise JournalError(f"journal {path}: there is none yet; `qt start` makes it")
        connection = _read_only(path, "mode=ro")
    with told(path, connection):
        _identify(connection, path)
        if (found := version(connection)) < VERSION:
            raise JournalError(f"journal {path}: its schema is version {found}, not {VERSION}; `qt start` brings it up")
    return connection


@contextmanager
def told(path: Path, connection: sqlite3.Connection | None = None) -> Iterator[None]:
    """Errors of SQLite and of the system become a JournalError; then the connection is of no use and is closed."""
    try:
        yield
    except (JournalError, OSError, sqlite3.Error, UnicodeDecodeError) as error:
        if connection is not None:
            connection.close()
        if isinstance(error, JournalError):
            raise
        raise JournalError(sentence(path, error)) from error


def sentence(path: Path, error: Exception) -> str:
    """What is wrong, and what to do about it."""
    cause, remedy = _CAUSES.get(getattr(error, "sqlite_errorcode", 0) & 0xFF, (str(error), "see what came before it"))
    if isinstance(error, UnicodeDecodeError) or "Could not decode" in str(error):   # a text that is no text
        cause, remedy = _CAUSES[sqlite3.SQLITE_CORRUPT]
    elif isinstance(error, OSError):
        cause, remedy = (error.strerror or str(error)).lower(), _PERMISSION
    return f"journal {path}: {cause}; {remedy}"


_PERMISSION = "give this user the right to read and write the file and its folder"

_CAUSES = {
    sqlite3.SQLITE_CORRUPT: ("a page of it is corrupt", RESTORE),
    sqlite3.SQLITE_NOTADB: ("it is no SQLite file", RESTORE),
    sqlite3.SQLITE_FULL: ("the disk is full", "free some space on it"),
    sqlite3.SQLITE_IOERR: ("the disk does not read or write", "look at its space, its limits and its health"),
    sqlite3.SQLITE_BUSY: ("another program holds it", "close that program (`qt status` shows a running engine)"),
    sqlite3.SQLITE_LOCKED: ("another program holds it", "close that program (`qt status` shows a running engine)"),
    sqlite3.SQLITE_READONLY: ("it is read-only", _PERMISSION),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened or made", _PERMISSION),
    sqlite3.SQLITE_PERM: ("no permission", _PERMISSION),
}


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _holds_something(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 0


def _look_at_bytes(path: Path) -> None:
    """What can be told without SQLite."""
    with path.open("rb") as file:
        head = file.read(100)
    if not head.startswith(_MAGIC):
        raise JournalError(f"journal {path}: it is no SQLite file; {RESTORE}")
    owner = struct.unpack_from(">I", head, _APPLICATION_AT)[0] if len(head) == 100 else 0
    if owner not in (0, APPLICATION_ID):
        raise JournalError(f"journal {path}: it belongs to another application (id {owner:#010x}); {RESTORE}")
    if harm := wal.damage(_log_of(path)):
        raise JournalError(f"journal {path}: its log {_log_of(path).name} cannot be trusted, {harm}; {RESTORE}")


def _look_inside(path: Path) -> None:
    """By a connection that cannot write: one that can would fold the log into a damaged file when it is closed."""
    connection = _read_only(path, "mode=ro" if _log_of(path).exists() else "immutable=1")
    with told(path, connection):
        _identify(connection, path)
        if version(connection) and (harm := damaged_definition(connection) or _damaged_page(connection)):
            raise JournalError(f"journal {path}: it is corrupt ({harm}); {RESTORE}")
    connection.close()


def _read_only(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?{how}", uri=True, timeout=BUSY_S, isolation_level=None)


def _identify(connection: sqlite3.Connection, path: Path) -> None:
    """Refuses what is not ours, or is newer."""
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    if owner != APPLICATION_ID and (tables or owner):
        raise JournalError(f"journal {path}: it belongs to another application; {RESTORE}")
    if (found := version(connection)) > VERSION:
        raise JournalError(f"journal {path}: its schema is version {found}, this release knows {VERSION}; {KEEP}; "
                           "start the release that wrote it, or move it aside and start empty (keep it)")


def _damaged_page(connection: sqlite3.Connection) -> str:
    """The first damage found within CHECK_S; decisions, which are many and which no order depends on, come last."""
    until_s = monotonic() + CHECK_S
    connection.set_progress_handler(lambda: monotonic() > until_s, 10_000)
    try:
        for table in ("runs", *TABLES):
            words = str(connection.execute(f"PRAGMA quick_check('{table}')").fetchone()[0])
            if words != "ok":
                return words.splitlines()[-1]
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
    finally:
        connection.set_progress_handler(None, 0)
    return ""


def _set_up(connection: sqlite3.Connection) -> None:
    """Every commit is on the disk when it returns. What an earlier run left in the log is folded in now, later when
    nothing else is to be done."""
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise sqlite3.OperationalError(f"its disk allows no write-ahead log (mode {mode})")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA wal_autocheckpoint = 2000")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
