"""The analysis of the agents for people and for programs."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from qt_app.analysis.agents import AgentAnalysis
from qt_app.analysis.voters import Contribution, Rate, Scores, Voter
from qt_app.catalogue.analysis import WORDS
from qt_app.dataset.session import LabelRule
from qt_app.report import charts, page
from qt_app.report.charts import Axes, Line, Style
from qt_app.report.numbers import Language, Numbers

_STYLES: tuple[Style, ...] = ("main", "second", "soft")


def document(found: AgentAnalysis) -> dict[str, Any]:
    """For ``--json``: all figures; NaN becomes null."""
    return asdict(found)


def lines(found: AgentAnalysis) -> list[str]:
    """For a terminal: a line per voter, then one per voter left out. Rates and intervals are those of as many cases as
    there are independent outcomes."""
    head = (f"{found.instants:,} decisions, {found.labelled:,} with a known outcome, about {found.effective:,.0f} of "
            "them independent")
    return [head, *(_line(one) for one in found.voters), *(_change(one) for one in found.contributions)]


def render(found: AgentAnalysis, language: Language = "pt_BR") -> str:
    """The page, self-contained."""
    words, numbers = WORDS[language], Numbers(language)
    lead = words["agents_lead"].format(results=len(found.results), instants=numbers.number(found.instants),
                                       labelled=numbers.number(found.labelled), rule=_rule(found.rules[0], numbers))
    method = words["agents_method"].format(effective=numbers.number(found.effective))
    sections = [
        page.section(words["agents"], page.text(method), _hits(found, words, numbers), _table(found, words, numbers)),
        page.section(words["reliability"], _reliability(found, words, numbers)),
        page.section(words["contribution"], page.text(words["contribution_method"]),
                     _contributions(found, words, numbers)),
        page.section(words["abstentions"], _abstentions(found, words, numbers))]
    return page.page(words["agents_title"], language, sections, lead=lead,
                     mark=words["synthetic"] if found.synthetic else "")


def _line(one: Voter) -> str:
    abstained = sum(one.abstentions.values()) / max(one.instants, 1)
    return (f"{one.name:<14}{one.sided:>8,} sides, hit {_percent(one.effective)}, by chance {_share(one.base)}, "
            f"abstained {abstained:.1%}{'' if one.scores is None else _scores(one.scores)}")


def _scores(one: Scores) -> str:
    return (f", Brier {one.brier:.4f} (constant {one.brier_constant:.4f}), log-loss {one.log_loss:.4f} "
            f"(constant {one.log_loss_constant:.4f})")


def _change(one: Contribution) -> str:
    return (f"without {one.name:<14}{one.changed:>7,} of {one.instants:,} decisions change; with it {one.into_trade:,} "
            f"are a trade, {one.into_hold:,} a hold, {one.better:,} are better, {one.worse:,} worse, "
            f"{one.ticks:+,.1f} ticks")


def _percent(rate: Rate) -> str:
    return "unknown" if rate.n == 0 else f"{rate.value:.1%} ({rate.low:.1%} to {rate.high:.1%})"


def _share(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.1%}"


def _rule(rule: LabelRule, numbers: Numbers) -> str:
    decimals = {"stop": 4, "target": 4}
    told = {name: getattr(rule, name) for name in ("horizon_s", "latency_ms", "stop", "target", "cost_ticks",
                                                   "dead_zone_ticks")}
    return ", ".join([rule.kind, *(f"{name} {numbers.number(value, decimals.get(name, 1))}"
                                   for name, value in told.items())])


def _hits(found: AgentAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    svg = charts.bars([one.name for one in found.voters], [100.0 * one.hits.value for one in found.voters],
                      Axes(words["voter"], words["share"]), numbers)
    return page.figure(svg, words["hit_caption"])


def _table(found: AgentAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    head = (words["voter"], words["votes"], words["abstained"], words["sided"], words["hit_rate"], words["interval"],
            words["effective_interval"], words["base"], words["brier"], words["constant"], words["log_loss"],
            words["constant"], words["calibration"])
    return page.table(head, [_row(one, numbers) for one in found.voters])


def _row(one: Voter, numbers: Numbers) -> list[str]:
    scores = (None,) * 4 if one.scores is None else (
        one.scores.brier, one.scores.brier_constant, one.scores.log_loss, one.scores.log_loss_constant)
    return [one.name, numbers.number(one.votes),
            numbers.share(sum(one.abstentions.values()) / one.instants if one.instants else None),
            numbers.number(one.sided), numbers.share(one.hits.value), _span(one.hits, numbers),
            _span(one.effective, numbers), numbers.share(one.base), *(numbers.number(score, 4) for score in scores),
            numbers.number(one.ece, 4)]


def _span(rate: Rate, numbers: Numbers) -> str:
    return f"{numbers.share(rate.low)} … {numbers.share(rate.high)}"


def _reliability(found: AgentAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    drawn = [Line(one.name, [(bin.told, bin.came) for bin in one.bins], _STYLES[at % len(_STYLES)])
             for at, one in enumerate(found.voters) if one.bins]
    told = [x for line in drawn for x, _ in line.points] or [0.0, 1.0]
    perfect = Line(words["perfect"], [(min(told), min(told)), (max(told), max(told))], "dashed")
    return page.figure(charts.lines([*drawn, perfect], Axes(words["predicted"], words["observed"]), numbers),
                       words["reliability_caption"])


def _contributions(found: AgentAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    head = (words["left_out"], words["changed"], words["pivotal"], words["to_trade"], words["to_hold"],
            words["to_other"], words["better"], words["worse"], words["ticks"])
    return page.table(head, [
        (one.name, numbers.number(one.changed), numbers.share(one.changed / one.instants if one.instants else None),
         numbers.number(one.into_trade), numbers.number(one.into_hold), numbers.number(one.to_other_side),
         numbers.number(one.better), numbers.number(one.worse), numbers.number(one.ticks, 1))
        for one in found.contributions])


def _abstentions(found: AgentAnalysis, words: Mapping[str, str], numbers: Numbers) -> str:
    rows = [(one.name, reason, numbers.number(count), numbers.share(count / one.instants))
            for one in found.voters for reason, count in one.abstentions.items()]
    return page.table((words["voter"], words["reason"], words["count"], words["share"]), rows)
