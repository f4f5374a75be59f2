"""``validation.html``: the verdict for people, with every figure beside its baselines."""
from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from qt_app.catalogue.validation import sentence, word
from qt_app.replay.atomic import written_file
from qt_app.report.charts import Axes, Line, bars, lines
from qt_app.report.numbers import Language, Numbers
from qt_app.report.page import figure, page, section, table, text
from qt_app.validation.bootstrap import Figure
from qt_app.validation.evidence import REFERENCE
from qt_app.validation.job import Validation
from qt_app.validation.money import LATENCIES_MS, SLIPPAGES_TICKS, Money

REPORT_FILE = "validation.html"
#: Columns that are shown of what each knows: those that know the future best.
SHOWN = 15


def write(done: Validation, folder: Path, language: Language) -> None:
    """Into the run's folder, whole or not at all."""
    with written_file(folder / REPORT_FILE) as path:
        path.write_text(_Report(done, language).html(), encoding="utf-8")


class _Report:
    def __init__(self, done: Validation, language: Language) -> None:
        self.done = done
        self.language = language
        self.numbers = Numbers(language)

    def html(self) -> str:
        facts, verdict = self.done.case.run.facts, self.done.verdict
        title = f"{self.w('title')}: {facts.symbol}"
        lead = (f"{self.w('run')} {facts.id} · {self.w('trials')} {self.done.tries.count} · {self.w('data')} "
                f"{facts.data_sha256[:12]} · {self.w('code')} {facts.code_version}")
        said = text(f"{self.w(verdict.word)}. {self._why()}", "verdict")
        mark = self.w("synthetic") if verdict.synthetic else ""
        return page(title, self.language, [said, *self._sections()], lead=lead, mark=mark)

    def w(self, name: str) -> str:
        return word(name, self.language)

    def _why(self) -> str:
        return self.done.verdict.line(self.language).partition(": ")[2]

    def _sections(self) -> Iterator[str]:
        yield section(self.w("why"), table(
            [self.w("rule"), self.w("passed")],
            [[sentence(one.code, one.passed, one.values, self.language), self._outcome(one.passed)]
             for one in self.done.verdict.findings]))
        yield section(self.w("money"), text(self.w("note"), "note"), self._money(), self._equity())
        yield section(self.w("baselines"), self._baselines())
        yield section(self.w("figures"), self._probabilities())
        yield section(self.w("selection"), self._selection())
        if self.done.drifts:
            yield section(self.w("drift"), self._drift())
        yield section(self.w("columns"), self._columns())

    def _outcome(self, passed: bool | None) -> str:
        return self.w("unknown" if passed is None else "passed" if passed else "failed")

    def _interval(self, one: Figure, decimals: int) -> str:
        return f"[{self.numbers.number(one.low, decimals)}; {self.numbers.number(one.high, decimals)}]"

    def _money(self) -> str:
        head = ["latency", "slippage", "net", "interval", "profit_factor", "drawdown", "turnover", "trades", "hit_rate"]
        rows = [[f"{latency:.0f} ms", str(slippage), *self._account(self.done.evidence.money[latency, slippage])]
                for latency in LATENCIES_MS for slippage in SLIPPAGES_TICKS]
        return table([self.w(name) for name in head], rows)

    def _account(self, one: Money) -> list[str]:
        n = self.numbers
        return [n.money(one.net.value), self._interval(one.net, 2), n.number(one.profit_factor, 2),
                n.money(one.drawdown_brl), n.number(one.turnover, 1), n.number(one.trades), n.share(one.hit_rate)]

    def _equity(self) -> str:
        evidence, case = self.done.evidence, self.done.case
        days = [(float(at + 1), self.numbers.day(case.run.facts.sessions[i].day)) for at, i in enumerate(case.tested)]
        total = [(float(at), float(evidence.net_by_session[:at].sum())) for at in range(len(case.tested) + 1)]
        caption = f"{self.w('equity')}, {REFERENCE[0]:.0f} ms, {REFERENCE[1]} tick"
        axes = Axes(self.w("sessions"), "R$", days)
        return figure(lines([Line(self.w("model"), total)], axes, self.numbers), caption)

    def _baselines(self) -> str:
        evidence, n = self.done.evidence, self.numbers
        own, chance = evidence.money[REFERENCE], evidence.chance
        rows = [[self.w("model"), "", "", n.money(own.net.value), n.number(own.trades), "", ""]]
        rows += [[self.w(name), n.number(one.gain.value, 4), self._interval(one.gain, 4), n.money(one.money.net.value),
                  n.number(one.money.trades), n.money(one.ahead.value), self._interval(one.ahead, 2)]
                 for name, one in evidence.beside.items()]
        each = [total / evidence.sessions for total in (chance.median_brl, chance.low_brl, chance.high_brl)]
        rows.append([self.w("chance"), "", "", n.money(each[0]), n.number(own.trades), n.money(own.net.value - each[0]),
                     f"[{n.number(own.net.value - each[2], 2)}; {n.number(own.net.value - each[1], 2)}]"])
        return table([self.w(name) for name in ("baseline", "gain", "interval", "own_net", "trades", "ahead",
                                                "interval")], rows)

    def _probabilities(self) -> str:
        return table([self.w(name) for name in ("figure", "value", "interval")],
                     [[self.w(name), self.numbers.number(one.value, 4), self._interval(one, 4)]
                      for name, one in self.done.evidence.probabilities.items()])

    def _selection(self) -> str:
        evidence, n, tries = self.done.evidence, self.numbers, self.done.tries
        found = evidence.deflated
        return table([self.w("figure"), self.w("value")], [
            [self.w("trials"), n.number(tries.count)], [self.w("sessions"), n.number(evidence.sessions)],
            [self.w("rows"), n.number(evidence.rows)], [self.w("paths"), n.number(len(evidence.path_totals))],
            [self.w("gate"), n.number(self.done.terms.gate.min_confidence, 2)],
            [self.w("sharpe"), n.number(found.sharpe, 3)], [self.w("hurdle"), n.number(found.hurdle, 3)],
            [self.w("deflated"), n.number(found.probability, 4)], [self.w("pbo"), n.number(evidence.overfitting, 3)]])

    def _drift(self) -> str:
        worst = sorted(self.done.drifts, key=lambda one: -one.psi / one.limit)[:SHOWN]
        chart = bars([one.name for one in worst], [one.psi for one in worst], Axes("", "PSI"), self.numbers)
        return figure(chart, self.w("drift")) + table(
            [self.w(name) for name in ("column", "psi", "limit", "drift")],
            [[one.name, self.numbers.number(one.psi, 3), self.numbers.number(one.limit, 3),
              self.w("passed" if one.drifted else "failed")] for one in worst])

    def _columns(self) -> str:
        known = sorted(self.done.leaks.knowledge, key=lambda one: -one.future.value)[:SHOWN]
        return table([self.w(name) for name in ("column", "target", "future", "interval", "past")],
                     [[one.column, self._target(one.target), self.numbers.share(one.future.value, 2),
                       self._interval(one.future, 4), self.numbers.share(one.past, 2)] for one in known])

    def _target(self, name: str) -> str:
        kind, _, steps = name.partition(" ")
        return f"{self.w(kind)} {steps}".strip()
