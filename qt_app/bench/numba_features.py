"""The feature peer: the same 65 values, kept incrementally by numba-compiled code.

Written for the benchmark alone, the way a careful user of numba would: circular buffers, sliding sums, no objects.
``state`` is a tuple of arrays; ``update`` takes one candle and the prints inside it and fills one row.
"""
# ruff: noqa: PLR0917
from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BROKERS = 128
CANDLES = 256
PRINTS = 128
TIMES = 1 << 15
NS = 1_000_000_000
DAY_NS = 86_400 * NS

# Slots of the integer counters.
N_CANDLES, N_PRINTS, TIME_TAIL, TURN_SUM = range(4)
# Slots of the sliding sums.
(R10, R20, R50, R100, R200, Q10, Q20, Q50, Q100, Q200, GK, RV, V20, V50, V100, W20, W50, W100, C5, C20, C50, D20,
 B10, B20, B50, B100, S10, S20, S50, S100, CUM_B, CUM_S, INT) = range(33)


def new_state() -> tuple[NDArray[Any], ...]:
    """Empty state: candle columns, sums, counters, broker tables, prints, print times."""
    return (
        np.zeros((8, CANDLES)),                       # close, return, gk, V, B, S, r*V, intensity
        np.zeros(33),
        np.zeros(4, np.int64),
        np.zeros((4, BROKERS)),                       # bought, sold, net bought, net sold over the last 100
        np.zeros((4, PRINTS), np.int64),              # buyer, seller, qty, changes
        np.zeros(TIMES, np.int64),
    )


@njit(cache=True, error_model="numpy")
def _slide(sums, slot, column, k, n, value):  # type: ignore[no-untyped-def]
    """Add the newest value; drop the one that leaves an n-candle window."""
    sums[slot] += value
    if k >= n:
        sums[slot] -= column[(k - n) & (CANDLES - 1)]


@njit(cache=True, error_model="numpy")
def _slide_square(sums, slot, column, k, n, value, shift):  # type: ignore[no-untyped-def]
    sums[slot] += (value - shift) * (value - shift)
    if k >= n:
        old = column[(k - n) & (CANDLES - 1)] - shift
        sums[slot] -= old * old


@njit(cache=True, error_model="numpy")
def _std(total, square, n):  # type: ignore[no-untyped-def]
    variance = (square - total * total / n) / (n - 1)
    return math.sqrt(variance) if variance > 0 else 0.0


@njit(cache=True, error_model="numpy")
def _print(state, buyer, seller, qty, ts):  # type: ignore[no-untyped-def]
    _, _, counters, brokers, prints, times = state
    n = counters[N_PRINTS]
    slot = n & (PRINTS - 1)
    changes = 0
    if n > 0:
        before = (n - 1) & (PRINTS - 1)
        changes = int(prints[0, before] != buyer) + int(prints[1, before] != seller)
    if n >= 100:
        old = (n - 100) & (PRINTS - 1)
        brokers[2, prints[0, old]] -= prints[2, old]
        brokers[2, prints[1, old]] += prints[2, old]
        counters[TURN_SUM] -= prints[3, old]
    prints[0, slot] = buyer
    prints[1, slot] = seller
    prints[2, slot] = qty
    prints[3, slot] = changes
    counters[TURN_SUM] += changes
    brokers[0, buyer] += qty
    brokers[1, seller] += qty
    brokers[2, buyer] += qty
    brokers[2, seller] -= qty
    times[n & (TIMES - 1)] = ts
    counters[N_PRINTS] = n + 1


@njit(cache=True, error_model="numpy")
def _top(totals, net, sign, row, first):  # type: ignore[no-untyped-def]
    """Flags of the five largest brokers, found in one pass; ties go to the lower code."""
    v0 = v1 = v2 = v3 = v4 = 0.0
    c0 = c1 = c2 = c3 = c4 = -1
    for code in range(totals.shape[0]):
        value = totals[code]
        if value <= v4:
            continue
        v4, c4 = value, code
        if v4 > v3:
            v3, c3, v4, c4 = v4, c4, v3, c3
        if v3 > v2:
            v2, c2, v3, c3 = v3, c3, v2, c2
        if v2 > v1:
            v1, c1, v2, c2 = v2, c2, v1, c1
        if v1 > v0:
            v0, c0, v1, c1 = v1, c1, v0, c0
    count = 0.0
    for rank, code in enumerate((c0, c1, c2, c3, c4)):
        row[first + rank] = 1.0 if code >= 0 and sign * net[code] > 0 else 0.0
        count += row[first + rank]
    return count


