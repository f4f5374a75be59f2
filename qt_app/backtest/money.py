"""Trades and results of days as a fold of their fills, under the paper account's three assumptions about fills."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from qt_app.fees import Fees
from qt_app.instruments import Instrument
from qt_app.orders.account import BOOKS, Fill, Ledger, day_of

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Trade:
    """One round trip, flat to flat. Prices are averages in points, money is BRL; without an exit the data ended first.

    ``gross_brl``: by assumption, in the order of ``BOOKS``; None for an open trade.
    """

    symbol: str
    side: int
    contracts: float
    entry_ns: int
    entry: float
    entry_reason: str
    exit_ns: int | None = None
    exit: float | None = None
    exit_reason: str | None = None
    gross_brl: tuple[float, ...] | None = None
    costs_brl: float = 0.0

    @property
    def net_brl(self) -> tuple[float, ...] | None:
        return None if self.gross_brl is None else tuple(gross - self.costs_brl for gross in self.gross_brl)


@dataclass(frozen=True, slots=True)
class Money:
    """What one day added in BRL, by assumption in the order of ``BOOKS``; ``marked``: what stayed open had a quote."""

    net_brl: tuple[float, ...]
    costs_brl: float
    marked: bool


@dataclass(slots=True)
class _Trip:
    """The round trip that is open."""

    trade: Trade
    realised: dict[str, Fraction]       # when it began
    value: int = 0                      # ticks x lots that entered, pessimistic
    lots: int = 0
    left: int = 0                       # ticks x lots that left
    costs_brl: float = 0.0


@dataclass(slots=True)
class Purse:
    """One contract's account over one or several days."""

    instrument: Instrument
    fees: Fees
    _ledgers: dict[str, Ledger] = field(default_factory=lambda: {name: Ledger() for name in BOOKS})
    _costs_brl: float = 0.0
    _before: tuple[float, ...] = (0.0,) * len(BOOKS)
    _trip: _Trip | None = None

    def day(self, orders: Sequence[Record], fills: Sequence[Record], summary: Mapping[str, Any]) -> \
            tuple[list[Trade], Money]:
        """The round trips that ended, and what the day added. ``summary`` knows what is open at the last quote."""
        reasons = {order["order_id"]: _why(order) for order in orders}
        costs_before, trades = self._costs_brl, list[Trade]()
        for record in fills:
            trades += self._fill(record, reasons)
        opened = [summary["pnl_brl"][name]["open"] for name in BOOKS]
        worth = tuple(self.instrument.ticks_to_brl(ledger.realised) + (open_brl or 0.0) - self._costs_brl
                      for ledger, open_brl in zip(self._ledgers.values(), opened, strict=True))
        added = tuple(now - before for now, before in zip(worth, self._before, strict=True))
        self._before = worth
        return trades, Money(added, self._costs_brl - costs_before, None not in opened)

    @property
    def open_trade(self) -> Trade | None:
        """What the data ended in."""
        return None if self._trip is None else replace(self._trip.trade, costs_brl=self._trip.costs_brl)

    def _fill(self, record: Record, reasons: Mapping[int, str]) -> list[Trade]:
        fill = Fill(*(record[name] for name in ("order_id", "seq", "ts_ns", "side", "qty", "price", "cost_probable",
                                                "cost_optimistic")))
        each_brl = self.fees.side_brl(self.instrument, day_of(fill.ts_ns), 1)
        self._costs_brl += each_brl * fill.qty
        closed, why, ended = 0, reasons.get(fill.order_id, ""), list[Trade]()
        for name, ledger in self._ledgers.items():
            closed = ledger.fill(fill.side, fill.qty, fill.cost(name))     # the same in all of them
        if closed:
            ended = self._leave(fill, closed, each_brl, why)
        if fill.qty > closed:
            self._enter(fill, fill.qty - closed, each_brl, why)
        return ended

    def _enter(self, fill: Fill, lots: int, each_brl: float, why: str) -> None:
        if self._trip is None:
            trade = Trade(self.instrument.symbol, fill.side, 0.0, fill.ts_ns, 0.0, why)
            self._trip = _Trip(trade, {name: ledger.realised for name, ledger in self._ledgers.items()})
        trip = self._trip
        trip.value, trip.lots = trip.value + lots * fill.price, trip.lots + lots
        trip.costs_brl += lots * each_brl
        trip.trade = replace(trip.trade, contracts=self.instrument.to_contracts(trip.lots),
                             entry=self._points(trip.value, trip.lots))

    def _leave(self, fill: Fill, lots: int, each_brl: float, why: str) -> list[Trade]:
        trip = self._trip
        assert trip is not None
        trip.left += lots * fill.price
        trip.costs_brl += lots * each_brl
        if self._ledgers[BOOKS[0]].position * fill.side < 0:
            return []
        self._trip = None
        gross = tuple(self.instrument.ticks_to_brl(ledger.realised - trip.realised[name])
                      for name, ledger in self._ledgers.items())
        return [replace(trip.trade, exit_ns=fill.ts_ns, exit=self._points(trip.left, trip.lots), exit_reason=why,
                        gross_brl=gross, costs_brl=trip.costs_brl)]

    def _points(self, ticks_lots: int, lots: int) -> float:
        return float(Fraction(ticks_lots, lots) * Fraction(*self.instrument.tick))


def _why(order: Record) -> str:
    """An entry, exit or leg in a word or two."""
    purpose, reason = str(order["purpose"]), str(order["reason"])
    return reason if purpose == "exit" else purpose if purpose in ("stop", "target") else reason.lower()
