"""Events and a matcher for the tests of paper trading."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE, NO_PRICE, BookAction, Flag, Kind, Phase, TradeType
from qt_core.market import Market
from qt_core.paper import PaperMatcher, PaperReport

BUY, SELL = 1, -1
T0 = 1_700_000_000_000_000_000
MS = 1_000_000


def event(kind: Kind, ms: float, **fields: int) -> NDArray[np.void]:
    row = np.zeros(1, EVENT_DTYPE)
    row["kind"], row["ts_ns"] = kind, T0 + int(ms * MS)
    for name, value in fields.items():
        row[name] = value
    return row


def quote(ms: float, bid: int, bid_qty: int, ask: int, ask_qty: int) -> NDArray[np.void]:
    return event(Kind.QUOTE, ms, price=bid, qty=bid_qty, a=ask, id=ask_qty)


def trade(ms: float, price: int, qty: int, side: int = 0, code: int | None = None, flags: int = 0) -> NDArray[np.void]:
    named = {BUY: TradeType.BUY, SELL: TradeType.SELL, 0: TradeType.UNKNOWN}[side]
    return event(Kind.TRADE, ms, price=price, qty=qty, side=side, code=named if code is None else code, flags=flags)


def level(ms: float, side: int, price: int, qty: int, code: BookAction) -> NDArray[np.void]:
    return event(Kind.LEVEL, ms, side=side, price=price, qty=qty, code=code, flags=Flag.LAST, pos=-1)


def image(ms: float, bids: dict[int, int], asks: dict[int, int]) -> NDArray[np.void]:
    rows = [event(Kind.LEVEL, ms, side=side, price=price, qty=qty, code=BookAction.IMAGE, pos=i)
            for side, levels in ((BUY, sorted(bids.items(), reverse=True)), (SELL, sorted(asks.items())))
            for i, (price, qty) in enumerate(levels)]
    rows[0]["flags"] |= int(Flag.FIRST)
    rows[-1]["flags"] |= int(Flag.LAST)
    return np.concatenate(rows)


def clock(ms: float) -> NDArray[np.void]:
    return event(Kind.CLOCK, ms)


def phase(ms: float, code: Phase) -> NDArray[np.void]:
    return event(Kind.PHASE, ms, code=code)


class Desk:
    """A matcher with 10 ms of latency each way, in an open session, that remembers its reports."""

    def __init__(self, close_ms: float = 0, latency_ms: float = 10, cancel_ms: float = 10) -> None:
        self.market = Market(window_bits=12, order_bits=6)
        self.market.begin_session(T0, T0 + int(close_ms * MS) if close_ms else 0)
        self.paper = PaperMatcher(self.market, latency_ns=int(latency_ms * MS), cancel_latency_ns=int(cancel_ms * MS))
        self.reports: list[PaperReport] = []

    def feed(self, *events: NDArray[np.void]) -> list[PaperReport]:
        """Reports of these events."""
        for rows in events:
            self.paper.feed(rows)
        new = self.paper.reports()
        self.reports += new
        return new

    def submit(self, order_id: int, side: int, qty: int, price: int | None, ms: float, stop: int | None = None) -> None:
        self.paper.submit(order_id, side, qty, NO_PRICE if price is None else price, NO_PRICE if stop is None else stop,
                          T0 + int(ms * MS))

    def cancel(self, order_id: int, ms: float) -> bool:
        return self.paper.cancel(order_id, T0 + int(ms * MS))


def brief(reports: list[PaperReport]) -> list[tuple[str, int, int | None]]:
    """(status, lots, price) of each report."""
    return [(r.status, r.last_qty, r.price) for r in reports]
