"""What a model is fitted on: the labelled rows of each session, after everything unusable was refused by name."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qt_app.calendar import CONTRACT
from qt_app.dataset.labels import label
from qt_app.dataset.session import LabelRule, SessionRows
from qt_app.errors import DataError
from qt_app.training.inputs import columns
from qt_app.training.models import Floats, Ints, Part, Rows
from qt_app.votes import ACTIONS

HOLD = ACTIONS.index("hold")


@dataclass(frozen=True, slots=True)
class Sample:
    """The resolved rows of one session: (n,) each, ``rows`` (n, inputs).

    ``long_ticks`` and ``short_ticks`` are what a round trip earned before costs, known at ``end_ns``.
    """

    ts_ns: Ints
    rows: Rows
    labels: Ints
    weights: Floats
    end_ns: Ints
    long_ticks: Floats
    short_ticks: Floats

    def __len__(self) -> int:
        return len(self.ts_ns)

    @property
    def part(self) -> Part:
        return Part(self.rows, self.labels, self.weights)


def make(session: SessionRows, rule: LabelRule, inputs: Sequence[str]) -> Sample:
    """The rows of a session whose inputs are known and whose label is resolved."""
    found = label(session, rule, inputs)
    keep = found.resolved
    rows = session.rows[keep][:, columns(inputs)].astype(np.float32)
    return Sample(session.ts_ns[keep], rows, found.label[keep], found.weight[keep], found.end_ns[keep],
                  found.long_ticks[keep], found.short_ticks[keep])


def together(samples: Sequence[Sample]) -> Part:
    """Rows of several sessions in one."""
    return Part(np.concatenate([s.rows for s in samples]), np.concatenate([s.labels for s in samples]),
                np.concatenate([s.weights for s in samples]))


def root(symbol: str) -> str:
    """Root of a B3 contract; any other symbol is its own."""
    found = CONTRACT.fullmatch(symbol)
    return found[1] if found else symbol


def name(session: SessionRows) -> str:
    return f"{session.symbol} of {session.day}"


def refuse_unfit(sessions: Sequence[SessionRows]) -> None:
    """DataError for sessions that do not go together: other definitions, other contracts, the same events twice.

    Two sessions that overlap in time are refused whatever their symbols: a fold would train on what another tests.
    """
    for (a, b), words in (
        (_differing(sessions, [s.schema_id for s in sessions]), "were made by other feature definitions; build both "
                                                                 "anew with the same candle length and calendar"),
        (_differing(sessions, [root(s.symbol) for s in sessions]), "are not of one kind of contract; choose one with "
                                                                 "--symbol"),
        (_differing(sessions, [s.synthetic for s in sessions]), "are not both of a real market; choose one kind with "
                                                                "--market"),
        (_twice(sessions), "hold the same events; remove one of the two recordings"),
        (_overlapping(sessions), "overlap in time; choose one of them with --symbol, --since and --until"),
    ):
        if a is not None and b is not None:
            raise DataError(f"sessions {name(a)} ({a.source}) and {name(b)} ({b.source}) {words}")


def refuse_constant(samples: Sequence[Sample], inputs: Sequence[str]) -> None:
    """DataError naming the inputs that never move in any of the sessions."""
    lows = np.min([s.rows.min(axis=0) for s in samples], axis=0)
    highs = np.max([s.rows.max(axis=0) for s in samples], axis=0)
    still = [name for name, moves in zip(inputs, highs > lows, strict=True) if not moves]
    if still:
        raise DataError(f"constant in every session: {', '.join(still)}; find out why the data does not move them, or "
                        f"leave them out with --leave-out {','.join(still)}")


def refuse_empty(sessions: Sequence[SessionRows], samples: Sequence[Sample]) -> None:
    """DataError naming the sessions without a single usable row."""
    empty = dict.fromkeys(name(session) for session, sample in zip(sessions, samples, strict=True) if not len(sample))
    if empty:
        raise DataError(f"no row of {', '.join(empty)} has all inputs known and a label resolved: leave those sessions "
                        "out, or take longer ones")


def refuse_one_sided(samples: Sequence[Sample], rule: LabelRule, where: str) -> None:
    """DataError unless each class occurs: a model that has never seen one could never vote for it."""
    counts = class_counts(samples)
    seen = [action for action, count in zip(ACTIONS, counts, strict=True) if count]
    if seen == ["hold"]:
        raise DataError(f"{where}: every label lies in the dead zone of {rule.dead_zone_ticks:g} ticks, so there is "
                        "nothing to learn; lengthen --horizon or take livelier sessions")
    absent = [action for action in ACTIONS if action not in seen]
    if absent:
        raise DataError(f"{where}: no label says {' or '.join(absent)}, only {', '.join(seen)}, so a model could never "
                        "vote for it; take more sessions or change --horizon")


def class_counts(samples: Sequence[Sample]) -> NDArray[np.int64]:
    """(3,) rows of each class."""
    return np.bincount(np.concatenate([s.labels for s in samples]), minlength=len(ACTIONS))


Pair = tuple[SessionRows | None, SessionRows | None]


def _differing(sessions: Sequence[SessionRows], marks: Sequence[object]) -> Pair:
    other = next((i for i, mark in enumerate(marks) if mark != marks[0]), None)
    return (None, None) if other is None else (sessions[0], sessions[other])


def _twice(sessions: Sequence[SessionRows]) -> Pair:
    first: dict[str, SessionRows] = {}
    for session in sessions:
        if session.digest in first:
            return first[session.digest], session
        first[session.digest] = session
    return None, None


def _overlapping(sessions: Sequence[SessionRows]) -> Pair:
    ordered = sorted(sessions, key=lambda s: (s.open_ns, s.digest))
    return next(((a, b) for a, b in pairwise(ordered) if b.open_ns < a.close_ns), (None, None))
