"""The journal's tables, and how a file of an earlier version becomes one of this version.

Every row has an ``id`` out of one count over all tables, so the rows of a file have one order, that of their writing,
whatever the clock does. ``run`` says which run of the program wrote it. Rows are only ever added: triggers refuse
changing or removing one.
"""
from __future__ import annotations

import sqlite3
from pathlib import Path

#: "QTjl": marks the file as a journal of this program.
APPLICATION_ID = 0x51546A6C

TABLES = ("orders", "cancels", "sent", "named", "reports", "fills", "facts", "marks", "decisions")

_HEAD = "id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run)"
_ORDER = "order_id INTEGER NOT NULL REFERENCES orders (order_id)"

_TABLES = f"""
CREATE TABLE runs (run INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE orders ({_HEAD}, order_id INTEGER NOT NULL UNIQUE CHECK (order_id > 0), seq INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL, symbol TEXT NOT NULL, account TEXT NOT NULL, purpose TEXT NOT NULL,
    side INTEGER NOT NULL CHECK (side IN (-1, 1)), qty INTEGER NOT NULL CHECK (qty > 0), price INTEGER, stop INTEGER,
    reason TEXT NOT NULL) STRICT;
CREATE TABLE cancels ({_HEAD}, {_ORDER}, ts_ns INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE sent ({_HEAD}, {_ORDER}, local_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    session TEXT NOT NULL) STRICT;
CREATE TABLE named ({_HEAD}, {_ORDER}, cl_ord_id TEXT NOT NULL) STRICT;
CREATE TABLE reports ({_HEAD}, {_ORDER}, seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL, status TEXT NOT NULL,
    traded INTEGER NOT NULL CHECK (traded >= 0), text TEXT NOT NULL) STRICT;
CREATE TABLE fills ({_HEAD}, order_id INTEGER REFERENCES orders (order_id), symbol TEXT NOT NULL, account TEXT NOT NULL,
    seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL, side INTEGER NOT NULL CHECK (side IN (-1, 1)),
    qty INTEGER NOT NULL CHECK (qty > 0), price INTEGER NOT NULL, cost_probable INTEGER NOT NULL,
    cost_optimistic INTEGER NOT NULL, entry INTEGER NOT NULL CHECK (entry IN (0, 1)), position INTEGER NOT NULL) STRICT;
CREATE TABLE decisions ({_HEAD}, seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL, action TEXT NOT NULL, confidence REAL,
    reason TEXT NOT NULL, inputs TEXT NOT NULL) STRICT;
CREATE TABLE facts ({_HEAD}, name TEXT NOT NULL, value TEXT NOT NULL, ts_ns INTEGER NOT NULL) STRICT;
CREATE TABLE marks ({_HEAD}, kind TEXT NOT NULL, ts_ns INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
"""

_APPEND_ONLY = "\n".join(
    f"CREATE TRIGGER {table}_{verb.lower()} BEFORE {verb} ON {table} "
    f"BEGIN SELECT raise(ABORT, 'the journal only grows'); END;"
    for table in ("runs", *TABLES) for verb in ("UPDATE", "DELETE"))

_INDEXES = """
CREATE UNIQUE INDEX fills_once ON fills
    (run, coalesce(order_id, 0), symbol, account, seq, ts_ns, side, qty, price, position);
CREATE INDEX fills_account ON fills (symbol, account, id);
CREATE INDEX fills_order ON fills (order_id);
CREATE INDEX reports_order ON reports (order_id);
CREATE INDEX cancels_order ON cancels (order_id);
CREATE INDEX sent_order ON sent (order_id);
CREATE INDEX named_order ON named (order_id);
CREATE INDEX facts_name ON facts (name, id);
CREATE INDEX decisions_time ON decisions (ts_ns);
"""

#: Step n brings a file of version n to version n + 1. A step that was released never changes.
STEPS: tuple[str, ...] = (_TABLES, _APPEND_ONLY + _INDEXES)

VERSION = len(STEPS)


def version(connection: sqlite3.Connection) -> int:
    """The version of this file; 0: nothing in it yet."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def damaged_definition(connection: sqlite3.Connection) -> str:
    """The first table, index or trigger that is not as this version's steps make it; "" when all are."""
    made = sqlite3.connect(":memory:")
    made.executescript("".join(STEPS[:version(connection)]))
    found = _definitions(connection)
    wrong = [name for name, words in _definitions(made).items() if found.get(name) != words]
    made.close()
    return wrong[0] if wrong else ""


def _definitions(connection: sqlite3.Connection) -> dict[str, str]:
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL")
    return {name: " ".join(sql.split()) for name, sql in rows}


def migrate(connection: sqlite3.Connection, path: Path) -> Path | None:
    """Brings the file to this version in one transaction; a copy of an older file is kept, and returned."""
    old = version(connection)
    if old == VERSION:
        return None
    copy = _keep_copy(connection, path, old) if old else None
    script = "".join(STEPS[old:])
    pragmas = f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {VERSION};"
    try:
        connection.executescript(f"BEGIN IMMEDIATE; {script} {pragmas} COMMIT;")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return copy


def _keep_copy(connection: sqlite3.Connection, path: Path, old: int) -> Path:
    """A whole copy beside the file, under a name that nothing has."""
    base = f"{path.stem}.v{old}"
    names = (path.with_name(f"{base}{f'.{n}' if n else ''}{path.suffix}") for n in range(1000))
    copy = next(name for name in names if not name.exists())
    partial = copy.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    target = sqlite3.connect(partial)
    try:
        connection.backup(target)
    finally:
        target.close()
    partial.replace(copy)
    return copy
