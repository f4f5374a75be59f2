"""Position, money and trades as a fold of fills: nothing here is set, everything follows from what was filled."""
from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from fractions import Fraction

from qt_app.fees import Fees
from qt_app.instruments import Instrument
from qt_app.zone import SAO_PAULO

#: The three fill assumptions; the first one is the account's position and decides.
BOOKS = ("pessimistic", "probable", "optimistic")



@dataclass(frozen=True, slots=True)
class Fill:
    """Lots filled by one report. ``price`` is ticks; the costs are ticks x lots under the two kinder assumptions."""

    order_id: int
    seq: int
    ts_ns: int
    side: int
    qty: int
    price: int
    cost_probable: int
    cost_optimistic: int

    def cost(self, book: str) -> int:
        """Ticks x lots in one of BOOKS."""
        return {"pessimistic": self.qty * self.price, "probable": self.cost_probable,
                "optimistic": self.cost_optimistic}[book]


@dataclass(slots=True)
class Ledger:
    """One fold at average cost, exact: ``cost`` is the sum of side x price x lots of what is open."""

    position: int = 0                                   # lots, signed
    cost: Fraction = field(default_factory=Fraction)    # ticks x lots, signed like the position
    realised: Fraction = field(default_factory=Fraction)  # ticks x lots

    def fill(self, side: int, qty: int, cost: int) -> int:
        """Books lots that cost ``cost`` ticks x lots; returns how many of them closed."""
        price = Fraction(cost, qty)
        closing = min(qty, abs(self.position)) if side * self.position < 0 else 0
        if closing:
            average = self.cost / self.position
            self.realised += closing * side * (average - price)
            self.cost += side * closing * average
        self.cost += side * (qty - closing) * price
        self.position += side * qty
        return closing

    def open(self, bid: int | None, ask: int | None) -> Fraction | None:
        """Ticks x lots won or lost if closed at the exit side of the quote; None without that quote."""
        if self.position == 0:
            return Fraction(0)
        exit_price = bid if self.position > 0 else ask
        return None if exit_price is None else self.position * exit_price - self.cost


@dataclass(slots=True)
class Counts:
    """Round trips (flat to flat) and entries (first fills)."""

    trades: int = 0
    wins: int = 0
    losses: int = 0
    entries: int = 0
    losing: int = 0     # losses in a row, up to now


@dataclass(frozen=True, slots=True)
class Figures:
    """Money of one assumption in BRL; None where the quote is unknown."""

    realised_brl: float
    open_brl: float | None
    costs_brl: float
    net_brl: float | None


