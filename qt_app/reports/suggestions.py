"""What a day suggests: each sentence comes from a rule here, with the figure that made it speak.

The rules, in their order, are told in docs/reports.md; a rule without its figure is silent.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby

from qt_app.catalogue import remedy
from qt_app.catalogue.reports import SUGGESTIONS
from qt_app.config import Config
from qt_app.reports.records import Book, DayFacts
from qt_app.reports.shown import Shown

COSTS = 0.3             # of the gross result
ABSTAINED = 0.05        # of a voter's decisions
GATE = 0.5              # of the entries that the consensus wanted
LOSERS = 3              # trades of an hour that all lost
FEW = 30                # trades whose win rate says little
GRAVE = ("ERROR", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """``rule`` is stable, for programs; ``words`` are for people."""

    rule: str
    words: str


@dataclass(frozen=True, slots=True)
class _Told:
    """The day, and how it is said."""

    facts: DayFacts
    config: Config
    shown: Shown


_Found = Iterator[dict[str, str]]


def suggestions(facts: DayFacts, config: Config, shown: Shown) -> list[Suggestion]:
    """The gravest first."""
    told, templates = _Told(facts, config, shown), SUGGESTIONS[shown.language]
    return [Suggestion(rule, templates[rule].format(**figures)) for rule, find in _RULES.items()
            for figures in find(told)]


def _parity_differs(t: _Told) -> _Found:
    return ({"run": run.run} for run in t.facts.runs if run.parity is not None and run.parity.verdict == "differs")


def _events_lost(t: _Told) -> _Found:
    return ({"run": run.run, "count": t.shown.number(run.quality.missing)} for run in t.facts.runs
            if run.quality is not None and run.quality.missing)


def _recording_unusable(t: _Told) -> _Found:
    for run in t.facts.runs:
        codes = [code for level, code, _ in run.quality.faults if level == "unusable"] if run.quality else []
        if codes:
            yield {"run": run.run, "code": ", ".join(codes)}


def _grave_alerts(t: _Told) -> _Found:
    grave = [one for one in t.facts.alerts if one.level in GRAVE]
    if grave:
        yield {"count": t.shown.number(sum(one.count for one in grave)), "code": grave[0].code,
               "remedy": remedy(grave[0].code, t.shown.language)}


def _open_position(t: _Told) -> _Found:
    return ({"account": book.account, "lots": t.shown.number(held.lots), "symbol": held.symbol}
            for book in t.facts.books for held in book.held)


def _costs_high(t: _Told) -> _Found:
    for book in t.facts.books:
        gross = book.result.gross_brl[0]
        if gross > 0 and book.result.costs_brl > COSTS * gross:
            yield {"account": book.account, "costs": t.shown.money(book.result.costs_brl),
                   "share": t.shown.share(book.result.costs_brl / gross, 0)}


def _fills_decide(t: _Told) -> _Found:
    for book in t.facts.books:
        low, high = book.result.net_brl[0], book.result.net_brl[-1]
        if low < 0 < high:
            yield {"account": book.account, "low": t.shown.money(low), "high": t.shown.money(high)}


def _losing_hour(t: _Told) -> _Found:
    return (found for book in t.facts.books for found in _losing_hours(book, t.shown))


def _losing_hours(book: Book, shown: Shown) -> _Found:
    for hour, deals in groupby(sorted(book.deals, key=lambda deal: deal.hour), key=lambda deal: deal.hour):
        nets = [deal.net_brl[0] for deal in deals]
        if len(nets) >= LOSERS and max(nets) < 0:
            yield {"count": shown.number(len(nets)), "hour": str(hour), "brl": shown.money(sum(nets))}


def _abstentions(t: _Told) -> _Found:
    for run in t.facts.runs:
        for voter in run.voters:
            missing = sum(voter.abstentions.values())
            if voter.instants and missing > ABSTAINED * voter.instants:
                yield {"voter": voter.name, "share": t.shown.share(missing / voter.instants),
                       "code": next(iter(voter.abstentions))}


def _worse_than_chance(t: _Told) -> _Found:
    for run in t.facts.runs:
        for voter in run.voters:
            judged = voter.judged
            if judged is not None and judged.high is not None and judged.chance is not None \
                    and judged.high < judged.chance:
                yield {"voter": voter.name, "share": t.shown.share(judged.hit_rate),
                       "chance": t.shown.share(judged.chance)}


def _drift(t: _Told) -> _Found:
    limit = t.config.model.drift_limit
    for run in t.facts.runs:
        if limit and run.drift is not None and run.drift.mean > limit:
            yield {"value": t.shown.number(run.drift.mean, 2), "limit": t.shown.number(limit, 2),
                   "feature": next(iter(run.drift.worst))}


def _slow(t: _Told) -> _Found:
    limit = t.config.alerts.latency_ms
    for run in t.facts.runs:
        if run.latency is not None and run.latency.p99_ms is not None and run.latency.p99_ms > limit:
            yield {"value": t.shown.number(run.latency.p99_ms, 1), "limit": t.shown.number(limit, 0)}


def _one_gate(t: _Told) -> _Found:
    for run in t.facts.runs:
        wanted = sum(count for action, count in (run.actions or {}).items() if action != "hold")
        for code, count in (run.refusals or {}).items():
            if wanted and count > GATE * wanted:
                yield {"code": code, "share": t.shown.share(min(count / wanted, 1.0), 0)}


def _few_trades(t: _Told) -> _Found:
    return ({"count": t.shown.number(len(book.deals))} for book in t.facts.books if 0 < len(book.deals) < FEW)


_RULES: dict[str, Callable[[_Told], _Found]] = {
    "PARITY_DIFFERS": _parity_differs, "GRAVE_ALERTS": _grave_alerts, "OPEN_POSITION": _open_position,
    "EVENTS_LOST": _events_lost, "RECORDING_UNUSABLE": _recording_unusable, "FILLS_DECIDE": _fills_decide,
    "COSTS_HIGH": _costs_high, "LOSING_HOUR": _losing_hour, "DRIFT": _drift, "SLOW": _slow,
    "WORSE_THAN_CHANCE": _worse_than_chance, "ABSTENTIONS": _abstentions, "ONE_GATE": _one_gate,
    "FEW_TRADES": _few_trades,
}
