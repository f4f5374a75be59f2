"""``data/runs/<run>/parity.json``: signed when a replay of the recording repeats the run, else what differs first."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from qt_app.home import Home
from qt_app.parity import last
from qt_app.parity.compare import Difference
from qt_app.parity.recorded import Altered
from qt_app.replay.outputs import CERTIFICATE
from qt_app.services import files
from qt_app.version import __version__
from qt_app.zone import now_text

FORMAT = "qt-parity/1"
#: Altered blocks that are listed; the rest is counted.
LISTED = 20

Verdict = Literal["signed", "differs"]


@dataclass(frozen=True, slots=True)
class Compared:
    """One table: its rows and the SHA-256 of its file, on both sides."""

    rows: tuple[int, int]
    sha256: tuple[str, str]

    def as_json(self) -> dict[str, Any]:
        return {"rows": {"run": self.rows[0], "replay": self.rows[1]},
                "sha256": {"run": self.sha256[0], "replay": self.sha256[1]}}


@dataclass(frozen=True, slots=True)
class Certificate:
    """What was compared and what came of it.

    ``seen_in``: the first difference shows after these recorded events (first, last) and not before them.
    ``not_repeated``: table → why a replay cannot have it. ``missing``: events that the recorder had to drop.
    """

    run: str
    symbol: str
    model: str
    mode: str = ""
    synthetic: bool | None = None
    events: int = 0
    missing: int = 0
    tables: Mapping[str, Compared] = field(default_factory=dict)
    first: Difference | None = None
    seen_in: tuple[int, int] | None = None
    altered: tuple[Altered, ...] = ()
    not_repeated: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> Verdict:
        return "differs" if self.first is not None or self.altered or self.missing else "signed"

    @property
    def words(self) -> str:
        """In one sentence."""
        if self.verdict == "signed":
            left = f"; not repeated: {', '.join(self.not_repeated)}" if self.not_repeated else ""
            rows = sum(one.rows[0] for one in self.tables.values())
            return f"signed off: {self.events} events replayed, {rows} rows of {len(self.tables)} tables equal{left}"
        return "; ".join(self._differences())

    def _differences(self) -> list[str]:
        found = [] if self.first is None else [f"first difference: {self.first.words}"]
        if self.seen_in is not None:
            found.append(f"it shows after the recorded events {self.seen_in[0]} to {self.seen_in[1]}, not before")
        found += [one.words for one in self.altered[:1]]
        if len(self.altered) > 1:
            found.append(f"so are {len(self.altered) - 1} more files")
        if self.missing:
            found.append(f"{self.missing} events are missing from the recording")
        return found

    def as_json(self) -> dict[str, Any]:
        return {
            "format": FORMAT, "run": self.run, "verdict": self.verdict, "words": self.words, "symbol": self.symbol,
            "mode": self.mode, "synthetic": self.synthetic, "model": self.model, "events": self.events,
            "missing_events": self.missing, "tables": {name: one.as_json() for name, one in self.tables.items()},
            "first_difference": None if self.first is None else self.first.as_json(), "seen_in": self.seen_in,
            "altered": [one.as_json() for one in self.altered[:LISTED]], "altered_files": len(self.altered),
            "not_repeated": dict(self.not_repeated), "notes": list(self.notes), "code_version": __version__,
        }


def write(home: Home, folder: Path, certificate: Certificate) -> None:
    """Into the run's folder, and as the last one of this home. Raises OSError."""
    document = certificate.as_json() | {"made_at": now_text()}
    files.replace(folder / CERTIFICATE, orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    last.note(home, certificate.run, certificate.verdict, certificate.words)
