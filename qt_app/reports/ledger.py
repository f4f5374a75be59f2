"""Money by account and day: one fold of all the journal's fills, contract by contract."""
from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

from qt_app.backtest.money import Purse, Trade
from qt_app.calendar import contract_expiry
from qt_app.errors import DataError
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.journal.entries import Order
from qt_app.journal.reader import Booked, Reader
from qt_app.orders.account import BOOKS, day_of

#: Nothing is marked to a quote: what a day adds is what its fills realised.
_REALISED: Mapping[str, Any] = {"pnl_brl": {name: {"open": 0.0} for name in BOOKS}}


@dataclass(slots=True)
class AccountDay:
    """Of one account: the round trips that ended, and the money before rounding."""

    trades: list[Trade] = field(default_factory=list)
    gross_brl: list[float] = field(default_factory=lambda: [0.0] * len(BOOKS))
    costs_brl: float = 0.0

    def add(self, purse: Purse, orders: Sequence[Mapping[str, Any]], fills: Sequence[Booked]) -> None:
        trades, money = purse.day(orders, [asdict(one.fill) for one in fills], _REALISED)
        self.trades = sorted([*self.trades, *trades], key=lambda trade: trade.exit_ns or 0)
        self.gross_brl = [so_far + net + money.costs_brl
                          for so_far, net in zip(self.gross_brl, money.net_brl, strict=True)]
        self.costs_brl += money.costs_brl


Days = dict[dt.date, dict[str, AccountDay]]


@dataclass(frozen=True, slots=True)
class Ledger:
    """Every day with fills, and where they came from. ``orders`` by number."""

    days: Days
    booked: tuple[Booked, ...]
    orders: Mapping[int, Order]

    def held(self, day: dt.date) -> dict[str, dict[str, int]]:
        """Lots held when the day ended, by account and contract; what is flat, or expired before, is left out."""
        last = {(one.account, one.symbol): one.fill.position for one in self.booked if day_of(one.fill.ts_ns) <= day}
        held: dict[str, dict[str, int]] = {}
        for (account, symbol), lots in last.items():
            if lots and not _expired(symbol, day):
                held.setdefault(account, {})[symbol] = lots
        return held


def read_ledger(reader: Reader, fees: Fees) -> Ledger:
    """Raises JournalError for a journal that cannot be read."""
    orders = reader.orders()
    booked = reader.booked()
    records = [{"order_id": order.order_id, "purpose": order.purpose, "reason": order.reason} for order in orders]
    days: Days = {}
    for (symbol, account), fills in _by_contract(booked).items():
        purse = Purse(instrument(symbol), fees)
        for day, rows in groupby(fills, key=lambda one: day_of(one.fill.ts_ns)):
            days.setdefault(day, {}).setdefault(account, AccountDay()).add(purse, records, list(rows))
    return Ledger(dict(sorted(days.items())), tuple(booked), {order.order_id: order for order in orders})


def _expired(symbol: str, day: dt.date) -> bool:
    try:
        return contract_expiry(symbol) < day
    except DataError:       # no contract of B3's: nothing says when it ends
        return False


def _by_contract(booked: Sequence[Booked]) -> dict[tuple[str, str], list[Booked]]:
    """In the order of writing, which is the account's own, whatever a simulated market's clock did."""
    found: dict[tuple[str, str], list[Booked]] = {}
    for one in booked:
        found.setdefault((one.symbol, one.account), []).append(one)
    return found
