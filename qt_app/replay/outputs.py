"""A run's results as files: what was seen, voted, decided, ordered and filled, and a summary.

The same writer serves a live run and its replay, so that two runs are compared by comparing files. The bytes depend
on the records alone: no time of writing, no generated names, a fixed compression, and row groups of a fixed length.
"""
from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.replay import beginning
from qt_app.replay.atomic import fresh_folder, publish
from qt_app.replay.schema import OUTPUT_SCHEMA, RESULTS, row_schema
from qt_app.votes import Decision, Vote
from qt_core.features.registry import NAMES as FEATURES
from qt_core.features.registry import schema_id
from qt_core.readings.registry import NAMES as READINGS
from qt_core.readings.registry import readings_id

Format = Literal["parquet", "jsonl"]

#: What a run's folder holds, besides summary.json and summary.txt.
TABLES: dict[str, pa.Schema] = {"features": row_schema(FEATURES), "readings": row_schema(READINGS), **RESULTS}

_ROWS_PER_GROUP = 1024
_WIDE = ("features", "readings")
_RECORDS = ("orders", "cancels", "reports", "fills", "refusals")
_SUMMARY = ("summary.json", "summary.txt")
#: Which models were served: see ``qt_app.replay.served``.
MODELS = "models.json"
#: Made of a run's results later on (``qt_app/parity``): other results have no use of it.
CERTIFICATE = "parity.json"
_EVERY_FILE = (*(f"{name}.{end}" for name in TABLES for end in ("parquet", "jsonl")), *_SUMMARY, beginning.FILE, MODELS,
               CERTIFICATE)


def run_meta(symbol: str, synthetic: bool, candle_seconds: float, calendar: str) -> dict[str, str]:
    """Metadata of a run's files: the same for a live run and its replay."""
    return {"symbol": symbol, "synthetic": "true" if synthetic else "false", "candle_seconds": f"{candle_seconds:g}",
            "calendar": calendar, "schema_id": schema_id(candle_seconds, calendar), "readings_id": readings_id()}


class RunWriter:
    """Writes one run into ``folder``; nothing appears there before ``close``.

    Until then the files grow in a hidden neighbour, at a fixed memory. ``close`` replaces the results of an earlier
    run; ``abandon`` (or leaving a ``with`` block by an error) removes what was written. One thread.
    """

    def __init__(self, folder: Path, fmt: Format = "parquet", meta: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._temporary = fresh_folder(folder)
        narrow, wide = (_ParquetTable, _ParquetRows) if fmt == "parquet" else (_JsonTable, _JsonRows)
        facts = {**(meta or {}), "schema": OUTPUT_SCHEMA}
        layouts = {name: layout.with_metadata(facts) for name, layout in TABLES.items()}
        paths = {name: self._temporary / f"{name}.{fmt}" for name in TABLES}
        self._rows: dict[str, _Rows] = {name: wide(paths[name], layouts[name]) for name in _WIDE}
        self._tables: dict[str, _Table] = {name: narrow(paths[name], layouts[name]) for name in RESULTS}

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self.abandon()

    def began(self, content: bytes) -> None:
        """What the run began from, as its file has it."""
        beginning.write(self._temporary, content)

    def served(self, content: bytes) -> None:
        """Which models the run served, as their file has it."""
        if content:
            (self._temporary / MODELS).write_bytes(content)

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        """One decision: the row and the readings it was made from (copied), its votes and itself."""
        stamp = (decision.ts_ns, decision.seq)
        self._rows["features"].add(*stamp, row)
        self._rows["readings"].add(*stamp, readings)
        for vote in decision.votes:
            self._tables["votes"].add((*stamp, *_vote(vote)))
        self._tables["decisions"].add((*stamp, decision.action, decision.confidence, *_triple(decision.p),
                                       decision.reason))

    def record(self, kind: str, record: Mapping[str, Any]) -> None:
        """One order, cancel, report, fill or refusal by column name; what is not named is null.

        Raises ValueError for an unknown kind or column: nothing that happened is left out silently.
        """
        name = f"{kind}s"
        if name not in _RECORDS:
            raise ValueError(f"unknown record kind {kind!r}; known are {', '.join(known[:-1] for known in _RECORDS)}")
        columns = TABLES[name].names
        unknown = sorted(set(record) - set(columns))
        if unknown:
            raise ValueError(f"{kind} record has unknown fields {', '.join(unknown)}; known are {', '.join(columns)}")
        self._tables[name].add(tuple(record.get(column) for column in columns))

    def close(self, summary: Mapping[str, Any]) -> None:
        """Complete the files and show them in the run's folder, the summary last."""
        self._close_files()
        publish(self._temporary, self.folder, stale=_EVERY_FILE)
        self._write_summary(summary)

    def abandon(self) -> None:
        """Remove everything written so far, and what a full disk did not take."""
        for file in self._files():
            with suppress(OSError, pa.ArrowInvalid):    # pyarrow's word for a file that failed before
                file.close()
        shutil.rmtree(self._temporary, ignore_errors=True)

    def _close_files(self) -> None:
        for file in self._files():
            file.close()

    def _files(self) -> list[_File]:
        return [*self._rows.values(), *self._tables.values()]

    def _write_summary(self, summary: Mapping[str, Any]) -> None:
        json = orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)
        for name, content in zip(_SUMMARY, (json + b"\n", format_summary(summary).encode()), strict=True):
            temporary = self.folder / f".{name}.partial"
            temporary.write_bytes(content)
            temporary.replace(self.folder / name)


