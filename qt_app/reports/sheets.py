"""The workbook's tables as data: names of columns, kinds of cells, rows of plain values; unknown is None."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from qt_app.catalogue import meaning
from qt_app.catalogue.reasons import in_words
from qt_app.catalogue.workbook import WORDS
from qt_app.costs import fees_of
from qt_app.instruments import instrument
from qt_app.orders.account import day_of
from qt_app.report.numbers import Language
from qt_app.reports.facts import Past
from qt_app.reports.records import NO_TIMES, DayFacts, Deal, RunDay, VoterDay, cents
from qt_app.zone import SAO_PAULO

Kind = Literal["text", "count", "quantity", "number", "points", "money", "share", "day", "moment"]
Cell = str | int | float | dt.date | dt.datetime | None
Row = Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A chart of a sheet: ``x`` and ``ys`` are names of its columns."""

    kind: Literal["column", "line"]
    title: str
    x: str
    ys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """``columns``: (name in the catalogue, kind of its cells)."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    rows: Sequence[Row]
    charts: tuple[Drawn, ...] = ()

    def head(self, language: Language) -> list[str]:
        return [WORDS[language][name] for name, _ in self.columns]


_BOUNDS = ("pessimistic", "probable", "optimistic")
_MONEY: tuple[tuple[str, Kind], ...] = (
    *((f"gross_{name}", "money") for name in _BOUNDS), ("costs", "money"),
    *((f"net_{name}", "money") for name in _BOUNDS))


@dataclass(frozen=True, slots=True)
class _Told:
    past: Past
    days: Sequence[DayFacts]
    language: Language

    @property
    def words(self) -> dict[str, str]:
        return WORDS[self.language]

    def said(self, code: str | None) -> str | None:
        """A code as people say it."""
        return None if code is None else in_words(code, self.language)


def sheets_of(past: Past, days: Sequence[DayFacts], language: Language) -> list[Sheet]:
    """Every table of these days, in the order of the workbook."""
    told = _Told(past, days, language)
    return [table(told) for table in (_days, _deals, _hours, _fills, _orders, _voters, _features, _gates, _alerts,
                                      _runs)]


def _days(t: _Told) -> Sheet:
    rows = [(day.day, book) for day in t.days for book in day.books]
    totals = _running([(book.account, book.result.net_brl[0]) for _, book in rows])
    columns: tuple[tuple[str, Kind], ...] = (
        ("day", "day"), ("account", "text"), ("mode", "text"), *_MONEY, ("total", "money"), ("trades", "count"),
        ("win_rate", "share"), ("profit_factor", "number"), ("drawdown", "money"))
    return Sheet("days", columns, [
        (day, book.account, book.mode, *book.result.gross_brl, book.result.costs_brl, *book.result.net_brl, total,
         len(book.deals), book.win_rate, book.profit_factor, book.max_drawdown_brl if book.deals else None)
        for (day, book), total in zip(rows, totals, strict=True)],
        (Drawn("column", "chart_days", "day", ("net_pessimistic",)), Drawn("line", "chart_total", "day", ("total",))))


def _running(values: Sequence[tuple[str, float]]) -> list[float]:
    """Sums so far, account by account."""
    so_far: dict[str, float] = {}
    found = []
    for account, value in values:
        so_far[account] = cents(so_far.get(account, 0.0) + value)
        found.append(so_far[account])
    return found


def _deals(t: _Told) -> Sheet:
    columns: tuple[tuple[str, Kind], ...] = (
        ("day", "day"), ("account", "text"), ("symbol", "text"), ("side", "text"), ("contracts", "quantity"),
        ("entry_at", "moment"), ("entry", "points"), ("exit_at", "moment"), ("exit", "points"),
        ("entry_reason", "text"), ("exit_reason", "text"), *_MONEY, ("regime", "text"), ("run", "text"))
    rows = [(day.day, book.account, *_deal(deal, t))
            for day in t.days for book in day.books for deal in book.deals]
    return Sheet("deals", columns, rows, (Drawn("column", "chart_deals", "exit_at", ("net_pessimistic",)),))


def _deal(deal: Deal, t: _Told) -> Row:
    trade = deal.trade
    return (trade.symbol, t.words["buy" if trade.side > 0 else "sell"], trade.contracts, _moment(trade.entry_ns),
            trade.entry, _moment(trade.exit_ns), trade.exit, t.said(trade.entry_reason), t.said(trade.exit_reason),
            *(trade.gross_brl or ()), trade.costs_brl, *deal.net_brl, deal.regime, deal.run)


def _hours(t: _Told) -> Sheet:
    found: dict[tuple[str, int], tuple[int, float]] = {}
    for book in (book for day in t.days for book in day.books):
        for hour, (count, net) in book.hours.items():
            before = found.get((book.account, hour), (0, 0.0))
            found[book.account, hour] = before[0] + count, before[1] + net
    rows = [(account, hour, count, net) for (account, hour), (count, net) in sorted(found.items())]
    return Sheet("hours", (("account", "text"), ("hour", "count"), ("trades", "count"), ("net_pessimistic", "money")),
                 rows, (Drawn("column", "chart_hours", "hour", ("net_pessimistic",)),))


def _fills(t: _Told) -> Sheet:
    wanted, fees = {day.day for day in t.days}, fees_of(t.past.config)
    columns: tuple[tuple[str, Kind], ...] = (
        ("at", "moment"), ("account", "text"), ("symbol", "text"), ("order", "count"), ("side", "text"),
        ("contracts", "quantity"), ("price", "points"), ("costs", "money"), ("position", "quantity"), ("run", "text"))
    rows = []
    for one in t.past.ledger.booked:
        fill, contract, day = one.fill, instrument(one.symbol), day_of(one.fill.ts_ns)
        if day in wanted:
            rows.append((_moment(fill.ts_ns), one.account, one.symbol, fill.order_id or None,
                         t.words["buy" if fill.side > 0 else "sell"], contract.to_contracts(fill.qty),
                         contract.to_points(fill.price), fees.side_brl(contract, day, fill.qty),
                         contract.to_contracts(fill.position), one.run))
    return Sheet("fills", columns, rows)


def _orders(t: _Told) -> Sheet:
    wanted = {day.day for day in t.days}
    columns: tuple[tuple[str, Kind], ...] = (
        ("at", "moment"), ("account", "text"), ("symbol", "text"), ("order", "count"), ("purpose", "text"),
        ("side", "text"), ("contracts", "quantity"), ("price", "points"), ("stop", "points"), ("reason", "text"))
    rows = []
    for order in t.past.ledger.orders.values():
        if day_of(order.ts_ns) in wanted:
            contract = instrument(order.symbol)
            price, stop = (None if ticks is None else contract.to_points(ticks) for ticks in (order.price, order.stop))
            rows.append((_moment(order.ts_ns), order.account, order.symbol, order.order_id, t.said(order.purpose),
                         t.words["buy" if order.side > 0 else "sell"], contract.to_contracts(order.qty), price, stop,
                         t.said(order.reason)))
    return Sheet("orders", columns, rows)


def _voters(t: _Told) -> Sheet:
    columns: tuple[tuple[str, Kind], ...] = (
        ("day", "day"), ("run", "text"), ("voter", "text"), ("votes", "count"), ("abstained", "count"),
        ("hit_rate", "share"), ("low", "share"), ("high", "share"), ("chance", "share"), ("brier", "number"),
        ("ece", "number"))
    return Sheet("voters", columns, [(day.day, run.run, *_voter(voter)) for day, run in _every_run(t.days)
                                     for voter in run.voters])


def _voter(voter: VoterDay) -> Row:
    j = voter.judged
    judged: Row = (None,) * 6 if j is None else (j.hit_rate, j.low, j.high, j.chance, j.brier, j.ece)
    return (voter.name, voter.votes, sum(voter.abstentions.values()), *judged)


def _features(t: _Told) -> Sheet:
    rows = [(day.day, run.run, one.name, one.correlation) for day, run in _every_run(t.days) for one in run.features]
    return Sheet("features", (("day", "day"), ("run", "text"), ("feature", "text"), ("correlation", "number")), rows)


def _gates(t: _Told) -> Sheet:
    rows = [(day.day, run.run, t.words[where], code, count) for day, run in _every_run(t.days)
            for where, gates in (("consensus", run.held_back), ("risk", run.refusals))
            for code, count in (gates or {}).items()]
    return Sheet("gates", (("day", "day"), ("run", "text"), ("where", "text"), ("code", "text"), ("count", "count")),
                 rows)


def _alerts(t: _Told) -> Sheet:
    rows = [(day.day, one.code, one.level, one.count, meaning(one.code, t.language)) for day in t.days
            for one in day.alerts]
    return Sheet("alerts", (("day", "day"), ("code", "text"), ("level", "text"), ("count", "count"),
                            ("meaning", "text")), rows)


def _runs(t: _Told) -> Sheet:
    columns: tuple[tuple[str, Kind], ...] = (
        ("day", "day"), ("run", "text"), ("source", "text"), ("mode", "text"), ("synthetic", "text"),
        ("symbol", "text"), ("models", "text"), ("decisions", "count"), ("verdict", "text"), ("missing", "count"),
        ("mean_ms", "number"), ("p50_ms", "number"), ("p99_ms", "number"), ("max_ms", "number"), ("drift", "number"),
        ("parity", "text"))
    return Sheet("runs", columns, [(day.day, *_run(run, t.words)) for day, run in _every_run(t.days)])


def _run(run: RunDay, words: dict[str, str]) -> Row:
    quality = run.quality
    synthetic = None if run.synthetic is None else words["yes" if run.synthetic else "no"]
    return (run.run, run.source, run.mode, synthetic, run.symbol, ", ".join(run.models) or None, run.decisions,
            quality.verdict if quality else None, quality.missing if quality else None,
            *(run.latency or NO_TIMES).figures,
            run.drift.mean if run.drift else None, run.parity.verdict if run.parity else None)


def _every_run(days: Sequence[DayFacts]) -> Iterator[tuple[DayFacts, RunDay]]:
    return ((day, run) for day in days for run in day.runs)


def _moment(ts_ns: int | None) -> dt.datetime | None:
    """The clock of Sao Paulo: a workbook knows no time zones."""
    if ts_ns is None:
        return None
    return dt.datetime.fromtimestamp(ts_ns // 1_000_000 / 1000, SAO_PAULO).replace(tzinfo=None)