@njit(cache=True, error_model="numpy")
def update(state, open_, high, low, close, volume, bought, sold,  # type: ignore[no-untyped-def]  # noqa: PLR0915
           buyers, sellers, qtys, aggressors, times_in, t, start, end, row):
    """One candle with its prints; writes the 65 values at time ``t`` (session start..end, UTC−3) into ``row``."""
    columns, s, counters, brokers, prints, times = state
    for i in range(buyers.shape[0]):
        _print(state, buyers[i], sellers[i], qtys[i], times_in[i])
    k = counters[N_CANDLES]
    at = k & (CANDLES - 1)
    r = close / columns[0, (k - 1) & (CANDLES - 1)] - 1.0 if k > 0 else 0.0
    hl = math.log(high / low)
    co = math.log(close / open_)
    gk = 0.5 * hl * hl - (2.0 * math.log(2.0) - 1.0) * co * co
    _slide(s, C5, columns[0], k, 5, close)
    _slide(s, C20, columns[0], k, 20, close)
    _slide(s, C50, columns[0], k, 50, close)
    _slide(s, GK, columns[2], k, 20, gk)
    _slide(s, V20, columns[3], k, 20, volume)
    _slide(s, V50, columns[3], k, 50, volume)
    _slide(s, V100, columns[3], k, 100, volume)
    _slide_square(s, W20, columns[3], k, 20, volume, 0.0)
    _slide_square(s, W50, columns[3], k, 50, volume, 0.0)
    _slide_square(s, W100, columns[3], k, 100, volume, 0.0)
    _slide(s, B10, columns[4], k, 10, bought)
    _slide(s, B20, columns[4], k, 20, bought)
    _slide(s, B50, columns[4], k, 50, bought)
    _slide(s, B100, columns[4], k, 100, bought)
    _slide(s, S10, columns[5], k, 10, sold)
    _slide(s, S20, columns[5], k, 20, sold)
    _slide(s, S50, columns[5], k, 50, sold)
    _slide(s, S100, columns[5], k, 100, sold)
    _slide(s, R10, columns[1], k, 10, r)
    _slide(s, R20, columns[1], k, 20, r)
    _slide(s, R50, columns[1], k, 50, r)
    _slide(s, R100, columns[1], k, 100, r)
    _slide(s, R200, columns[1], k, 200, r)
    _slide_square(s, Q10, columns[1], k, 10, r, 0.0)
    _slide_square(s, Q20, columns[1], k, 20, r, 0.0)
    _slide_square(s, Q50, columns[1], k, 50, r, 0.0)
    _slide_square(s, Q100, columns[1], k, 100, r, 0.0)
    _slide_square(s, Q200, columns[1], k, 200, r, 0.0)
    _slide(s, RV, columns[6], k, 20, r * volume)
    s[CUM_B] += bought
    s[CUM_S] += sold
    n = counters[N_PRINTS]
    tail = counters[TIME_TAIL]
    while tail < n and times[tail & (TIMES - 1)] <= t - 60 * NS:
        tail += 1
    counters[TIME_TAIL] = tail
    intensity = (n - tail) / 60.0
    _slide(s, INT, columns[7], k, 100, intensity)
    columns[0, at] = close
    columns[1, at] = r
    columns[2, at] = gk
    columns[3, at] = volume
    columns[4, at] = bought
    columns[5, at] = sold
    columns[6, at] = r * volume
    columns[7, at] = intensity
    counters[N_CANDLES] = k + 1

    v10 = _std(s[R10], s[Q10], 10)
    v20 = _std(s[R20], s[Q20], 20)
    v50 = _std(s[R50], s[Q50], 50)
    v100 = _std(s[R100], s[Q100], 100)
    v200 = _std(s[R200], s[Q200], 200)
    row[0] = v10
    row[1] = v20
    row[2] = v50
    row[3] = v100
    row[4] = v10 / v20 if v20 >= 1e-12 else 1.0
    row[5] = v20 / v50 if v50 >= 1e-12 else 1.0
    row[6] = v50 / v100 if v100 >= 1e-12 else 1.0
    row[7] = v100 / v200 if v200 >= 1e-12 else 1.0
    row[8] = math.sqrt(s[GK] / 20.0) if s[GK] > 0 else 0.0
    mean20 = s[C20] / 20.0
    square = 0.0
    for j in range(20):
        d = columns[0, (k - j) & (CANDLES - 1)] - mean20
        square += d * d
    deviation = math.sqrt(square / 19.0)
    row[9] = (close - mean20) / (2.0 * deviation) if deviation >= 1e-12 else 0.0
    c = columns[0]
    m = CANDLES - 1
    row[10] = close / c[(k - 1) & m] - 1.0
    row[11] = close / c[(k - 2) & m] - 1.0
    row[12] = close / c[(k - 5) & m] - 1.0
    row[13] = close / c[(k - 10) & m] - 1.0
    row[14] = close / c[(k - 20) & m] - 1.0
    row[15] = close / c[(k - 50) & m] - 1.0
    row[16] = close / c[(k - 100) & m] - 1.0
    row[17] = math.log(close / c[(k - 1) & m])
    row[18] = math.log(close / c[(k - 5) & m])
    row[19] = math.log(close / c[(k - 20) & m])
    row[20] = (s[B10] - s[S10]) / (s[B10] + s[S10]) if s[B10] + s[S10] > 0 else 0.0
    row[21] = (s[B20] - s[S20]) / (s[B20] + s[S20]) if s[B20] + s[S20] > 0 else 0.0
    row[22] = (s[B50] - s[S50]) / (s[B50] + s[S50]) if s[B50] + s[S50] > 0 else 0.0
    row[23] = (s[B100] - s[S100]) / (s[B100] + s[S100]) if s[B100] + s[S100] > 0 else 0.0
    row[24] = (s[CUM_B] - s[CUM_S]) / (s[CUM_B] + s[CUM_S]) if s[CUM_B] + s[CUM_S] > 0 else 0.0
    row[25] = bought - sold
    row[26] = s[RV] / s[V20] if s[V20] > 0 else 0.0
    row[27] = counters[TURN_SUM] / 100.0
    row[28] = volume / (s[V20] / 20.0) if s[V20] > 0 else 1.0
    row[29] = volume / (s[V50] / 50.0) if s[V50] > 0 else 1.0
    row[30] = volume / (s[V100] / 100.0) if s[V100] > 0 else 1.0
    z = _std(s[V20], s[W20], 20)
    row[31] = (volume - s[V20] / 20.0) / z if z >= 1e-12 else 0.0
    z = _std(s[V50], s[W50], 50)
    row[32] = (volume - s[V50] / 50.0) / z if z >= 1e-12 else 0.0
    z = _std(s[V100], s[W100], 100)
    row[33] = (volume - s[V100] / 100.0) / z if z >= 1e-12 else 0.0
    row[34] = intensity
    row[35] = intensity / (s[INT] / 100.0) if s[INT] > 0 else 1.0
    row[36] = (s[C5] / 5.0) / mean20 - 1.0
    row[37] = mean20 / (s[C50] / 50.0) - 1.0
    row[38] = (row[12] / 5.0 - row[14] / 20.0) / v20 if v20 >= 1e-12 else 0.0
    row[39] = (row[14] / 20.0 - row[15] / 50.0) / v50 if v50 >= 1e-12 else 0.0
    row[40] = row[12] / (v20 * math.sqrt(5.0)) if v20 >= 1e-12 else 0.0
    row[41] = row[14] / (v50 * math.sqrt(20.0)) if v50 >= 1e-12 else 0.0
    row[42] = min(1.0, max(0.0, (t - start) / (end - start)))
    row[53] = _top(brokers[0], brokers[2], 1.0, row, 43)
    row[54] = _top(brokers[1], brokers[2], -1.0, row, 48)
    last = (n - 1) & (PRINTS - 1)
    before = (n - 2) & (PRINTS - 1)
    row[55] = 1.0 if prints[0, last] != prints[0, before] else 0.0
    row[56] = 1.0 if prints[1, last] != prints[1, before] else 0.0
    side = aggressors[aggressors.shape[0] - 1]
    row[57] = 1.0 if side > 0 else 0.0
    row[58] = 1.0 if side < 0 else 0.0
    local = t - 3 * 3600 * NS
    seconds = (local % DAY_NS) // NS
    row[59] = (seconds // 60) % 60
    row[60] = seconds // 3600
    row[61] = (local // DAY_NS + 3) % 7
    row[62] = 1.0 if start <= t < start + 1800 * NS else 0.0
    row[63] = 1.0 if end - 1800 * NS <= t < end else 0.0
    row[64] = 1.0 if seconds // 3600 == 12 else 0.0


@njit(cache=True, error_model="numpy")
def run(state, candles, buyers, sellers, qtys, aggressors, times, ends, start, end, row):  # type: ignore[no-untyped-def]
    """The whole stream in one compiled loop: (n, 7) candles, (n, k) prints."""
    total = 0.0
    for i in range(candles.shape[0]):
        c = candles[i]
        update(state, c[0], c[1], c[2], c[3], c[4], c[5], c[6],
               buyers[i], sellers[i], qtys[i], aggressors[i], times[i], ends[i], start, end, row)
        total += row[0]
    return total
