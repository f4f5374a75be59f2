"""The weekly report: trend, hours, regimes, agents, drift and calibration, for people and for programs."""
from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from qt_app.backtest.figures import win_rate
from qt_app.report.charts import Axes, Line, bars, lines
from qt_app.reports.blocks import Block, Chart, Document, Section, Table, Text
from qt_app.reports.daily import account_json, alert_blocks
from qt_app.reports.findings import CONSENSUS
from qt_app.reports.money_page import bounds_table, equity_chart, figures_table, hours_blocks
from qt_app.reports.records import Book
from qt_app.reports.shown import Shown
from qt_app.reports.week import Bin, Regime, VoterWeek, Week, regimes, voters

FORMAT = "qt-weekly/1"


def document_of(week: Week, shown: Shown) -> Document:
    """For people."""
    first, last = (shown.day(day.isoformat()) for day in (week.first, week.first + dt.timedelta(6)))
    lead = shown.word("weekly_lead").format(days=", ".join(shown.day(day.day.isoformat()) for day in week.days))
    if week.missing:
        lead += " " + shown.word("missing_days").format(
            days=", ".join(shown.day(day.isoformat()) for day in week.missing))
    if week.synthetic:
        lead = f"{shown.word('synthetic_lead')} {lead}"
    money = [section for days, book in zip(week.accounts.values(), week.books, strict=True)
             for section in _account(week, days, book, shown)]
    told = voters(week)
    sections = [*(money or [Section(shown.word("result"), [Text(shown.word("no_trades"))])]),
                Section(shown.word("by_agent"), _voters(told, shown)),
                Section(shown.word("weekly_drift"), _drift(week, shown)),
                Section(shown.word("weekly_calibration"), _calibration(told, shown)),
                Section(shown.word("alerts_week"), alert_blocks(week.alerts, shown))]
    return Document(shown.word("weekly_title").format(first=first, last=last), lead,
                    shown.word("synthetic") if week.synthetic else "", shown.language, sections)


def json_of(week: Week) -> dict[str, Any]:
    """For programs: money in BRL by assumption about fills, unknown null."""
    return {"format": FORMAT, "week": week.name, "first": week.first.isoformat(), "synthetic": week.synthetic,
            "missing": [day.isoformat() for day in week.missing],
            "days": [{"day": day.day.isoformat(), "accounts": [_short(book) for book in day.books]}
                     for day in week.days],
            "accounts": [{**_short(book), "regimes": [asdict(one) for one in regimes(week, book)]}
                         for book in week.books],
            "voters": [asdict(one) for one in voters(week)],
            "drift": [{"day": day.isoformat(), "run": run, **asdict(found)} for day, run, found in week.drifts],
            "alerts": [asdict(one) for one in week.alerts]}


def _short(book: Book) -> dict[str, Any]:
    """Without each round trip: the days' own documents have them."""
    return {name: value for name, value in account_json(book).items() if name != "deals"}


def _account(week: Week, days: Sequence[tuple[dt.date, Book]], book: Book, shown: Shown) -> list[Section]:
    title = shown.word("account").format(account=book.account, mode=shown.known(book.mode or "unknown_mode"))
    nets = [one.result.net_brl for _, one in days]
    names = [(float(at), shown.short_day(day)) for at, (day, _) in enumerate(days, 1)]
    trend: list[Block] = [
        bounds_table(book.result, shown), figures_table(book, shown),
        equity_chart(nets, "equity_caption", "day_axis", shown, names),
        Chart(bars([name for _, name in names], [net[0] for net in nets], Axes(shown.word("day_axis"), "R$"), shown),
              shown.word("by_day_caption")),
        _trend(days, book, shown), Text(shown.word("bounds"), "note")]
    made = [Section(f"{shown.word('trend')} · {title}", trend)]
    if book.deals:
        made += [Section(shown.word("by_hour"), hours_blocks(book.hours, shown)),
                 Section(shown.word("by_regime"), _regimes(regimes(week, book), shown))]
    return made


