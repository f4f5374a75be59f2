"""A chain of lines: what was written stays, a change is seen, a torn end is no line, writers wait for each other."""
from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app import chain
from qt_app.errors import DataError


def fill(path: Path, count: int) -> None:
    for number in range(count):
        chain.append(path, lambda lines, number=number: {"n": number, "before": len(lines)})


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    assert chain.read(path) == []
    fill(path, 3)
    assert [(e["n"], e["before"]) for e in chain.read(path)] == [(0, 0), (1, 1), (2, 2)]


def test_nothing_said_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    fill(path, 1)
    before = path.read_bytes()
    assert chain.append(path, lambda lines: None) is None
    assert path.read_bytes() == before


@pytest.mark.lengthy
@given(at=st.integers(min_value=0), flip=st.integers(1, 255))
def test_any_changed_byte_of_a_line_that_has_one_behind_it_is_seen(at: int, flip: int,
                                                                   tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("chain") / "x.jsonl"
    fill(path, 3)
    content = bytearray(path.read_bytes())
    last = content[:-1].rindex(b"\n")
    content[at % last] ^= flip
    path.write_bytes(content)
    with pytest.raises(DataError, match="does not follow"):
        chain.read(path)


@pytest.mark.parametrize("line", [0, 1])
def test_a_removed_line_is_seen(line: int, tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    fill(path, 3)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:line] + lines[line + 1:]))
    with pytest.raises(DataError, match="line "):
        chain.append(path, lambda lines: {})


def test_a_torn_end_is_no_line_and_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    fill(path, 2)
    whole = path.read_bytes()
    path.write_bytes(whole + b'{"n":7,"pr')
    assert len(chain.read(path)) == 2
    chain.append(path, lambda lines: {"n": 2})
    assert [entry["n"] for entry in chain.read(path)] == [0, 1, 2]


@pytest.mark.slow
def test_processes_wait_for_each_other(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=fill, args=(path, 20)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert sorted(entry["n"] for entry in chain.read(path)) == sorted([*range(20), *range(20)])
    assert [entry["before"] for entry in chain.read(path)] == list(range(40))
