"""What the journal keeps: small immutable records, a table for each, and what a restart gets back from them.

``ts_ns`` is event time in UTC nanoseconds, prices are ticks, quantities lots, ``side`` is +1 or -1. ``seq`` counts the
engine's events within one run.
"""
from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Order:
    """The intent, before anything is sent. ``account`` is "paper" or "broker:account".

    ``purpose``: entry | stop | target | exit. ``price`` None: market; ``stop`` None: not a stop.
    """

    order_id: int
    seq: int
    ts_ns: int
    symbol: str
    account: str
    purpose: str
    side: int
    qty: int
    price: int | None
    stop: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Cancel:
    """A cancel was asked for."""

    order_id: int
    ts_ns: int
    reason: str


@dataclass(frozen=True, slots=True)
class Sent:
    """The send came back with the names of this session. An order that is sent again has several."""

    order_id: int
    local_id: int
    message_id: int
    run: str


@dataclass(frozen=True, slots=True)
class Named:
    """The broker's permanent name of an order became known."""

    order_id: int
    cl_ord_id: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of an order: accepted | partial | filled | cancelled | rejected | triggered | replaced | unknown.

    ``traded`` is cumulative lots.
    """

    order_id: int
    seq: int
    ts_ns: int
    status: str
    traded: int
    text: str


@dataclass(frozen=True, slots=True)
class Fill:
    """Lots that were booked. ``order_id`` 0: adopted, no order of ours traded them.

    The costs are ticks x lots under the two kinder assumptions; ``entry``: it opened or enlarged the position by an
    entry order; ``position``: signed lots after it.
    """

    order_id: int
    seq: int
    ts_ns: int
    side: int
    qty: int
    price: int
    cost_probable: int
    cost_optimistic: int
    entry: bool
    position: int


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision. ``inputs`` is a hex hash of the row and the readings that it was made from."""

    seq: int
    ts_ns: int
    action: str
    confidence: float
    reason: str
    inputs: str


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that holds from now on: the latest value of a name wins, the earlier ones are kept.

    Names in use: "session" (its open, UTC ns), "halt", "lost_session", "strikes". ``value`` must not change after it
    was put; raises TypeError or ValueError when it is no JSON.
    """

    name: str
    value: Json
    ts_ns: int

    def __post_init__(self) -> None:
        json.dumps(self.value, allow_nan=False)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: "started", "stopped" (a clean end), ..."""

    kind: str
    ts_ns: int
    text: str


Entry = Order | Cancel | Sent | Named | Report | Fill | Decision | Fact | Mark

#: Where entries go at the moment they happen: ``Journal.put``, or ``nowhere``.
Note = Callable[[Entry], None]


def nowhere(entry: Entry) -> None:
    """A note that keeps nothing: replay, and tests that need no journal."""


@dataclass(frozen=True, slots=True)
class OpenOrder:
    """An order as the journal knows it. ``status`` is "intent" when nothing came back.

    ``traded`` are the lots of its *booked fills* and ``value`` their ticks x lots, whatever reports said beyond that:
    what was reported and not booked has to be asked for again. So ``ended`` holds only when the fills explain the
    report that ended it. ``local_id`` belongs to the session of ``run``.
    """

    order: Order
    status: str
    local_id: int
    cl_ord_id: str
    run: str
    traded: int
    value: int
    cancel_asked: bool
    ended: bool


@dataclass(frozen=True, slots=True)
class Begin:
    """What a restart continues from.

    ``fills``: oldest first, from the last flat moment before the latest "session" fact on. ``orders``: all that have
    not ended, and the ended ones of the latest session. ``clean``: the last run ended with "stopped".
    """

    next_order_id: int
    fills: tuple[Fill, ...]
    orders: tuple[OpenOrder, ...]
    facts: dict[str, Fact]
    clean: bool

    @property
    def position(self) -> int:
        """Lots, signed, after the last fill."""
        return self.fills[-1].position if self.fills else 0
