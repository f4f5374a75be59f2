"""What anyone could have done without a model, so that every figure stands beside it.

The probabilities of a baseline are the shares of the classes in the training sessions of each fold, given a state that
is known at the decision: none (constant), the class that last came true (persistence), the sign of the order-flow
imbalance. Its decisions are the state itself. Random decisions take as many positions as the model did, no more.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.session import Labels, SessionRows
from qt_app.validation.money import HOLD, Gate, RoundTrips, account
from qt_app.votes import ACTIONS
from qt_core.features.registry import NAMES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLASSES = len(ACTIONS)
FLOW = "order_flow_imbalance_10"
RANDOM_DRAWS = 500

#: Weight of one row of each class that is added to every share: a state that was never seen says nothing.
PRIOR = 1.0


@dataclass(frozen=True, slots=True)
class State:
    """What a baseline looks at: for each session a small whole number per row, below ``values``."""

    name: str
    of_rows: tuple[Ints, ...]
    values: int


def states(sessions: Sequence[SessionRows], labels: Sequence[Labels]) -> tuple[State, ...]:
    """The baselines' states in every session of a run."""
    flow = [session.rows[:, NAMES.index(FLOW)] for session in sessions]
    last = [last_known(session.ts_ns, made) for session, made in zip(sessions, labels, strict=True)]
    return (State("constant", tuple(np.zeros(len(session), dtype=np.int64) for session in sessions), 1),
            State("persistence", tuple(last), CLASSES + 1),
            State("flow", tuple(sign(imbalance) for imbalance in flow), CLASSES))


def last_known(ts_ns: Ints, made: Labels) -> Ints:
    """(n,) class of the session's latest label that was known at each instant; ``CLASSES`` before the first.

    A label is known when both sides' outcomes are.
    """
    rows = np.flatnonzero(made.resolved)
    rows = rows[np.argsort(made.end_ns[rows], kind="stable")]
    known = np.searchsorted(made.end_ns[rows], ts_ns, side="right")
    return np.concatenate([[CLASSES], made.label[np.maximum.accumulate(rows)]])[known].astype(np.int64)


def sign(imbalance: Floats) -> Ints:
    """0 where sellers were the aggressors, 2 where buyers were, 1 for neither or unknown."""
    return (np.sign(np.nan_to_num(imbalance)) + 1).astype(np.int64)


def sides(state: State, values: Ints) -> Ints:
    """(n,) values of a state as decisions: sell, hold or buy for 0, 1 or 2; hold for any other, and for constant."""
    if state.values < CLASSES:
        return np.zeros(len(values), dtype=np.int64)
    return np.where(values < CLASSES, values - HOLD, 0)


def tallies(state: State, labels: Sequence[Labels]) -> Floats:
    """(sessions, values, 3) weight of each class beside each value."""
    return np.stack([_tally(values, made, state.values) for values, made in zip(state.of_rows, labels, strict=True)])


def _tally(values: Ints, made: Labels, count: int) -> Floats:
    keep = made.resolved
    flat = np.bincount(values[keep] * CLASSES + made.label[keep], weights=made.weight[keep],
                       minlength=count * CLASSES)
    return np.asarray(flat.reshape(count, CLASSES), dtype=np.float64)


def shares(tally: Floats) -> Floats:
    """(values, 3) shares of the classes from the tallies of the training sessions, (sessions, values, 3)."""
    table = tally.sum(axis=0) + PRIOR
    return np.asarray(table / table.sum(axis=1, keepdims=True), dtype=np.float64)


def random_totals(taken: Sequence[Ints], trips: Sequence[RoundTrips], gate: Gate, slippage_ticks: float, *, seed: int,
                  draws: int = RANDOM_DRAWS) -> Floats:
    """(draws,) total net BRL when the model's positions, each with its side, begin at random rows of their session.

    ``taken`` holds per session (n,) the side at the rows where the model entered, 0 elsewhere. Positions that would
    overlap are dropped, so the turnover is at most the model's, which costs less: in the baseline's favour.
    """
    random = np.random.default_rng(seed)
    return np.array([_random_total(random, taken, trips, gate, slippage_ticks) for _ in range(draws)])


def _random_total(random: np.random.Generator, taken: Sequence[Ints], trips: Sequence[RoundTrips], gate: Gate,
                  slippage_ticks: float) -> float:
    moved = [_scatter(random, side, trip) for side, trip in zip(taken, trips, strict=True)]
    return float(account(moved, trips, gate, slippage_ticks).net_brl.sum())


def _scatter(random: np.random.Generator, side: Ints, trips: RoundTrips) -> Ints:
    """The same sides at random rows of the session that could be traded."""
    entered = np.flatnonzero(side)
    possible = np.flatnonzero(np.isfinite(trips.gain_ticks).all(axis=1))
    scattered = np.zeros(len(side), dtype=np.int64)
    chosen = random.choice(possible, size=min(len(entered), len(possible)), replace=False)
    scattered[chosen] = side[random.permutation(entered)[:len(chosen)]]
    return scattered
