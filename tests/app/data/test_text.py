from __future__ import annotations

from pathlib import Path

import pytest
from app.data import exports

from qt_app.data.text import plain, read_cells, read_text
from qt_app.errors import DataError

ROWS = ("Ativo;Preço;Côr", "a; 1 ;ã", "", ";;", "b;2;é")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_every_encoding_gives_the_same_cells_and_lines(tmp_path: Path, encoding: str, end: str) -> None:
    path = exports.write(tmp_path / "t.csv", ROWS, encoding=encoding, end=end)
    table = read_cells(path, read_text(path), ("a", "p", "c"), ";", header=True)
    assert {name: column.to_pylist() for name, column in table.columns.items()} == {
        "a": ["a", "b"], "p": ["1", "2"], "c": ["ã", "é"]}
    assert table.lines.tolist() == [2, 5]


def test_rows_turned_round_keep_their_lines(tmp_path: Path) -> None:
    path = exports.write(tmp_path / "t.csv", ROWS)
    table = read_cells(path, read_text(path), ("a", "p", "c"), ";", header=True).reversed()
    assert (table.columns["a"].to_pylist(), table.lines.tolist()) == (["b", "a"], [5, 2])


def test_a_row_of_another_length_is_refused_with_its_line(tmp_path: Path) -> None:
    path = exports.write(tmp_path / "t.csv", (*ROWS, "c;3", "d;4;x;y"))
    with pytest.raises(DataError, match=r"t.csv: line 6: has 2 cells, not 3"):
        read_cells(path, read_text(path), ("a", "p", "c"), ";", header=True)


def test_empty_and_absent_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_text(tmp_path / "absent.csv")
    empty = exports.write(tmp_path / "empty.csv", ("", ""))
    with pytest.raises(DataError, match="the file is empty"):
        read_text(empty)
    only = exports.write(tmp_path / "head.csv", ROWS[:1])
    with pytest.raises(DataError, match="no rows below its first line"):
        read_cells(only, read_text(only), ("a", "p", "c"), ";", header=True)


def test_names_are_compared_without_accents_capitals_and_brackets() -> None:
    assert [plain(word) for word in ("<DATE>", " Horário ", '"Número do  Negócio"')] == [
        "date", "horario", "numero do negocio"]
