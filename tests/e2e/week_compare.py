"""Every figure of money that the program tells of a week, beside what ``week_sums`` makes of the same journal."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from html.parser import HTMLParser
from math import isclose
from pathlib import Path
from typing import Any

import openpyxl
from e2e import week_figures as figures
from e2e import week_sums as own

BOUNDS = ("pessimistic", "probable", "optimistic")
IN_PORTUGUESE = ("pessimista", "provável", "otimista")
PURPOSES = {"entry": "entrada", "exit": "saída", "stop": "stop", "target": "alvo"}


@dataclass(slots=True)
class Comparison:
    """What was compared where, and what differed."""

    counts: dict[str, int] = field(default_factory=dict)
    differences: list[str] = field(default_factory=list)

    def same(self, where: str, what: str, told: Any, known: Any) -> None:
        self.counts[where] = self.counts.get(where, 0) + 1
        if told != known:
            self.differences.append(f"{where}, {what}: told {told!r}, is {known!r}")

    def money(self, where: str, what: str, told: float | str | None, known: Decimal | Fraction) -> None:
        """To the cent."""
        self.same(where, what, None if told is None else own.cent(Decimal(str(told))), own.cent(known))

    def ratio(self, where: str, what: str, told: float | None, known: float | None) -> None:
        """A quotient of exact sums, as floats have it."""
        near = told is not None and known is not None and isclose(told, known, rel_tol=1e-9)
        self.same(where, what, known if near else told, known)

    def table(self) -> str:
        return "\n".join([*(f"{count:6,} figures of {where}" for where, count in self.counts.items()),
                          f"{len(self.differences):6,} differences", *self.differences])


# the documents for programs


def account(c: Comparison, where: str, told: Mapping[str, Any], days: Sequence[own.AccountDay]) -> None:
    """One account's day, or its week as the sum of what its days show."""
    trips = [trip for day in days for trip in day.trips]
    name = told["account"]
    for at, bound in enumerate(BOUNDS):
        c.money(where, f"{name} gross {bound}", told["gross_brl"][bound], sum(d.shown_gross[at] for d in days))
        c.money(where, f"{name} net {bound}", told["net_brl"][bound], sum(d.net[at] for d in days))
    c.money(where, f"{name} costs", told["costs_brl"], sum(own.cent(day.costs) for day in days))
    c.same(where, f"{name} trades", told["trades"], len(trips))
    c.ratio(where, f"{name} win rate", told["win_rate"], figures.win_rate(trips))
    c.ratio(where, f"{name} profit factor", told["profit_factor"], figures.profit_factor(trips))
    if trips:
        c.money(where, f"{name} drawdown", told["max_drawdown_brl"], figures.drawdown(trips))
    hours = {one["hour"]: (one["trades"], own.cent(one["net_brl"])) for one in told["hours"]}
    c.same(where, f"{name} hours", hours, figures.hours(trips))
    c.same(where, f"{name} held", {one["symbol"]: one["lots"] for one in told["held"]}, days[-1].held)


def daily(c: Comparison, sums: own.Sums, told: Mapping[str, Any]) -> None:
    where, day = "the daily reports", dt.date.fromisoformat(told["day"])
    c.same(where, "accounts", [one["account"] for one in told["accounts"]],
           [name for at, name in sums.days if at == day])
    for one in told["accounts"]:
        known = sums.days.get((day, one["account"]), own.AccountDay())
        account(c, where, one, [known])
        for deal, trip in zip(one["deals"], known.trips, strict=True):
            _deal(c, where, deal, trip)


def _deal(c: Comparison, where: str, told: Mapping[str, Any], trip: own.Trip) -> None:
    name, first, last = f"trade of {trip.fills[0].when}", trip.fills[0], trip.fills[-1]
    c.same(where, name, [told[one] for one in ("symbol", "side", "contracts", "entry_ns", "exit_ns", "run")],
           [first.symbol, trip.side, trip.lots, first.ts_ns, last.ts_ns, first.run])
    c.ratio(where, f"{name}, entry", told["entry"], trip.average(trip.side))
    c.ratio(where, f"{name}, exit", told["exit"], trip.average(-trip.side))
    c.money(where, f"{name}, costs", told["costs_brl"], trip.costs)
    for at, bound in enumerate(BOUNDS):
        c.money(where, f"{name}, gross {bound}", told["gross_brl"][at], trip.gross[at])
        c.money(where, f"{name}, net {bound}", told["net_brl"][at], trip.nets[at])


