"""Bringing recordings in from elsewhere: all files are read and checked before anything is written.

What an import makes is a recording like any other, in the recorder's own schema, one run for each contract and day,
below ``HOME/data/imported``. It appears there by one rename, whole or not at all.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from qt_app.data.catalogue import refuse_shared, scan
from qt_app.data.days import Candles, Session, candles_of, joined, sessions_of
from qt_app.data.entry import Entry
from qt_app.data.files import read_exports
from qt_app.data.publishing import importing, publish
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.grid import Step
from qt_app.replay.hours import SessionSpec


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import and what the files themselves do not say."""

    files: tuple[Path, ...]
    session: SessionSpec
    zone: ZoneInfo                    # of the times in text files
    symbol: str | None = None         # None: as the file or its name says
    tick: Step | None = None
    qty_step: Step | None = None
    synthetic: bool = False           # invented prices that no file's metadata marks


@dataclass(frozen=True, slots=True)
class Imported:
    """The new entries of the catalogue, and what one should know of them."""

    folder: Path
    entries: tuple[Entry, ...]
    warnings: tuple[str, ...]


def run_import(home: Home, order: ImportOrder, progress: Callable[[int, int], None] | None = None) -> Imported:
    """Import all the files or nothing. Raises DataError naming the file, the line and the remedy."""
    with importing(home) as folder:
        sessions, candles = _read(order)
        before, _ = scan(home)
        _refuse_known([*sessions, *candles], before)
        target = publish(folder, sessions, candles, synthetic=order.synthetic, progress=progress)
        after, _ = scan(home)
    entries = tuple(entry for entry in after if entry.folder.is_relative_to(target))
    return Imported(target, entries, tuple(_warnings(sessions, before, entries)))


def _read(order: ImportOrder) -> tuple[list[Session], list[Candles]]:
    sessions, candles = list[Session](), list[Candles]()
    for export in read_exports(order.files, order.zone):
        if export.sources[0].kind == "candles":
            candles.append(candles_of(export, order.symbol))
        else:
            sessions += sessions_of(export, order.session, symbol=order.symbol, tick=order.tick,
                                    qty_step=order.qty_step)
    return joined(sessions), candles


def _refuse_known(found: Sequence[Session | Candles], known: Sequence[Entry]) -> None:
    """DataError when the same content is in the catalogue, or twice among the files."""
    here: dict[str, str] = {entry.digest: f"{entry.name} in {entry.folder}" for entry in known}
    for one in found:
        names = ", ".join(str(path) for path in one.files)
        if one.digest in here:
            raise DataError(f"{names}: holds the same {one.symbol} as {here[one.digest]}; nothing was imported: leave "
                            "it out")
        here[one.digest] = names


def _warnings(sessions: Sequence[Session], before: Sequence[Entry], new: Sequence[Entry]) -> list[str]:
    return [*_nameless(sessions), *_overlapping(before, new)]


def _nameless(sessions: Sequence[Session]) -> list[str]:
    """Prints whose brokers a file names without their codes are recorded without brokers."""
    told = []
    for session in sessions:
        trades = session.recording.sources[0]
        if trades.kind == "trades" and bool(np.all(trades.columns["buyer"] == -1)):
            told.append(f"{session.files[0]}: gives no broker codes; what depends on brokers will be unknown")
    return sorted(set(told))


def _overlapping(before: Sequence[Entry], new: Sequence[Entry]) -> list[str]:
    told = []
    for entry in new:
        others = [other for other in before if other.replayable and entry.replayable and other.symbol == entry.symbol]
        try:
            refuse_shared([*others, entry])
        except DataError as error:
            told.append(str(error))
    return told
