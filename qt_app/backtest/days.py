"""Which recorded days a backtest runs over: from the catalogue of a home, or from folders."""
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from qt_app.data.catalogue import refuse_shared
from qt_app.data.entry import Entry, entry_of
from qt_app.errors import DataError
from qt_app.replay.recording import holds_parts, recorded_runs


def days_of_folders(folders: Sequence[Path]) -> list[Entry]:
    """Every recorded run of every recording in or below the folders, in the order of time.

    Raises DataError for a folder without a recording, one that cannot be read, the same events twice, and runs of one
    contract that overlap.
    """
    found = [entry_of(holding, run, files) for folder in folders for holding in _holding(folder)
             for run, files in recorded_runs(holding).items()]
    refuse_shared(found)
    return in_order(found)


def in_order(days: Sequence[Entry]) -> list[Entry]:
    """By time; what began at once by symbol. Raises DataError for none."""
    if not days:
        raise DataError("no recorded day was chosen; look with `qt data list`, and widen --since, --until or --symbol")
    return sorted(days, key=lambda day: (day.first_ns, day.symbol, day.digest))


def content_of(days: Sequence[Entry]) -> str:
    """SHA-256 over the digests: names what the backtest saw, wherever it lies."""
    return hashlib.sha256("\n".join(day.digest for day in days).encode()).hexdigest()


def _holding(folder: Path) -> Iterator[Path]:
    if not folder.is_dir():
        raise DataError(f"{folder}: no such folder; name a recording's folder, or leave it out for the home's own")
    found = sorted(Path(path) for path, _, _ in os.walk(folder) if holds_parts(Path(path)))
    if not found:
        raise DataError(f"{folder}: holds no recording (no trades-0001.parquet and the like)")
    yield from found
