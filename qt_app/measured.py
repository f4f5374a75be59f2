"""How long each decision of a run took, kept as ``metrics/latency/RUN.parquet``.

Measured times differ from run to run, so they are no part of a run's results: they lie outside its folder, where no
replay, certificate or comparison looks. The engine's thread copies nine numbers per decision; a reader's thread
writes.
"""
from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.latency import STAGES, Latencies
from qt_app.votes import Decision

#: The instant and the trace id of the decision, then its stages in ns.
LAYOUT = pa.schema([("ts_ns", pa.int64()), ("seq", pa.int64()), *((stage, pa.int64()) for stage in STAGES)])
#: Decisions that are kept in memory before they are written, as one row group.
BLOCK = 1024

_Ints = NDArray[np.int64]
_WRITE_ERRORS = (OSError, pa.ArrowException)


def path_of(home: Home, run: str) -> Path:
    return home.latency / f"{run}.parquet"


class StageWriter:
    """An output of the run that keeps its decisions' stages; ``write`` is for a reader's thread.

    Nothing appears at ``path`` before ``close``. A failing disk ends the keeping and is told once, never the run.
    """

    def __init__(self, path: Path, latencies: Latencies, on_error: Callable[[str], None],
                 meta: Mapping[str, str] | None = None) -> None:
        self.path = path
        self._partial = path.with_name(f".{path.name}.partial")
        self._latencies = latencies
        self._on_error = on_error
        self._layout = LAYOUT.with_metadata(dict(meta or {}))
        self._full: deque[_Ints] = deque()
        self._block = _empty()
        self._used = 0
        self._writer: pq.ParquetWriter | None = None
        self._writing = threading.Lock()
        self._over = False

    def decision(self, decision: Decision, row: NDArray[np.float64], readings: NDArray[np.float64]) -> None:
        if self._over:
            return
        line = self._block[self._used]
        line[0], line[1] = decision.ts_ns, decision.seq
        self._latencies.copy_newest(line[2:])
        self._used += 1
        if self._used == BLOCK:
            self._full.append(self._block)
            self._block, self._used = _empty(), 0

    def record(self, kind: str, record: dict[str, Any]) -> None:
        """Nothing: only decisions are measured."""

    def write(self) -> None:
        """Blocks that are full, into the file that is growing."""
        with self._writing:
            if not self._over:
                self._tried(self._write_full)

    def close(self) -> None:
        """The rest of it; then the file is there, complete. No file when nothing was decided."""
        with self._writing:
            if not self._over:
                self._tried(self._write_rest)
            self._over = True

    def _tried(self, write: Callable[[], None]) -> None:
        try:
            write()
        except _WRITE_ERRORS as error:
            self._fail(error)

    def _write_rest(self) -> None:
        if self._used:
            self._full.append(self._block[:self._used])
        self._write_full()
        if self._writer is not None:
            self._writer.close()
            self._partial.replace(self.path)

    def _write_full(self) -> None:
        while self._full:
            block = self._full.popleft()
            if self._writer is None:
                self._partial.parent.mkdir(parents=True, exist_ok=True)
                self._writer = pq.ParquetWriter(self._partial, self._layout, compression="zstd")
            self._writer.write_table(pa.table([pa.array(column) for column in block.T], self._layout))

    def _fail(self, error: Exception) -> None:
        self._over = True
        self._full.clear()
        with suppress(*_WRITE_ERRORS):
            if self._writer is not None:
                self._writer.close()
            self._partial.unlink(missing_ok=True)
        self._on_error(f"{self.path}: how long the decisions took is not kept: {error}")


def discard_partial(home: Home) -> None:
    """What runs that were killed left: without its end such a file cannot be read."""
    for path in home.latency.glob(".*.partial"):
        with suppress(OSError):     # it harms nobody
            path.unlink()


def read_stages(home: Home, run: str, first_ns: int | None = None, end_ns: int | None = None) -> pa.Table | None:
    """A run's stages by decision, in ns, of ``LAYOUT``; of the instants from ``first_ns`` to before ``end_ns``.

    None for a run that kept none: it was killed, or is older than this. Raises DataError for an unreadable file.
    """
    path = path_of(home, run)
    if not path.is_file():
        return None
    bounds = [("ts_ns", sign, ns) for sign, ns in ((">=", first_ns), ("<", end_ns)) if ns is not None]
    try:
        return pq.read_table(path, columns=LAYOUT.names, filters=bounds or None)
    except _WRITE_ERRORS as error:
        raise DataError(f"{path}: cannot be read ({str(error).splitlines()[0]}); remove it, only the latency of that "
                        "run's decisions is lost") from error


def _empty() -> _Ints:
    return np.zeros((BLOCK, len(LAYOUT)), dtype=np.int64)
