"""What an agent is, and the panel that shows each one its own inputs and turns its opinion into a vote.

An agent is a pure function of the values it declares by name: no clock, no random source, no memory. It answers
with a signal in [-1, 1] (where, and how strongly), a conviction in [0, 1] (how far the conditions allow to trust
it) and a reason. With edge = signal x conviction the vote is buy = max(edge, 0), sell = max(-edge, 0) and
hold = 1 - |edge|.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from operator import itemgetter
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from qt_app.agents.coordinator import Coordinator
from qt_app.errors import ConfigError
from qt_app.votes import Triple, Vote

Opinion = tuple[float, float, str]

NS_PER_MS = 1_000_000

#: A signal below this names no rule: nothing speaks.
QUIET = 0.05

_pull = itemgetter(1)


class Agent(Protocol):
    """One specialist. ``evaluate`` gets the values of ``inputs`` and then of ``optional``, in that order.

    A NaN among ``inputs`` makes it abstain before ``evaluate`` is called. ``optional`` names what a whole market may
    lack (brokers of an anonymous tape): NaN there silences the rule that wanted it. ``ages`` are the inputs, in ms,
    whose oldest must not exceed ``max_age_ms``.
    """

    name: str
    inputs: tuple[str, ...]
    optional: tuple[str, ...]
    ages: tuple[str, ...]
    max_age_ms: float

    def evaluate(self, values: tuple[float, ...]) -> Opinion: ...


def ramp(x: float, low: float, high: float) -> float:
    """0 up to low, 1 from high, linear between."""
    if x <= low:
        return 0.0
    return 1.0 if x >= high else (x - low) / (high - low)


def signed_ramp(x: float, low: float, high: float) -> float:
    """The ramp of |x| with the sign of x: odd in x."""
    if -low <= x <= low:
        return 0.0
    if x > 0.0:
        return 1.0 if x >= high else (x - low) / (high - low)
    return -1.0 if x <= -high else (x + low) / (high - low)


def blend(rules: tuple[tuple[str, float], ...], conviction: float) -> Opinion:
    """Join (code, weighted strength) pairs: their sum, clipped, named after the rule that pulls hardest its way."""
    total = 0.0
    for _, pull in rules:
        total += pull
    if -QUIET < total < QUIET:
        return total, conviction, "QUIET"
    if total > 0.0:
        return (total if total < 1.0 else 1.0), conviction, "BUY " + max(rules, key=_pull)[0]
    return (total if total > -1.0 else -1.0), conviction, "SELL " + min(rules, key=_pull)[0]


def triple(signal: float, conviction: float) -> Triple:
    """(sell, hold, buy) of an opinion; mirrors exactly, and hold falls as conviction grows."""
    edge = min(1.0, max(-1.0, signal)) * min(1.0, max(0.0, conviction))
    if edge >= 0.0:
        return 0.0, 1.0 - edge, edge
    return -edge, 1.0 + edge, 0.0


class _Seat:
    """One agent with its columns resolved."""

    __slots__ = ("ages", "declared", "evaluate", "inputs", "max_age_ms", "name", "optional", "required")

    def __init__(self, agent: Agent, columns: dict[str, int]) -> None:
        self.name = agent.name
        self.inputs = agent.inputs
        self.evaluate = agent.evaluate
        self.max_age_ms = agent.max_age_ms
        self.declared = frozenset(agent.inputs + agent.optional)
        self.required = _picker([_column(agent, name, columns) for name in agent.inputs])
        self.optional = _picker([_column(agent, name, columns) for name in agent.optional])
        self.ages = {name: _column(agent, name, columns) for name in agent.ages}
        if not agent.ages or not self.declared.issuperset(agent.ages):
            raise ConfigError(f"agent {agent.name} must declare the age of its data among its inputs")

    def vote(self, values: list[float], frozen: frozenset[str]) -> Vote:
        oldest = max([values[column] for column in self.ages.values()])
        age_ns = round(oldest * NS_PER_MS) if isfinite(oldest) else -1
        if oldest > self.max_age_ms:
            return Vote(self.name, None, age_ns, self._stale(values, oldest))
        required = self.required(values)
        if not isfinite(sum(required)):
            return Vote(self.name, None, age_ns, self._unknown(required))
        if frozen and not self.declared.isdisjoint(frozen):
            return Vote(self.name, None, age_ns, f"FROZEN {min(self.declared & frozen)}")
        signal, conviction, reason = self.evaluate(required + self.optional(values))
        return Vote(self.name, triple(signal, conviction), age_ns, reason)

    def _stale(self, values: list[float], oldest: float) -> str:
        name = next(n for n, column in self.ages.items() if values[column] == oldest)
        return f"STALE {name.removesuffix('_age_ms')} {oldest / 1000.0:.1f} s"

    def _unknown(self, required: tuple[float, ...]) -> str:
        name = next(n for n, v in zip(self.inputs, required, strict=True) if not isfinite(v))
        return f"NAN {name}"


def _picker(columns: list[int]) -> Callable[[list[float]], tuple[float, ...]]:
    """A function from the joined row to the tuple of some of its columns."""
    if len(columns) > 1:
        return itemgetter(*columns)
    return lambda values: tuple(values[column] for column in columns)


def _column(agent: Agent, name: str, columns: dict[str, int]) -> int:
    if name not in columns:
        raise ConfigError(f"agent {agent.name} declares the input {name!r}, which is neither a feature nor a reading: "
                          "correct its declaration")
    return columns[name]


class AgentPanel:
    """The agents at one table: a row of features and a row of readings in, one vote each and their weights out.

    ``frozen`` names features that stopped moving: who declared one abstains until it is taken out again.
    Raises ConfigError for a declared input that does not exist and for two agents of one name.
    """

    def __init__(self, agents: Sequence[Agent], feature_names: Sequence[str], reading_names: Sequence[str],
                 coordinator: Coordinator | None = None) -> None:
        names = (*feature_names, *reading_names)
        columns = {name: column for column, name in enumerate(names)}
        if len(columns) != len(names):
            raise ConfigError("features and readings share a name: rename one")
        if len({agent.name for agent in agents}) != len(agents):
            raise ConfigError("two agents have the same name: rename one")
        self.agents = tuple(agents)
        self.feature_names = tuple(feature_names)
        self.reading_names = tuple(reading_names)
        self.frozen: frozenset[str] = frozenset()
        self.coordinator = coordinator or Coordinator(tuple(agent.name for agent in agents), feature_names)
        self._seats = tuple(_Seat(agent, columns) for agent in agents)

    def votes(self, row: NDArray[np.float64], readings: NDArray[np.float64]
              ) -> tuple[tuple[Vote, ...], tuple[float, ...]]:
        """One vote per agent, in the order given, and the coordinator's weights in the same order."""
        values: list[float] = row.tolist()
        weights = self.coordinator.weights(values)
        values += readings.tolist()
        frozen = self.frozen
        return tuple([seat.vote(values, frozen) for seat in self._seats]), weights
