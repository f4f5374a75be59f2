"""What a trade costs: the exchange's dated fee tables, and the broker's fee.

Fees are per contract and side. Tables lie in ``tables/`` as CSV with ``valid_from``, value and source; the newest row
that is valid on the day counts. Fees in USD are converted by the dated rate of ``fee_fx.csv``, which is an assumption
and says so.
"""
from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from importlib import resources

from qt_app.errors import ConfigError, DataError
from qt_app.instruments import Instrument

Row = dict[str, str]
Day = dt.date | str

FEES = "exchange_fees.csv"
FX = "fee_fx.csv"
TAX = "day_trade_tax.csv"


@dataclass(frozen=True, slots=True)
class TableAge:
    """How old a table is: the newest row's validity and collection, for ``qt doctor``."""

    name: str
    valid_from: dt.date
    collected: dt.date
    age_days: int


@dataclass(frozen=True, slots=True)
class Fees:
    """Costs of an account. ``other_side_brl`` is the fee per contract and side where no table covers the instrument."""

    brokerage_side_brl: float = 0.0
    other_side_brl: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("brokerage", self.brokerage_side_brl), ("other fee", self.other_side_brl)):
            if value is not None and not 0.0 <= value < 1e6:
                raise ConfigError(f"{name} {value!r} BRL per contract and side is out of range; give 0 or more")

    def side_brl(self, instrument: Instrument, day: Day, lots: int, *, day_trade: bool = True) -> float:
        """Costs of one side in BRL."""
        each = self.brokerage_side_brl + self._exchange_brl(instrument, as_date(day), day_trade)
        return each * instrument.to_contracts(abs(lots))

    def round_trip_brl(self, instrument: Instrument, day: Day, lots: int, *, day_trade: bool = True) -> float:
        """Costs of opening and closing in BRL."""
        return 2.0 * self.side_brl(instrument, day, lots, day_trade=day_trade)

    def _exchange_brl(self, instrument: Instrument, day: dt.date, day_trade: bool) -> float:
        rows = [row for row in table(FEES) if row["root"] == instrument.root]
        if rows:
            return _fee_brl(valid_row(rows, day, f"fees of {instrument.root}"), day, day_trade)
        if self.other_side_brl is None:
            raise ConfigError(f"{instrument.symbol}: no fee table covers {instrument.root}; "
                              "give its fee per contract and side")
        return self.other_side_brl


def side_brl(instrument: Instrument, day: Day, lots: int) -> float:
    """Exchange fees of one day-trade side in BRL, brokerage zero."""
    return Fees().side_brl(instrument, day, lots)


def round_trip_brl(instrument: Instrument, day: Day, lots: int) -> float:
    """Exchange fees of a day-trade round trip in BRL, brokerage zero."""
    return Fees().round_trip_brl(instrument, day, lots)


def table_ages(today: dt.date) -> list[TableAge]:
    """Age of each table since its rows were collected."""
    return [_age(name, today) for name in (FEES, FX, TAX)]


def as_date(day: Day) -> dt.date:
    if isinstance(day, dt.date):
        return day
    try:
        return dt.date.fromisoformat(day)
    except ValueError as error:
        raise DataError(f"day {day!r} is not a date; write it as YYYY-MM-DD") from error


@cache
def table(name: str) -> tuple[Row, ...]:
    """Rows of a packaged table, as they stand."""
    text = resources.files("qt_app").joinpath("tables", name).read_text(encoding="utf-8")
    return tuple(csv.DictReader(text.splitlines()))


def valid_row(rows: list[Row], day: dt.date, what: str) -> Row:
    """The newest row valid on a day; DataError when the table begins later."""
    valid = [row for row in rows if dt.date.fromisoformat(row["valid_from"]) <= day]
    if not valid:
        raise DataError(f"{what}: the table begins after {day}; add a row with its source")
    return max(valid, key=lambda row: row["valid_from"])


def _fee_brl(row: Row, day: dt.date, day_trade: bool) -> float:
    fee = float(row["day_trade_side" if day_trade else "side"])
    if row["currency"] == "BRL":
        return fee
    return fee * float(valid_row(list(table(FX)), day, "USD rate of fees")["brl_per_usd"])


def _age(name: str, today: dt.date) -> TableAge:
    newest = max(table(name), key=lambda row: row["valid_from"])
    collected = dt.date.fromisoformat(newest["collected"])
    return TableAge(name, dt.date.fromisoformat(newest["valid_from"]), collected, (today - collected).days)
