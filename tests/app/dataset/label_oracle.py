"""The labels once more, one row and one quote at a time, as slow and as plain as can be."""
from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from qt_app.dataset.session import LabelRule, SessionRows

NS = 1_000_000_000


def changes(session: SessionRows) -> list[tuple[int, int, int]]:
    q = session.quotes
    return list(zip(q.ts_ns.tolist(), q.bid.tolist(), q.ask.tolist(), strict=True))


def quote_at(session: SessionRows, ts_ns: int) -> tuple[int, int]:
    found = (0, 0)
    for ts, bid, ask in changes(session):
        if ts <= ts_ns:
            found = (bid, ask)
    return found


def round_trip(session: SessionRows, rule: LabelRule, ts_ns: int, side: int) -> tuple[float, int] | None:
    """(gross ticks, when it was known), None where that cannot be said."""
    latency = round(rule.latency_ms * 1e6)
    enter = ts_ns + latency
    flat = session.close_ns - (round(rule.flat_by_s * NS) if session.bounded else 0)
    limit = enter + round(rule.horizon_s * NS)
    known_to = int(session.ts_ns[-1])
    if len(session.quotes.ts_ns):
        known_to = max(known_to, int(session.quotes.ts_ns[-1]))
    if rule.kind == "barrier":
        limit = min(limit, flat)
    if enter >= limit or limit > flat or limit > known_to:
        return None
    bid, ask = quote_at(session, enter)
    entry = ask if side > 0 else bid
    if entry == 0:
        return None
    seen = [(enter, bid if side > 0 else ask)]
    for ts, b, a in changes(session):
        if enter < ts < limit:
            seen.append((ts, b if side > 0 else a))
    for ts, price in seen:
        if price == 0:
            continue
        if rule.stop and side * (price - stop_price(entry, side, rule.stop)) <= 0:
            return leave_at(session, ts + latency, side, entry, known_to)
        if rule.target and side * (price - target_price(entry, side, rule.target)) >= 0:
            return float(side * (target_price(entry, side, rule.target) - entry)), ts
    return leave_at(session, limit, side, entry, known_to)


def leave_at(session: SessionRows, ts_ns: int, side: int, entry: int, known_to: int) -> tuple[float, int] | None:
    bid, ask = quote_at(session, ts_ns)
    price = bid if side > 0 else ask
    return None if price == 0 or ts_ns > known_to else (float(side * (price - entry)), ts_ns)


def stop_price(entry: int, side: int, fraction: float) -> int:
    exact = entry * (1 - side * Fraction(repr(fraction)))
    return min(math.ceil(exact), entry - 1) if side > 0 else max(math.floor(exact), entry + 1)


def target_price(entry: int, side: int, fraction: float) -> int:
    exact = entry * (1 + side * Fraction(repr(fraction)))
    return max(math.ceil(exact), entry + 1) if side > 0 else min(math.floor(exact), entry - 1)


def labels(session: SessionRows, rule: LabelRule) -> list[tuple[int, float, float, int] | None]:
    """(class, long, short, end) of each row, None where it is dropped."""
    out: list[tuple[int, float, float, int] | None] = []
    for ts, row in zip(session.ts_ns, session.rows, strict=True):
        both = [round_trip(session, rule, int(ts), side) for side in (1, -1)]
        if both[0] is None or both[1] is None or np.isnan(row).any():
            out.append(None)
            continue
        (long, long_end), (short, short_end) = both
        kind = 1
        if long > rule.dead_zone_ticks and long > short:
            kind = 2
        if short > rule.dead_zone_ticks and short > long:
            kind = 0
        out.append((kind, long, short, max(long_end, short_end)))
    return out


def uniqueness(start_ns: list[int], end_ns: list[int]) -> list[float]:
    """Nanosecond by nanosecond."""
    out = []
    for start, end in zip(start_ns, end_ns, strict=True):
        alive = [sum(s <= t < e for s, e in zip(start_ns, end_ns, strict=True)) for t in range(start, end)]
        out.append(float(np.mean([1 / count for count in alive])))
    return out
