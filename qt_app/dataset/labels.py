"""Labels by executable prices: what a round trip begun at each decision instant would have earned, long and short.

The triple-barrier method of López de Prado (2018), chapter 3, on the quote path instead of a price series: an entry
pays the spread, a stop that the market reaches becomes a market order and needs the latency once more, a target is a
limit order that fills when the opposite quote is there, and at the time limit the position is closed at the touch.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.search import first_at_or_below
from qt_app.dataset.session import Floats, Ints, LabelRule, Labels, Quotes, SessionRows
from qt_app.dataset.weights import average_uniqueness
from qt_app.risk.intent import ProfitTarget, ProtectiveStop
from qt_app.votes import ACTIONS
from qt_core.features.registry import NAMES

SELL, HOLD, BUY = (ACTIONS.index(action) for action in ACTIONS)

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000

Mask = NDArray[np.bool_]

#: A price that no market has, in ticks: where a quote is missing it is never reached.
_NEVER = np.int32(1 << 30)


def label(session: SessionRows, rule: LabelRule, inputs: Sequence[str] = NAMES) -> Labels:
    """Labels of a session's rows. ``inputs`` are the features that must be known: a row with one missing is dropped."""
    window = _window(session, rule)
    long, short = outcomes(session, rule)
    known = np.isfinite(session.rows[:, [NAMES.index(name) for name in inputs]]).all(axis=1)
    resolved = long.known & short.known & known
    end_ns = np.where(resolved, np.maximum(long.end_ns, short.end_ns), window.limit_ns)
    weight = np.zeros(len(session))
    weight[resolved] = average_uniqueness(session.ts_ns[resolved], end_ns[resolved])
    ups, downs = np.where(resolved, long.gain, np.nan), np.where(resolved, short.gain, np.nan)
    return Labels(_classes(ups, downs, rule.dead_zone_ticks), resolved, end_ns, ups, downs, weight)


def _classes(long: Floats, short: Floats, dead_zone: float) -> Ints:
    """The side that earns more, if it earns more than the dead zone; hold when both earn the same, or nothing."""
    labels = np.full(len(long), HOLD, dtype=np.int64)
    labels[(long > dead_zone) & ~(short >= long)] = BUY
    labels[(short > dead_zone) & ~(long >= short)] = SELL
    return labels


@dataclass(frozen=True, slots=True)
class _Window:
    """From the fill of the entry to the time limit, UTC ns (n,); ``whole``: the data and the session reach so far.

    Rows whose window is cut are dropped even if a barrier lies in it: near the end only the wild ones would stay.
    """

    enter_ns: Ints
    limit_ns: Ints
    whole: Mask
    known_to: int


def _window(session: SessionRows, rule: LabelRule) -> _Window:
    flat_ns = session.close_ns - (round(rule.flat_by_s * NS_PER_S) if session.bounded else 0)
    enter = session.ts_ns + round(rule.latency_ms * NS_PER_MS)
    limit = enter + round(rule.horizon_s * NS_PER_S)
    if rule.kind == "barrier":
        limit = np.minimum(limit, flat_ns)
    known_to = max((int(ts[-1]) for ts in (session.ts_ns, session.quotes.ts_ns) if len(ts)), default=0)
    return _Window(enter, limit, (enter < limit) & (limit <= min(flat_ns, known_to)), known_to)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One side's round trips (n,): gross gain in ticks, when it was known, whether it ended within the data."""

    gain: Floats
    end_ns: Ints
    known: Mask


def outcomes(session: SessionRows, rule: LabelRule) -> tuple[Outcome, Outcome]:
    """Long and short round trips begun at each row, whatever its inputs."""
    window = _window(session, rule)
    long, short = (_outcome(session.quotes, rule, window, side) for side in (1, -1))
    return long, short


def _outcome(quotes: Quotes, rule: LabelRule, window: _Window, side: int) -> Outcome:
    """Prices are multiplied by the side, so that a short sale is a purchase in the mirror."""
    entry = _touch(quotes, window.enter_ns, side)
    barrier = _first_barrier(quotes, rule, window, side, entry)
    stopped_ns = barrier.at_ns + round(rule.latency_ms * NS_PER_MS)
    end_ns = np.select([barrier.stop, barrier.target], [stopped_ns, barrier.at_ns], window.limit_ns)
    leave = np.where(barrier.target, side * barrier.price, side * _touch(quotes, end_ns, -side))
    known = window.whole & (entry > 0) & (leave != 0) & (end_ns <= window.known_to)
    return Outcome((leave - side * entry).astype(np.float64), end_ns, known)


def _touch(quotes: Quotes, ts_ns: Ints, side: int) -> Ints:
    """The price at which an order of this side trades at each instant, ticks; 0 where there is none."""
    bid, ask = quotes.at(ts_ns)
    return (ask if side > 0 else bid).astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Barriers:
    """Which barrier came first, if one did, and when; ``price`` is the target's, in ticks."""

    stop: Mask
    target: Mask
    at_ns: Ints
    price: Ints


def _first_barrier(quotes: Quotes, rule: LabelRule, window: _Window, side: int, entry: Ints) -> _Barriers:
    first = np.maximum(np.searchsorted(quotes.ts_ns, window.enter_ns, side="right") - 1, 0)
    end = np.maximum(np.searchsorted(quotes.ts_ns, window.limit_ns, side="left"), first)
    path = quotes.bid if side > 0 else quotes.ask
    missing, out = path == 0, np.int32(side) * path
    stop, target = end, end
    price = np.zeros_like(entry)
    if rule.stop:
        trigger = _levels(entry, lambda e: ProtectiveStop.at_loss(side, e, rule.stop, 0).trigger)
        stop = first_at_or_below(np.where(missing, _NEVER, out), first, end, side * trigger)
    if rule.target:
        price = _levels(entry, lambda e: ProfitTarget.at_gain(side, e, rule.target).price)
        target = first_at_or_below(np.where(missing, _NEVER, -out), first, end, -side * price)
    reached = np.minimum(stop, target)
    at_ns = np.maximum(quotes.ts_ns[np.minimum(reached, len(path) - 1)], window.enter_ns) if len(path) else end
    return _Barriers((stop < target) & (stop < end), (target < stop) & (target < end), at_ns, price)


def _levels(entry: Ints, level: Callable[[Fraction], int]) -> Ints:
    """The live code's own price of a leg for each entry; 0 where there was no entry."""
    prices, which = np.unique(entry, return_inverse=True)
    return np.array([level(Fraction(int(price))) if price > 0 else 0 for price in prices], dtype=np.int64)[which]
