"""Sessions and candles written as recordings: a hidden folder first, then one rename."""
from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from qt_app.data.days import Candles, Session
from qt_app.data.entry import ORIGIN, SOURCES
from qt_app.errors import DataError, NotRunningError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.replay.recorder import Recorder
from qt_app.replay.schema import CANDLES, RECORDING_SCHEMA
from qt_app.services.lock import FileLock
from qt_app.services.process import Owner
from qt_core.ring import Ring

#: Characters of a digest in names of runs and folders.
NAMED = 12
_FOLDER, _PARTIAL = "imported", ".partial"
_RING = 1 << 16


@contextmanager
def importing(home: Home) -> Iterator[Path]:
    """The folder of imports, for one process at a time; what a killed import left there is swept.

    Raises NotRunningError while another import goes on, ConfigError when the folder takes no files.
    """
    folder = home.data / _FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        if not lock.take(Owner.me().as_json()):
            raise NotRunningError(f"another import is writing into {folder}; wait until it ends")
    except OSError as error:
        raise home.unwritable(error) from error
    try:
        shutil.rmtree(folder / _PARTIAL, ignore_errors=True)
        yield folder
    except OSError as error:
        raise home.unwritable(error) from error
    finally:
        shutil.rmtree(folder / _PARTIAL, ignore_errors=True)
        lock.release()


def publish(folder: Path, sessions: Sequence[Session], candles: Sequence[Candles], *, synthetic: bool,
            progress: Callable[[int, int], None] | None = None) -> Path:
    """Write all of it and show it below ``folder`` at once; returns the new folder, named by what it holds."""
    temporary = folder / _PARTIAL
    temporary.mkdir()
    for done, session in enumerate(sessions):
        if progress is not None:
            progress(done, len(sessions))
        _write_session(temporary, session, synthetic)
    for one in candles:
        _write_candles(temporary, one, synthetic)
    digests = sorted([one.digest for one in sessions] + [one.digest for one in candles])
    target = folder / hashlib.sha256("".join(digests).encode()).hexdigest()[:NAMED]
    if target.exists():
        raise DataError(f"{target}: is there already but its recordings cannot be read; move it away and import again")
    temporary.rename(target)
    return target


def _write_session(folder: Path, session: Session, synthetic: bool) -> None:
    recording = session.recording
    meta = {**_provenance(session), "calendar": session.calendar}
    ring = Ring(_RING)
    recorder = Recorder(folder, session.symbol, ring, tick=recording.tick, qty_step=recording.qty_step,
                        synthetic=synthetic or recording.synthetic, sessions=session.sessions, meta=meta,
                        part_seconds=float("inf"))
    for first in range(0, len(recording.events), _RING):
        ring.push(recording.events[first:first + _RING])
        recorder.drain()
    recorder.flush()


def _write_candles(folder: Path, candles: Candles, synthetic: bool) -> None:
    target = folder / "candles" / candles.symbol / candles.digest[:NAMED]
    target.mkdir(parents=True, exist_ok=True)
    meta = {**_provenance(candles), "schema": RECORDING_SCHEMA, "symbol": candles.symbol,
            "synthetic": "true" if synthetic else "false", "candle_seconds": f"{candles.period_s:g}"}
    columns = [pa.array(candles.source.columns[field.name], type=field.type) for field in CANDLES]
    pq.write_table(pa.table(columns, CANDLES.with_metadata(meta)), target / "candles-0001.parquet", compression="zstd")


def _provenance(one: Session | Candles) -> dict[str, str]:
    """What the metadata says of where it came from: format, names and content of the files."""
    sources = [{"name": path.name, "bytes": path.stat().st_size, "sha256": file_digest(path)}
               for path in sorted(one.files)]
    return {"run_id": f"import-{one.digest[:NAMED]}", ORIGIN: one.format, SOURCES: orjson.dumps(sources).decode()}
