"""Whatever happens to the bytes of a journal: it is refused and left as it is, or it opens and can be used."""
from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from app.journal.journal_kit import ACCOUNT, MEMORY, NOON, SYMBOL, crash, fill, order, report
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_app.errors import JournalError
from qt_app.journal.entries import Decision, Fact, Named
from qt_app.journal.journal import Journal


@pytest.fixture(scope="module")
def left() -> Iterator[Path]:
    """A journal and its log, as a run left them that died."""
    with TemporaryDirectory(dir=MEMORY) as folder:
        path = Path(folder) / "journal.sqlite"
        groups = [[order(n), report(n, "accepted"), Named(n, f"NEL.{n}"), fill(n, n),
                   Decision(n, NOON, "buy", 0.5, "R", "")] for n in range(1, 60)]
        crash(path, [[Fact("session", NOON, NOON)], *groups[:50]])
        crash_again(path, groups[50:])
        yield path


def crash_again(path: Path, groups: list[list[object]]) -> None:
    """The next run finds the log, and dies with one of its own."""
    journal = Journal.open(path, "another run that dies")
    for group in groups:
        for entry in group:
            journal.put(entry)
        journal.barrier()
    kept = {name: name.read_bytes() for name in (path, path.with_name(f"{path.name}-wal"))}
    journal.close()
    for name, content in kept.items():
        name.write_bytes(content)


def files(folder: Path) -> dict[str, bytes]:
    return {found.name: found.read_bytes() for found in folder.iterdir() if not found.name.endswith("-shm")}


wounds = st.tuples(st.sampled_from(("journal.sqlite", "journal.sqlite-wal")), st.sampled_from(("flip", "cut", "zeros")),
                   st.floats(0, 1, exclude_max=True), st.integers(1, 255))


def wound(path: Path, how: str, where: float, much: int) -> None:
    content = bytearray(path.read_bytes())
    at = int(where * len(content))
    if how == "flip":
        content[at:at + 1] = bytes(byte ^ much for byte in content[at:at + 1])
    elif how == "cut":
        del content[at:]
    else:
        content[at:at + 16 * much] = bytes(len(content[at:at + 16 * much]))
    path.write_bytes(content)


@pytest.mark.slow
@settings(max_examples=40)
@given(st.lists(wounds, min_size=1, max_size=3))
def test_refused_and_left_alone_or_usable(left: Path, harm: list[tuple[str, str, float, int]]) -> None:
    with TemporaryDirectory(dir=MEMORY) as folder:
        for found in left.parent.glob("journal.sqlite*"):
            if not found.name.endswith("-shm"):
                shutil.copy(found, folder)
        for name, how, where, much in harm:
            wound(Path(folder) / name, how, where, much)
        before = files(Path(folder))
        try:
            journal = Journal.open(Path(folder) / "journal.sqlite", "after")
        except JournalError as error:
            assert "\n" not in str(error)
            assert files(Path(folder)) == before
            return
        use(journal)


def use(journal: Journal) -> None:
    """Damage that was not seen may turn up as one sentence, and never as anything else."""
    try:
        begin = journal.begin(SYMBOL, ACCOUNT)
        journal.put(order(begin.next_order_id))
        journal.barrier()
        assert [f.position for f in begin.fills] == list(range(1, len(begin.fills) + 1))
        journal.close()
    except JournalError as error:
        assert "\n" not in str(error)
        assert journal.failed or "corrupt" in str(error) or "SQLite" in str(error), error
    finally:
        journal.close()
