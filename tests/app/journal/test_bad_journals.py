"""A journal that cannot be trusted is refused with one sentence and the remedy, and is left as it is, byte for byte."""
from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from app.journal.journal_kit import ACCOUNT, SYMBOL, crash, fill, order, written
from child import environment

from qt_app.errors import ExitCode, JournalError
from qt_app.journal import opening
from qt_app.journal.entries import Begin, Decision
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader
from qt_app.journal.schema import VERSION

LEFT = r"it was left as it is; restore a backup with `qt restore`, or move it aside and start empty \(keep it\)"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


def files(path: Path) -> dict[str, bytes]:
    return {found.name: found.read_bytes() for found in path.parent.iterdir() if not found.name.endswith("-shm")}


def refuses(path: Path, words: str) -> None:
    """Opening raises this, for the one that writes; nothing has changed on the disk."""
    before = files(path)
    with pytest.raises(JournalError, match=words) as caught:
        Journal.open(path, "run")
    assert caught.value.code == ExitCode.DATA
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)
    assert files(path) == before


def test_a_file_that_is_not_sqlite(path: Path) -> None:
    path.write_bytes(b"order 1, buy\n" * 100)
    refuses(path, f"it is no SQLite file; {LEFT}")


def test_a_file_of_zeros_as_a_power_loss_may_leave_it(path: Path) -> None:
    path.write_bytes(bytes(8192))
    refuses(path, f"it is no SQLite file; {LEFT}")


def test_a_file_that_ends_in_its_header(path: Path) -> None:
    written(path, order(1))
    path.write_bytes(path.read_bytes()[:90])
    refuses(path, LEFT)


def test_an_empty_file_has_nothing_to_lose(path: Path) -> None:
    path.touch()
    written(path, order(1))
    with Reader(path) as reader:
        assert reader.orders() == [order(1)]


@pytest.mark.parametrize("mark", [0, 0x1234_5678])
def test_a_database_of_another_application(path: Path, mark: int) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {mark}")
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    refuses(path, f"it belongs to another application.*; {LEFT}")
    with pytest.raises(JournalError, match="another application"):
        Reader(path)


def test_a_newer_schema(path: Path) -> None:
    written(path, order(1))
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    refuses(path, f"its schema is version {VERSION + 1}, this release knows {VERSION}; it was left as it is; "
                  r"start the release that wrote it, or move it aside and start empty \(keep it\)")
    with pytest.raises(JournalError, match="this release knows"):
        Reader(path)


@pytest.mark.lengthy
@pytest.mark.parametrize("table", ["orders", "fills", "decisions"])
def test_a_corrupt_page(path: Path, table: str) -> None:
    written(path, order(1), *(fill(1, n) for n in range(1, 300)), *(order(n) for n in range(2, 300)),
            *(Decision(n, n, "hold", 0.5, "R", "") for n in range(300)))
    with sqlite3.connect(path) as connection:
        page = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xa5" * 4096)
    refuses(path, f"corrupt.*; {LEFT}")


def test_the_page_of_the_schema_is_corrupt(path: Path) -> None:
    written(path, order(1))
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"\xa5" * 3996)
    refuses(path, LEFT)


# ---- the log


@pytest.mark.slow
def test_a_log_cut_anywhere_gives_a_whole_beginning(path: Path) -> None:
    """As a power loss may leave it: what remains are the first transactions, none of them in part."""
    crash(path, [[order(n), fill(n, n)] for n in range(1, 5)])
    log = path.with_name(f"{path.name}-wal")
    whole = log.read_bytes()
    seen = set()
    frame = 24 + 4096
    for size in (0, 20, *range(32, len(whole) + 1, frame), *range(32 + 30, len(whole), frame)):
        copy = path.parent / f"cut{size}" / path.name
        copy.parent.mkdir()
        shutil.copy(path, copy)
        copy.with_name(log.name).write_bytes(whole[:size])
        begin = begun(copy)
        assert [f.order_id for f in begin.fills] == list(range(1, begin.next_order_id))
        seen.add(begin.next_order_id)
    assert seen == set(range(1, 6))


def begun(path: Path) -> Begin:
    journal = Journal.open(path, "after")
    try:
        return journal.begin(SYMBOL, ACCOUNT)
    finally:
        journal.close()


