"""A dataset comes back as it was, and nothing but a whole one comes back."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest
from session_kit import session, wandering

from qt_app.dataset.session import SessionRows
from qt_app.dataset.store import LIST, read_sessions, write_sessions
from qt_app.errors import DataError


def same(a: SessionRows, b: SessionRows) -> bool:
    arrays = [(a.ts_ns, b.ts_ns), (a.rows, b.rows), (a.readings, b.readings), (a.quotes.ts_ns, b.quotes.ts_ns),
              (a.quotes.bid, b.quotes.bid), (a.quotes.ask, b.quotes.ask)]
    facts = [f.name for f in fields(SessionRows) if f.name not in {"ts_ns", "rows", "readings", "quotes"}]
    return all(x.tobytes() == y.tobytes() and x.dtype == y.dtype and x.shape == y.shape for x, y in arrays) \
        and all(getattr(a, name) == getattr(b, name) for name in facts)


def test_sessions_come_back_bit_for_bit_in_the_order_of_time(tmp_path: Path) -> None:
    made = [wandering(3), replace(wandering(1), open_ns=1, symbol="WDOF27"), replace(wandering(2), open_ns=1)]
    assert write_sessions(tmp_path / "d", iter(made)) == 3
    back = read_sessions(tmp_path / "d")
    assert [one.digest for one in back] == [made[1].digest, made[2].digest, made[0].digest]
    assert all(same(a, b) for a, b in zip(back, (made[1], made[2], made[0]), strict=True))


def test_the_same_sessions_make_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_sessions(tmp_path / name, [wandering(1), wandering(2)])
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert len(files) == 5
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


def test_a_session_without_rows_is_kept_as_one(tmp_path: Path) -> None:
    write_sessions(tmp_path / "d", [session([], [])])
    assert [len(one) for one in read_sessions(tmp_path / "d")] == [0]


def test_nothing_is_left_of_a_dataset_that_broke_off(tmp_path: Path) -> None:
    def broken() -> Iterator[SessionRows]:
        yield wandering(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sessions(tmp_path / "d", broken())
    assert list(tmp_path.iterdir()) == []


def test_the_same_events_twice_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"other/place.*are those of invented"):
        write_sessions(tmp_path / "d", [wandering(1), replace(wandering(1), source="other/place")])


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something already"):
        write_sessions(tmp_path, [wandering(1)])
    assert (tmp_path / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("damage", ["list gone", "no list", "format", "fact", "table gone", "table cut", "bit"])
def test_a_damaged_dataset_is_named(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "d"
    write_sessions(folder, [wandering(1)])
    listed, table = folder / LIST, next(folder.glob("rows-*"))
    if damage == "list gone":
        listed.unlink()
    elif damage == "table gone":
        table.unlink()
    elif damage in {"no list", "format", "fact"}:
        old, new = {"no list": (b"{", b""), "format": (b"qt-dataset/1", b"qt-dataset/9"),
                    "fact": (b'"open_ns"', b'"opened"')}[damage]
        listed.write_bytes(listed.read_bytes().replace(old, new))
    else:
        content = bytearray(table.read_bytes())
        content[len(content) // 2] ^= 1
        table.write_bytes(content[:-9] if damage == "table cut" else content)
    with pytest.raises(DataError, match="anew"):
        read_sessions(folder)


def test_arrays_can_be_written_to(tmp_path: Path) -> None:
    """Research replaces columns: planted leaks, shuffled rows."""
    write_sessions(tmp_path / "d", [wandering(1)])
    back = read_sessions(tmp_path / "d")[0]
    back.rows[:] = np.nan
