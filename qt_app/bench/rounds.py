"""Interleaved rounds: every round runs every case once, in rotated order, so that drift hits all of them alike."""
from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Case = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Measured:
    """One case's rounds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def as_dict(self) -> dict[str, object]:
        return {"median": self.median, "min": min(self.rounds), "max": max(self.rounds), "rounds": list(self.rounds)}


def interleave(cases: Mapping[str, Case], rounds: int) -> dict[str, Measured]:
    """Run each case once as a warm-up, then ``rounds`` times interleaved; a case returns its own figure."""
    names = list(cases)
    for name in names:
        cases[name]()
    raw: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            raw[name].append(cases[name]())
    return {name: Measured(tuple(values)) for name, values in raw.items()}


def ratio(ours: Measured, peer: Measured) -> float:
    """Median of the per-round ratios ours / peer."""
    return statistics.median(a / b for a, b in zip(ours.rounds, peer.rounds, strict=True))
