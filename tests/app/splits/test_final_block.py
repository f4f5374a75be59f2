"""The final block is opened once, and a second look is on record."""
from __future__ import annotations

from pathlib import Path

import pytest

from qt_app.errors import DataError, RefusedError
from qt_app.home import Home
from qt_app.splits.final_block import open_block, openings, put_aside


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home.find(tmp_path)
    made.prepare()
    return made


def test_the_last_sessions_are_put_aside() -> None:
    assert put_aside(5, 2) == ((0, 1, 2), (3, 4))
    assert put_aside(5, 0) == ((0, 1, 2, 3, 4), ())
    for last in (5, 6, -1):
        with pytest.raises(DataError, match="too few"):
            put_aside(5, last)


def test_a_block_is_opened_once(home: Home) -> None:
    assert openings(home) == []
    first = open_block(home, "run-a", ["d2", "d1"])
    assert (first.run, first.sessions, first.burnt) == ("run-a", ("d1", "d2"), False)
    for run in ("run-a", "run-b"):
        with pytest.raises(RefusedError, match=r"opened on .* by run run-a.*--again"):
            open_block(home, run, ["d2", "d9"])
    assert len(openings(home)) == 1


def test_a_second_look_is_allowed_on_record_only(home: Home) -> None:
    open_block(home, "run-a", ["d1"])
    assert open_block(home, "run-b", ["d1", "d2"], again=True).burnt
    assert not open_block(home, "run-c", ["d3"], again=True).burnt
    assert [one.run for one in openings(home)] == ["run-a", "run-b", "run-c"]
    assert [one.run for one in openings(home, ["d2", "d8"])] == ["run-b"]


def test_a_changed_ledger_opens_nothing(home: Home) -> None:
    for run in ("a", "b"):
        open_block(home, run, [run])
    path = home.final_blocks
    path.write_bytes(path.read_bytes().replace(b'"run":"a"', b'"run":"x"'))
    with pytest.raises(DataError):
        open_block(home, "c", ["c"])
    with pytest.raises(DataError):
        openings(home)


def test_a_run_without_a_block_opens_nothing(home: Home) -> None:
    with pytest.raises(DataError, match="put no session aside"):
        open_block(home, "run-a", [])