def weekly(c: Comparison, sums: own.Sums, told: Mapping[str, Any]) -> None:
    where = "the weekly report"
    c.same(where, "accounts", [one["account"] for one in told["accounts"]], sums.accounts())
    for one in told["accounts"]:
        days = [day for _, day in sums.of_account(one["account"])]
        account(c, where, one, days)
        trips = [trip for day in days for trip in day.trips]
        c.money(where, "all regimes", sum(net for regime in one["regimes"] for net in regime["nets"]),
                sum((trip.net for trip in trips), Fraction(0)))
    for day in told["days"]:
        for one in day["accounts"]:
            account(c, where, one, [sums.days[dt.date.fromisoformat(day["day"]), one["account"]]])


def tax(c: Comparison, told: Mapping[str, Any], known: Mapping[str, Decimal]) -> None:
    stated = {**{name: told[f"{name}_brl"] for name in ("net", "withheld", "taxable", "tax", "deducted", "due")},
               **{f"{name}_after": told["after"][f"{name}_brl"] for name in ("loss", "withheld", "small")}}
    for name, value in known.items():
        c.money("the tax statements", f"{told['month']} {told['accounts']} {name}", stated[name], value)
    c.same("the tax statements", "DARF of simulated money", told["darf"], None)


def why(c: Comparison, told: Mapping[str, Any], trip: own.Trip, run: str) -> None:
    """A trade as the run that began it knows it: what a later run closed is open."""
    where, trade, rows = "`qt why`", told["story"]["trade"], told["story"]["rows"]
    fills = [fill for fill in trip.fills if fill.run == run]
    name, closed = f"trade {trade['number']} of {run}", fills[-1].position == 0
    c.same(where, f"{name} repeats the run", told["repeats_the_run"], True)
    c.same(where, f"{name} closed", trade["closed"], closed)
    c.money(where, f"{name} costs", trade["costs_brl"], sum((fill.costs for fill in fills), Decimal(0)))
    if closed:
        c.money(where, f"{name} realised", trade["realised_brl"], trip.gross[0])
        c.money(where, f"{name} net", trade["net_brl"], trip.net)
    else:
        c.same(where, f"{name} net", (trade["realised_brl"], trade["net_brl"]), (None, None))
    c.same(where, f"{name} fills", [_row(row) for row in rows if row["kind"] == "fill"],
           [(fill.order, fill.ts_ns, fill.side, fill.lots, fill.price, fill.position) for fill in fills])
    orders = {row["order_id"] for row in rows if row["kind"] == "order"}
    c.same(where, f"{name} orders", orders >= {fill.order for fill in fills}, True)
    c.same(where, f"{name} prints", [one for one in told["market"]["prints"] if one["contracts"] <= 0], [])


def _row(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("order_id", "ts_ns", "side", "qty", "price", "position"))


# the workbook


