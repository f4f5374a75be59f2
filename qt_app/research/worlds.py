"""Sessions of known truth, fast to make: a tape and quotes out of NumPy, fed through the live engine.

A hidden pressure s in (-1, 1) comes and goes. It leans the aggressors: a print is a purchase with probability
(1 + lean x s) / 2, so the order-flow imbalances of the 65 features see it. With an ``edge`` it leads the price as
well: the best prices step by single ticks, up with probability (1 + drift x s) / 2, such that a minute at s = 1 is
worth ``edge`` ticks on average. Without one the price is a martingale on the tick grid, whatever the flow says, and no
rule earns anything before costs. All of it is marked synthetic.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import orjson
from numpy.typing import NDArray

from qt_app.calendar import bounds
from qt_app.dataset.build import Instants, build
from qt_app.dataset.generate import trading_days
from qt_app.dataset.labels import label
from qt_app.dataset.session import Floats, Ints, LabelRule, SessionRows
from qt_app.errors import DataError
from qt_app.fees import round_trip_brl
from qt_app.instruments import instrument
from qt_app.replay.reader import Events, Recording
from qt_core._types import EVENT_DTYPE, Kind, TradeType
from qt_core.features.registry import NAMES

NS = 1_000_000_000
SYMBOL = "WDOZ26"
FIRST_DAY = "2026-08-03"
START_TICKS = 10_400
#: A decision at the end of each candle of five seconds.
EVERY_CANDLE = Instants(5 * NS, 5 * NS)


@dataclass(frozen=True, slots=True)
class World:
    """What a session is made of. ``edge`` is in ticks a minute at full pressure, before spread and fees."""

    edge: float = 0.0
    seconds: int = 12_000
    half_life_s: float = 180.0      # of the pressure
    lean: float = 0.8               # of the aggressors
    prints_per_s: float = 2.0
    steps_per_s: float = 0.5        # of the price
    spread_ticks: int = 1
    instants: Instants = EVERY_CANDLE

    def __post_init__(self) -> None:
        if not 0 <= self.edge <= self.most():
            raise DataError(f"edge of {self.edge:g} ticks a minute is out of range; give 0 to {self.most():g}")

    def most(self) -> float:
        """Ticks a minute when every step goes with the pressure."""
        return 60.0 * self.steps_per_s


def planted(n: int, seed: int, edge: float = 8.0, world: World | None = None) -> list[SessionRows]:
    """``n`` sessions on successive trading days whose order flow leads the price by ``edge`` ticks a minute."""
    return list(sessions(n, seed, replace(world or World(), edge=edge)))


def random_walk(n: int, seed: int, world: World | None = None) -> list[SessionRows]:
    """``n`` sessions whose price owes nothing to anything."""
    return list(sessions(n, seed, replace(world or World(), edge=0.0)))


def sessions(n: int, seed: int, world: World) -> Iterator[SessionRows]:
    """The same sessions for the same arguments, one at a time."""
    for at, day in enumerate(trading_days(FIRST_DAY, n)):
        made = recording(world, day, np.random.default_rng((seed, at)))
        yield from build(made, world.instants, source=f"world of edge {world.edge:g}, seed {seed}, session {at + 1}")


def minute_rule(day: str = FIRST_DAY) -> LabelRule:
    """A round trip of one minute at once; its dead zone is what a round trip costs."""
    contract = instrument(SYMBOL)
    costs = round_trip_brl(contract, day, 1) / contract.tick_value_brl
    return LabelRule("horizon", 60.0, 0.0, costs, costs)


# -- events


def recording(world: World, day: dt.date, rng: np.random.Generator) -> Recording:
    """One session's prints and quotes, as if recorded."""
    contract = instrument(SYMBOL)
    open_ns, close_ns = bounds(contract.root, day)
    pressure = _pressure(world, rng)
    quotes = _quotes(world, pressure, rng)
    events = _in_order(quotes, _prints(world, pressure, quotes, rng))
    events["ts_ns"] += open_ns
    events["exch_ns"] = events["ts_ns"]
    metadata = {"sessions": orjson.dumps([(open_ns, close_ns)]).decode(), "calendar": "b3"}
    return Recording(events, np.arange(1, len(events) + 1), SYMBOL, contract.tick, contract.qty_step, "made", True,
                     metadata, (), "seq", 0)


