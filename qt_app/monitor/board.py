"""The 65 features as they come: value, course, distance from their own day, and what is wrong with them."""
from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

from qt_app.orders.account import day_of
from qt_core.features.registry import FEATURES

COURSE = 40     # values of the small chart
ENOUGH = 30     # values of a day before a distance means anything


@dataclass(slots=True)
class Spread:
    """Mean and deviation of a day, running (Welford)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0
    least: float | None = None
    greatest: float | None = None

    def add(self, value: float) -> None:
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self.squares += step * (value - self.mean)
        self.least = value if self.least is None else min(self.least, value)
        self.greatest = value if self.greatest is None else max(self.greatest, value)

    @property
    def deviation(self) -> float | None:
        """None while there is too little to tell."""
        return sqrt(self.squares / (self.count - 1)) if self.count >= ENOUGH else None

    def distance(self, value: float) -> float | None:
        """In deviations of the day so far; None when there is too little or nothing moves."""
        deviation = self.deviation or 0.0
        return (value - self.mean) / deviation if deviation > 0.0 else None


@dataclass(slots=True)
class Track:
    """One feature. ``value`` None: unknown; ``changed_ns``: event time of its last change."""

    name: str
    family: str
    unit: str
    value: float | None = None
    changed_ns: int | None = None
    frozen: bool = False
    course: deque[float | None] = field(default_factory=lambda: deque(maxlen=COURSE))
    spread: Spread = field(default_factory=Spread)

    @property
    def z(self) -> float | None:
        return None if self.value is None else self.spread.distance(self.value)


class Features:
    """All 65, in the order of the model's row."""

    def __init__(self) -> None:
        self.tracks = {f.name: Track(f.name, f.family, f.unit) for f in FEATURES}
        self.ts_ns: int | None = None
        self.rows = 0

    def take(self, names: Sequence[str], values: Sequence[float | None], ts_ns: int) -> None:
        """A row; a new trading day begins the statistics anew."""
        if self.ts_ns is not None and day_of(ts_ns) != day_of(self.ts_ns):
            for kept in self.tracks.values():
                kept.spread = Spread()
        self.ts_ns = ts_ns
        self.rows += 1
        for name, value in zip(names, values, strict=True):
            if (track := self.tracks.get(name)) is None:
                continue
            if track.changed_ns is None or value != track.value:
                track.changed_ns = ts_ns
            track.value = value
            track.course.append(value)
            if value is not None:
                track.spread.add(value)

    def adopt(self, names: Sequence[str], spread: Mapping[str, Sequence[Any]],
              rows: Sequence[Sequence[float | None]]) -> None:
        """What the engine knows of the same day, where it is more than was heard here; ``rows`` are its newest."""
        for i, name in enumerate(names):
            track = self.tracks.get(name)
            if track is None or spread["count"][i] < track.spread.count:
                continue
            track.spread = Spread(*(spread[part][i] for part in ("count", "mean", "squares", "min", "max")))
            track.changed_ns = spread["changed_ns"][i]
            if len(rows) > len(track.course):
                track.course = deque((row[i] for row in rows), COURSE)

    def mark_frozen(self, names: Iterable[str]) -> None:
        """What the engine's watchdog found."""
        frozen = set(names)
        for track in self.tracks.values():
            track.frozen = track.name in frozen

    def families(self) -> dict[str, list[Track]]:
        found: dict[str, list[Track]] = {}
        for track in self.tracks.values():
            found.setdefault(track.family, []).append(track)
        return found

    @property
    def unknown(self) -> int:
        return sum(track.value is None for track in self.tracks.values())
