"""The last door before the broker: what makes an order wrong in itself, whoever sends it.

The risk gate has judged an order before it comes here. This check knows only the contract, the largest position and
what works already; it looks again, so that no path, new or broken, sends what must not be sent.
"""
from __future__ import annotations

from dataclasses import dataclass

from qt_app.instruments import Instrument
from qt_app.orders.life import kind_of
from qt_app.orders.router import Wire
from qt_app.risk.reasons import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Exposure:
    """What is held and what may still trade, lots; ``position`` signed."""

    position: int
    buying: int
    selling: int

    def worst(self, side: int, qty: int) -> int:
        """The largest position on this side if everything on it trades, one more order included."""
        return side * self.position + (self.buying if side > 0 else self.selling) + qty


@dataclass(frozen=True, slots=True)
class LastDoor:
    """Checks and words orders for one contract."""

    instrument: Instrument
    max_position: int       # lots, either side

    def check(self, side: int, qty: int, price: int | None, stop: int | None, exposure: Exposure) -> Refusal | None:
        return self._contract() or self._numbers(side, qty, price, stop) or self.room(side, qty, exposure)

    def _contract(self) -> Refusal | None:
        """An alias has no maturity: it lives for data, and its orders die at the broker."""
        i = self.instrument
        return None if i.month is not None else Refusal(Reason.NOT_A_CONTRACT, i.symbol)

    def _numbers(self, side: int, qty: int, price: int | None, stop: int | None) -> Refusal | None:
        i = self.instrument
        if side not in (-1, 1):
            return Refusal(Reason.BAD_SIDE, repr(side))
        if not _whole(qty) or not 0 < qty <= i.max_lots or qty % i.min_lots:
            return Refusal(Reason.BAD_QUANTITY, repr(qty))
        for ticks in (price, stop):
            if ticks is not None and (not _whole(ticks) or ticks <= 0):
                return Refusal(Reason.BAD_PRICE, repr(ticks))
        if stop is not None and (price is None or side * (price - stop) < 0):
            return Refusal(Reason.BAD_PRICE, f"stop {stop} with limit {price}")
        return None

    def room(self, side: int, qty: int, exposure: Exposure) -> Refusal | None:
        """Whether so many more lots keep the position within its limit, whatever trades."""
        worst = exposure.worst(side, qty)
        if worst > self.max_position:
            return Refusal(Reason.POSITION_LIMIT, f"could come to {side * worst:+d} of {self.max_position} lots")
        return None

    def wire(self, side: int, qty: int, price: int | None, stop: int | None) -> Wire:
        """Ticks and lots in the library's points and contracts."""
        i = self.instrument
        return Wire("buy" if side > 0 else "sell", kind_of(price, stop), int(i.to_contracts(qty)), self._points(price),
                    self._points(stop))

    def _points(self, ticks: int | None) -> float:
        return -1.0 if ticks is None else self.instrument.to_points(ticks)


def _whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)
