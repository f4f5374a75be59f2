"""How often the gate promotes strategies that know nothing: no oftener than its nominal rate."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from qt_app.validation.bootstrap import mean_figure
from qt_app.validation.case import Case
from qt_app.validation.evidence import REFERENCE, Terms
from qt_app.validation.money import RoundTrips, round_trips, trade
from qt_app.validation.selection import Deflated, deflate, sharpe
from qt_app.validation.verdict import LEAST_DEFLATED

Floats = NDArray[np.float64]

STRATEGIES = 200
#: Entries that a strategy makes in a session.
ENTRIES = 10
#: A true rate of the nominal one gives more than the bound once in a thousand times.
RISK = 0.001


@dataclass(frozen=True, slots=True)
class Luck:
    """Strategies that passed at mid prices and no fees when nobody counted, when all were counted, and at the gate."""

    strategies: int
    uncounted: int
    counted: int
    promoted: int

    @property
    def nominal(self) -> float:
        return self.strategies * (1.0 - LEAST_DEFLATED)

    @property
    def bound(self) -> int:
        """What the nominal rate exceeds once in a thousand times."""
        return binomial_bound(self.strategies, 1.0 - LEAST_DEFLATED, RISK)

    @property
    def fair(self) -> bool:
        return self.uncounted <= self.bound and self.counted <= self.nominal and self.promoted <= self.nominal

    @property
    def sentence(self) -> str:
        return (f"without costs {self.uncounted} pass when nobody counts (nominal {self.nominal:.0f}, at most "
                f"{self.bound}), {self.counted} when all {self.strategies} are counted; with costs the gate promotes "
                f"{self.promoted}")


def promote(case: Case, terms: Terms, *, seed: int, strategies: int = STRATEGIES) -> Luck:
    """Random entries on the tested sessions of a case, judged by the gate's rules of money."""
    rule = case.run.facts.label_rule
    trips = [round_trips(case.sessions[i], rule, REFERENCE[0], terms.fees) for i in case.tested]
    random = np.random.default_rng(seed)
    made = [_strategy(random, trips, terms) for _ in range(strategies)]
    mid, net = (np.array(one) for one in zip(*made, strict=True))
    return Luck(strategies, sum(_skilled(deflate(one, 1, np.zeros(0))) for one in mid),
                sum(_skilled(one) for one in _counted(mid)),
                sum(_earns(one, seed) and _skilled(judged) for one, judged in zip(net, _counted(net), strict=True)))


def _strategy(random: np.random.Generator, trips: Sequence[RoundTrips],
              terms: Terms) -> tuple[list[float], list[float]]:
    """(sessions,) BRL at mid prices without fees, and net at ``REFERENCE``."""
    mid, net = [], []
    for trip in trips:
        side = np.zeros(len(trip.gain_ticks), dtype=np.int64)
        entries = random.choice(len(side), size=min(ENTRIES, len(side)), replace=False)
        side[entries] = random.choice([-1, 1], len(entries))
        rows = trade(side, trip, terms.gate)
        short, long = trip.gain_ticks[rows].T
        mid.append(float(np.nansum(side[rows] * (long - short)) / 2.0 * trip.tick_value_brl))
        net.append(float(trip.net_brl(np.where(side[rows] > 0, long, short), REFERENCE[1]).sum()))
    return mid, net


def _counted(results: Floats) -> list[Deflated]:
    """Every strategy judged as one of all of them."""
    ratios = np.array([sharpe(one) for one in results])
    return [deflate(one, len(results), ratios) for one in results]


def _skilled(found: Deflated) -> bool:
    return found.probability >= LEAST_DEFLATED


def _earns(net: Floats, seed: int) -> bool:
    return mean_figure(net, seed=seed).low > 0.0


def binomial_bound(n: int, rate: float, risk: float) -> int:
    """The smallest count that n draws at this rate exceed with at most this probability."""
    below = 0.0
    for count in range(n + 1):
        below += comb(n, count) * rate**count * (1.0 - rate) ** (n - count)
        if 1.0 - below <= risk:
            return count
    return n