def harmed_frame(log: bytearray) -> None:
    log[32 + 2 * (4096 + 24) + 500] ^= 0xFF


def harmed_salt(log: bytearray) -> None:
    log[32 + 2 * (4096 + 24) + 9] ^= 0xFF


def harmed_header(log: bytearray) -> None:
    log[17] ^= 0xFF


def garbage(log: bytearray) -> None:
    log[:] = b"not a log at all" * 1000


@pytest.mark.lengthy
@pytest.mark.parametrize("harm", [harmed_frame, harmed_salt, harmed_header, garbage])
def test_a_damaged_log_hides_no_transactions(path: Path, harm: Callable[[bytearray], None]) -> None:
    """SQLite alone would read it up to the damage and forget the rest."""
    crash(path, [[order(n)] for n in range(1, 9)])
    log = path.with_name(f"{path.name}-wal")
    content = bytearray(log.read_bytes())
    harm(content)
    log.write_bytes(content)
    refuses(path, f"its log journal.sqlite-wal cannot be trusted, .*; {LEFT}")


@pytest.mark.parametrize("gone", [False, True])
def test_a_log_whose_file_is_empty_or_gone(path: Path, gone: bool) -> None:
    crash(path, [[order(1)]])
    path.unlink()
    if not gone:
        path.touch()
    refuses(path, f"it is gone or empty, and its log journal.sqlite-wal is not; {LEFT}")


def test_an_unfinished_transaction_at_the_end_of_the_log_is_left_out(path: Path) -> None:
    crash(path, [[order(n)] for n in range(1, 9)])
    log = path.with_name(f"{path.name}-wal")
    content = bytearray(log.read_bytes())
    content[-100] ^= 0xFF
    log.write_bytes(content)
    assert begun(path).next_order_id == 8


# ---- the surroundings


def test_another_program_holds_it(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_S", 0.05)
    written(path, order(1))
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(JournalError, match=r"another program holds it; close that program"):
        Journal.open(path, "run")
    other.execute("ROLLBACK")
    other.close()
    assert begun(path).next_order_id == 2


def test_another_program_takes_it_while_we_run(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_S", 0.05)
    journal = Journal.open(path, "run")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    journal.put(order(1))
    with pytest.raises(JournalError, match="another program holds it"):
        journal.barrier(60)
    assert "another program holds it" in journal.failed
    other.execute("ROLLBACK")
    other.close()
    journal.barrier(60)
    assert journal.failed == ""
    journal.close()
    with Reader(path) as reader:
        assert reader.orders() == [order(1)]


def test_an_sqlite_that_is_too_old(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "OLDEST_SQLITE", (99, 0, 1))
    with pytest.raises(JournalError, match=r"has SQLite .*, and 99\.0\.1 is needed; install qt with a newer Python"):
        Journal.open(path, "run")
    assert not path.exists()


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(JournalError, match="give this user the right to read and write"):
        Journal.open(tmp_path / "state" / "journal.sqlite", "run")


OPENS_AS_NOBODY = """
import os, sys
import urllib.parse     # pathlib loads it late, and nobody may not read this interpreter's folder
from pathlib import Path
from qt_app.errors import JournalError
from qt_app.journal.journal import Journal
if os.geteuid() == 0:
    os.setuid(65534)
try:
    Journal.open(Path(sys.argv[1]), "run").close()
except JournalError as error:
    print(error)
    sys.exit(error.code)
"""


@pytest.mark.lengthy
@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="rights are set otherwise on Windows")
@pytest.mark.parametrize("there", [False, True])
def test_a_folder_without_the_right_to_write(tmp_path: Path, there: bool) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    path = folder / "journal.sqlite"
    if there:
        written(path, order(1))
    folder.chmod(0o555)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == os.geteuid():
            above.chmod(above.stat().st_mode | 0o011)
    done = subprocess.run([sys.executable, "-c", OPENS_AS_NOBODY, str(path)], env=environment(), check=False,
                          capture_output=True, text=True)
    folder.chmod(0o755)
    assert done.returncode == ExitCode.DATA, done
    assert f"journal {path}: " in done.stdout and "give this user the right to read and write" in done.stdout