def _trend(days: Sequence[tuple[dt.date, Book]], week: Book, shown: Shown) -> Table:
    head = shown.words("day", "trades", "win_rate", "profit_factor", "gross", "costs", "net", "probable", "optimistic",
                       "drawdown")
    named = [(shown.day(day.isoformat()), book) for day, book in days]
    return Table(head, [_trend_row(name, book, shown) for name, book in [*named, (shown.word("total"), week)]])


def _trend_row(name: str, book: Book, shown: Shown) -> list[str]:
    result = book.result
    return [name, shown.number(len(book.deals)), shown.share(book.win_rate), shown.number(book.profit_factor, 2),
            shown.money(result.gross_brl[0]), shown.money(result.costs_brl),
            *(shown.money(net) for net in result.net_brl),
            shown.money(book.max_drawdown_brl if book.deals else None)]


def _regimes(found: Sequence[Regime], shown: Shown) -> list[Block]:
    decided = sum(one.decisions for one in found)
    rows = [[shown.known(one.name), shown.share(one.decisions / decided if decided else None),
             shown.number(len(one.nets)), shown.share(win_rate(one.nets)),
             shown.money(sum(one.nets) if one.nets else None),
             shown.money(sum(one.nets) / len(one.nets) if one.nets else None)] for one in found]
    return [Table(shown.words("regime", "share_decisions", "trades", "win_rate", "net", "average"), rows),
            Text(shown.word("regime_note"), "note")]


def _voters(found: Sequence[VoterWeek], shown: Shown) -> list[Block]:
    if not found:
        return [Text(shown.word("no_calibration"))]
    head = shown.words("voter", "votes", "abstained", "sided", "hit_rate", "chance", "brier", "calibration", "backed",
                       "backed_net", "opposed", "opposed_net")
    return [Table(head, [_voter(one, shown) for one in found]), Text(shown.word("voters_note"), "note")]


def _voter(one: VoterWeek, shown: Shown) -> list[str]:
    abstained = (one.instants - one.votes) / one.instants if one.instants else None
    traded = [text for count, net in (one.backing.backed, one.backing.opposed)
              for text in (shown.number(count), shown.number(net if count else None, 2))]
    return [one.name, shown.number(one.votes), shown.share(abstained), shown.number(one.sided),
            shown.share(one.hit_rate), shown.share(one.chance), shown.number(one.brier, 4), shown.number(one.ece, 4),
            *traded]


def _drift(week: Week, shown: Shown) -> list[Block]:
    if not week.drifts:
        return [Text(shown.word("no_drift"))]
    svg = bars([shown.short_day(day) for day, _, _ in week.drifts], [found.mean for _, _, found in week.drifts],
               Axes(shown.word("day_axis"), "PSI"), shown)
    rows = [[shown.day(day.isoformat()), run, shown.number(found.mean, 2), ", ".join(found.worst)]
            for day, run, found in week.drifts]
    return [Chart(svg, shown.word("drift_caption")),
            Table(shown.words("day", "run", "drift", "drift_worst"), rows)]


def _calibration(found: Sequence[VoterWeek], shown: Shown) -> list[Block]:
    bins: tuple[Bin, ...] = next((one.bins for one in found if one.name == CONSENSUS), ())
    if not bins:
        return [Text(shown.word("no_calibration"))]
    ends = bins[0][0], bins[-1][0]
    drawn = [Line(CONSENSUS, [(told, came) for told, came, _ in bins]),
             Line(shown.word("perfect"), [(end, end) for end in ends], "dashed")]
    rows = [[shown.share(told), shown.share(came), shown.number(count)] for told, came, count in bins]
    return [Chart(lines(drawn, Axes(shown.word("told"), shown.word("came")), shown), shown.word("reliability_caption")),
            Table(shown.words("told", "came", "votes"), rows)]
