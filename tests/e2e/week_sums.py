"""What the fills of a journal come to, by arithmetic that knows nothing of the program: sqlite3, Decimal and Fraction.

Money is BRL; three values are the three assumptions about fills, the pessimistic one first.
"""
from __future__ import annotations

import datetime as dt
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
#: WDO: half a point of R$ 10; WIN: five points of R$ 0.20.
TICK_BRL = {"WDO": Decimal(5), "WIN": Decimal(1)}
TICK_POINTS = {"WDO": Decimal("0.5"), "WIN": Decimal(5)}
#: B3's fee of a day-trade contract and side, lowest tier: US$ 0.2037 at R$ 5.37, and R$ 0.2561.
SIDE_BRL = {"WDO": Decimal("0.2037") * Decimal("5.37"), "WIN": Decimal("0.2561")}

Three = tuple[Fraction, Fraction, Fraction]
NOTHING: Three = (Fraction(0), Fraction(0), Fraction(0))


def cent(value: Decimal | Fraction | float) -> Decimal:
    """To the cent, as every figure is compared."""
    exact = Fraction(value)
    return (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_HALF_EVEN) + 0


def plus(one: Three, other: Three) -> Three:
    return one[0] + other[0], one[1] + other[1], one[2] + other[2]


@dataclass(frozen=True, slots=True)
class Fill:
    """A row of the journal. ``ticks``: ticks x lots paid, by assumption."""

    run: str
    order: int | None
    symbol: str
    account: str
    ts_ns: int
    side: int
    lots: int
    price: int
    ticks: tuple[int, int, int]
    position: int
    side_brl: Decimal

    @property
    def day(self) -> dt.date:
        return self.when.date()

    @property
    def when(self) -> dt.datetime:
        """On the clock of Sao Paulo, to the millisecond."""
        return dt.datetime.fromtimestamp(self.ts_ns // 1_000_000 / 1000, SAO_PAULO).replace(tzinfo=None)

    @property
    def root(self) -> str:
        return self.symbol[:3]

    @property
    def costs(self) -> Decimal:
        return self.lots * self.side_brl

    @property
    def points(self) -> Decimal:
        return self.price * TICK_POINTS[self.root]


@dataclass(slots=True)
class Trip:
    """A round trip, flat to flat; ``ended`` None while it is open."""

    fills: list[Fill]
    gross: Three = NOTHING
    ended: dt.date | None = None

    @property
    def side(self) -> int:
        return self.fills[0].side

    @property
    def costs(self) -> Decimal:
        return sum((fill.costs for fill in self.fills), Decimal(0))

    @property
    def net(self) -> Fraction:
        """Pessimistic."""
        return self.gross[0] - Fraction(self.costs)

    @property
    def nets(self) -> list[Decimal]:
        """To the cent, by assumption."""
        return [cent(gross - Fraction(self.costs)) for gross in self.gross]

    def average(self, side: int) -> float:
        """Price in points of what was bought (or sold)."""
        chosen = [fill for fill in self.fills if fill.side == side]
        return float(sum(Fraction(fill.points) * fill.lots for fill in chosen) / sum(fill.lots for fill in chosen))

    @property
    def lots(self) -> int:
        return sum(fill.lots for fill in self.fills if fill.side == self.side)


@dataclass(slots=True)
class AccountDay:
    """What one account realised and paid on a day, and the round trips that ended on it, in their order."""

    gross: Three = NOTHING
    costs: Decimal = Decimal(0)
    trips: list[Trip] = field(default_factory=list)
    held: dict[str, int] = field(default_factory=dict)

    @property
    def shown_gross(self) -> list[Decimal]:
        return [cent(value) for value in self.gross]

    @property
    def net(self) -> list[Decimal]:
        """Gross and costs to the cent, and what is between them."""
        return [gross - cent(self.costs) for gross in self.shown_gross]


Key = tuple[dt.date, str]


@dataclass(frozen=True, slots=True)
class Sums:
    """``days`` by day and account; ``trips`` in the order of their entries, the open ones among them."""

    fills: tuple[Fill, ...]
    days: dict[Key, AccountDay]
    trips: tuple[Trip, ...]
    orders: tuple[tuple[int, str, str, int, int | None], ...]   # number, symbol, purpose, lots, price in ticks

    def accounts(self) -> list[str]:
        return sorted({account for _, account in self.days})

    def of_account(self, account: str) -> list[tuple[dt.date, AccountDay]]:
        return [(day, one) for (day, name), one in sorted(self.days.items()) if name == account]


def read(journal: Path, brokerage: Decimal) -> Sums:
    """Everything that a journal's fills come to; ``brokerage`` per contract and side."""
    with sqlite3.connect(f"{journal.as_uri()}?mode=ro", uri=True) as book:
        rows = book.execute(
            "SELECT runs.name, order_id, symbol, account, ts_ns, side, qty, price, cost_probable, cost_optimistic, "
            "position FROM fills JOIN runs USING (run) ORDER BY id").fetchall()
        orders = book.execute("SELECT order_id, symbol, purpose, qty, price FROM orders ORDER BY order_id").fetchall()
    book.close()
    fills = tuple(
        Fill(run, order, symbol, account, ts_ns, side, lots, price, (lots * price, probable, optimistic), position,
             SIDE_BRL[symbol[:3]] + brokerage)
        for run, order, symbol, account, ts_ns, side, lots, price, probable, optimistic, position in rows)
    days: dict[Key, AccountDay] = defaultdict(AccountDay)
    trips: list[Trip] = []
    for contract in {(fill.account, fill.symbol): None for fill in fills}:
        trips += _fold([fill for fill in fills if (fill.account, fill.symbol) == contract], days)
    for one in days.values():
        one.trips.sort(key=lambda trip: trip.fills[-1].ts_ns)
    _hold(fills, days)
    return Sums(fills, dict(sorted(days.items())), tuple(sorted(trips, key=lambda trip: trip.fills[0].ts_ns)),
                tuple(orders))


def _fold(fills: Iterable[Fill], days: dict[Key, AccountDay]) -> list[Trip]:
    """At average cost: what leaves takes its share of what all that is held had cost."""
    trips: list[Trip] = []
    position, cost = 0, NOTHING
    for fill in fills:
        day = days[fill.day, fill.account]
        day.costs += fill.costs
        if position == 0:
            trips.append(Trip([]))
        trip = trips[-1]
        trip.fills.append(fill)
        if position * fill.side >= 0:
            cost = plus(cost, _scaled(fill.ticks, 1))
        else:
            assert fill.lots <= abs(position), "an order of the program never turns a position round"
            share = Fraction(fill.lots, abs(position))
            left = _scaled(cost, share)
            won = _scaled(plus(_scaled(left, -1), _scaled(fill.ticks, 1)),
                          -fill.side * Fraction(TICK_BRL[fill.root]))
            cost = plus(cost, _scaled(left, -1))
            day.gross, trip.gross = plus(day.gross, won), plus(trip.gross, won)
        position += fill.side * fill.lots
        assert position == fill.position, "the journal's own position"
        if position == 0:
            trip.ended = fill.day
            day.trips.append(trip)
    return trips


def _scaled(values: Sequence[Fraction | int], by: Fraction | int) -> Three:
    first, second, third = (Fraction(value) * by for value in values)
    return first, second, third


def _hold(fills: Iterable[Fill], days: dict[Key, AccountDay]) -> None:
    """What the last fill left, on days without one too."""
    last: dict[tuple[str, str], list[Fill]] = defaultdict(list)
    for fill in fills:
        last[fill.account, fill.symbol].append(fill)
    for day in {day for day, _ in days}:        # no contract of the week expires in it
        for (account, symbol), known in last.items():
            until = [fill.position for fill in known if fill.day <= day]
            if until and until[-1]:
                days[day, account].held[symbol] = until[-1]
