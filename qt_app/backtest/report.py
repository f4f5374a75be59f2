"""``report.html``: the result for people."""
from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qt_app.backtest.figures import equity, sharpe, sharpe_error
from qt_app.backtest.money import Trade
from qt_app.backtest.task import Day
from qt_app.backtest.walk import Step
from qt_app.catalogue.backtest import WORDS
from qt_app.data.entry import Entry
from qt_app.orders.account import BOOKS
from qt_app.report.charts import Axes, Line, Style, bars, cells, lines
from qt_app.report.numbers import Language, Numbers
from qt_app.report.page import figure, page, section, table, text
from qt_app.zone import local_time

_STYLES: dict[str, Style] = {"pessimistic": "main", "probable": "soft", "optimistic": "dashed"}
#: Rows of the sweep's table.
SHOWN = 200


def page_of(document: Mapping[str, Any], days: Sequence[Entry], results: Mapping[int, Sequence[Day]],
            steps: Sequence[Step], language: Language) -> str:
    """The charts are of the walk-forward if there is one, else of the first configuration: never of the best."""
    first = document["configurations"][0]
    shown = [day for step in steps for day in step.test] or list(results[first["number"]])
    r = _Report(WORDS[language], Numbers(language), days, shown)
    sections = [r.result(document), *([r.walk(document, steps)] if steps else []), *r.sweep(document), *r.charts(),
                r.ends(), r.settings(first), r.data()]
    return page(r.words["title"], language, sections, lead=r.lead(document),
                mark=r.words["synthetic"] if document["synthetic"] else "")


