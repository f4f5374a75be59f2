"""What the watcher knows at one moment: the newest status, how old it is, and what must not be overlooked."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Tone = Literal["alarm", "warning", "mark"]


@dataclass(frozen=True, slots=True)
class Sight:
    """``document``: the last status, None before the first; ``silent_s``: since then; ``absent``: nobody answers, in
    the supervisor's words, or the watcher's own."""

    document: dict[str, Any] | None
    silent_s: float = 0.0
    absent: str = ""

    @property
    def age_s(self) -> float | None:
        """Of the newest market event, counted on while nobody answers; None before the first event."""
        age_ms = None if self.document is None else self.document["feed"]["age_ms"]
        return None if age_ms is None else age_ms / 1000 + self.silent_s

    @property
    def limit_s(self) -> float:
        """Beyond it data is stale."""
        limits = {} if self.document is None else self.document["risk"]["limits"]
        return float(limits.get("stale_after_ms", 5000)) / 1000

    @property
    def stale(self) -> bool:
        return bool(self.absent) or (self.age_s is not None and self.age_s > self.limit_s)

    @property
    def warnings(self) -> list[tuple[Tone, str]]:
        """The lines above everything else, the gravest first."""
        found: list[tuple[Tone, str]] = []
        if self.stale:
            found.append(("alarm", self._stale_words()))
        d = self.document
        if d is None:
            return found
        if not d["feed"]["connected"] and not self.absent:
            found.append(("alarm", f"NOT CONNECTED: feed {d['feed']['source']} is {d['feed']['state']}"))
        if d["reconciled"]["equal"] is False:
            found.append(("alarm", f"DIFFERS FROM THE BROKER: {d['reconciled']['difference']}"))
        if d["risk"]["state"] != "active":
            word = "HALTED" if d["risk"]["halted"] else "NO ENTRIES"
            found.append(("warning", f"{word}: {d['risk']['halt_reason'] or 'no reason given'}"))
        if d["synthetic"]:
            found.append(("mark", "SYNTHETIC: this market is simulated"))
        return found

    def _stale_words(self) -> str:
        age = "no event yet" if self.age_s is None else f"last event {self.age_s:.1f} s ago"
        if self.absent:
            return f"{self.absent if self.absent.startswith('STALE') else f'STALE: {self.absent}'}; {age}"
        return f"STALE: {age}, the limit is {self.limit_s:g} s"
