"""One recording in the catalogue: a run of one contract on one day, or a file of candles."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from qt_app.calendar import CONTRACT
from qt_app.data.digest import digest_of
from qt_app.replay.grid import format_step
from qt_app.replay.reader import Recording, read_files
from qt_app.replay.recording import Files
from qt_core._types import Kind

#: Kinds of events that the market made at the moment they were seen.
_LIVE = (Kind.TRADE, Kind.LEVEL, Kind.ORDER, Kind.QUOTE)
#: Keys of a recording's metadata that an import writes.
ORIGIN, SOURCES = "origin", "sources"


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one (day, symbol, run). Times are UTC ns and those of the live market events (a warm start's
    history lies before them); ``rows`` counts by kind of table, ``missing`` the events that the recorder lost."""

    day: str                      # ISO, in Sao Paulo
    symbol: str
    run: str
    folder: Path
    files: Files
    rows: Mapping[str, int]
    first_ns: int
    last_ns: int
    first_seq: int
    last_seq: int
    synthetic: bool
    missing: int
    digest: str
    tick: str                     # num/den points
    origin: str                   # where it came from, for people

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(sorted(self.rows))

    @property
    def replayable(self) -> bool:
        """Holds events, not candles."""
        return "candles" not in self.rows

    @property
    def name(self) -> str:
        """For messages: day, symbol and run."""
        return f"{self.day} {self.symbol} run {self.run or '(unnamed)'}"

    def of(self, symbol: str | None) -> bool:
        """Whether it is of the contract, of a contract of the root, or of anything (None)."""
        return is_of(self.symbol, symbol)

    def read(self) -> Recording:
        """The events. Raises DataError when the files changed into something unusable."""
        return read_files(self.files, symbol=self.symbol, whole=True)


def entry_of(folder: Path, run: str, files: Files) -> Entry:
    """Read one run's files and describe them. Raises DataError when they cannot be used."""
    return described(folder, run, files, read_files(files, whole=True))


def described(folder: Path, run: str, files: Files, recording: Recording) -> Entry:
    """Of files that have been read."""
    first_ns, last_ns = _live_span(recording)
    return Entry(
        day=_iso(recording.metadata["day"]), symbol=recording.symbol, run=run, folder=folder, files=files,
        rows={source.kind: len(source) for source in recording.sources}, first_ns=first_ns, last_ns=last_ns,
        first_seq=int(recording.seq[0]), last_seq=int(recording.seq[-1]), synthetic=recording.synthetic,
        missing=recording.missing, digest=digest_of(recording), tick=format_step(recording.tick),
        origin=origin_of(recording.metadata))


def is_of(contract: str, symbol: str | None) -> bool:
    """Whether a contract is the one that ``symbol`` names, or one of the root that it names; None names all."""
    found = CONTRACT.fullmatch(contract)
    return symbol in (None, contract, found[1] if found else None)


def origin_of(metadata: Mapping[str, str]) -> str:
    """``recorded``, or the format and the names of the files that were imported."""
    if ORIGIN not in metadata:
        return "recorded"
    names: list[dict[str, Any]] = orjson.loads(metadata.get(SOURCES, "[]"))
    return f"{metadata[ORIGIN]}: {', '.join(str(one['name']) for one in names)}"


def _live_span(recording: Recording) -> tuple[int, int]:
    live = recording.events["ts_ns"][np.isin(recording.events["kind"], _LIVE)]
    return (int(live.min()), int(live.max())) if len(live) else recording.span


def _iso(day: str) -> str:
    return f"{day[:4]}-{day[4:6]}-{day[6:]}"