@dataclass(frozen=True, slots=True)
class _Report:
    """One language; ``shown`` are the days of the charts."""

    words: Mapping[str, str]
    numbers: Numbers
    days: Sequence[Entry]
    shown: Sequence[Day]

    def lead(self, document: Mapping[str, Any]) -> str:
        models = sorted({one["model"] for one in document["configurations"]})
        return self.words["lead"].format(
            days=len(self.days), first=self.numbers.day(self.days[0].day), last=self.numbers.day(self.days[-1].day),
            id=document["id"], symbols=", ".join(sorted({day.symbol for day in self.days})), model=", ".join(models))

    def result(self, document: Mapping[str, Any]) -> str:
        w, walked = self.words, document["walk_forward"]
        found = document["configurations"][0]["figures"] if walked is None else walked["figures"]
        head = ["", *(w[name] for name in BOOKS)]
        rows = [[w["net"], *(self.numbers.money(found["net_brl"][name]) for name in BOOKS)]]
        unmarked = sum(not day.money.marked for day in self.shown)
        return section(w["result"], table(head, rows), table(*self._figures(found)), text(self._doubt(), "verdict"),
                       text(w["bounds"], "note"), text(w["carried" if document["carried"] else "fresh"], "note"),
                       text(w["unmarked"].format(count=unmarked) if unmarked else "", "note"))

    def _figures(self, f: Mapping[str, Any]) -> tuple[list[str], list[list[str]]]:
        w, n = self.words, self.numbers
        pairs = [("days_word", n.number(f["days"])), ("trades", n.number(f["trades"])),
                 ("win_rate", n.share(f["win_rate"])), ("profit_factor", n.number(f["profit_factor"], 2)),
                 ("costs", n.money(f["costs_brl"])), ("drawdown", n.money(f["max_drawdown_brl"])),
                 ("sharpe", n.number(f["sharpe_per_day"], 2)), ("best_day", n.money(f["best_day_brl"])),
                 ("worst_day", n.money(f["worst_day_brl"]))]
        return [w[name] for name, _ in pairs], [[value for _, value in pairs]]

    def _doubt(self) -> str:
        """How far the result is from nothing at all."""
        w, net = self.words, [day.money.net_brl[0] for day in self.shown]
        value, error = sharpe(net), sharpe_error(net)
        if value is None or error is None:
            return w["no_error"]
        words = w["beyond" if value > 2 * error else "chance"]
        return w["error"].format(value=self.numbers.number(value, 2), error=self.numbers.number(error, 2), words=words)

    def walk(self, document: Mapping[str, Any], steps: Sequence[Step]) -> str:
        w, n = self.words, self.numbers
        names = {one["number"]: self._name(one) for one in document["configurations"]}
        rows = [[step.fold.name, names[step.chosen], n.number(step.train_brl, 2), n.number(step.test_brl, 2)]
                for step in steps]
        return section(w["walk"], text(w["walk_words"]),
                       table([w["fold"], w["chosen"], w["before"], w["after"]], rows))

    def sweep(self, document: Mapping[str, Any]) -> list[str]:
        found = document["configurations"]
        if len(found) == 1:
            return []
        w, n = self.words, self.numbers
        rows = [[self._name(one), *(n.number(one["figures"]["net_brl"][name], 2) for name in BOOKS),
                 n.number(one["figures"]["trades"]), n.number(one["figures"]["sharpe_per_day"], 2)]
                for one in found[:SHOWN]]
        head = [w["configuration"], *(w[name] for name in BOOKS), w["trades"], w["sharpe"]]
        parts = [text(w["tried"].format(count=len(found)), "verdict"), *self._grid(found), table(head, rows)]
        if document["walk_forward"] is None:
            parts.append(text(w["shown"].format(number=found[0]["number"], name=self._name(found[0])), "note"))
        return [section(w["sweep"], *parts)]

    def _grid(self, found: Sequence[Mapping[str, Any]]) -> list[str]:
        """Of a sweep over two keys."""
        keys = list(found[0]["changes"])
        if len(keys) != 2:
            return []
        rows, columns = (list(dict.fromkeys(str(one["changes"][key]) for one in found)) for key in keys)
        net = [one["figures"]["net_brl"]["pessimistic"] for one in found]
        values = [net[at:at + len(columns)] for at in range(0, len(net), len(columns))]
        caption = self.words["sweep_caption"].format(rows=keys[0], columns=keys[1])
        return [figure(cells(rows, columns, values, self.numbers), caption)]

    def charts(self) -> list[str]:
        made = [self._by_trade()]
        if len(self.shown) > 1:
            made = [self._by_day_equity(), self._by_day(), *made]
        return [*made, self._by_hour()] if self._closed() else made

    def _by_day_equity(self) -> str:
        w = self.words
        series = [Line(w[name], [(0.0, 0.0), *self._curve([day.money.net_brl[at] for day in self.shown])],
                       _STYLES[name]) for at, name in enumerate(BOOKS)]
        names = [(float(at + 1), self.numbers.day(self.days[day.number].day)) for at, day in enumerate(self.shown)]
        svg = lines(series, Axes(w["day_axis"], w["equity_axis"], names), self.numbers)
        return section(w["equity"], figure(svg, w["equity_caption"]))

    def _by_day(self) -> str:
        w = self.words
        svg = bars([self.numbers.day(self.days[day.number].day) for day in self.shown],
                   [day.money.net_brl[0] for day in self.shown],
                   Axes(w["day_axis"], "R$"), self.numbers)
        return section(w["by_day"], figure(svg, w["by_day_caption"]))

    def _by_trade(self) -> str:
        w, closed = self.words, [trade.net_brl for trade in self._closed() if trade.net_brl is not None]
        series = [Line(w[name], [(0.0, 0.0), *self._curve([net[at] for net in closed])], _STYLES[name])
                  for at, name in enumerate(BOOKS)]
        svg = lines(series, Axes(w["trade_axis"], w["equity_axis"]), self.numbers)
        return section(w["by_trade"], figure(svg, w["by_trade_caption"]))

    def _by_hour(self) -> str:
        w, earned = self.words, dict[str, float]()
        for trade in self._closed():
            hour = local_time(trade.entry_ns)[11:13]
            earned[hour] = earned.get(hour, 0.0) + (trade.net_brl or (0.0,))[0]
        hours = sorted(earned)
        svg = bars([f"{hour} h" for hour in hours], [earned[hour] for hour in hours], Axes(w["hour_axis"], "R$"),
                   self.numbers)
        return section(w["hour"], figure(svg, w["hour_caption"]))

    def ends(self) -> str:
        """How trades ended, and what risk refused."""
        w, n = self.words, self.numbers
        exits = Counter(trade.exit_reason or w["open"] for day in self.shown for trade in day.trades)
        refused = Counter[str]()
        for day in self.shown:
            refused.update(day.summary["refusals"])
        tables = [table([w[word], w["count"]], [[name, n.number(count)] for name, count in found.most_common()])
                  for word, found in (("exit", exits), ("reason", refused)) if found]
        return section(f"{w['exits']} · {w['refusals']}", *tables)

    def settings(self, one: Mapping[str, Any]) -> str:
        w = self.words
        return section(w["settings"], table([w["key"], w["value"]],
                                            [[key, "–" if value is None else str(value)]
                                             for key, value in one["settings"].items()]))

    def data(self) -> str:
        w, n = self.words, self.numbers
        rows = [[n.day(day.day), day.symbol, day.run, n.number(day.missing), day.digest[:12]] for day in self.days]
        return section(w["data"], table([w["day"], w["symbol"], w["run"], w["missing"], w["digest"]], rows))

    def _closed(self) -> list[Trade]:
        return [trade for day in self.shown for trade in day.trades if trade.net_brl is not None]

    def _name(self, one: Mapping[str, Any]) -> str:
        return ", ".join(f"{key} {value}" for key, value in one["changes"].items()) or self.words["as_configured"]

    @staticmethod
    def _curve(values: Sequence[float]) -> list[tuple[float, float]]:
        return [(float(at + 1), value) for at, value in enumerate(equity(values))]
