"""Candles in the catalogue: they are listed beside recordings, but hold no events and cannot be replayed."""
from __future__ import annotations

import hashlib
from pathlib import Path

from qt_app.data.entry import Entry, origin_of
from qt_app.replay.schema import CANDLES
from qt_app.replay.source import Source, parts_of, read_source
from qt_app.zone import local_time

#: Begins every digest of candles.
FORMAT = b"qt-candles/1\n"
_PATTERN = "candles-*.parquet"


def holds_candles(folder: Path) -> bool:
    return any(folder.glob(_PATTERN))


def candle_entry(folder: Path) -> Entry:
    """The folder's candles as one entry. Raises DataError when they cannot be read."""
    files = parts_of(folder, "candles")
    source = read_source(files, "candles")
    ts_ns, meta = source.columns["ts_ns"], source.metadata
    first_ns, last_ns = int(ts_ns[0]), int(ts_ns[-1])
    return Entry(
        day=local_time(first_ns)[:10], symbol=meta.get("symbol", folder.name), run=meta.get("run_id", ""),
        folder=folder, files={"candles": files}, rows={"candles": len(source)}, first_ns=first_ns, last_ns=last_ns,
        first_seq=1, last_seq=len(source), synthetic=meta.get("synthetic") == "true", missing=0,
        digest=candle_digest(source), tick=meta.get("tick", ""), origin=origin_of(meta))


def candle_digest(source: Source) -> str:
    """SHA-256 over the columns in the order of the schema, as little-endian bits."""
    found = hashlib.sha256(FORMAT)
    for name in CANDLES.names:
        column = source.columns[name]
        found.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
    return found.hexdigest()
