"""Round trips of a run, each with the orders and fills that belong to it."""
from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from qt_app.why.past import Past, Row, day_of


@dataclass(frozen=True, slots=True)
class Trade:
    """One round trip: its entry order, all its orders and fills in order. ``closed``: it ended flat."""

    number: int
    entry: Row
    orders: tuple[Row, ...]
    fills: tuple[Row, ...]
    closed: bool
    realised_brl: float | None      # None: it is open
    costs_brl: float

    @property
    def net_brl(self) -> float | None:
        return None if self.realised_brl is None else self.realised_brl - self.costs_brl


def trades(past: Past) -> list[Trade]:
    """Every round trip that this run began, numbered by day in the order of their entries."""
    orders = {row["order_id"]: row for row in past.orders}
    begun = list(_round_trips(past, orders))
    followers = [one.entry["order_id"] for one in begun[1:]]
    found: list[Trade] = []
    for one, follower in zip_longest(begun, followers):
        number = 1 + sum(day_of(trade.entry["ts_ns"]) == day_of(one.entry["ts_ns"]) for trade in found)
        found.append(Trade(number, one.entry, _orders_of(one, orders, follower), tuple(one.fills), one.closed,
                           one.realised_brl, one.costs_brl))
    return found


@dataclass(slots=True)
class _RoundTrip:
    """Fills from an entry on, until the position is flat."""

    entry: Row
    before: tuple[float, float]     # realised and costs of the account when it began
    fills: list[Row]

    @property
    def closed(self) -> bool:
        return bool(self.fills[-1]["position"] == 0)

    @property
    def realised_brl(self) -> float | None:
        return self.fills[-1]["realised_brl"] - self.before[0] if self.closed else None

    @property
    def costs_brl(self) -> float:
        return float(self.fills[-1]["costs_brl"] - self.before[1])


def _round_trips(past: Past, orders: Mapping[int, Row]) -> Iterator[_RoundTrip]:
    trip: _RoundTrip | None = None
    money = past.carried_brl
    for fill in past.fills:
        order = orders.get(fill["order_id"])
        if trip is None and order is not None and order["purpose"] == "entry":
            trip = _RoundTrip(order, money, [])
        money = fill["realised_brl"], fill["costs_brl"]
        if trip is not None:
            trip.fills.append(fill)
            if trip.closed:
                yield trip
                trip = None
    if trip is not None:
        yield trip


def _orders_of(trip: _RoundTrip, orders: Mapping[int, Row], follower: int | None) -> tuple[Row, ...]:
    """From its entry to the first entry that came after it; ``follower``: the order that began the next trip.

    Beside an exit no entry may work, so one that bears a later number came after it. Beside a leg one may: then the
    clock tells, which at a broker is not the decisions' own and can only tell too late.
    """
    last, filled = trip.fills[-1], {fill["order_id"] for fill in trip.fills}
    exited = last["order_id"] in orders and orders[last["order_id"]]["purpose"] == "exit"

    def after(row: Row) -> bool:
        if not trip.closed or row["purpose"] != "entry" or row["order_id"] in filled:
            return False
        if exited:
            return bool(row["order_id"] > last["order_id"])
        return row["order_id"] == follower or bool(row["order_id"] > trip.entry["order_id"]
                                                   and row["ts_ns"] >= last["ts_ns"])

    end = min((number for number, row in orders.items() if after(row)), default=None)
    return tuple(row for number, row in orders.items()
                 if number >= trip.entry["order_id"] and (end is None or number < end))