def _pressure(world: World, rng: np.random.Generator) -> Floats:
    """(seconds,) of the hidden pressure: the tanh of an Ornstein-Uhlenbeck process of unit variance."""
    keep = 0.5 ** (1.0 / world.half_life_s)
    shocks = rng.normal(size=world.seconds) * np.sqrt(1.0 - keep * keep)
    state, out = float(rng.normal()), np.empty(world.seconds)
    for at, shock in enumerate(shocks):
        state = keep * state + shock
        out[at] = state
    return np.tanh(out)


def _quotes(world: World, pressure: Floats, rng: np.random.Generator) -> Events:
    """A quote at the open, then one per step of the price."""
    at_ns = np.concatenate([[0], _times(world.steps_per_s, world.seconds, rng)])
    drift = world.edge / world.most()
    up = rng.random(len(at_ns)) < (1.0 + drift * pressure[at_ns // NS]) / 2.0
    steps = np.where(up, 1, -1)
    steps[0] = 0
    events = _blank(at_ns, Kind.QUOTE)
    events["price"] = START_TICKS + np.cumsum(steps)
    events["a"] = events["price"] + world.spread_ticks
    events["qty"], events["id"] = rng.integers(5, 60, (2, len(at_ns)))
    return events


def _prints(world: World, pressure: Floats, quotes: Events, rng: np.random.Generator) -> Events:
    at_ns = _times(world.prints_per_s, world.seconds, rng)
    buys = rng.random(len(at_ns)) < (1.0 + world.lean * pressure[at_ns // NS]) / 2.0
    stands = quotes[np.searchsorted(quotes["ts_ns"], at_ns, side="right") - 1]
    events = _blank(at_ns, Kind.TRADE)
    events["price"] = np.where(buys, stands["a"], stands["price"])
    events["side"] = np.where(buys, 1, -1)
    events["code"] = np.where(buys, TradeType.BUY, TradeType.SELL)
    events["qty"] = rng.geometric(0.35, len(at_ns))
    events["a"], events["b"] = rng.integers(1, 9, (2, len(at_ns)))
    events["id"] = 10 * np.arange(1, len(at_ns) + 1)
    return events


def _times(per_s: float, seconds: int, rng: np.random.Generator) -> Ints:
    """Instants of a Poisson process, ns after the open, to the millisecond."""
    return np.sort(rng.integers(1, seconds * 1000, rng.poisson(per_s * seconds))).astype(np.int64) * 1_000_000


def _blank(at_ns: Ints, kind: Kind) -> Events:
    events = np.zeros(len(at_ns), EVENT_DTYPE)
    events["ts_ns"], events["kind"], events["pos"] = at_ns, kind, -1
    return events


def _in_order(quotes: Events, prints: Events) -> Events:
    """By time; of one instant the quotes first, for the prints met them."""
    events = np.concatenate([quotes, prints])
    ordered: NDArray[np.void] = events[np.argsort(events["ts_ns"], kind="stable")]
    return ordered


# -- what an audit must find


def leaking(session: SessionRows, name: str, rule: LabelRule, noise: float = 0.0, seed: int = 0) -> SessionRows:
    """The session with one feature that peeks: what a purchase will have gained more than a sale, plus noise, in ticks.

    Raises DataError for a name that is none of the 65.
    """
    if name not in NAMES:
        raise DataError(f"feature {name!r} is none of the 65; see `qt features --help`")
    outcome = label(session, rule)
    future = (outcome.long_ticks - outcome.short_ticks) / 2.0
    rows = session.rows.copy()
    rows[:, NAMES.index(name)] = future + noise * np.random.default_rng(seed).normal(size=len(rows))
    return replace(session, rows=rows)
