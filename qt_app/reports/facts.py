"""The facts of a day, gathered once from the journal, the runs' results and what they recorded."""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from qt_app.backtest.money import Trade
from qt_app.calendar import day_ns
from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.journal.reader import Booked, Reader
from qt_app.orders.account import BOOKS, day_of
from qt_app.reports.alerts import alerts_of
from qt_app.reports.findings import with_findings
from qt_app.reports.ledger import AccountDay, Ledger, read_ledger
from qt_app.reports.records import Book, DayFacts, Deal, Held, Result, RunDay
from qt_app.reports.runs import RunResults, read_json, read_run, run_day
from qt_app.reports.speed import latency_of


@dataclass(frozen=True, slots=True)
class Past:
    """All that the journal knows about money and runs, read once for however many days."""

    home: Home
    config: Config
    ledger: Ledger
    started: Mapping[str, str]
    runs: Mapping[dt.date, tuple[str, ...]]

    @classmethod
    def read(cls, home: Home, config: Config) -> Past:
        """Raises JournalError (exit 9) when there is no journal, or none that can be read."""
        with Reader(home.journal) as reader:
            ledger = read_ledger(reader, fees_of(config))
            return cls(home, config, ledger, reader.started(), reader.runs_by_day())

    @property
    def days(self) -> list[dt.date]:
        """Days on which something was decided or filled."""
        return sorted({*self.runs, *self.ledger.days})

    @property
    def newest(self) -> dt.date:
        """Raises DataError when the journal is empty."""
        if not self.days:
            raise DataError(f"journal {self.home.journal}: nothing was decided in it yet; `qt start` trades")
        return self.days[-1]

    def between(self, first: dt.date | None, last: dt.date | None) -> list[dt.date]:
        """Days with data from ``first`` to ``last``, both included. Raises DataError when there is none."""
        found = [day for day in self.days if (first or day) <= day <= (last or day)]
        if not found:
            span = f"from {first or 'the beginning'} to {last or 'today'}"
            raise DataError(f"{span} nothing was decided or traded{self.span_words}; give other days")
        return found

    @property
    def span_words(self) -> str:
        """What days there are, for messages."""
        return f"; the journal has {self.days[0]} to {self.days[-1]}" if self.days else ""

    def simulated(self, accounts: Sequence[str], first: dt.date) -> bool:
        """Whether these accounts traded a simulated market in the month that begins on ``first``."""
        runs = {one.run for one in self.ledger.booked
                if one.account in accounts and day_of(one.fill.ts_ns).replace(day=1) == first}
        return any(self.started.get(run, "").startswith("sim,") for run in runs)

    def mode_of(self, account: str) -> str | None:
        """Trading mode of the account, as its latest run told it."""
        runs = [one.run for one in self.ledger.booked if one.account == account]
        told = self.started.get(runs[-1], "") if runs else ""
        return told.partition(", ")[2] or ("paper" if account == "paper" else None)


def gather(past: Past, day: dt.date, *, recordings: bool = True) -> DayFacts:
    """``recordings``: read them too, for their quality and how good each voter was.

    Raises DataError for a day without data, and for results or recordings that cannot be read.
    """
    if day not in past.days:
        raise DataError(f"{day}: nothing was decided or traded on that day{past.span_words}; give another --date")
    results = {name: read_run(past.home.data / "runs" / name, day_ns(day)) for name in past.runs.get(day, ())}
    runs = tuple(_run(past, day, name, found, recordings) for name, found in results.items())
    accounts = {*past.ledger.days.get(day, {}), *past.ledger.held(day)}     # one that only holds is told of too
    books = tuple(_book(past, day, account, results) for account in sorted(accounts))
    return DayFacts(day, books, runs, alerts_of(past.home, day, frozenset(results)))


def gather_all(past: Past, days: Sequence[dt.date], *, recordings: bool = True,
               progress: Callable[[int, int], None] | None = None) -> list[DayFacts]:
    """Day by day, as ``gather``."""
    found: list[DayFacts] = []
    for day in days:
        if progress is not None:
            progress(len(found), len(days))
        found.append(gather(past, day, recordings=recordings))
    return found


def _run(past: Past, day: dt.date, name: str, results: RunResults | None, recordings: bool) -> RunDay:
    found = run_day(past.home, name, past.started.get(name, ""), results)
    if results is None:
        return found
    found = replace(found, latency=latency_of(past.home, name, results.folder, day_ns(day)))
    return with_findings(past.home, past.config, found, results) if recordings else found


def _book(past: Past, day: dt.date, account: str, results: Mapping[str, RunResults | None]) -> Book:
    own = past.ledger.days.get(day, {}).get(account, AccountDay())
    fills = [one for one in past.ledger.booked if one.account == account and day_of(one.fill.ts_ns) <= day]
    entries = {(one.symbol, one.fill.ts_ns, one.fill.side): one for one in fills}     # one may end at its instant too
    deals = tuple(_deal(past, trade, entries[trade.symbol, trade.entry_ns, trade.side], results)
                  for trade in own.trades)
    held = tuple(Held(symbol, lots, _open_brl(results, fills, symbol, lots))
                 for symbol, lots in past.ledger.held(day).get(account, {}).items())
    symbols = {one.symbol for one in fills if day_of(one.fill.ts_ns) == day} | {one.symbol for one in held}
    return Book(account, past.mode_of(account), tuple(sorted(symbols)), deals,
                Result.of(tuple(own.gross_brl), own.costs_brl), held)


def _deal(past: Past, trade: Trade, entry: Booked, results: Mapping[str, RunResults | None]) -> Deal:
    """An order bears the instant of the decision that sent it. What was held over night began in an earlier run."""
    began, order = day_of(entry.fill.ts_ns), past.ledger.orders.get(entry.fill.order_id)
    same_day = trade.exit_ns is not None and day_of(trade.exit_ns) == began
    run = results.get(entry.run) if same_day else read_run(past.home.data / "runs" / entry.run, day_ns(began))
    if order is None or run is None:
        return Deal(trade, entry.run)
    regime, sides = run.at(order.ts_ns)
    return Deal(trade, entry.run, regime, sides)


def _open_brl(results: Mapping[str, RunResults | None], fills: list[Booked], symbol: str, lots: int) -> float | None:
    """By the last quote of the run that filled last, if that run ended holding these lots."""
    run = results.get(next((one.run for one in reversed(fills) if one.symbol == symbol), ""))
    if run is None:
        return None
    summary = read_json(run.folder / "summary.json")
    same = summary.get("symbol") == symbol and summary.get("position_lots") == lots
    opened = summary["pnl_brl"][BOOKS[0]]["open"] if same else None
    return None if opened is None else float(opened)
