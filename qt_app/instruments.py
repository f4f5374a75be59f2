"""Contracts, and the one table that converts ticks, points, lots, contracts and BRL.

Names carry the unit: ``_ticks`` (int, the grid of prices), ``_points`` (float, what screens show), ``_lots`` (int, the
grid of quantities), ``_contracts`` (float), ``_brl`` (float). Nothing else in the system multiplies one into another.
Sources: B3's contract specifications as collected in ABI section 9 (WDO, WIN); DOL and IND are five times as large and
trade in lots of five (every print of a recorded DOL session is a multiple of 5).
"""
from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction

from qt_app.errors import DataError
from qt_core._types import to_points as _to_points
from qt_core._types import to_ticks as _to_ticks

#: Month letters of futures, January first.
MONTH_LETTERS = "FGHJKMNQUVXZ"

EVERY_MONTH = tuple(range(1, 13))
EVEN_MONTHS = (2, 4, 6, 8, 10, 12)

#: The vendor's exchange letter of futures (BM&F).
EXCHANGE = "F"


@dataclass(frozen=True, slots=True)
class Root:
    """What all contracts of one root share."""

    name: str
    tick: tuple[int, int]       # points per tick, as a fraction
    point_value_brl: float      # BRL per point and contract
    months: tuple[int, ...]     # maturity months
    min_lots: int = 1           # smallest order, and the multiple of every order
    max_lots: int = 10_000      # largest order that can be meant


ROOTS = {
    "WDO": Root("WDO", (1, 2), 10.0, EVERY_MONTH),
    "WIN": Root("WIN", (5, 1), 0.2, EVEN_MONTHS),
    "DOL": Root("DOL", (1, 2), 50.0, EVERY_MONTH, min_lots=5),
    "IND": Root("IND", (5, 1), 1.0, EVEN_MONTHS, min_lots=5),
}


@dataclass(frozen=True, slots=True)
class Instrument:
    """One tradable symbol. ``tick`` is points per tick and ``qty_step`` contracts per lot, each as (num, den).

    ``year`` and ``month`` are the maturity's, None where there is none. For an instrument that is not quoted in BRL the
    money figures are in its own currency.
    """

    symbol: str
    root: str
    exchange: str
    tick: tuple[int, int]
    qty_step: tuple[int, int]
    point_value_brl: float
    min_lots: int
    max_lots: int
    year: int | None = None
    month: int | None = None
    exact_tick_value: Fraction = field(init=False, repr=False, compare=False)  # BRL per tick and lot

    def __post_init__(self) -> None:
        for name, (num, den) in (("tick", self.tick), ("quantity step", self.qty_step)):
            if num < 1 or den < 1:
                raise DataError(f"{self.symbol}: {name} {num}/{den} is not positive; give two positive whole numbers")
        if not 0.0 < self.point_value_brl < 1e9:
            raise DataError(f"{self.symbol}: point value {self.point_value_brl!r} is not a positive amount")
        if not 1 <= self.min_lots <= self.max_lots:
            raise DataError(f"{self.symbol}: order size from {self.min_lots} to {self.max_lots} lots is empty")
        exact = Fraction(repr(self.point_value_brl)) * Fraction(*self.tick) * Fraction(*self.qty_step)
        object.__setattr__(self, "exact_tick_value", exact)

    @property
    def multiplier(self) -> float:
        """Money per point and contract: the vendor's name for the point value."""
        return self.point_value_brl

    @property
    def tick_value_brl(self) -> float:
        """BRL per tick and lot."""
        return float(self.exact_tick_value)

    def to_ticks(self, points: float) -> int:
        """Raises DataError when the price is not positive and finite or lies off the grid."""
        try:
            return _to_ticks(points, *self.tick)
        except ValueError as error:
            raise DataError(f"{self.symbol}: {error}") from error

    def to_points(self, ticks: int) -> float:
        return _to_points(ticks, *self.tick)

    def to_lots(self, contracts: float) -> int:
        """Raises DataError when the quantity is not a whole number of lots."""
        num, den = self.qty_step
        exact = contracts * den / num
        lots = round(exact) if math.isfinite(exact) else 0
        if not abs(exact - lots) <= 1e-6:
            raise DataError(f"{self.symbol}: {contracts!r} contracts are not a multiple of the step {num}/{den}")
        return lots

    def to_contracts(self, lots: int) -> float:
        num, den = self.qty_step
        return lots * num / den

    def ticks_to_brl(self, ticks: int | Fraction, lots: int = 1) -> float:
        """BRL of a price difference on a number of lots, rounded once."""
        return float(ticks * lots * self.exact_tick_value)

    def points_to_brl(self, points: float, contracts: float = 1.0) -> float:
        return points * contracts * self.point_value_brl


def instrument(symbol: str) -> Instrument:
    """The B3 contract of a symbol such as WDOZ26; DataError says what is wrong with it."""
    match = re.fullmatch(r"([A-Z]{3})([A-Z])(\d{2})", symbol)
    if match is None:
        raise DataError(f"symbol {symbol!r} is not root, month letter and two-digit year; write it as WDOZ26")
    name, letter, year = match.groups()
    root = ROOTS.get(name)
    if root is None:
        raise DataError(f"symbol {symbol!r}: root {name!r} is unknown; known are {', '.join(ROOTS)}")
    month = MONTH_LETTERS.find(letter) + 1
    if month not in root.months:
        letters = " ".join(MONTH_LETTERS[m - 1] for m in root.months)
        raise DataError(f"symbol {symbol!r}: {name} has no maturity month {letter!r}; it has {letters}")
    return Instrument(symbol, name, EXCHANGE, root.tick, (1, 1), root.point_value_brl, root.min_lots, root.max_lots,
                      2000 + int(year), month)


def generic(symbol: str, tick: tuple[int, int], qty_step: tuple[int, int] = (1, 1),
            point_value: float = 1.0) -> Instrument:
    """Any other symbol, for replays and research: an equity, a crypto pair, a foreign future."""
    if not symbol:
        raise DataError("the symbol is empty; give it a name")
    return Instrument(symbol, symbol, "", tick, qty_step, point_value, 1, 1_000_000_000)
