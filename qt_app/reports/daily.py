"""The daily report: a day's facts as sections, and as a document for programs."""
from __future__ import annotations

from dataclasses import asdict
from typing import Any

from qt_app.catalogue import meaning, monitor
from qt_app.config import Config
from qt_app.orders.account import BOOKS
from qt_app.reports.blocks import Block, Bullets, Document, Section, Table, Text
from qt_app.reports.money_page import account_sections
from qt_app.reports.records import NO_TIMES, AlertCount, Book, DayFacts, Deal, RunDay
from qt_app.reports.shown import Shown
from qt_app.reports.suggestions import suggestions
from qt_app.reports.voters import voter_blocks

FORMAT = "qt-daily/1"


def document_of(facts: DayFacts, config: Config, shown: Shown) -> Document:
    """For people."""
    models = sorted({model for run in facts.runs for model in run.models})
    lead = shown.word("daily_lead").format(weekday=shown.weekday(facts.day).capitalize(),
                                           runs=", ".join(run.run for run in facts.runs) or shown.word("none"),
                                           models=", ".join(models) or shown.word("none"))
    if facts.synthetic:
        lead = f"{shown.word('synthetic_lead')} {lead}"
    money = [section for book in facts.books for section in account_sections(book, shown)]
    sections = [
        *(money or [Section(shown.word("result"), [Text(shown.word("no_trades"))])]),
        Section(shown.word("suggestions"), _suggestions(facts, config, shown)),
        Section(shown.word("decisions"), _gates(facts, shown)),
        Section(shown.word("agents"), voter_blocks([facts], shown)),
        Section(shown.word("features"), _features(facts, shown)),
        Section(shown.word("alerts"), alert_blocks(facts.alerts, shown)),
        Section(shown.word("data"), _system(facts, shown))]
    return Document(shown.word("daily_title").format(day=shown.day(facts.day.isoformat())), lead,
                    shown.word("synthetic") if facts.synthetic else "", shown.language, sections)


def json_of(facts: DayFacts, config: Config, shown: Shown) -> dict[str, Any]:
    """For programs: money in BRL by assumption about fills, times in UTC ns, unknown null."""
    return {"format": FORMAT, "day": facts.day.isoformat(), "synthetic": facts.synthetic,
            "accounts": [account_json(book) for book in facts.books], "runs": [asdict(run) for run in facts.runs],
            "alerts": [asdict(one) for one in facts.alerts],
            "suggestions": [asdict(one) for one in suggestions(facts, config, shown)]}


def account_json(book: Book) -> dict[str, Any]:
    result, nets = book.result, book.nets
    return {"account": book.account, "mode": book.mode, "symbols": book.symbols,
            "gross_brl": dict(zip(BOOKS, result.gross_brl, strict=True)), "costs_brl": result.costs_brl,
            "net_brl": dict(zip(BOOKS, result.net_brl, strict=True)), "trades": len(nets), "win_rate": book.win_rate,
            "profit_factor": book.profit_factor, "max_drawdown_brl": book.max_drawdown_brl if nets else None,
            "hours": [{"hour": hour, "trades": count, "net_brl": net} for hour, (count, net) in book.hours.items()],
            "held": [asdict(one) for one in book.held], "deals": [_deal_json(deal) for deal in book.deals]}


def _deal_json(deal: Deal) -> dict[str, Any]:
    return {**asdict(deal.trade), "net_brl": deal.net_brl, "run": deal.run, "regime": deal.regime, "sides": deal.sides}


def alert_blocks(alerts: tuple[AlertCount, ...], shown: Shown) -> list[Block]:
    if not alerts:
        return [Text(shown.word("no_alerts"))]
    rows = [[f"{one.code}: {meaning(one.code, shown.language)}", shown.word(one.level), shown.number(one.count)]
            for one in alerts]
    return [Table(shown.words("code", "level", "count"), rows)]


def _suggestions(facts: DayFacts, config: Config, shown: Shown) -> list[Block]:
    found = suggestions(facts, config, shown)
    if not found:
        return [Text(shown.word("no_suggestions"))]
    return [Bullets([one.words for one in found]), Text(shown.word("rules"), "note")]


def _gates(facts: DayFacts, shown: Shown) -> list[Block]:
    rows = [[f"{code}: {shown.reason(code)}", shown.word(kind), shown.number(count)] for run in facts.runs
            for kind, gates in (("consensus_gate", run.held_back), ("risk_gate", run.refusals))
            for code, count in (gates or {}).items()]
    blocks: list[Block] = [Text(_decided(run, shown)) for run in facts.runs if run.actions]
    return [*blocks, Table(shown.words("barrier", "kind", "count"), rows) if rows else Text(shown.word("no_gates"))]


def _decided(run: RunDay, shown: Shown) -> str:
    actions = ", ".join(f"{shown.word(name)} {shown.number(count)}" for name, count in (run.actions or {}).items())
    return shown.word("decided").format(count=shown.number(run.decisions), actions=actions)


def _features(facts: DayFacts, shown: Shown) -> list[Block]:
    used = [run for run in facts.runs if run.features]
    if not used:
        return [Text(shown.word("no_features"))]
    blocks: list[Block] = []
    for run in used:
        if len(used) > 1:
            blocks.append(Text(f"{shown.word('run')} {run.run}"))
        blocks.append(Table(shown.words("feature", "correlation"),
                            [[one.name, shown.number(one.correlation, 3)] for one in run.features]))
    return [*blocks, Text(shown.word("features_note"), "note")]


def _system(facts: DayFacts, shown: Shown) -> list[Block]:
    head = shown.words("run", "source", "verdict", "missing", "latency", "p50", "p99", "max", "drift", "drift_worst",
                       "parity")
    blocks: list[Block] = [Table(head, [_system_row(run, shown) for run in facts.runs])] if facts.runs else []
    blocks += [Text(shown.word("killed").format(run=run.run)) for run in facts.runs if not run.complete]
    blocks += [Text(f"{shown.word('parity')} {run.run}: {run.parity.words}", "note")
               for run in facts.runs if run.parity is not None and run.parity.verdict == "differs"]
    blocks += [block for run in facts.runs for block in _stages(run, shown)]
    faults = [[f"{code}: {shown.fault(code, text)}", shown.word("WARNING" if level == "warning" else level)]
              for run in facts.runs if run.quality is not None for level, code, text in run.quality.faults]
    if faults:
        blocks.append(Table(shown.words("faults", "level"), faults))
    return blocks


def _stages(run: RunDay, shown: Shown) -> list[Block]:
    """Of all decisions of the day, where the run kept them."""
    if run.latency is None or run.latency.stages is None:
        return []
    names, stages = monitor.WORDS[shown.language], {**run.latency.stages, "total": run.latency}
    head = shown.word("stages").format(run=run.run, count=shown.number(run.latency.decisions))
    return [Table([head, *shown.words("mean", "p50", "p99", "max")],
                  [[names[f"lat.{stage}"], *(shown.number(value, 3) for value in times.figures)]
                   for stage, times in stages.items()])]


def _system_row(run: RunDay, shown: Shown) -> list[str]:
    quality, drift = run.quality, run.drift
    return [run.run, shown.known(run.source), shown.known(quality.verdict if quality else None),
            shown.number(quality.missing if quality else None),
            *(shown.number(value, 2) for value in (run.latency or NO_TIMES).figures),
            shown.number(drift.mean if drift else None, 2), ", ".join(drift.worst) if drift else shown.number(None),
            shown.word(run.parity.verdict if run.parity else "no_parity")]
