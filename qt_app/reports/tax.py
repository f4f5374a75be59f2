"""The day-trade tax of a month, by the dated rules of ``tables/day_trade_tax.csv``: a fold over the months before it.

All money is Decimal BRL to the cent. Only round trips that begin and end on one day are day trades.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from qt_app.calendar import session_before
from qt_app.errors import DataError
from qt_app.fees import TAX, table, valid_row
from qt_app.orders.account import day_of
from qt_app.reports.facts import Past
from qt_app.reports.ledger import AccountDay
from qt_app.reports.records import Result

NOTHING = Decimal("0.00")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the law says of a month. ``rate`` and ``withheld_rate`` are fractions."""

    rate: Decimal
    withheld_rate: Decimal
    least_darf_brl: Decimal
    darf_code: str
    valid_from: dt.date
    collected: dt.date
    source: str

    @classmethod
    def of(cls, day: dt.date) -> Rules:
        """Raises DataError for a day before the table."""
        row = valid_row(list(table(TAX)), day, "day-trade tax")
        return cls(Decimal(row["rate"]), Decimal(row["withheld_rate"]), Decimal(row["least_darf_brl"]),
                   row["darf_code"], dt.date.fromisoformat(row["valid_from"]),
                   dt.date.fromisoformat(row["collected"]), row["source"])


@dataclass(frozen=True, slots=True)
class TaxDay:
    """An account's day trades. What is withheld is withheld by each broker, of a positive day."""

    day: dt.date
    account: str
    trades: int
    gross_brl: Decimal
    costs_brl: Decimal

    @property
    def net_brl(self) -> Decimal:
        return self.gross_brl - self.costs_brl

    @property
    def withheld_brl(self) -> Decimal:
        return to_cents(max(self.net_brl, NOTHING) * Rules.of(self.day).withheld_rate)


@dataclass(frozen=True, slots=True)
class Carried:
    """What passes from month to month: losses, tax withheld and not deducted yet, tax too small to be paid."""

    loss_brl: Decimal = NOTHING
    withheld_brl: Decimal = NOTHING
    small_brl: Decimal = NOTHING


@dataclass(frozen=True, slots=True)
class Month:
    """One month's statement. ``first`` is its first day."""

    first: dt.date
    rules: Rules
    days: tuple[TaxDay, ...]
    before: Carried
    after: Carried
    taxable_brl: Decimal
    tax_brl: Decimal
    deducted_brl: Decimal
    due_brl: Decimal

    @property
    def net_brl(self) -> Decimal:
        return sum((day.net_brl for day in self.days), NOTHING)

    @property
    def withheld_brl(self) -> Decimal:
        return sum((day.withheld_brl for day in self.days), NOTHING)

    @property
    def due_on(self) -> dt.date:
        """The last business day of the next month."""
        return session_before(following(following(self.first)))


@dataclass(frozen=True, slots=True)
class Statement:
    """``others``: (round trips over several days, their net) that ended in the month; ``real``: real money.

    ``held``: (account, contract, lots) at the end of the month.
    """

    month: Month
    accounts: tuple[str, ...]
    real: bool
    others: tuple[int, Decimal] = (0, NOTHING)
    held: tuple[tuple[str, str, int], ...] = field(default=())


def to_cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_UP)


def following(first: dt.date) -> dt.date:
    """First day of the next month."""
    return (first.replace(day=28) + dt.timedelta(4)).replace(day=1)


def statement(past: Past, first: dt.date, *, account: str | None = None, loss_brl: Decimal = NOTHING) -> Statement:
    """Of the month that begins on ``first``; ``loss_brl`` is the day-trade loss from before the journal.

    Raises DataError for a month before the journal's first, an account that it does not know, and accounts that only
    somebody can choose between.
    """
    accounts = _accounts(past, account)
    ended = [(day, name, own) for day, books in past.ledger.days.items() for name, own in books.items()
             if name in accounts and own.trades]
    begun = min((day for day, _, _ in ended), default=None)
    if begun is None or first < begun.replace(day=1):
        raise DataError(f"{first:%Y-%m}: nothing was traded in that month or before it{past.span_words}; give another "
                        "month")
    month = _fold(_tax_days(ended), begun.replace(day=1), first, Carried(loss_brl=loss_brl))
    last = following(first) - dt.timedelta(1)
    held = tuple((name, symbol, lots) for name, lots_of in past.ledger.held(last).items() if name in accounts
                 for symbol, lots in lots_of.items())
    real = all(past.mode_of(name) == "live" for name in accounts)
    return Statement(month, accounts, real, _others(ended, first), held)


def month_of(first: dt.date, days: Sequence[TaxDay], before: Carried) -> Month:
    """One month on its own: losses first, then the tax, what was withheld of it, and the least that is paid."""
    rules = Rules.of(first)
    net = sum((day.net_brl for day in days), NOTHING)
    taxable = max(net - before.loss_brl, NOTHING)
    tax = to_cents(taxable * rules.rate)
    withheld = before.withheld_brl + sum((day.withheld_brl for day in days), NOTHING)
    deducted = min(tax, withheld)
    owed = tax - deducted + before.small_brl
    due = owed if owed >= rules.least_darf_brl else NOTHING
    after = Carried(max(before.loss_brl - net, NOTHING), withheld - deducted, owed - due)
    return Month(first, rules, tuple(days), before, after, taxable, tax, deducted, due)


def _fold(days: Sequence[TaxDay], begin: dt.date, end: dt.date, carried: Carried) -> Month:
    """A new year begins with nothing withheld: what is left is asked back in the annual return."""
    first = begin
    while True:
        month = month_of(first, [day for day in days if day.day.replace(day=1) == first], carried)
        if first == end:
            return month
        carried, first = month.after, following(first)
        if first.month == 1:
            carried = Carried(carried.loss_brl, NOTHING, carried.small_brl)


def _accounts(past: Past, asked: str | None) -> tuple[str, ...]:
    """The one asked for, else all with real money, else the only one there is."""
    known = sorted({one.account for one in past.ledger.booked})
    if asked is not None and asked not in known:
        raise DataError(f"account {asked!r} traded nothing; the journal knows {', '.join(known) or 'none'}")
    real = [name for name in known if past.mode_of(name) == "live"]
    chosen = [asked] if asked is not None else real or known
    if not real and len(chosen) > 1:
        raise DataError(f"no account with real money traded; name one of {', '.join(known)} with --account")
    return tuple(chosen)


def _tax_days(ended: Iterable[tuple[dt.date, str, AccountDay]]) -> list[TaxDay]:
    found = []
    for day, name, own in ended:
        trips = [trade for trade in own.trades if day_of(trade.entry_ns) == day and trade.gross_brl is not None]
        if trips:
            gross = sum(trade.gross_brl[0] for trade in trips if trade.gross_brl is not None)
            result = Result.of((gross,), sum(trade.costs_brl for trade in trips))
            found.append(TaxDay(day, name, len(trips), _decimal(result.gross_brl[0]), _decimal(result.costs_brl)))
    return sorted(found, key=lambda one: (one.day, one.account))


def _others(ended: Iterable[tuple[dt.date, str, AccountDay]], first: dt.date) -> tuple[int, Decimal]:
    nets = [trade.net_brl[0] for day, _, own in ended if day.replace(day=1) == first
            for trade in own.trades if day_of(trade.entry_ns) != day and trade.net_brl is not None]
    return len(nets), _decimal(sum(nets))


def _decimal(brl: float) -> Decimal:
    return Decimal(repr(brl)).quantize(Decimal("0.01"), ROUND_HALF_UP)
