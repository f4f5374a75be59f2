"""Which column knows what it cannot know: each looked at alone, out of sample.

A column is suspected when it alone tells more of the outcome than a market gives away, *and* knows the future better
than the past (the time-reversal test): what is computed from the past knows the past best.

It finds: a column that gives away a tenth or more of the label's entropy, or of the variance of the next moves, by
itself. It does not find: a weaker peek, one spread over many columns, or one that knows past and future alike below
half of the entropy; for columns of the live code, ``poison`` proves the absence of those too. It can suspect an honest
column with an edge beyond belief; ``poison`` acquits it.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.session import SessionRows
from qt_app.validation.baselines import CLASSES
from qt_app.validation.bootstrap import Figure, by_session, figure

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Share of the label's entropy, or of a move's variance, that one honest column may tell; published edges at these
#: horizons are an order of magnitude below it.
CEILING = 0.10
#: No column may tell this much, whatever it knows of the past.
HARD_CEILING = 0.50
#: How much better than the past the future must be known.
ARROW = 1.25
#: Moves of the next 1, 5 and 20 decision intervals.
STEPS = (1, 5, 20)
BINS = 20
PRIOR = 1.0
DRAWS = 400


@dataclass(frozen=True, slots=True)
class Target:
    """Something a column may know: (n, k) values to be told at each row, and the same of the past.

    One-hot rows for a class, one column for a move. NaN rows are left out. ``entropy`` says how to score.
    """

    name: str
    future: Floats
    past: Floats
    entropy: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """Of each row (n,): index of its session, weight."""

    session: Ints
    weight: Floats

    def take(self, keep: NDArray[np.bool_]) -> Sample:
        return Sample(self.session[keep], self.weight[keep])


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a column tells of one target, as a share of all there is to tell."""

    column: str
    target: str
    future: Figure
    past: float

    @property
    def suspect(self) -> bool:
        beyond = self.future.low >= CEILING and self.future.value > ARROW * max(self.past, 0.0)
        return bool(beyond or self.future.low >= HARD_CEILING)


def label_target(label: Ints, last_known: Ints) -> Target:
    """The label, and the one that had come true last (``CLASSES`` where none had): one class per row."""
    past = np.eye(CLASSES + 1)[last_known][:, :CLASSES]
    past[last_known == CLASSES] = np.nan
    return Target("label", np.eye(CLASSES)[label], past, entropy=True)


def move_targets(parts: Sequence[tuple[SessionRows, Ints]]) -> list[Target]:
    """Moves of the mid price after and before the chosen rows of each session, over each of ``STEPS``."""
    found = []
    for steps in STEPS:
        both = [np.column_stack([_moves(session, rows, steps), _moves(session, rows, -steps)])
                for session, rows in parts]
        future, past = np.concatenate(both).T
        found.append(Target(f"move {steps}", future[:, None], past[:, None], entropy=False))
    return found


def _moves(session: SessionRows, rows: Ints, steps: int) -> Floats:
    """(n,) ticks that the mid price changes within so many decision intervals; NaN where a quote is missing."""
    ts_ns = session.ts_ns
    interval = int(np.median(np.diff(ts_ns))) if len(ts_ns) > 1 else 0
    here, there = (_mids(session, ts_ns[rows] + lag) for lag in (0, steps * interval))
    return np.asarray((there - here) * np.sign(steps), dtype=np.float64)


def _mids(session: SessionRows, ts_ns: Ints) -> Floats:
    bid, ask = session.quotes.at(ts_ns)
    inside = (bid > 0) & (ask > 0) & (ts_ns >= session.open_ns) & (ts_ns < session.close_ns)
    return np.where(inside, (bid + ask.astype(np.float64)) / 2.0, np.nan)


def examine(names: Sequence[str], columns: Floats, sample: Sample, targets: Sequence[Target], *,
            seed: int) -> list[Knowledge]:
    """Knowledge of every (n, names) column about every target; bins and tables come from the other half of the days."""
    found = []
    for index, name in enumerate(names):
        place = _places(columns[:, index], sample.session)
        for target in targets:
            future = _share(place, target.future, sample, target.entropy, seed)
            past = _share(place, target.past, sample, target.entropy, seed)
            found.append(Knowledge(name, target.name, future, past.value))
    return found


def suspects(found: Sequence[Knowledge]) -> list[str]:
    """Names of the columns that know too much, in their order."""
    return list(dict.fromkeys(one.column for one in found if one.suspect))


def _places(values: Floats, session: Ints) -> Ints:
    """(n,) bin of each row, by the quantiles of the other half of the sessions; the last bin is for NaN."""
    place = np.full(len(values), BINS, dtype=np.int64)
    known = ~np.isnan(values)
    for half in (0, 1):
        learn, judge = known & (session % 2 != half), known & (session % 2 == half)
        edges = np.quantile(values[learn], np.arange(1, BINS) / BINS) if learn.any() else np.zeros(0)
        place[judge] = np.searchsorted(np.unique(edges), values[judge], side="left")
    return place


def _share(place: Ints, values: Floats, sample: Sample, entropy: bool, seed: int) -> Figure:
    """Share of the loss without the column that the column saves, out of sample; with its interval by session."""
    keep = np.asarray(np.isfinite(values).all(axis=1))
    place, values, sample = place[keep], values[keep], sample.take(keep)
    session, weight = sample.session, sample.weight
    losses = np.zeros((len(place), 2))
    for half in (0, 1):
        learn, judge = session % 2 != half, session % 2 == half
        for which, cell in enumerate((place, np.zeros_like(place))):
            told = _table(cell[learn], values[learn], weight[learn], entropy)[cell[judge]]
            losses[judge, which] = _loss(told, values[judge], entropy)
    count = int(session.max()) + 1 if len(session) else 1
    return figure(by_session(session, losses * weight[:, None], count), _saved, seed=seed, draws=DRAWS)


def _table(cell: Ints, values: Floats, weight: Floats, entropy: bool) -> Floats:
    """(BINS + 1, k) weighted mean of the values in each cell, drawn a little towards the mean of all."""
    mass = np.bincount(cell, weights=weight, minlength=BINS + 1)
    sums = np.column_stack([np.bincount(cell, weights=weight * v, minlength=BINS + 1) for v in values.T])
    overall = np.full(values.shape[1], 1.0 / values.shape[1]) if entropy else sums.sum(axis=0) / max(mass.sum(), 1e-300)
    return np.asarray((sums + PRIOR * overall) / (mass + PRIOR)[:, None], dtype=np.float64)


def _loss(told: Floats, values: Floats, entropy: bool) -> Floats:
    if entropy:
        return np.asarray(-np.log((told * values).sum(axis=1)), dtype=np.float64)
    return np.asarray(((told - values) ** 2).sum(axis=1), dtype=np.float64)


def _saved(sums: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1.0 - sums[..., 0] / sums[..., 1], dtype=np.float64)
