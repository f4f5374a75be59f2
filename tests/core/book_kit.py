"""Rows, slow books and recorded books for the tests of ladder, book, offers and engine."""
from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, NO_PRICE, BookAction, Flag, Kind, TradeType
from qt_core.book import Book

ADD, EDIT, DELETE, DELETE_FROM, IMAGE = (int(a) for a in BookAction)
BID, ASK = 1, -1
LAST, FIRST = int(Flag.LAST), int(Flag.FIRST)
SECOND = 1_000_000_000
T0 = 1_700_000_000 * SECOND

Events = NDArray[np.void]


def event(kind: Kind, ts_ns: int = T0, **fields: int) -> Events:
    row = np.zeros(1, EVENT_DTYPE)
    row["kind"], row["ts_ns"] = kind, ts_ns
    for name, value in fields.items():
        row[name] = value
    return row


def level(side: int, price: int, qty: int, code: int = ADD, flags: int = LAST, ts_ns: int = T0,
          **fields: int) -> Events:
    return event(Kind.LEVEL, ts_ns, side=side, price=price, qty=qty, code=code, flags=flags, **fields)


def order(side: int, order_id: int, price: int, qty: int, code: int = ADD, flags: int = LAST,
          ts_ns: int = T0) -> Events:
    return event(Kind.ORDER, ts_ns, side=side, id=order_id, price=price, qty=qty, code=code, flags=flags)


def offer(side: int, code: int, pos: int = 0, price: int = NO_PRICE, qty: int = 0, flags: int = 0, ts_ns: int = T0,
          **fields: int) -> Events:
    return event(Kind.OFFER, ts_ns, side=side, code=code, pos=pos, price=price, qty=qty, flags=flags, **fields)


def trade(ts_ns: int, price: int, qty: int = 1, side: int = BID, trade_id: int = 0, flags: int = 0,
          code: int | None = None) -> Events:
    named = {BID: TradeType.BUY, ASK: TradeType.SELL, 0: TradeType.UNKNOWN}[side]
    return event(Kind.TRADE, ts_ns, price=price, qty=qty, side=side, code=named if code is None else code, a=3, b=4,
                 id=trade_id, exch_ns=ts_ns, flags=flags)


def quote(ts_ns: int, bid: int, bid_qty: int, ask: int, ask_qty: int) -> Events:
    return event(Kind.QUOTE, ts_ns, price=bid, qty=bid_qty, a=ask, id=ask_qty)


def clock(ts_ns: int) -> Events:
    return event(Kind.CLOCK, ts_ns)


def join(*rows: Events) -> Events:
    return np.concatenate(rows)


def codes(book: Book, *rows: Events) -> list[int]:
    return [int(code) for code in book.feed(join(*rows))]


def best_first(side: int, prices: Iterable[int]) -> list[int]:
    return sorted(prices, reverse=side == BID)


def book_levels(book: Book, side: int) -> list[tuple[int, int]]:
    return [(int(t), int(q)) for t, q, _ in book.levels(side, 1 << 20)]


def level_list(side: int, levels: dict[int, int]) -> list[tuple[int, int]]:
    return [(price, levels[price]) for price in best_first(side, levels)]


def totals(orders: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Lots per price of (price, lots) pairs."""
    out: dict[int, int] = {}
    for price, lots in orders:
        out[price] = out.get(price, 0) + lots
    return {price: lots for price, lots in out.items() if lots}


def recorded_book(folder: Path, name: str, tick: float, step: float) -> Events:
    """A recorded book as events, by the schema alone."""
    table = pq.read_table(folder / f"{name}_book.parquet")
    column: dict[str, NDArray[Any]] = {c: table[c].to_numpy() for c in table.column_names}
    events = np.zeros(len(table), EVENT_DTYPE)
    events["ts_ns"], events["exch_ns"] = column["ts_ns"], column["exch_ts_ns"]
    events["qty"] = np.rint(column["qty"] / step)
    events["price"] = np.rint(column["price"] / tick)
    events["id"], events["a"], events["b"] = column["order_id"], column["agent"], column["count"]
    events["pos"], events["code"], events["side"] = column["position"], column["kind"], column["side"]
    events["kind"] = np.where(column["order_id"] != 0, int(Kind.ORDER), int(Kind.LEVEL))
    image = column["kind"] == IMAGE
    first = image & ~np.r_[False, image[:-1]]
    events["flags"] = np.where(column["last"] == 1, LAST, 0) | np.where(first, FIRST, 0)
    return events
