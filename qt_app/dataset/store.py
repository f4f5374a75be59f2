"""Sessions in a folder: a JSON list of them, and two Parquet tables each.

``dataset.json`` holds every session's facts and the SHA-256 of its files; ``rows-DAY-SYMBOL-DIGEST.parquet`` the
instants, the 65 features and the readings, ``quotes-….parquet`` the path of the best prices. The folder appears
complete or not at all.
"""
from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from qt_app.dataset.session import Quotes, SessionRows
from qt_app.errors import DataError
from qt_app.hashing import file_digest
from qt_app.replay.atomic import fresh_folder
from qt_core.features.registry import NAMES
from qt_core.readings.registry import NAMES as READINGS

FORMAT = "qt-dataset/1"
LIST = "dataset.json"
#: Fields of a session that lie in the list; the others lie in the tables.
FACTS = ("symbol", "day", "open_ns", "close_ns", "tick", "tick_value_brl", "schema_id", "synthetic", "digest", "source",
         "bounded")

_ROWS = pa.schema([("ts_ns", pa.int64()), *((name, pa.float64()) for name in (*NAMES, *READINGS))])
_QUOTES = pa.schema([("ts_ns", pa.int64()), ("bid", pa.int32()), ("ask", pa.int32())])


def write_sessions(folder: Path, sessions: Iterable[SessionRows]) -> int:
    """Write sessions into a new folder, one at a time as they come; returns how many there were.

    Raises DataError when the folder holds something already, or when a session comes twice.
    """
    if folder.exists() and any(folder.iterdir()):
        raise DataError(f"{folder}: holds something already; name a new folder for the dataset")
    temporary = fresh_folder(folder)
    try:
        entries = _write_all(temporary, sessions)
        (temporary / LIST).write_bytes(_json({"format": FORMAT, "readings": READINGS, "sessions": entries}))
        temporary.replace(_without(folder))
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return len(entries)


def _without(folder: Path) -> Path:
    """The path, with an empty folder there taken away: Windows does not replace one."""
    if folder.exists():
        folder.rmdir()
    return folder


def _write_all(folder: Path, sessions: Iterable[SessionRows]) -> list[dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for session in sessions:
        if session.digest in entries:
            raise DataError(f"{session.source}: the events of {session.symbol} on {session.day} are those of "
                            f"{entries[session.digest]['source']}; leave one of them out")
        entries[session.digest] = _write(folder, session)
    return sorted(entries.values(), key=lambda entry: (entry["open_ns"], entry["symbol"], entry["digest"]))


def _write(folder: Path, session: SessionRows) -> dict[str, Any]:
    columns = [session.ts_ns, *session.rows.T, *session.readings.T]
    rows = pa.table([pa.array(np.ascontiguousarray(column)) for column in columns], _ROWS)
    quotes = pa.table([session.quotes.ts_ns, session.quotes.bid, session.quotes.ask], _QUOTES)
    name = f"{session.day}-{session.symbol}-{session.digest[:16]}.parquet"
    entry = {fact: getattr(session, fact) for fact in FACTS}
    for kind, table in (("rows", rows), ("quotes", quotes)):
        path = folder / f"{kind}-{name}"
        pq.write_table(table, path, compression="zstd")
        entry[kind] = {"file": path.name, "count": len(table), "sha256": file_digest(path)}
    return entry


def read_sessions(folder: Path) -> list[SessionRows]:
    """Every session of a dataset, in the order of (open_ns, symbol, digest). Raises DataError for an unusable one."""
    return [_read(folder, entry) for entry in _entries(folder)]


def _entries(folder: Path) -> list[dict[str, Any]]:
    path = folder / LIST
    if not path.is_file():
        raise DataError(f"{folder}: no dataset, for there is no {LIST} in it; make it anew")
    try:
        told = orjson.loads(path.read_bytes())
        wanted = told["format"], tuple(told["readings"])
        entries: list[dict[str, Any]] = told["sessions"]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise DataError(f"{path}: not the list of a dataset ({error}); make the dataset anew") from error
    if wanted != (FORMAT, READINGS):
        raise DataError(f"{path}: of format {wanted[0]} or with other readings than this program's; make it anew")
    return entries


def _read(folder: Path, entry: dict[str, Any]) -> SessionRows:
    try:
        facts = {fact: entry[fact] for fact in FACTS} | {"tick": tuple(entry["tick"])}
        rows, quotes = (_table(folder, entry[kind], layout) for kind, layout in (("rows", _ROWS), ("quotes", _QUOTES)))
    except (KeyError, TypeError) as error:
        raise DataError(f"{folder / LIST}: a session lacks {error}; make the dataset anew") from error
    values = _matrix(rows)
    path = Quotes(*(quotes[name].to_numpy() for name in _QUOTES.names))
    return SessionRows(**facts, ts_ns=rows["ts_ns"].to_numpy(), rows=values[:, :len(NAMES)].copy(),
                       readings=values[:, len(NAMES):].copy(), quotes=path)


def _table(folder: Path, told: dict[str, Any], layout: pa.Schema) -> pa.Table:
    path = folder / told["file"]
    if not path.is_file():
        raise DataError(f"{path}: is gone; make the dataset anew")
    if file_digest(path) != told["sha256"]:
        raise DataError(f"{path}: differs from what was written; make the dataset anew")
    table = pq.read_table(path)
    if table.schema.remove_metadata() != layout or len(table) != told["count"]:
        raise DataError(f"{path}: other columns or rows than the dataset says; make it anew")
    return table


def _matrix(rows: pa.Table) -> np.ndarray[Any, np.dtype[np.float64]]:
    values = np.empty((len(rows), len(_ROWS) - 1))
    for at, name in enumerate(_ROWS.names[1:]):
        values[:, at] = rows[name].to_numpy()
    return values


def _json(document: dict[str, Any]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)

