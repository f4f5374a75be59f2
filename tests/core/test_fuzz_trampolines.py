"""Trampolines called by address with arbitrary arguments: what they accept is plausible, the rest is counted."""
from __future__ import annotations

import ctypes as c
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qt_core import trampolines
from qt_core._types import NO_PRICE, BookAction, Kind, Phase
from qt_core.order_updates import OrderUpdates
from qt_core.ring import Ring

MOST = 10**9
WDO = trampolines.Symbol("WDOZ26", "F", (1, 2), (1, 1), 10.0)


class Asset(c.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("ticker", c.c_void_p), ("exchange", c.c_void_p), ("feed", c.c_int32))


def units(text: str) -> c.Array[c.c_char]:
    return c.create_string_buffer((text.split("\0")[0] + "\0").encode("utf-16-le", "surrogatepass"))


i32 = st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 20)
i64 = st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 2000)
points = st.floats() | st.integers(10_000, 11_000).map(lambda ticks: ticks / 2)
flag = st.integers(0, 2**16 - 1)
texts = st.sampled_from(["WDOZ26", "WDOZ26", "WDOZ2", "WDOZ267", ""]) | st.text(max_size=30)
dates = st.sampled_from(["18/11/2026 10:30:15.250", "18/11/2026", "31/02/2026 10:00:00", "30/12/1899 00:00:00"]) | texts

#: trampoline -> argument types after the asset; how they are drawn
CALLS: dict[str, tuple[list[Any], tuple[st.SearchStrategy[Any], ...]]] = {
    "on_tiny_book": ([c.c_double, c.c_int32, c.c_int32], (points, i32, i32)),
    "on_theoretical": ([c.c_double, c.c_int64], (points, i64)),
    "on_ticker_state": ([c.c_void_p, c.c_int32], (dates, i32)),
    "on_progress": ([c.c_int32], (i32,)),
    "on_daily": ([c.c_void_p, *[c.c_double] * 10, *[c.c_int32] * 7], (dates, *[points] * 10, *[i32] * 7)),
    "on_offer_book": ([c.c_int32, c.c_int32, c.c_int32, c.c_int64, c.c_int32, c.c_int64, c.c_double, *[c.c_uint16] * 5,
                       c.c_void_p, c.c_void_p, c.c_void_p],
                      (i32.filter(lambda action: action != BookAction.IMAGE), i32, i32, i64, i32, i64, points,
                       *[flag] * 5, dates, st.none(), st.none())),
}
FUNCTIONS: dict[str, Callable[..., None]] = {
    name: c.CFUNCTYPE(None, Asset, *types)(trampolines.address(name)) for name, (types, _) in CALLS.items()}
call = st.sampled_from(sorted(CALLS)).flatmap(lambda name: st.tuples(st.just(name), texts, st.tuples(*CALLS[name][1])))


def fire(name: str, ticker: str, arguments: tuple[Any, ...]) -> None:
    kept = [units(ticker), units("F")]
    given_: list[Any] = []
    for argument in arguments:
        if isinstance(argument, str):
            kept.append(units(argument))
        given_.append(c.addressof(kept[-1]) if isinstance(argument, str) else argument)
    FUNCTIONS[name](Asset(c.addressof(kept[0]), c.addressof(kept[1]), 0), *given_)


def plausible(e: np.void) -> bool:
    price, qty, kind = int(e["price"]), int(e["qty"]), Kind(int(e["kind"]))
    priced, none = 0 < price < 2**31 - 1, price == NO_PRICE
    if e["pos"] < -1 or e["symbol"] != 0:
        return False
    if kind is Kind.TINY:
        return e["side"] in (1, -1) and ((priced and 0 <= qty <= MOST) or (none and qty == 0))
    if kind is Kind.THEORETICAL:
        return (priced and 0 < qty <= MOST) or (none and qty == 0)
    if kind is Kind.DAILY:
        return (priced or none) and 0 <= qty <= MOST and e["id"] >= 0
    if kind is Kind.OFFER:
        added = e["code"] != BookAction.ADD or e["pos"] == -1 or (priced and qty > 0)
        return e["side"] in (1, -1) and added and abs(qty) <= MOST and (priced or none)
    if kind is Kind.PHASE:
        return int(e["code"]) in [int(p) for p in Phase]
    return kind in (Kind.PROGRESS, Kind.HISTORY)


Call = tuple[str, str, tuple[Any, ...]]


@pytest.mark.slow
@settings(max_examples=300, derandomize=True)
@given(st.lists(call, min_size=1, max_size=12))
def test_what_is_accepted_is_plausible_and_what_is_not_is_counted(calls: list[Call]) -> None:
    ring, orders = Ring(64), OrderUpdates(16)
    trampolines.attach(ring, [WDO], 20, orders)
    try:
        for one in calls:
            fire(*one)
        events, counters = ring.pop(), trampolines.counters()
    finally:
        trampolines.detach()
    assert all(plausible(e) for e in events), events
    assert (np.diff(events["ts_ns"]) >= 0).all()
    counted = sum(counters[kind.name.lower()] for kind in Kind if kind is not Kind.NONE)
    refused = sum(count for name, count in counters.items() if name.startswith("refused"))
    assert counted == len(events) and len(events) + refused >= len(calls) and ring.dropped == 0


@settings(derandomize=True)
@given(points)
def test_no_price_is_accepted_that_rounds_to_none(price: float) -> None:
    ring = Ring(8)
    trampolines.attach(ring, [WDO])
    fire("on_tiny_book", "WDOZ26", (price, 1, 0))
    trampolines.detach()
    for e in ring.pop():
        assert math.isclose(float(e["price"]) / 2, price, rel_tol=1e-6)
