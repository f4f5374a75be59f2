"""One look at an order as the broker shows it: in an event, in its details, or in an enumeration; in ticks and lots.

``read_sight`` turns a vendor record into a Sight, or says why the record cannot be true. Nothing is repaired: a record
that cannot be true is not used, and whoever reads it asks the broker again.
"""
from __future__ import annotations

import enum
import math
from dataclasses import dataclass
from typing import Protocol

from qt_app.errors import DataError
from qt_app.instruments import Instrument
from qt_core.vendor import TERMINAL, OrderSide, OrderStatus, OrderType

#: How far an average times its lots may lie from a whole number of ticks: the vendor may round averages.
GRID_SLACK = 0.25
#: Nothing on this exchange has more contracts in one order.
LARGEST_QTY = 1_000_000


class Stage(enum.IntEnum):
    """How far an order has come; it only ever goes up."""

    SENT = 0        # handed to the router, on its way
    WORKING = 1     # at the exchange
    ENDED = 2       # no more of it can trade


#: On their way; every other status that is known and no end is one of an order that works. Replaced lives on.
ON_THE_WAY = frozenset({OrderStatus.PENDING_NEW, OrderStatus.RECEIVED, OrderStatus.AT_ORDER_SERVER,
                        OrderStatus.SENT_TO_BROKER, OrderStatus.CLIENT_CREATED, OrderStatus.GATEWAY_DELAY,
                        OrderStatus.SCHEDULED})
KNOWN = frozenset(OrderStatus) - {OrderStatus.UNKNOWN}

KINDS = {OrderType.MARKET: "market", OrderType.LIMIT: "limit", OrderType.STOP_LIMIT: "stop_limit"}
SIDES = {OrderSide.BUY: 1, OrderSide.SELL: -1}


class OrderRecord(Protocol):
    """What every vendor record of an order has: prices in points, quantities in contracts, -1 where there is none."""

    @property
    def local_id(self) -> int: ...
    @property
    def cl_ord_id(self) -> str: ...
    @property
    def ticker(self) -> str: ...
    @property
    def side(self) -> int: ...
    @property
    def type(self) -> int: ...
    @property
    def status(self) -> int: ...
    @property
    def qty(self) -> int: ...
    @property
    def traded(self) -> int: ...
    @property
    def price(self) -> float: ...
    @property
    def stop_price(self) -> float: ...
    @property
    def avg_price(self) -> float: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Sight:
    """An order at one instant. ``value`` is the sum of ticks x lots traded, None where the average cannot be true."""

    local_id: int
    cl_ord_id: str
    ticker: str
    side: int               # +1, -1
    kind: str               # market | limit | stop_limit, or the vendor's number
    status: int
    qty: int
    traded: int
    value: int | None
    price: int | None       # limit
    stop: int | None        # trigger
    text: str
    rounded: bool = False   # the average was not exactly on the grid

    @property
    def stage(self) -> Stage | None:
        """None for a status that says nothing (200, or one that is not known)."""
        if self.status not in KNOWN:
            return None
        if self.status in TERMINAL:
            return Stage.ENDED
        return Stage.SENT if self.status in ON_THE_WAY else Stage.WORKING


def read_sight(instrument: Instrument, record: OrderRecord) -> Sight | str:
    """A vendor record in ticks and lots, or the reason why it cannot be true."""
    wrong = _impossible(record)
    if wrong is not None:
        return wrong
    try:
        qty, traded = instrument.to_lots(record.qty), instrument.to_lots(record.traded)
    except DataError as error:
        return str(error)
    value, rounded = _value(instrument, record.avg_price, traded)
    return Sight(record.local_id, record.cl_ord_id, record.ticker, SIDES[OrderSide(record.side)],
                 _kind(record.type), record.status, qty, traded, value,
                 _ticks(instrument, record.price), _ticks(instrument, record.stop_price), record.text, rounded)


def _kind(number: int) -> str:
    return next((word for kind, word in KINDS.items() if kind == number), str(number))


def _impossible(r: OrderRecord) -> str | None:
    """What no order can be, whatever came before."""
    if r.side not in SIDES:
        return f"side {r.side}"
    if not 1 <= r.qty <= LARGEST_QTY:
        return f"quantity {r.qty}"
    if not 0 <= r.traded <= r.qty:
        return f"traded {r.traded} of {r.qty}"
    if r.status == OrderStatus.FILLED and r.traded != r.qty:
        return f"filled with {r.traded} of {r.qty}"
    if r.status == OrderStatus.NOT_CREATED and r.traded:
        return f"not created, yet traded {r.traded}"
    return None


def _value(instrument: Instrument, average: float, traded: int) -> tuple[int | None, bool]:
    """Ticks x lots behind an average price, and whether it had to be rounded."""
    if traded == 0:
        return 0, False
    if not (math.isfinite(average) and 0 < average < 1e9):
        return None, False
    num, den = instrument.tick
    exact = average * den / num * traded
    nearest = round(exact)
    off = abs(exact - nearest)
    return (None, False) if off > GRID_SLACK else (nearest, off > 1e-6 * max(1.0, exact))


def _ticks(instrument: Instrument, points: float) -> int | None:
    """A price as sent; None where there is none, or none that could be."""
    if not math.isfinite(points) or points <= 0:
        return None
    try:
        return instrument.to_ticks(points)
    except DataError:
        return None
