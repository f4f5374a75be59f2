"""The catalogue: every recording below ``HOME/data``, and the ones that research may choose together.

A recording is read once to be described; what was found is kept in ``HOME/cache/catalogue.json`` under the names,
sizes and times of its files, so that a list of many days is quick. The cache decides nothing: without it everything is
read again.
"""
from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from qt_app.data.cache import Cache
from qt_app.data.candles import candle_entry, holds_candles
from qt_app.data.entry import Entry, entry_of, is_of
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.recording import holds_parts, recorded_runs

Progress = Callable[[int, int], None]

_RESULTS = "runs"       # of runs, not recordings
SHOWN = 12              # characters of a digest that people see


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A folder whose recordings cannot be used, and why."""

    folder: Path
    error: DataError


def scan(home: Home, progress: Progress | None = None,
         data: Path | None = None) -> tuple[list[Entry], list[Unreadable]]:
    """Every recording, in order of (day, symbol, first time, digest), and what could not be read.

    ``data`` is another folder than the home's own.
    """
    cache, entries, unreadable = Cache.load(home), list[Entry](), list[Unreadable]()
    folders = sorted(_folders(data or home.data))
    for done, folder in enumerate(folders):
        if progress is not None:
            progress(done, len(folders))
        try:
            entries += _entries_in(folder, cache)
        except DataError as error:
            unreadable.append(Unreadable(folder, error))
    cache.save()
    return _in_order(_without_other_days(entries)), unreadable


def sessions(home: Home, symbol: str | None = None, since: dt.date | None = None, until: dt.date | None = None, *,
             synthetic: bool | None = None, progress: Progress | None = None, data: Path | None = None) -> list[Entry]:
    """Recorded sessions for training and backtest: of a contract or of all contracts of a root, both days included.

    Raises DataError when one cannot be read, or when two hold the same events or overlap in time: research on the
    union would count the same market twice.
    """
    entries, unreadable = scan(home, progress, data)
    chosen = [entry for entry in entries if entry.replayable and synthetic in (None, entry.synthetic)
              and _wanted(entry.symbol, dt.date.fromisoformat(entry.day), symbol, since, until)]
    for broken in unreadable:
        if _wanted(broken.folder.name, _day_of(broken.folder), symbol, since, until):
            raise broken.error
    refuse_shared(chosen)
    return chosen


def candles_alone(home: Home, symbol: str | None = None, data: Path | None = None) -> list[Entry]:
    """Recordings of the choice that hold bars and no events: nothing can be replayed, or learnt to trade, from them."""
    return [entry for entry in scan(home, data=data)[0] if not entry.replayable and entry.of(symbol)]


def refuse_shared(entries: Sequence[Entry]) -> None:
    """DataError for two entries with the same content, or two of one symbol whose times overlap."""
    by_digest: dict[str, Entry] = {}
    for entry in entries:
        other = by_digest.setdefault(entry.digest, entry)
        if other is not entry:
            raise DataError(f"{_both(other, entry)} hold the same events (digest {entry.digest[:SHOWN]}); move one of "
                            "the two out of the data folder")
    latest: dict[str, Entry] = {}      # of each symbol, the one that reaches furthest so far
    for entry in sorted(entries, key=lambda entry: entry.first_ns):
        before = latest.setdefault(entry.symbol, entry)
        if before is not entry and entry.first_ns <= before.last_ns:
            raise DataError(f"{_both(before, entry)} overlap in time; move one of the two out of the data folder, or "
                            "choose other days")
        latest[entry.symbol] = max(before, entry, key=lambda entry: entry.last_ns)


def _both(one: Entry, other: Entry) -> str:
    return f"{one.name} in {one.folder} and {other.name} in {other.folder}"


def _wanted(symbol: str, day: dt.date | None, wanted: str | None, since: dt.date | None, until: dt.date | None) -> bool:
    """A day that is not known may be any."""
    within = day is None or (since or day) <= day <= (until or day)
    return within and is_of(symbol, wanted)


def _day_of(folder: Path) -> dt.date | None:
    """Of a recorder's folder, DAY/SYMBOL."""
    try:
        return dt.datetime.strptime(folder.parent.name, "%Y%m%d").date()
    except ValueError:
        return None


def _folders(data: Path) -> Iterator[Path]:
    """Folders that hold recordings or candles; hidden ones are half-written."""
    for folder, below, _ in os.walk(data):
        here = Path(folder)
        below[:] = [name for name in below if not name.startswith(".") and (here != data or name != _RESULTS)]
        if holds_parts(here) or holds_candles(here):
            yield here


def _entries_in(folder: Path, cache: Cache) -> list[Entry]:
    found = [cache.get(folder, run, files) or cache.put(entry_of(folder, run, files))
             for run, files in recorded_runs(folder).items()]
    return found + ([candle_entry(folder)] if holds_candles(folder) else [])


def _in_order(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.day, entry.symbol, entry.first_ns, entry.digest))


def _without_other_days(entries: list[Entry]) -> list[Entry]:
    """A run that went on past midnight numbers its events through: those of the day before are not missing."""
    runs: dict[tuple[str, str], list[Entry]] = {}
    for entry in entries:
        runs.setdefault((entry.symbol, entry.run), []).append(entry)
    corrected: list[Entry] = []
    for parts in runs.values():
        parts.sort(key=lambda entry: entry.first_seq)
        corrected.append(parts[0])
        corrected += [replace(after, missing=max(after.missing - before.last_seq, 0))
                      if after.first_seq > before.last_seq else after for before, after in pairwise(parts)]
    return corrected
