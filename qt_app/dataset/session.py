"""One session as research sees it: what the live code knew at each decision instant, and the tradable prices."""
from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from qt_app.errors import ConfigError
from qt_app.fees import Day, Fees
from qt_app.instruments import Instrument
from qt_app.risk.limits import Limits

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: Longer than any session: a position is then held until flat-by.
DAY_S = 86_400.0
#: The account's fees without brokerage; where no table covers an instrument they count as zero, as in a replay.
FREE_ELSEWHERE = Fees(other_side_brl=0.0)

KINDS = ("barrier", "horizon")
#: Lowest and highest value of each number of a rule.
RANGES = {"horizon_s": (0.001, DAY_S), "latency_ms": (0.0, 60_000.0), "cost_ticks": (0.0, 1e6),
          "dead_zone_ticks": (0.0, 1e6), "stop": (0.0, 0.5), "target": (0.0, 0.5), "flat_by_s": (0.0, DAY_S)}


@dataclass(frozen=True, slots=True)
class Quotes:
    """The best prices at every change, as one could have seen them: (m,) each, ``ts_ns`` ascending.

    ``bid`` and ``ask`` are in ticks, 0 where that side was empty or the market not in continuous trading.
    """

    ts_ns: Ints
    bid: NDArray[np.int32]
    ask: NDArray[np.int32]

    def at(self, ts_ns: Ints) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(bid, ask) that stood at each instant: the last change not later than it; 0 before the first."""
        found = np.searchsorted(self.ts_ns, ts_ns, side="right")
        return _after_nothing(self.bid)[found], _after_nothing(self.ask)[found]


def _after_nothing(prices: NDArray[np.int32]) -> NDArray[np.int32]:
    return np.concatenate([np.zeros(1, np.int32), prices])


@dataclass(frozen=True, slots=True)
class SessionRows:
    """One session of one contract, made by the live engine from a recording or from the simulated exchange.

    ``ts_ns`` (n,) decision instants, ascending, UTC ns; ``rows`` (n, 65) the features at each, NaN where invalid;
    ``readings`` (n, r) what the agents read; ``open_ns`` and ``close_ns`` the session's continuous trading. ``digest``
    names the content: SHA-256 over the events that it was made from, equal for equal events wherever they lie.
    """

    symbol: str
    day: str                        # ISO date of the session in Sao Paulo
    open_ns: int
    close_ns: int
    tick: tuple[int, int]           # points of one tick, as a fraction
    tick_value_brl: float           # of one lot
    schema_id: str
    synthetic: bool
    digest: str
    source: str                     # where it came from, for people
    ts_ns: Ints
    rows: Floats
    readings: Floats
    quotes: Quotes
    bounded: bool = True            # False: no calendar knows a close, and ``close_ns`` is where the events end

    def __len__(self) -> int:
        return len(self.ts_ns)


@dataclass(frozen=True, slots=True)
class LabelRule:
    """How a decision instant is labelled, by prices that one could have traded at.

    An order decided at t meets the quotes of t + ``latency_ms``: long enters at the ask, leaves at the bid, short the
    other way. ``barrier``: by the first of stop, target and time limit; ``horizon``: by the time limit alone. A class
    other than hold needs more than ``dead_zone_ticks`` of gross gain, at least ``cost_ticks``, the round trip's fees.
    Raises ConfigError for a rule that cannot be, such as a dead zone that a losing round trip would leave.
    """

    kind: Literal["barrier", "horizon"]
    horizon_s: float
    latency_ms: float
    cost_ticks: float
    dead_zone_ticks: float
    stop: float = 0.0               # fraction of the entry price, as the risk setting; 0 = none
    target: float = 0.0
    flat_by_s: float = 0.0          # before a calendar's close: what is open then is closed, as the risk setting says

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"labels of kind {self.kind!r} are unknown; give {' or '.join(KINDS)}")
        for name, (low, high) in RANGES.items():
            value = getattr(self, name)
            if not (math.isfinite(value) and low <= value <= high):
                raise ConfigError(f"{name} {value!r} of the labels is out of range; give {low:g} to {high:g}")
        if self.dead_zone_ticks < self.cost_ticks:
            raise ConfigError(f"dead zone of {self.dead_zone_ticks:g} ticks is less than the {self.cost_ticks:g} ticks "
                              "that a round trip costs; give at least those")
        if self.kind == "barrier" and not (self.stop or self.target):
            raise ConfigError("labels by barriers need a stop or a target; give one, or label by horizon")

    @classmethod
    def of(cls, limits: Limits, contract: Instrument, day: Day, *, kind: Literal["barrier", "horizon"] = "barrier",
           horizon_s: float = DAY_S, latency_ms: float = 0.0, fees: Fees = FREE_ELSEWHERE,
           dead_zone_ticks: float | None = None) -> Self:
        """The rule of the risk settings: their stop and target, and flat-by as the time limit of a position.

        ``horizon_s`` is a shorter limit, ``fees`` what the account pays on that day; the dead zone defaults to them.
        A trailing or break-even stop is left out: it may only shorten a loss or a gain that this rule counts in full.
        """
        costs = fees.round_trip_brl(contract, day, contract.min_lots) / (contract.min_lots * contract.tick_value_brl)
        legs = (limits.stop_loss, limits.take_profit) if kind == "barrier" else (0.0, 0.0)
        return cls(kind, horizon_s, latency_ms, costs, costs if dead_zone_ticks is None else dead_zone_ticks, *legs,
                   flat_by_s=60.0 * limits.flat_by_minutes)


@dataclass(frozen=True, slots=True)
class Labels:
    """What a rule makes of a session: (n,) each, rows as in ``SessionRows``.

    ``label``: index into ``votes.ACTIONS`` (sell, hold, buy). ``resolved``: False where the time limit lies beyond the
    data, a quote was missing or an input was NaN; such rows are dropped, never guessed. ``end_ns``: when the later of
    both sides' outcomes was known. ``long_ticks`` and ``short_ticks``: gross gain of one round trip, NaN where
    unresolved. ``weight``: average uniqueness of the label's span (López de Prado 2018, 4.4), in (0, 1]; 0 where
    unresolved.
    """

    label: NDArray[np.int64]
    resolved: NDArray[np.bool_]
    end_ns: Ints
    long_ticks: Floats
    short_ticks: Floats
    weight: Floats
