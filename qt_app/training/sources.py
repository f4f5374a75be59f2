"""Where a training's sessions come from: recordings, the simulated exchange, or a dataset that is there already.

A dataset is built once and kept in ``HOME/cache/datasets`` under a name that covers all it depends on: the events, the
decision instants, and the code that turns the one into the other.
"""
from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qt_app.data.catalogue import candles_alone
from qt_app.data.catalogue import sessions as recorded
from qt_app.data.entry import Entry
from qt_app.dataset.build import Instants, build
from qt_app.dataset.generate import generated_sessions
from qt_app.dataset.session import SessionRows
from qt_app.dataset.store import LIST, read_sessions, write_sessions
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.replay.hours import SessionSpec
from qt_app.training.parts import cut
from qt_app.training.provenance import code_version, engine_version
from qt_app.training.rundir import dump

#: (sessions done, sessions in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Recorded:
    """Recordings of a contract, or of all contracts of a root, between two days, both included; None: all there are."""

    symbol: str | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    synthetic: bool | None = None           # simulated ones, real ones, or either
    folder: Path | None = None              # another than the home's data folder
    session: SessionSpec | None = None      # hours of a market that is not B3's
    parts: int = 1                          # into which each session is cut


@dataclass(frozen=True, slots=True)
class Generated:
    """Sessions of the simulated exchange on successive trading days from ``day``, each until ``until`` (HH:MM:SS)."""

    symbol: str
    day: str
    until: str
    seeds: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Its folder and its sessions, in the order of time."""

    folder: Path
    sessions: tuple[SessionRows, ...]


def dataset_of(source: Recorded | Generated, instants: Instants, home: Home, progress: Progress | None) -> Dataset:
    """Found in the cache, or built into it. Raises DataError for recordings that cannot be trusted, or none at all."""
    if isinstance(source, Generated):
        facts: dict[str, Any] = {"symbol": source.symbol, "day": source.day, "until": source.until,
                                 "seeds": source.seeds}
        return _kept(home, facts, instants, lambda: _generated(source, instants, progress))
    entries = _entries(source, home)
    hours = None if source.session is None else source.session.calendar_id
    facts = {"digests": [entry.digest for entry in entries], "symbols": [entry.symbol for entry in entries],
             "session": hours, "parts": source.parts}
    return _kept(home, facts, instants, lambda: _built(entries, source, instants, progress))


def dataset_at(folder: Path) -> Dataset:
    """A dataset that somebody built. Raises DataError when it cannot be read."""
    return Dataset(folder, tuple(read_sessions(folder)))


def _kept(home: Home, facts: Mapping[str, Any], instants: Instants,
          make: Callable[[], Iterator[SessionRows]]) -> Dataset:
    everything = dump({**facts, "candle_ns": instants.candle_ns, "every_ns": instants.every_ns,
                       "code": code_version(), "engine": engine_version()})
    folder = home.cache / "datasets" / hashlib.sha256(everything).hexdigest()[:16]
    if (folder / LIST).is_file():
        with suppress(DataError):       # a damaged cache is made anew
            return dataset_at(folder)
        shutil.rmtree(folder)
    write_sessions(folder, make())
    return dataset_at(folder)


def _entries(source: Recorded, home: Home) -> list[Entry]:
    entries = recorded(home, source.symbol, source.since, source.until, synthetic=source.synthetic, data=source.folder)
    if not entries:
        bars = candles_alone(home, source.symbol, source.folder)
        if bars:
            raise DataError(f"{bars[0].name} in {bars[0].folder} holds candles alone, and training needs what traded "
                            "and was quoted: import the ticks of those days, or generate sessions with "
                            "`qt train --sessions 10`")
        raise DataError(f"no such recording below {source.folder or home.data}: `qt data list` shows what there is, "
                        "`qt train --sessions 10` generates some")
    return entries


def _built(entries: Sequence[Entry], source: Recorded, instants: Instants,
           progress: Progress | None) -> Iterator[SessionRows]:
    for done, entry in enumerate(entries):
        if progress is not None:
            progress(done, len(entries))
        for session in build(entry.read(), instants, session=source.session, source=f"{entry.name} in {entry.folder}"):
            yield from cut(session, source.parts)


def _generated(source: Generated, instants: Instants, progress: Progress | None) -> Iterator[SessionRows]:
    return generated_sessions(instrument(source.symbol), source.day, source.seeds, instants, until=source.until,
                              progress=progress)
