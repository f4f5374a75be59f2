"""Recordings of a home: those that a run's sessions were made from, and those that came later."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from qt_app.data import catalogue
from qt_app.data.entry import Entry
from qt_app.dataset.build import Instants, build
from qt_app.dataset.session import SessionRows
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.reader import Recording
from qt_app.validation.case import Case

Progress = Callable[[str], None]


class Archive(Protocol):
    """Where sessions come from."""

    def recording(self, session: SessionRows) -> Recording | None:
        """The events behind a session; None where they are not at hand."""
        ...

    def later(self, case: Case, days: int) -> list[SessionRows]:
        """Sessions of the run's contract recorded in the last ``days`` days, none of them the run's own."""
        ...


@dataclass(frozen=True, slots=True)
class HomeArchive:
    """The recordings in ``HOME/data`` or another folder, by the digest of their content."""

    entries: Mapping[str, Entry]

    @classmethod
    def of(cls, home: Home, data: Path | None = None) -> HomeArchive:
        entries, _ = catalogue.scan(home, data=data)
        return cls({entry.digest: entry for entry in entries if entry.replayable})

    def recording(self, session: SessionRows) -> Recording | None:
        entry = self.entries.get(session.digest)
        return None if entry is None else entry.read()

    def later(self, case: Case, days: int) -> list[SessionRows]:
        """Counted back from the latest recording. Raises DataError when there is none, or one cannot be built."""
        own, symbol = {session.digest for session in case.sessions}, case.sessions[0].symbol
        chosen = [entry for entry in self.entries.values() if entry.symbol[:3] == symbol[:3]]
        if not chosen:
            raise DataError(f"no recording of {symbol[:3]} lies in the data folder; record some days, or leave out "
                            "--recent")
        since = max(dt.date.fromisoformat(entry.day) for entry in chosen) - dt.timedelta(days=days)
        recent = [entry for entry in chosen if dt.date.fromisoformat(entry.day) > since and entry.digest not in own]
        made = [session for entry in sorted(recent, key=lambda entry: (entry.first_ns, entry.digest))
                for session in build(entry.read(), instants(case))]
        return [session for session in made if session.schema_id == case.run.facts.schema_id]


def instants(case: Case) -> Instants:
    """When the run's rows fell due."""
    every = min(int(np.diff(session.ts_ns).min()) for session in case.sessions if len(session) > 1)
    return Instants(round(case.run.facts.candle_seconds * 1e9), every)
