"""The upper level: weights of the agents by market regime, from one table. A pure function of two features."""
from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import Literal

from qt_app.errors import ConfigError

Regime = Literal["quiet", "normal", "trending", "volatile", "unknown"]

#: Agents in the order of the table's columns.
AGENTS = ("order_flow", "liquidity", "tape_reading", "footprint")

#: Weights by regime; every row sums to 1. Normal is the default, and unknown takes it.
WEIGHTS: dict[Regime, tuple[float, float, float, float]] = {
    "unknown": (0.30, 0.20, 0.25, 0.25),
    "normal": (0.30, 0.20, 0.25, 0.25),
    "quiet": (0.25, 0.30, 0.20, 0.25),      # little flow: what rests in the book says more
    "trending": (0.35, 0.15, 0.25, 0.25),   # flow leads, resting orders get run over
    "volatile": (0.30, 0.10, 0.30, 0.30),   # quotes flicker
}

VOLATILITY = "volatility_ratio_20"  # volatility over 20 candles / over 50
TREND = "sharpe_20"                 # return over 20 candles in units of its own deviation

VOLATILE_RATIO = 1.3    # short volatility this many times the longer one (about one candle in twenty)
QUIET_RATIO = 0.8       # and this much below it
TREND_DEVIATIONS = 1.5  # a move this far outside what volatility alone explains


def regime(volatility_ratio: float, trend: float) -> Regime:
    """Volatile before trending before quiet, else normal; unknown when an input is NaN."""
    if isnan(volatility_ratio) or isnan(trend):
        return "unknown"
    if volatility_ratio >= VOLATILE_RATIO:
        return "volatile"
    if abs(trend) >= TREND_DEVIATIONS:
        return "trending"
    return "quiet" if volatility_ratio <= QUIET_RATIO else "normal"


class Coordinator:
    """Gives each agent its weight. Agents outside the table share equally, as no regime says anything of them.

    Raises ConfigError when a feature it declares does not exist.
    """

    inputs: tuple[str, ...] = (VOLATILITY, TREND)

    def __init__(self, agents: tuple[str, ...], feature_names: Sequence[str]) -> None:
        missing = [name for name in self.inputs if name not in feature_names]
        if missing:
            raise ConfigError(f"the coordinator declares the feature {missing[0]!r}, which does not exist: correct it")
        self._volatility = feature_names.index(VOLATILITY)
        self._trend = feature_names.index(TREND)
        self._table = {name: _row(agents, row) for name, row in WEIGHTS.items()}

    def weights(self, values: Sequence[float]) -> tuple[float, ...]:
        """Weights in the order of the agents, summing to 1, for a row of features."""
        return self._table[regime(values[self._volatility], values[self._trend])]


def _row(agents: tuple[str, ...], row: tuple[float, ...]) -> tuple[float, ...]:
    if set(agents) == set(AGENTS):
        return tuple(row[AGENTS.index(agent)] for agent in agents)
    return tuple(1.0 / len(agents) for _ in agents)
