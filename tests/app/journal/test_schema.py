"""A journal of an earlier release becomes one of this release, in one step or not at all, and a copy of it is kept."""
from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from app.journal.journal_kit import ACCOUNT, NOON, SYMBOL, fill, order, report, written

from qt_app.errors import JournalError
from qt_app.journal import schema
from qt_app.journal.entries import Begin, Decision, Fact, OpenOrder
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader

#: Version 1 as the first release would have written it; typed out, so that no later change of the code changes it.
VERSION_1 = f"""
CREATE TABLE runs (run INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;
CREATE TABLE orders (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run),
    order_id INTEGER NOT NULL UNIQUE CHECK (order_id > 0), seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL,
    symbol TEXT NOT NULL, account TEXT NOT NULL, purpose TEXT NOT NULL, side INTEGER NOT NULL CHECK (side IN (-1, 1)),
    qty INTEGER NOT NULL CHECK (qty > 0), price INTEGER, stop INTEGER, reason TEXT NOT NULL) STRICT;
CREATE TABLE cancels (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run),
    order_id INTEGER NOT NULL REFERENCES orders (order_id), ts_ns INTEGER NOT NULL, reason TEXT NOT NULL) STRICT;
CREATE TABLE sent (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run),
    order_id INTEGER NOT NULL REFERENCES orders (order_id), local_id INTEGER NOT NULL, message_id INTEGER NOT NULL,
    session TEXT NOT NULL) STRICT;
CREATE TABLE named (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run),
    order_id INTEGER NOT NULL REFERENCES orders (order_id), cl_ord_id TEXT NOT NULL) STRICT;
CREATE TABLE reports (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run),
    order_id INTEGER NOT NULL REFERENCES orders (order_id), seq INTEGER NOT NULL, ts_ns INTEGER NOT NULL,
    status TEXT NOT NULL, traded INTEGER NOT NULL CHECK (traded >= 0), text TEXT NOT NULL) STRICT;
CREATE TABLE fills (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run),
    order_id INTEGER REFERENCES orders (order_id), symbol TEXT NOT NULL, account TEXT NOT NULL, seq INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL, side INTEGER NOT NULL CHECK (side IN (-1, 1)), qty INTEGER NOT NULL CHECK (qty > 0),
    price INTEGER NOT NULL, cost_probable INTEGER NOT NULL, cost_optimistic INTEGER NOT NULL,
    entry INTEGER NOT NULL CHECK (entry IN (0, 1)), position INTEGER NOT NULL) STRICT;
CREATE TABLE decisions (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run), seq INTEGER NOT NULL,
    ts_ns INTEGER NOT NULL, action TEXT NOT NULL, confidence REAL, reason TEXT NOT NULL, inputs TEXT NOT NULL) STRICT;
CREATE TABLE facts (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run), name TEXT NOT NULL,
    value TEXT NOT NULL, ts_ns INTEGER NOT NULL) STRICT;
CREATE TABLE marks (id INTEGER PRIMARY KEY, run INTEGER NOT NULL REFERENCES runs (run), kind TEXT NOT NULL,
    ts_ns INTEGER NOT NULL, text TEXT NOT NULL) STRICT;
INSERT INTO runs VALUES (1, 'old');
INSERT INTO orders VALUES (1, 1, 1, 10, {NOON}, '{SYMBOL}', '{ACCOUNT}', 'entry', 1, 2, NULL, NULL, 'TEST');
INSERT INTO reports VALUES (2, 1, 1, 10, {NOON}, 'partial', 1, '');
INSERT INTO fills VALUES (3, 1, 1, '{SYMBOL}', '{ACCOUNT}', 10, {NOON}, 1, 1, 10000, 10000, 10000, 1, 1);
INSERT INTO facts VALUES (4, 1, 'halt', '"by hand"', {NOON});
INSERT INTO decisions VALUES (5, 1, 10, {NOON}, 'buy', 0.75, 'R', 'ff');
INSERT INTO marks VALUES (6, 1, 'stopped', {NOON}, '');
PRAGMA application_id = 0x51546A6C;
PRAGMA user_version = 1;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of version 1."""
    path = tmp_path / "journal.sqlite"
    connection = sqlite3.connect(path)
    connection.executescript(VERSION_1)
    connection.close()
    return path


def shape(path: Path) -> dict[str, str]:
    """Everything that is defined in a file, but for its white space."""
    connection = sqlite3.connect(path)
    rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL").fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows}


def test_a_file_of_version_1_becomes_one_of_this_version(path: Path, tmp_path: Path) -> None:
    journal = Journal.open(path, "new")
    known = OpenOrder(order(1), "partial", 0, "", "", 1, 10_000, False, False)
    assert journal.begin(SYMBOL, ACCOUNT) == Begin(2, (fill(1, 1),), (known,), {"halt": Fact("halt", "by hand", NOON)},
                                                   clean=True)
    for entry in (report(1, "filled", 2), fill(1, 2)):
        journal.put(entry)
    journal.close()
    with Reader(path) as reader:
        assert reader.fills() == [fill(1, 1), fill(1, 2)]
        assert reader.decisions() == [Decision(10, NOON, "buy", 0.75, "R", "ff")]
    written(tmp_path / "fresh.sqlite")
    assert shape(path) == shape(tmp_path / "fresh.sqlite")


def test_the_old_file_is_kept_beside_it_and_an_earlier_copy_too(path: Path) -> None:
    first = path.with_name("journal.v1.sqlite")
    first.write_text("an earlier copy")
    Journal.open(path, "new").close()
    assert first.read_text() == "an earlier copy"
    copy = sqlite3.connect(path.with_name("journal.v1.1.sqlite"))
    assert copy.execute("PRAGMA user_version").fetchone() == (1,)
    assert copy.execute("SELECT count(*) FROM fills").fetchone() == (1,)
    copy.close()


def test_a_second_opening_copies_nothing(path: Path) -> None:
    for _ in range(2):
        Journal.open(path, "new").close()
    assert len(list(path.parent.glob("journal.v1*"))) == 1


def test_a_step_that_fails_leaves_the_old_version(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "STEPS", (schema.STEPS[0], "CREATE TABLE more (a) STRICT; CREATE TABLE orders (a);"))
    with pytest.raises(JournalError):
        Journal.open(path, "new")
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'more'").fetchone() == (0,)
    connection.close()


def test_a_definition_that_is_missing_or_altered_is_damage(path: Path) -> None:
    Journal.open(path, "new").close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER fills_delete")
    connection.execute("CREATE INDEX of_somebody_else ON fills (price)")
    connection.close()
    with pytest.raises(JournalError, match=r"it is corrupt \(fills_delete\)"):
        Journal.open(path, "newer")


def test_reading_an_old_file_says_who_brings_it_up(path: Path) -> None:
    with pytest.raises(JournalError, match="its schema is version 1, not 2; `qt start` brings it up"):
        Reader(path)
