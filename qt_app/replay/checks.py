"""What makes a recorded file unusable. Every check names file, row and reason; none repairs anything."""
from __future__ import annotations

from bisect import bisect_left, insort
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.replay.grid import Step, format_step, largest, on_grid
from qt_app.replay.source import Source
from qt_core._types import NO_PRICE, BookAction, Flag, Kind

Events = NDArray[Any]   # of EVENT_DTYPE

#: Vendor trade types: 0 unset, 1 to 18, 32 unknown, 33 update, 34 mid, 35 off exchange.
TRADE_TYPES = frozenset([*range(19), 32, 33, 34, 35])
_FIRST_NS, _LAST_NS = 0, 4_102_444_800_000_000_000   # 1970 to 2100: anything else is no market time


def check_times(source: Source) -> None:
    ts = source.columns["ts_ns"]
    source.refuse((ts <= _FIRST_NS) | (ts >= _LAST_NS), "time is not a UTC epoch in nanoseconds", "ts_ns")
    # Rare events keep their own stamp while a warm start still fills the past: there the numbers alone count.
    if source.kind != "control":
        source.refuse_disorder("ts_ns")
    source.refuse_disorder("seq", strict=source.ours)


def check_trades(source: Source) -> None:
    columns = source.columns
    _positive_price(source, "price")
    source.refuse(~(columns["qty"] > 0) | np.isinf(columns["qty"]), "quantity is not a positive number", "qty")
    source.refuse(~np.isin(columns["trade_type"], sorted(TRADE_TYPES)), "unknown trade type", "trade_type")
    _side(source, "aggressor", (-1, 0, 1))


def check_book(source: Source) -> None:
    columns = source.columns
    source.refuse(~np.isin(columns["kind"], list(BookAction)), "unknown kind of book row", "kind")
    _side(source, "side", (-1, 1))
    _positive_price(source, "price")
    quantity = columns["qty"]
    source.refuse(~(quantity >= 0) | np.isinf(quantity), "quantity is negative or not a number", "qty")
    source.refuse(~np.isin(columns["last"], (0, 1)), "last is neither 0 nor 1", "last")


def check_l1(source: Source) -> None:
    for side in ("bid", "ask"):
        price, quantity = source.columns[side], source.columns[f"{side}_qty"]
        source.refuse((price <= 0) | np.isinf(price), f"{side} is not a positive price", side)
        source.refuse((quantity < 0) | np.isinf(quantity), f"{side} quantity is negative or infinite", f"{side}_qty")


def check_control(source: Source) -> None:
    source.refuse(~np.isin(source.columns["kind"], sorted(Kind)[1:]), "unknown kind of control row", "kind")


def check_candles(source: Source, period_ns: int) -> None:
    """Prices positive, low and high outside open and close, volumes counted, bars apart by a period at least."""
    columns = source.columns
    for name in ("open", "high", "low", "close"):
        _positive_price(source, name)
    source.refuse((columns["low"] > np.minimum(columns["open"], columns["close"]))
                  | (columns["high"] < np.maximum(columns["open"], columns["close"])),
                  "low or high lies inside open and close", "open", "high", "low", "close")
    volume = columns["volume"]
    source.refuse(~(volume >= 0) | np.isinf(volume), "volume is negative or not a number", "volume")
    for name in ("buy_volume", "sell_volume"):
        source.refuse((columns[name] < 0) | np.isinf(columns[name]), f"{name} is negative or infinite", name)
    source.refuse(columns["trades"] < -1, "trade count is negative", "trades")
    source.refuse_disorder("ts_ns", strict=True)
    gap = np.diff(columns["ts_ns"], prepend=columns["ts_ns"][0] - period_ns)
    source.refuse(gap < period_ns, f"candle starts less than {period_ns / 1e9:g} s after the one before", "ts_ns")


def ticks(source: Source, name: str, step: Step) -> NDArray[np.int32]:
    """The price column in ticks, NO_PRICE where it is NaN. Raises DataError for a price off the grid."""
    price = source.columns[name]
    unknown = np.isnan(price)
    found = on_grid(np.where(unknown, 0.0, price), step)
    source.refuse((found < 0) & ~unknown, f"price is off the grid of {format_step(step)} points", name)
    source.refuse(found > largest("tick"), f"price is too large for the grid of {format_step(step)} points", name)
    return np.where(unknown, NO_PRICE, found).astype(np.int32)


def lots(source: Source, name: str, step: Step) -> NDArray[np.int64]:
    """The quantity column in lots, 0 where it is NaN. Raises DataError for a quantity off the grid."""
    quantity = source.columns[name]
    found = on_grid(np.where(np.isnan(quantity), 0.0, quantity), step)
    source.refuse(found < 0, f"quantity is off the grid of {format_step(step)} contracts", name)
    source.refuse(found > largest("lot"), "quantity is absurd", name)
    return found


def first_crossed(rows: Events, judged: NDArray[np.bool_]) -> int | None:
    """First book row that completes a group with best bid > best ask, among the judged ones; None when there is none.

    Keeps only which prices are occupied, so that edits (most rows) cost nothing.
    """
    last = (rows["flags"] & Flag.LAST) != 0
    gone = (rows["code"] == BookAction.DELETE) | (rows["qty"] == 0)
    moves = np.flatnonzero((rows["code"] != BookAction.EDIT) | gone | last)
    occupied = {1: _Occupied(), -1: _Occupied()}
    bids, asks = occupied[1].prices, occupied[-1].prices
    view = rows[moves]
    clears = (view["flags"] & Flag.FIRST) != 0
    columns = zip(moves.tolist(), view["side"].tolist(), view["price"].tolist(),
                  np.where(view["kind"] == Kind.ORDER, view["id"], 0).tolist(), gone[moves].tolist(), clears.tolist(),
                  (last[moves] & judged[moves]).tolist(), strict=True)
    for row, side, price, order, leaves, clear, judge in columns:
        if clear:
            occupied[1].clear()
            occupied[-1].clear()
        if side:
            occupied[side].change(price, order, leaves)
        if judge and bids and asks and bids[-1] > asks[0]:
            return int(row)
    return None


class _Occupied:
    """Sorted prices of one side that hold a level or at least one order."""

    def __init__(self) -> None:
        self.prices: list[int] = []
        self.orders: dict[int, int] = {}      # order id -> price
        self.counts: dict[int, int] = {}      # price -> orders (a level counts as one)

    def clear(self) -> None:
        self.prices.clear()
        self.orders.clear()
        self.counts.clear()

    def change(self, price: int, order: int, leaves: bool) -> None:
        known = self.orders.get(order) if order else (price if price in self.counts else None)
        if leaves:
            if known is not None:
                self._leave(known, order)
        elif known is None:
            self._enter(price, order)

    def _enter(self, price: int, order: int) -> None:
        if order:
            self.orders[order] = price
        count = self.counts.get(price, 0)
        self.counts[price] = count + 1
        if not count:
            insort(self.prices, price)

    def _leave(self, price: int, order: int) -> None:
        self.orders.pop(order, None)
        count = self.counts[price] - 1
        if count:
            self.counts[price] = count
        else:
            del self.counts[price]
            del self.prices[bisect_left(self.prices, price)]


def _positive_price(source: Source, name: str) -> None:
    price = source.columns[name]
    source.refuse(~(price > 0) | np.isinf(price), f"{name} is not a positive price", name)


def _side(source: Source, name: str, legal: tuple[int, ...]) -> None:
    source.refuse(~np.isin(source.columns[name], legal), f"{name} is none of {', '.join(map(str, legal))}", name)
