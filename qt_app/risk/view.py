"""The market as risk sees it at one instant: plain values, None where unknown."""
from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from qt_core._types import NO_PRICE


class MarketLike(Protocol):
    """The engine's market: integers, NO_PRICE and 0 where unknown."""

    @property
    def bid(self) -> int: ...
    @property
    def ask(self) -> int: ...
    @property
    def last_price(self) -> int: ...
    @property
    def phase(self) -> int: ...
    @property
    def quote_ns(self) -> int: ...
    @property
    def book_ns(self) -> int: ...
    @property
    def session_open_ns(self) -> int: ...
    @property
    def session_close_ns(self) -> int: ...


@dataclass(frozen=True, slots=True)
class MarketView:
    """Prices in ticks, instants in UTC ns. ``quote_ns`` is the newest sign of life of quote or book."""

    now_ns: int
    bid: int | None
    ask: int | None
    last: int | None
    phase: int
    quote_ns: int | None
    open_ns: int | None     # of the current session; None outside one
    close_ns: int | None    # None: the session has no end

    @classmethod
    def of(cls, market: MarketLike, now_ns: int) -> MarketView:
        return cls(now_ns, _price(market.bid), _price(market.ask), _price(market.last_price), market.phase,
                   max(market.quote_ns, market.book_ns) or None, market.session_open_ns or None,
                   market.session_close_ns or None)

    def touch(self, side: int) -> int | None:
        """The price at which an order of this side would trade now."""
        return self.ask if side > 0 else self.bid


def _price(ticks: int) -> int | None:
    return None if ticks == NO_PRICE else ticks
