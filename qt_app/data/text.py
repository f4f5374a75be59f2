"""A text export as a table of cells: whatever its encoding, every cell knows the line it stood on."""
from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyarrow import csv

from qt_app.errors import DataError
from qt_app.replay.source import Source

Bools = NDArray[np.bool_]

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_PROBE = 512            # bytes looked at for UTF-16 without its mark


@dataclass(frozen=True, slots=True)
class Table:
    """Cells by column, without the blanks around them; ``lines`` (n,) says on which line, from 1, each row stood."""

    path: Path
    columns: dict[str, pa.Array]
    lines: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lines)

    def refuse(self, bad: Bools, name: str, reason: str) -> None:
        """DataError for the first bad row: file, line, the cell and what is wrong with it."""
        if bad.any():
            row = int(bad.argmax())
            raise DataError(f"{self.path}: line {self.lines[row]}: {name} is {self.columns[name][row].as_py()!r}, "
                            f"{reason}; correct the line or export the file again")

    def matches(self, name: str, pattern: str) -> Bools:
        """Which cells are all of the regular expression."""
        return np.asarray(pc.match_substring_regex(self.columns[name], f"^(?:{pattern})$"))

    def empty(self, name: str) -> Bools:
        return np.asarray(pc.equal(self.columns[name], ""))

    def reversed(self) -> Table:
        backwards = pa.array(np.arange(len(self))[::-1])
        return Table(self.path, {name: column.take(backwards) for name, column in self.columns.items()},
                     self.lines[::-1])


@dataclass(frozen=True, slots=True)
class LineSource(Source):
    """Columns that came from a text file: messages name its lines."""

    lines: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))

    def where(self, row: int) -> str:
        return f"{self.files[0]}: line {self.lines[row]}"


def read_text(path: Path) -> str:
    """The file's text: UTF-8 or UTF-16, with or without a mark, else Latin-1. Raises DataError."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    if not raw.strip(b"\x00 \r\n\t"):
        raise DataError(f"{path}: line 1: the file is empty; export it again")
    return raw.decode(_encoding(raw), errors="replace")


def _encoding(raw: bytes) -> str:
    for mark, name in _BOMS:
        if raw.startswith(mark):
            return name
    probe = raw[:_PROBE]
    if probe[1::2].count(0) > len(probe) // 4:
        return "utf-16-le"
    if probe[::2].count(0) > len(probe) // 4:
        return "utf-16-be"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def first_line(text: str) -> str:
    return text.lstrip("\r\n").partition("\n")[0].rstrip("\r")


def plain(word: str) -> str:
    """Lower case without accents, marks and double blanks, for comparing names of columns."""
    bare = unicodedata.normalize("NFKD", word)
    return " ".join("".join(ch for ch in bare if not unicodedata.combining(ch)).strip(" <>\"").lower().split())


def read_cells(path: Path, text: str, names: Sequence[str], separator: str, *, header: bool) -> Table:
    """The rows under the given names. Blank lines are left out; DataError for one with too few or too many cells."""
    refused: list[tuple[int, int]] = []

    def note(row: csv.InvalidRow) -> str:
        refused.append((row.number, 0 if not row.text.strip(f"{separator} \r") else row.actual_columns))
        return "skip"

    table = csv.read_csv(
        pa.BufferReader(text.encode()),
        csv.ReadOptions(column_names=list(names), use_threads=False),
        csv.ParseOptions(delimiter=separator, ignore_empty_lines=False, invalid_row_handler=note),
        csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False))
    for line, cells in refused:
        if cells:
            raise DataError(f"{path}: line {line}: has {cells} cells, not {len(names)}; correct the line or export "
                            "the file again")
    lines = np.setdiff1d(np.arange(1, len(table) + len(refused) + 1), [line for line, _ in refused])
    columns = {name: pc.utf8_trim_whitespace(table.column(name).combine_chunks()) for name in names}
    return _without_blanks(Table(path, columns, lines), header)


def _without_blanks(table: Table, header: bool) -> Table:
    blank = np.ones(len(table), bool)
    for name in table.columns:
        blank &= table.empty(name)
    kept = np.flatnonzero(~blank)[1 if header else 0:]
    if not len(kept):
        raise DataError(f"{table.path}: has no rows below its first line; export it again")
    return Table(table.path, {name: column.take(pa.array(kept)) for name, column in table.columns.items()},
                 table.lines[kept])
