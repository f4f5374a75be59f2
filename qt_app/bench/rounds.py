"""Interleaved rounds: every round runs every case once, in rotated order, so that drift hits all of them alike."""
from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

T = TypeVar("T")
Case = Callable[[], T]
Measured = tuple[float, ...]    # one case's figure in each round


@dataclass(frozen=True, slots=True)
class Aim:
    """A bound that a figure should keep: reported, never asserted."""

    at_least: float | None = None
    at_most: float | None = None

    def as_dict(self, value: float) -> dict[str, Any]:
        """The aim and whether ``value`` meets it."""
        low, high = self.at_least, self.at_most
        met = (low is None or value >= low) and (high is None or value <= high)
        bound = {"at_least": low} if low is not None else {"at_most": high}
        return bound | {"value": value, "met": met}


@dataclass(slots=True)
class Section:
    """One section of the report: cases by name, ratios between them, aims, and peers that are not installed."""

    unit: str
    cases: dict[str, Measured] = field(default_factory=dict)
    ratios: dict[str, float] = field(default_factory=dict)
    aims: dict[str, dict[str, Any]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    notes: dict[str, Any] = field(default_factory=dict)

    def add_ratio(self, ours: str, peer: str, aim: Aim) -> None:
        """The median of the per-round ratios ours / peer; nothing when one of the cases was not measured."""
        if ours in self.cases and peer in self.cases:
            name = f"{ours} / {peer}"
            self.ratios[name] = ratio(self.cases[ours], self.cases[peer])
            self.aims[name] = aim.as_dict(self.ratios[name])

    def add_aim(self, case: str, aim: Aim) -> None:
        """The case's median held to an aim."""
        self.aims[case] = aim.as_dict(statistics.median(self.cases[case]))

    def as_dict(self) -> dict[str, Any]:
        """As it is printed: median, min, max and the raw rounds of every case."""
        cases = {name: {"median": statistics.median(one), "min": min(one), "max": max(one), "rounds": list(one)}
                 for name, one in self.cases.items()}
        return {"unit": self.unit, "cases": cases, "ratios": self.ratios, "aims": self.aims, "absent": self.absent,
                "notes": self.notes}


def interleave(cases: Mapping[str, Case[T]], rounds: int) -> dict[str, tuple[T, ...]]:
    """Run each case once as a warm-up, then ``rounds`` times interleaved; a case returns its own figure or figures."""
    names = list(cases)
    for name in names:
        cases[name]()
    raw: dict[str, list[T]] = {name: [] for name in names}
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            raw[name].append(cases[name]())
    return {name: tuple(values) for name, values in raw.items()}


def flatten(measured: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, Measured]:
    """Cases that return several figures each, as one case per figure: ``case.figure``."""
    return {f"{case}.{figure}": tuple(one[figure] for one in rounds)
            for case, rounds in measured.items() for figure in rounds[0]}


def ratio(ours: Sequence[float], peer: Sequence[float]) -> float:
    """Median of the per-round ratios ours / peer."""
    return statistics.median(a / b for a, b in zip(ours, peer, strict=True))