def format_summary(summary: Mapping[str, Any]) -> str:
    """A summary for people: one line per figure, nested figures indented; unknown is ``unknown``."""
    return "\n".join(_lines(summary, "")) + "\n"


def _lines(figures: Mapping[str, Any], indent: str) -> list[str]:
    lines: list[str] = []
    for name, value in figures.items():
        label = f"{indent}{name.replace('_', ' ')}"
        if isinstance(value, Mapping) and value:
            lines += [label, *_lines(value, indent + "  ")]
        else:
            lines.append(f"{label:<34}{_shown(value)}")
    return lines


def _shown(value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, Mapping):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _triple(p: tuple[float, float, float] | None) -> tuple[float | None, ...]:
    return p if p is not None else (None, None, None)


def _vote(vote: Vote) -> tuple[Any, ...]:
    return (vote.voter, *_triple(vote.p), vote.age_ns, vote.reason)


class _File(Protocol):
    def close(self) -> None: ...


class _Table(_File, Protocol):
    def add(self, row: tuple[Any, ...]) -> None: ...


class _Rows(_File, Protocol):
    def add(self, ts_ns: int, seq: int, values: NDArray[np.float64]) -> None: ...


class _ParquetRows:
    """Rows of float64 in a block of one row group, taken and touched once: memory stays flat however long the run."""

    def __init__(self, path: Path, layout: pa.Schema) -> None:
        self._layout = layout
        self._writer = pq.ParquetWriter(path, layout, compression="zstd")
        self._stamps = np.full((2, _ROWS_PER_GROUP), 0, np.int64)
        self._values = np.full((len(layout) - 2, _ROWS_PER_GROUP), 0.0)
        self._used = 0

    def add(self, ts_ns: int, seq: int, values: NDArray[np.float64]) -> None:
        at = self._used
        self._stamps[0, at], self._stamps[1, at] = ts_ns, seq
        self._values[:, at] = values
        self._used += 1
        if self._used == _ROWS_PER_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._used:
            columns = [pa.array(column[:self._used]) for column in (*self._stamps, *self._values)]
            self._writer.write_table(pa.table(columns, self._layout))
            self._used = 0


class _ParquetTable:
    """Rows kept up to one row group, then written."""

    def __init__(self, path: Path, layout: pa.Schema) -> None:
        self._layout = layout
        self._rows: list[tuple[Any, ...]] = []
        self._writer = pq.ParquetWriter(path, layout, compression="zstd")

    def add(self, row: tuple[Any, ...]) -> None:
        self._rows.append(row)
        if len(self._rows) == _ROWS_PER_GROUP:
            self._flush()

    def close(self) -> None:
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        if self._rows:
            columns = [pa.array(column, type=field.type)
                       for column, field in zip(zip(*self._rows, strict=True), self._layout, strict=True)]
            self._writer.write_table(pa.table(columns, self._layout))
            self._rows.clear()


class _JsonFile:
    """One JSON object per line, NaN as null."""

    def __init__(self, path: Path, layout: pa.Schema) -> None:
        self._names = layout.names
        self._file = path.open("wb")

    def _write(self, row: tuple[Any, ...]) -> None:
        self._file.write(orjson.dumps(dict(zip(self._names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE))

    def close(self) -> None:
        self._file.close()


class _JsonTable(_JsonFile):
    """Any row."""

    def add(self, row: tuple[Any, ...]) -> None:
        self._write(row)


class _JsonRows(_JsonFile):
    """A row of float64 as one JSON object."""

    def add(self, ts_ns: int, seq: int, values: NDArray[np.float64]) -> None:
        self._write((ts_ns, seq, *values.tolist()))


__all__ = ["TABLES", "Format", "RunWriter", "format_summary", "run_meta"]
