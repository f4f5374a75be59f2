"""Two tables of results, row by row: the first value that differs."""
from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.zone import local_time

#: Results in the order in which one follows from another: of two differences at one instant the earlier one is named.
ROUTE = ("features", "readings", "votes", "decisions", "refusals", "orders", "cancels", "reports", "fills")
#: In place of a value: the other side has a row more.
NO_ROW = "no row"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value: its table, row (0-based), event time, trace id and column, as the run and as the replay has it."""

    table: str
    row: int
    ts_ns: int
    seq: int
    field: str
    run: Any
    replay: Any

    @property
    def words(self) -> str:
        return (f"{self.table} row {self.row}, event {self.seq} at {local_time(self.ts_ns)}: {self.field} was "
                f"{self.run!r} and is {self.replay!r} in the replay")

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "time": local_time(self.ts_ns)}


def read_results(folder: Path, name: str) -> pa.Table:
    """One table of a run's folder. Raises DataError when it is not there or cannot be read."""
    path = folder / f"{name}.parquet"
    try:
        return pq.ParquetFile(path).read()
    except (OSError, pa.ArrowException) as error:
        raise DataError(f"{path}: the run's results cannot be read: {error}; without them there is nothing to compare "
                        "its recording with") from error


def first_difference(name: str, run: pa.Table, replay: pa.Table) -> Difference | None:
    """The first row, and in it the first column, that is not the same; NaN equals NaN, null equals null."""
    if run.column_names != replay.column_names:
        return _at(name, (run, replay), 0, "columns", (", ".join(run.column_names), ", ".join(replay.column_names)))
    rows = min(run.num_rows, replay.num_rows)
    ours, again = run.slice(0, rows), replay.slice(0, rows)
    found = [(int(unequal.argmax()), column) for column in run.column_names
             if (unequal := _unequal(ours[column], again[column])).any()]
    if found:
        row = min(row for row, _ in found)
        field = next(column for at, column in found if at == row)
        return _at(name, (run, replay), row, field, (ours[field][row].as_py(), again[field][row].as_py()))
    if run.num_rows == replay.num_rows:
        return None
    longer = run if run.num_rows > rows else replay
    field = longer.column_names[2]
    value = longer[field][rows].as_py()
    return _at(name, (run, replay), rows, field, (value, NO_ROW) if longer is run else (NO_ROW, value))


def earliest(differences: list[Difference]) -> Difference | None:
    """The one that happened first; the others may follow from it."""
    return min(differences, key=lambda one: (one.ts_ns, one.seq, ROUTE.index(one.table)), default=None)


def _unequal(run: pa.ChunkedArray, replay: pa.ChunkedArray) -> NDArray[np.bool_]:
    differs = pc.fill_null(pc.not_equal(run, replay), False)
    if pa.types.is_floating(run.type):
        both = pc.and_(pc.fill_null(pc.is_nan(run), False), pc.fill_null(pc.is_nan(replay), False))
        differs = pc.and_not(differs, both)
    differs = pc.or_(differs, pc.xor(run.is_null(), replay.is_null()))
    return np.asarray(differs.to_numpy(), dtype=bool)


def _at(name: str, tables: tuple[pa.Table, pa.Table], row: int, field: str, values: tuple[Any, Any]) -> Difference:
    """Stamped as the earlier of both sides has it."""
    stamps = [(int(table["ts_ns"][row].as_py()), int(table["seq"][row].as_py())) for table in tables
              if row < table.num_rows]
    return Difference(name, row, *min(stamps, default=(0, 0)), field, *values)
