"""A home with days of trading in its journal, and what they came to by arithmetic that knows nothing of the program."""
from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from qt_app.home import Home
from qt_app.journal.entries import Decision, Entry, Fill, Mark, Order
from qt_app.journal.journal import Journal

#: Of the fee table: US$ and R$ per contract and side, day trade, and the rate of conversion.
SIDE_BRL = {"WDOZ26": Decimal("0.2037") * Decimal("5.37"), "WINZ26": Decimal("0.2561")}
TICK_BRL = {"WDOZ26": Decimal(5), "WINZ26": Decimal(1)}
MIDDLE = {"WDOZ26": 10_800, "WINZ26": 26_000}
MONDAY = dt.date(2026, 11, 9)
WEEK = tuple(MONDAY + dt.timedelta(at) for at in range(5))


@dataclass(frozen=True, slots=True)
class Sum:
    """Money of an account's day, to the cent: gross by the three bounds, costs, and each round trip's net."""

    gross: tuple[Decimal, Decimal, Decimal]
    costs: Decimal
    trips: tuple[Decimal, ...]


def cent(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"), ROUND_HALF_EVEN)


def at_ns(day: dt.date, hour: int, minute: int = 0, second: int = 0) -> int:
    moment = dt.datetime.combine(day, dt.time(hour, minute, second), ZoneInfo("America/Sao_Paulo"))
    return int(moment.timestamp()) * 1_000_000_000


@dataclass(slots=True)
class Market:
    """Writes round trips of random size, price and length; order numbers go on over the days."""

    seed: int = 7
    number: int = 0

    def trips(self, day: dt.date, symbol: str, account: str, count: int, hour: int = 10) -> Iterator[Entry]:
        """Flat to flat: an entry of one to three lots, left in one or two fills."""
        chance = random.Random(f"{self.seed} {day} {symbol} {account} {hour}")
        for trip in range(count):
            side, lots = chance.choice((1, -1)), chance.randint(1, 3)
            when = at_ns(day, hour + trip % 6, chance.randint(0, 50))
            yield from self._fill(symbol, account, when, side, lots, chance, lots * side)
            first = chance.randint(1, lots)
            for part, left in ((first, lots - first), (lots - first, 0)):
                if part:
                    when += 60_000_000_000
                    yield from self._fill(symbol, account, when, -side, part, chance, left * side, entry=False)

    def _fill(self, symbol: str, account: str, when: int, side: int, lots: int, chance: random.Random, position: int,
              entry: bool = True) -> Iterator[Entry]:
        self.number += 1
        price = MIDDLE[symbol] + chance.randint(-40, 40)
        better = side * chance.randint(0, 1) * lots if account == "paper" else 0
        yield Order(self.number, self.number * 10, when - 1_000_000_000, symbol, account, "entry" if entry else "exit",
                    side, lots, None, None, "BUY" if entry else "OPPOSITE_DECISION")
        yield Fill(self.number, self.number * 10, when, side, lots, price, lots * price - better,
                   lots * price - 2 * better, entry, position)


def write(home: Home, run: str, entries: list[Entry], told: str = "sim, paper") -> None:
    """One run's part of the journal."""
    home.prepare()
    first = next((entry.ts_ns for entry in entries if isinstance(entry, Order | Decision)), 0)
    journal = Journal.open(home.journal, run)
    for entry in [Mark("started", first, told), *entries, Mark("stopped", first, "position 0")]:
        journal.put(entry)
    journal.close()


def sums(entries: list[Entry], brokerage: Decimal = Decimal(0)) -> dict[tuple[dt.date, str], Sum]:
    """By day and account: what came in less what went out, as everything ends flat."""
    owner = {entry.order_id: entry for entry in entries if isinstance(entry, Order)}
    cash: dict[tuple[dt.date, str], list[list[Decimal]]] = {}
    open_trip: dict[tuple[str, str], list[Decimal]] = {}
    for fill in (entry for entry in entries if isinstance(entry, Fill)):
        order = owner[fill.order_id]
        key = (dt.datetime.fromtimestamp(fill.ts_ns / 1e9, ZoneInfo("America/Sao_Paulo")).date(), order.account)
        tick, side = TICK_BRL[order.symbol], SIDE_BRL[order.symbol] + brokerage
        costs = (fill.qty * fill.price, fill.cost_probable, fill.cost_optimistic)
        moved = [*(-fill.side * cost * tick for cost in costs), fill.qty * side]
        trip = open_trip.setdefault((order.account, order.symbol), [Decimal(0)] * 4)
        trip[:] = [a + b for a, b in zip(trip, moved, strict=True)]
        if fill.position == 0:
            cash.setdefault(key, []).append(open_trip.pop((order.account, order.symbol)))
    found = {}
    for key, trips in cash.items():
        total = [sum(column, Decimal(0)) for column in zip(*trips, strict=True)]
        found[key] = Sum((cent(total[0]), cent(total[1]), cent(total[2])), cent(total[3]),
                         tuple(cent(one[0] - one[3]) for one in trips))
    return found


def week(home: Home) -> list[Entry]:
    """Five days of a paper account in two contracts and of a broker's account in one; Wednesday without the broker."""
    market, everything = Market(), list[Entry]()
    for at, day in enumerate(WEEK):
        paper = [*market.trips(day, "WDOZ26", "paper", 4 + at), *market.trips(day, "WINZ26", "paper", 3)]
        write(home, f"{day:%Y%m%d}-090000", paper)
        everything += paper
        if at != 2:
            live = list(market.trips(day, "WDOZ26", "32003:7", 2, hour=11))
            write(home, f"{day:%Y%m%d}-110000", live, "profit, live")
            everything += live
    return everything
