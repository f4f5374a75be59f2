"""A full disk: the reserve is spent so that exits are still recorded; when that is used up too, nothing is sent."""
from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from app.journal.journal_kit import fill, order
from child import environment, on_a_small_disk

from qt_app.errors import JournalError
from qt_app.journal.journal import Journal
from qt_app.journal.opening import open_file
from qt_app.journal.reader import Reader
from qt_app.journal.reserve import SLICE_BYTES, Reserve


class Quota(Reserve):
    """A reserve on a disk that SQLite is told is full: giving it up lets the file grow by some pages."""

    def __init__(self, path: Path, connection: sqlite3.Connection, more: int) -> None:
        super().__init__(path, 4096)
        self._connection = connection
        self._more = more

    def free(self) -> bool:
        if not super().free():
            return False
        pages = self._connection.execute("PRAGMA page_count").fetchone()[0]
        self._connection.execute(f"PRAGMA max_page_count = {pages + self._more}")
        return True


def full(path: Path, *, more: int) -> Journal:
    """A journal whose file may not grow, with so many pages in reserve."""
    connection = open_file(path)
    connection.execute("PRAGMA max_page_count = 1")     # SQLite takes that for "not one page more"
    return Journal(path, connection, "run", Quota(path.with_name("journal.reserve"), connection, more))


def fill_up(journal: Journal, limit: int) -> int:
    """Orders until nothing more can be written, or so many; returns the last one that was durable."""
    for number in range(1, limit + 1):
        journal.put(order(number))
        try:
            journal.barrier(60)
        except JournalError:
            return number - 1
    return limit


def test_the_reserve_is_spent_and_the_order_is_recorded(tmp_path: Path) -> None:
    journal = full(tmp_path / "journal.sqlite", more=1000)
    assert not journal.low
    assert fill_up(journal, 200) == 200
    assert journal.low and not journal.failed
    assert (tmp_path / "journal.reserve").stat().st_size == 0
    journal.close()


def test_without_a_reserve_nothing_is_sent_and_what_waits_is_written_when_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "journal.sqlite"
    journal = full(path, more=2)
    last = fill_up(journal, 1000)
    assert last < 1000 and journal.low
    assert journal.failed == f"journal {path}: the disk is full; free some space on it"
    journal.put(fill(1, 1))
    with pytest.raises(JournalError, match="the disk is full"):
        journal.barrier(60)
    journal._connection.execute("PRAGMA max_page_count = 100000")
    journal.barrier(60)
    assert journal.failed == ""
    journal.close()
    with Reader(path) as reader:
        assert [o.order_id for o in reader.orders()] == list(range(1, last + 2))
        assert reader.fills() == [fill(1, 1)]


def test_closing_without_room_says_that_rows_are_lost(tmp_path: Path) -> None:
    journal = full(tmp_path / "journal.sqlite", more=2)
    last = fill_up(journal, 1000)
    with pytest.raises(JournalError, match="the disk is full"):
        journal.close()
    with Reader(journal.path) as reader:
        assert len(reader.orders()) == last


def test_a_reserve_that_finds_no_room_blocks_entries_from_the_start(tmp_path: Path) -> None:
    (tmp_path / "journal.reserve").mkdir()
    journal = Journal.open(tmp_path / "journal.sqlite", "run")
    assert journal.low and not journal.failed
    journal.close()


def test_a_reserve_is_made_once_and_given_up_in_slices(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path / "r", 2 * SLICE_BYTES + 1)
    assert reserve.hold() and reserve.held
    made = reserve.path.stat().st_mtime_ns
    assert reserve.hold() and reserve.path.stat().st_mtime_ns == made
    sizes = []
    while reserve.free():
        sizes.append(reserve.path.stat().st_size)
    assert sizes == [SLICE_BYTES + 1, 1, 0] and not reserve.held


def test_what_is_left_of_a_reserve_stays_while_there_is_no_room_for_the_rest(tmp_path: Path,
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    reserve = Reserve(tmp_path / "r", 2 * SLICE_BYTES)
    assert reserve.hold() and reserve.free()
    left = reserve.path.read_bytes()
    monkeypatch.setattr(shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(1 << 30, 1 << 30, SLICE_BYTES))
    assert not reserve.hold() and reserve.path.read_bytes() == left
    monkeypatch.undo()
    assert reserve.hold() and reserve.held


# ---- on a disk that is full in earnest

FILLS_UP = """
import resource, sys
from pathlib import Path
from app.journal.journal_kit import order
from qt_app.errors import JournalError
from qt_app.journal.journal import Journal
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_FSIZE, (6 << 20, 6 << 20))
folder = Path(sys.argv[1])
journal, low, number = Journal.open(folder / "journal.sqlite", "run"), 0, 0
while not journal.failed:
    number += 1
    journal.put(order(number))
    for n in range(200):
        journal.put(order(10_000_000 + 200 * number + n))
    try:
        journal.barrier(60)
    except JournalError as error:
        print(error)
    else:
        low = low or (number if journal.low else 0)
        done = number
print("low", low, "done", done, "reserve", (folder / "journal.reserve").stat().st_size)
try:
    journal.close()
except JournalError:
    pass
else:
    print("closed")
from qt_app.journal.reader import Reader
with Reader(folder / "journal.sqlite") as reader:
    print("read", max(o.order_id for o in reader.orders() if o.order_id < 10_000_000))
"""


def filled_up(command: list[str], mode: str, folder: Path) -> list[str]:
    done = subprocess.run([*command, sys.executable, "-c", FILLS_UP, str(folder), mode], env=environment(),
                          check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_disk_of_12_megabytes_gets_full(tmp_path: Path) -> None:
    """When it is full 4 MB of reserve take the last orders."""
    said, state, *rest = filled_up(on_a_small_disk(tmp_path, 12), "disk", tmp_path)
    assert "the disk is full; free some space on it" in said
    words = state.split()
    assert 0 < int(words[1]) < int(words[3]) and words[5] == "0"
    assert int(rest[-1].split()[1]) == int(words[3])


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no such limit on Windows")
def test_a_limit_on_the_size_of_files(tmp_path: Path) -> None:
    """The reserve does not help here: nothing is sent, and what was durable can be read."""
    said, state, *rest = filled_up([], "limit", tmp_path)
    assert "the disk does not read or write; look at its space, its limits and its health" in said
    assert int(rest[-1].split()[1]) == int(state.split()[3])
