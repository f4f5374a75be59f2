"""The figures of a run, each beside its baselines."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.fees import Fees
from qt_app.validation import baselines
from qt_app.validation.baselines import State
from qt_app.validation.bootstrap import Figure, mean_figure
from qt_app.validation.case import Case, Path, spread
from qt_app.validation.metrics import gain, judge
from qt_app.validation.money import (
    LATENCIES_MS,
    SLIPPAGES_TICKS,
    Gate,
    Money,
    RoundTrips,
    Trades,
    account,
    reachability,
    round_trips,
    summarize,
)
from qt_app.validation.selection import Deflated, deflate, overfitting_probability
from qt_app.validation.tries import Tries

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Where an edge has to survive: slower and worse filled than one hopes for.
REFERENCE = (250.0, 1)


@dataclass(frozen=True, slots=True)
class Terms:
    """How decisions become trades and what those cost; ``seed`` of every resample."""

    gate: Gate
    fees: Fees
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Beside:
    """A baseline: how much lower the model's log-loss is, its own account, and how much more the model earned.

    ``ahead`` is BRL per session, model minus baseline, on the same sessions.
    """

    gain: Figure
    money: Money
    ahead: Figure


@dataclass(frozen=True, slots=True)
class Chance:
    """Random positions with the model's turnover: the share of draws that earned at least as much, and their range."""

    at_least: float
    low_brl: float
    median_brl: float
    high_brl: float
    draws: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """``money`` by (latency ms, slippage ticks); figures that name no cell are those of ``REFERENCE``.

    ``net_by_session`` of the path that stands for all: the one whose total is the median; ``path_totals`` of all.
    """

    sessions: int
    rows: int
    probabilities: Mapping[str, Figure]
    reachable: Mapping[str, float]
    money: Mapping[tuple[float, int], Money]
    beside: Mapping[str, Beside]
    chance: Chance
    deflated: Deflated
    overfitting: float
    net_by_session: Floats
    path_totals: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Account:
    """One path's decisions and trades at ``REFERENCE``; lists are by tested session."""

    case: Case
    terms: Terms
    path: Path
    trips: Sequence[RoundTrips]
    sides: Sequence[Ints]
    trades: Trades

    @property
    def net(self) -> Floats:
        return self.trades.by_session(len(self.case.tested))


def weigh(case: Case, terms: Terms, tries: Tries) -> Evidence:
    """All figures of a case, out of fold."""
    trips = {latency: _trips(case, terms, latency) for latency in LATENCIES_MS}
    accounts = sorted((_account(case, path, trips[REFERENCE[0]], terms) for path in case.paths),
                      key=lambda one: one.net.sum())
    own = accounts[(len(accounts) - 1) // 2]
    count, net = len(case.tested), own.net
    return Evidence(
        sessions=count, rows=len(own.path), probabilities=judge(own.path.scored, seed=terms.seed),
        reachable=reachability(own.path.p, terms.gate.min_confidence),
        money={(latency, slip): summarize(account(own.sides, trips[latency], terms.gate, slip), count, seed=terms.seed)
               for latency in LATENCIES_MS for slip in SLIPPAGES_TICKS},
        beside={state.name: _beside(own, state) for state in baselines.states(case.sessions, case.labels)},
        chance=_chance(own), deflated=deflate(net, tries.count, tries.sharpes),
        overfitting=overfitting_probability(tries.results),
        net_by_session=net, path_totals=tuple(float(one.net.sum()) for one in accounts))


def _trips(case: Case, terms: Terms, latency_ms: float) -> list[RoundTrips]:
    rule = case.run.facts.label_rule
    return [round_trips(case.sessions[index], rule, latency_ms, terms.fees) for index in case.tested]


def _account(case: Case, path: Path, trips: Sequence[RoundTrips], terms: Terms) -> _Account:
    sides = case.sides(path, terms.gate.min_confidence)
    return _Account(case, terms, path, trips, sides, account(sides, trips, terms.gate, REFERENCE[1]))


def _beside(own: _Account, state: State) -> Beside:
    case, path, terms, count = own.case, own.path, own.terms, len(own.case.tested)
    values = np.zeros(len(path), dtype=np.int64)
    for index in case.tested:
        mine = path.session == index
        values[mine] = state.of_rows[index][path.row[mine]]
    decided = spread(baselines.sides(state, values), path, case.tested, case.sessions)
    trades = account(decided, own.trips, terms.gate, REFERENCE[1])
    return Beside(gain(path.scored, _probabilities(case, path, state, values), seed=terms.seed),
                  summarize(trades, count, seed=terms.seed),
                  mean_figure(own.net - trades.by_session(count), seed=terms.seed))


def _probabilities(case: Case, path: Path, state: State, values: Ints) -> Floats:
    """(n, 3) what the baseline would have said, learnt from the training sessions of each row's fold."""
    tally, p = baselines.tallies(state, case.labels), np.zeros((len(path), baselines.CLASSES))
    for number, fold in enumerate(case.run.facts.folds):
        own = path.fold == number
        p[own] = baselines.shares(tally[list(fold.train)])[values[own]]
    return p


def _chance(own: _Account) -> Chance:
    taken = []
    for index, side in enumerate(own.sides):
        kept = np.zeros_like(side)
        rows = own.trades.row[own.trades.session == index]
        kept[rows] = side[rows]
        taken.append(kept)
    totals = baselines.random_totals(taken, own.trips, own.terms.gate, REFERENCE[1], seed=own.terms.seed)
    low, median, high = (float(x) for x in np.quantile(totals, [0.025, 0.5, 0.975]))
    # Davison and Hinkley (1997), 4.2: the observed total is one of the draws.
    above = (1.0 + float((totals >= own.net.sum()).sum())) / (1.0 + len(totals))
    return Chance(above, low, median, high, len(totals))
