"""One kind of recorded file (or a folder of its parts) as checked NumPy columns."""
from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.replay import schema

Column = NDArray[Any]

_IGNORED = frozenset({"pandas", "ARROW:schema"})


@dataclass(frozen=True, slots=True)
class Source:
    """Columns of one kind, joined over its files. Row numbers in messages are 0-based within the file."""

    kind: str
    files: tuple[Path, ...]
    starts: tuple[int, ...]                  # first row of each file in the joined columns
    columns: Mapping[str, Column]
    metadata: Mapping[str, str] = field(default_factory=dict)   # of the last file

    def __len__(self) -> int:
        return len(self.columns["ts_ns"])

    @property
    def ours(self) -> bool:
        """Written by this program's recorder, from events that its engine had already judged."""
        return self.metadata.get("schema") == schema.RECORDING_SCHEMA

    def where(self, row: int) -> str:
        """``"file: row n"`` of a joined row."""
        part = bisect_right(self.starts, row) - 1
        return f"{self.files[part]}: row {row - self.starts[part]}"

    def refuse(self, bad: NDArray[np.bool_], reason: str, *names: str) -> None:
        """DataError for the first bad row, with the values of the named columns."""
        if not bad.any():
            return
        row = int(bad.argmax())
        values = ", ".join(f"{name} {self.columns[name][row]}" for name in names)
        raise DataError(f"{self.where(row)}: {reason}" + (f" ({values})" if values else ""))

    def refuse_disorder(self, name: str, *, strict: bool = False) -> None:
        """DataError where the column runs backwards (or, strictly, stands still)."""
        values = self.columns[name]
        step = values[1:] <= values[:-1] if strict else values[1:] < values[:-1]
        if step.any():
            row = int(step.argmax()) + 1
            raise DataError(f"{self.where(row)}: {name} {values[row]} is out of order after {values[row - 1]}; "
                            "sort the file by time")


def parts_of(path: Path, kind: str) -> tuple[Path, ...]:
    """The file, or the part files of this kind in a folder, in order of name."""
    if not path.is_dir():
        return (path,)
    for pattern in (f"{kind}-*.parquet", f"*_{kind}.parquet", "*.parquet"):
        found = tuple(sorted(path.glob(pattern)))
        if found:
            return found
    raise DataError(f"{path}: no Parquet files of {kind} in this folder")


def read_source(files: Sequence[Path], kind: str) -> Source:
    """Columns of the files, all rows present and typed. Raises DataError naming file, column or row."""
    needed = schema.NEEDED[kind]
    tables = [read_table(path) for path in files]
    for path, table in zip(files, tables, strict=True):
        _check_layout(path, table, needed)
    starts = np.cumsum([0, *(table.num_rows for table in tables[:-1])])
    extra = [name for name in schema.EXTRA if all(name in table.column_names for table in tables)]
    fields = {field.name: field for field in (*(schema.EXTRA[name] for name in extra), *needed)}
    columns = {name: _joined(name, field.type, files, tables) for name, field in fields.items()}
    return Source(kind, tuple(files), tuple(int(start) for start in starts), columns, read_metadata(tables[-1].schema))


def read_table(path: Path) -> pa.Table:
    """The whole file. Raises DataError when it is absent, empty or no Parquet."""
    try:
        table = pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path}: not a readable Parquet file: {first_line}") from error
    if table.num_rows == 0:
        raise DataError(f"{path}: row 0: the file has no rows")
    return table


def metadata_of(path: Path) -> dict[str, str]:
    """Text metadata of a file, without its rows. Raises DataError when it is absent or no Parquet."""
    try:
        return read_metadata(pq.read_schema(path))
    except (OSError, pa.ArrowException) as error:
        first_line = (str(error).splitlines() or [type(error).__name__])[0]
        raise DataError(f"{path}: not a readable Parquet file: {first_line}") from error


def read_metadata(arrow: pa.Schema) -> dict[str, str]:
    """Text metadata of a file, without what other libraries keep there."""
    texts = {key.decode(errors="replace"): value.decode(errors="replace")
             for key, value in (arrow.metadata or {}).items()}
    return {key: value for key, value in texts.items() if key not in _IGNORED}


def _check_layout(path: Path, table: pa.Table, needed: pa.Schema) -> None:
    missing = [name for name in needed.names if name not in table.column_names]
    if missing:
        plural = "columns" if len(missing) > 1 else "column"
        raise DataError(f"{path}: missing {plural} {', '.join(missing)}; it needs {', '.join(needed.names)}")
    wrong = [f"{column.name} is {table.schema.field(column.name).type}, not {column.type}"
             for column in needed if not _fits(table.schema.field(column.name).type, column.type)]
    if wrong:
        raise DataError(f"{path}: wrong column types: {'; '.join(wrong)}")


def _fits(have: pa.DataType, want: pa.DataType) -> bool:
    """Integers of any width for integers; any number for floats."""
    integer: bool = pa.types.is_integer(have)
    return integer or bool(pa.types.is_floating(want) and pa.types.is_floating(have))


def _joined(name: str, want: pa.DataType, files: Sequence[Path], tables: Sequence[pa.Table]) -> Column:
    parts = [_column(path, table.column(name), name, want) for path, table in zip(files, tables, strict=True)]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _column(path: Path, column: pa.ChunkedArray, name: str, want: pa.DataType) -> Column:
    if column.null_count and pa.types.is_integer(want):
        row = int(np.asarray(column.is_null()).argmax())
        raise DataError(f"{path}: row {row}: {name} is empty")
    try:
        typed = column.cast(want)
    except pa.ArrowInvalid as error:
        raise DataError(f"{path}: {name} does not fit {want}: {error}") from error
    return np.asarray(typed.to_numpy())
