"""A folder of part files that the recorder wrote: which runs it holds, and reading one of them."""
from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from qt_app.errors import DataError
from qt_app.replay.reader import Recording, read_files
from qt_app.replay.schema import KINDS, RECORDING_SCHEMA
from qt_app.replay.source import metadata_of, parts_of

Files = Mapping[str, tuple[Path, ...]]


def read_recording(folder: Path, *, run: str | None = None, symbol: str | None = None) -> Recording:
    """Events of one run recorded in the folder (default: the newest run). Raises DataError when there is none."""
    files = recorded_runs(find_folder(folder, symbol))
    chosen = list(files)[-1] if run is None else run
    if chosen not in files:
        raise DataError(f"{folder}: no run {chosen!r}; it holds {', '.join(files)}")
    return read_files(files[chosen], symbol=symbol, whole=True)


def find_folder(folder: Path, symbol: str | None = None) -> Path:
    """The folder itself when it holds part files, else the one recording folder (DAY/SYMBOL) below it.

    Raises DataError when there is none, or several to choose from.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; name a recording's folder or files with --trades, --book, --l1")
    holding = [path for path in [folder, *sorted(folder.rglob("*"))] if path.is_dir() and holds_parts(path)]
    if symbol is not None:
        holding = [path for path in holding if path.name == symbol] or holding
    if not holding:
        raise DataError(f"{folder}: holds no recording (no trades-0001.parquet and the like)")
    if len(holding) > 1:
        names = ", ".join(str(path.relative_to(folder)) for path in holding[:5])
        raise DataError(f"{folder}: holds {len(holding)} recordings ({names}); name one of them")
    return holding[0]


def files_of_run(data: Path, run: str, symbol: str) -> Files:
    """Part files of one run by kind, over all its days, in the order they were written."""
    found: dict[str, tuple[Path, ...]] = {}
    for folder in sorted(path for path in data.glob(f"*/{symbol}") if holds_parts(path)):
        for kind, paths in recorded_runs(folder).get(run, {}).items():
            found[kind] = (*found.get(kind, ()), *paths)
    return found


def recorded_runs(folder: Path) -> dict[str, Files]:
    """Part files by run and kind, the oldest run first (part numbers only grow)."""
    runs: dict[str, dict[str, list[Path]]] = {}
    first_part: dict[str, str] = {}
    for kind in KINDS:
        for path in parts_of(folder, kind) if any(folder.glob(f"{kind}-*.parquet")) else ():
            run = _run_of(path)
            runs.setdefault(run, {}).setdefault(kind, []).append(path)
            part = path.stem.rpartition("-")[2]
            first_part[run] = min(first_part.get(run, part), part)
    return {run: {kind: tuple(paths) for kind, paths in runs[run].items()}
            for run in sorted(runs, key=lambda name: (first_part[name], name))}


def holds_parts(folder: Path) -> bool:
    """Whether part files of events lie in the folder itself."""
    return any(any(folder.glob(f"{kind}-*.parquet")) for kind in KINDS)


def _run_of(path: Path) -> str:
    metadata = metadata_of(path)
    if metadata.get("schema") != RECORDING_SCHEMA:
        raise DataError(f"{path}: not written by the recorder (schema {metadata.get('schema', 'unknown')}, "
                        f"needs {RECORDING_SCHEMA}); name the files with --trades, --book and --l1")
    return metadata.get("run_id", "")