class Account:
    """Three ledgers over the same lots, costs, and the session's counts.

    ``today`` and the ``day_`` figures restart with ``open_session``; the rest covers the account's life.
    """

    def __init__(self, instrument: Instrument, fees: Fees) -> None:
        self.instrument = instrument
        self.fees = fees
        self.ledgers = {name: Ledger() for name in BOOKS}
        self.costs_brl = 0.0
        self.today = Counts()
        self.total = Counts()
        self.max_drawdown_brl = 0.0
        self.peak_brl = 0.0
        self._entries_seen: set[int] = set()
        self._trip_realised = Fraction(0)   # realised when the open round trip began
        self._trip_costs_brl = 0.0          # costs of the open round trip
        self._day_realised = Fraction(0)    # realised when the session began
        self._day_costs_brl = 0.0
        self.day_best_brl = 0.0             # best result of the session after a round trip; at least zero
        self._marked: dict[int | None, tuple[Figures, Figures]] = {}  # day and total by exit price, until a fill

    # what is held

    @property
    def position(self) -> int:
        """Lots, signed."""
        return self.ledgers["pessimistic"].position

    @property
    def average_ticks(self) -> Fraction | None:
        """Exact average entry price; None when flat."""
        book = self.ledgers["pessimistic"]
        return book.cost / book.position if book.position else None

    @property
    def average_points(self) -> float | None:
        average = self.average_ticks
        return None if average is None else float(average * Fraction(*self.instrument.tick))

    def round_trip_ticks(self, ts_ns: int) -> Fraction:
        """Costs of opening and closing one lot, in ticks."""
        costs_brl = self.fees.round_trip_brl(self.instrument, day_of(ts_ns), 1)
        return Fraction(repr(costs_brl)) / self.instrument.exact_tick_value

    # what happens

    def open_session(self) -> None:
        """A new session: the day's counts and figures restart; what is held stays."""
        self.today = Counts()
        self._marked = {}
        self._day_realised = self.ledgers["pessimistic"].realised
        self._day_costs_brl = self.costs_brl
        self.day_best_brl = 0.0

    def fill(self, fill: Fill, *, entry: bool) -> None:
        """Books a fill in all three ledgers. ``entry`` says that its order opens a position."""
        self._marked = {}
        if entry and fill.order_id not in self._entries_seen:
            self._entries_seen = {fill.order_id}  # one entry works at a time
            self.today.entries += 1
            self.total.entries += 1
        closed = 0
        for name, ledger in self.ledgers.items():
            closed = ledger.fill(fill.side, fill.qty, fill.cost(name))  # the same in all three
        each = self.fees.side_brl(self.instrument, day_of(fill.ts_ns), 1)
        self.costs_brl += each * fill.qty
        self._trip_costs_brl += each * closed
        if closed and self.position * fill.side >= 0:
            self._end_trip()
        self._trip_costs_brl += each * (fill.qty - closed)

    def _end_trip(self) -> None:
        realised = self.ledgers["pessimistic"].realised
        net = self._brl(realised - self._trip_realised) - self._trip_costs_brl
        for counts in (self.today, self.total):
            counts.trades += 1
            counts.wins += net > 0
            counts.losses += net < 0
            counts.losing = counts.losing + 1 if net < 0 else 0
        self._trip_realised, self._trip_costs_brl = realised, 0.0
        day = self._brl(realised - self._day_realised) - (self.costs_brl - self._day_costs_brl)
        self.day_best_brl = max(self.day_best_brl, day)

    def mark(self, bid: int | None, ask: int | None) -> None:
        """Follow the equity for the drawdown; an unknown quote changes nothing."""
        net = self._mark(bid, ask)[1].net_brl
        if net is not None:
            self.peak_brl = max(self.peak_brl, net)
            self.max_drawdown_brl = max(self.max_drawdown_brl, self.peak_brl - net)

    # what it is worth

    def figures(self, book: str, bid: int | None, ask: int | None) -> Figures:
        """Money since the account began, under one of BOOKS. Costs are the same in all three."""
        ledger = self.ledgers[book]
        return self._figures(ledger.realised, ledger.open(bid, ask), self.costs_brl)

    def day(self, bid: int | None, ask: int | None) -> Figures:
        """Money of the session, pessimistic."""
        return self._mark(bid, ask)[0]

    def _mark(self, bid: int | None, ask: int | None) -> tuple[Figures, Figures]:
        """Day and total at a quote; remembered for the last exit price, as most decisions see the same one."""
        ledger = self.ledgers["pessimistic"]
        key = 0 if ledger.position == 0 else bid if ledger.position > 0 else ask
        known = self._marked.get(key)
        if known is not None:
            return known
        opened = ledger.open(bid, ask)
        day = self._figures(ledger.realised - self._day_realised, opened, self.costs_brl - self._day_costs_brl)
        made = day, self._figures(ledger.realised, opened, self.costs_brl)
        self._marked = {key: made}
        return made

    def _figures(self, realised: Fraction, opened: Fraction | None, costs_brl: float) -> Figures:
        realised_brl = self._brl(realised)
        if opened is None:
            return Figures(realised_brl, None, costs_brl, None)
        open_brl = self._brl(opened)
        return Figures(realised_brl, open_brl, costs_brl, realised_brl + open_brl - costs_brl)

    def _brl(self, ticks_lots: Fraction) -> float:
        return self.instrument.ticks_to_brl(ticks_lots)


def day_of(ts_ns: int) -> dt.date:
    """Calendar day in Sao Paulo of an event time."""
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000_000, SAO_PAULO).date()
