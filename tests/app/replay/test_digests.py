"""A part's own digests: whole as it was written, and the block of a row that was changed later."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from app.replay import files

from qt_app.parity.recorded import altered
from qt_app.replay import digests
from qt_app.replay.reader import read_events
from qt_app.replay.recorder import Recorder
from qt_core.ring import Ring


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    """A recording of 600 prints, and of book and quotes whose sizes are partly unknown."""
    quotes = files.l1(600)
    quotes["bid_qty"][::7] = np.nan
    made = {"trades": files.trades(600), "book": files.book(300), "l1": quotes}
    paths = {kind: files.write(tmp_path / f"{kind}.parquet", kind, columns) for kind, columns in made.items()}
    ring = Ring(1 << 12)
    recorder = Recorder(tmp_path / "data", "DOLK20", ring, tick=(1, 2), qty_step=(1, 1), synthetic=False)
    ring.push(read_events(**paths, symbol="DOLK20").events)
    recorder.drain()
    recorder.flush()
    return sorted((tmp_path / "data").rglob("*.parquet"))


def rewritten(path: Path, column: str, row: int, value: float) -> None:
    """As somebody would who reads the file, changes one value and writes it again."""
    table = pq.ParquetFile(path).read()
    values = table[column].to_numpy().copy()
    values[row] = value
    at = table.schema.get_field_index(column)
    pq.write_table(table.set_column(at, table.schema.field(at), pa.array(values, table.schema.field(at).type)), path)


def test_parts_are_as_they_were_written(parts: list[Path]) -> None:
    assert [path.name for path in parts] == ["book-0001.parquet", "l1-0001.parquet", "trades-0001.parquet"]
    assert altered(parts) == []


@pytest.mark.parametrize(("row", "rows"), [(0, (0, 255)), (255, (0, 255)), (256, (256, 511)), (599, (512, 599))])
def test_a_changed_row_is_found_within_its_block(parts: list[Path], row: int, rows: tuple[int, int]) -> None:
    trades = parts[2]
    seq = pq.read_table(trades)["seq"].to_numpy()
    rewritten(trades, "qty", row, 99.0)
    (found,) = altered(parts)
    assert (found.file, found.rows) == ("20200402/DOLK20/trades-0001.parquet", rows)
    assert found.events[0] == seq[rows[0]] and found.events[1] == seq[rows[1]]


def test_rows_that_are_gone_or_added_are_found(parts: list[Path]) -> None:
    table = pq.ParquetFile(parts[2]).read()
    noted = table.schema.metadata[digests.KEY.encode()].decode()
    assert digests.changed_rows(table.slice(0, 512), noted) == (512, 511)
    assert digests.changed_rows(table.slice(0, 300), noted) == (256, 299)
    assert digests.changed_rows(pa.concat_tables([table, table.slice(0, 1)]), noted) == (512, 600)


def test_lost_rows_are_told_by_the_last_one_that_is_left(parts: list[Path]) -> None:
    table = pq.ParquetFile(parts[2]).read()
    pq.write_table(table.slice(0, 512), parts[2])
    (found,) = altered(parts)
    assert found.words == f"{found.file}: the rows from 512 on (after event {table['seq'][511].as_py()}) are gone"


def test_a_part_without_digests_tells_nothing(parts: list[Path]) -> None:
    table = pq.ParquetFile(parts[0]).read()
    pq.write_table(table.replace_schema_metadata({}), parts[0])
    assert altered(parts) == []