def workbook(c: Comparison, sums: own.Sums, path: Path) -> None:
    book = openpyxl.load_workbook(path)
    days, deals, hours, fills, orders = (_rows(c, book[name]) for name in ("Dias", "Operações", "Horas", "Execuções",
                                                                          "Ordens"))
    where = "the workbook"
    so_far: dict[str, Decimal] = {}
    for told, ((day, name), known) in zip(days, sums.days.items(), strict=True):
        so_far[name] = so_far.get(name, Decimal(0)) + known.net[0]
        c.same(where, "day", (told["Dia"].date(), told["Conta"], told["Operações"]), (day, name, len(known.trips)))
        _three(c, told, f"{day} {name}", known.shown_gross, own.cent(known.costs), known.net)
        c.money(where, f"{day} sum", told["Líquido acumulado"], so_far[name])
        if known.trips:
            c.money(where, f"{day} drawdown", told["Maior queda"], figures.drawdown(known.trips))
        c.ratio(where, f"{day} win rate", told["Acerto"], figures.win_rate(known.trips))
        c.ratio(where, f"{day} profit factor", told["Fator de lucro"], figures.profit_factor(known.trips))
    trips = [trip for known in sums.days.values() for trip in known.trips]
    for told, trip in zip(deals, trips, strict=True):
        first, last = trip.fills[0], trip.fills[-1]
        c.same(where, "trade", (told["Entrada"], told["Saída"], told["Contratos"], told["Sessão"]),
               (first.when, last.when, trip.lots, first.run))
        _three(c, told, f"trade of {first.when}", [own.cent(one) for one in trip.gross], trip.costs, trip.nets)
    known_hours = [(name, hour, *found) for name in sums.accounts() for hour, found in figures.hours(
        trip for _, day in sums.of_account(name) for trip in day.trips).items()]
    c.same(where, "hours", [(*(row[one] for one in ("Conta", "Hora da entrada", "Operações")),
                             own.cent(row["Líquido pessimista"])) for row in hours], known_hours)
    for told, fill in zip(fills, sums.fills, strict=True):
        c.same(where, "fill", [told[one] for one in ("Momento", "Ordem", "Contratos", "Preço", "Posição depois")],
               [fill.when, fill.order, fill.lots, float(fill.points), fill.position])
        c.money(where, f"fill of {fill.when}", told["Custos"], fill.costs)
    c.same(where, "orders", [(row["Ordem"], row["Contrato"], row["Finalidade"], row["Contratos"], row["Preço"])
                             for row in orders],
           [(number, symbol, PURPOSES[purpose], lots,
             None if ticks is None else float(ticks * own.TICK_POINTS[symbol[:3]]))
            for number, symbol, purpose, lots, ticks in sums.orders])


def _rows(c: Comparison, sheet: Any) -> list[dict[str, Any]]:
    """Of a sheet; every figure is a number and every day or moment a date, not a text."""
    head, *rows = sheet.iter_rows()
    names = [cell.value for cell in head]
    texts = {"Conta", "Modo", "Contrato", "Lado", "Motivo da entrada", "Motivo da saída", "Regime", "Sessão", "Motivo",
             "Finalidade"}
    dates = {"Dia", "Entrada", "Saída", "Momento"}
    for row in rows:
        for name, cell in zip(names, row, strict=True):
            kind = "s" if name in texts else "d" if name in dates else "n"
            if cell.value is not None:
                c.same("the workbook's kinds of cells", f"{sheet.title} {cell.coordinate}", cell.data_type, kind)
    return [dict(zip(names, (cell.value for cell in row), strict=True)) for row in rows]


def _three(c: Comparison, told: Mapping[str, Any], what: str, gross: Sequence[Decimal], costs: Decimal,
           net: Sequence[Decimal]) -> None:
    c.money("the workbook", f"{what} costs", told["Custos"], costs)
    for at, bound in enumerate(IN_PORTUGUESE):
        c.money("the workbook", f"{what} gross {bound}", told[f"Bruto {bound}"], gross[at])
        c.money("the workbook", f"{what} net {bound}", told[f"Líquido {bound}"], net[at])


# the pages


class _Tables(HTMLParser):
    """Every row of every table, as it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.rows[-1][-1] += data


def brl(value: Decimal) -> str:
    """As Brazil writes it: R$ -1.234,50."""
    return "R$ " + f"{value:,.2f}".translate(str.maketrans(",.", ".,"))


def page(c: Comparison, where: str, path: Path, days: Iterable[Sequence[own.AccountDay]]) -> None:
    """A report's page; ``days`` by account, in the order of the accounts."""
    tables = _Tables()
    tables.feed(path.read_text("utf-8"))
    summed = [row for row in tables.rows if row and row[0] in ("Bruto", "Custos", "Líquido")]
    known = []
    for of_account in days:
        costs = brl(sum((own.cent(day.costs) for day in of_account), Decimal(0)))
        known += [["Bruto", *(brl(sum((day.shown_gross[at] for day in of_account), Decimal(0))) for at in range(3))],
                  ["Custos", costs, costs, costs],
                  ["Líquido", *(brl(sum((day.net[at] for day in of_account), Decimal(0))) for at in range(3))]]
        for hour, (count, net) in figures.hours(trip for day in of_account for trip in day.trips).items():
            c.same(where, f"{path.name} {hour} h", [f"{hour} h", str(count), brl(net)] in tables.rows, True)
    c.same(where, path.name, summed, known)
