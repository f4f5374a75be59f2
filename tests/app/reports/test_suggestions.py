"""Every rule speaks when its condition holds, with its figure, and is silent just before it."""
from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from qt_app.backtest.money import Trade
from qt_app.catalogue import reports, tax, workbook
from qt_app.config import Config
from qt_app.reports import suggestions as rules
from qt_app.reports.records import (
    AlertCount,
    Book,
    DayFacts,
    Deal,
    Drift,
    Held,
    Judged,
    Latency,
    Parity,
    Quality,
    Result,
    RunDay,
    VoterDay,
)
from qt_app.reports.shown import Shown

DAY = dt.date(2026, 11, 9)
T0 = 1_794_229_200_000_000_000      # 2026-11-09 10:00 in Sao Paulo
RUN = RunDay("r", "profit", "live", True, symbol="WDOZ26", synthetic=False, actions={"buy": 5, "sell": 5, "hold": 90})
QUIET = DayFacts(DAY, (), (RUN,), ())


def deals(count: int, net: float) -> tuple[Deal, ...]:
    return tuple(Deal(Trade("WDOZ26", 1, 1.0, T0 + at, 5400.0, "buy", T0 + at + 1, 5401.0, "stop", (net,) * 3), "r")
                 for at in range(count))


def book(gross: tuple[float, float, float] = (0.0, 0.0, 0.0), costs: float = 0.0, trips: tuple[Deal, ...] = (),
         held: tuple[Held, ...] = ()) -> DayFacts:
    return replace(QUIET, books=(Book("1:2", "live", ("WDOZ26",), trips, Result.of(gross, costs), held),))


def run(**changes: object) -> DayFacts:
    return replace(QUIET, runs=(replace(RUN, **changes),))      # type: ignore[arg-type]


def voter(abstained: int = 0, high: float | None = 0.6) -> DayFacts:
    judged = Judged(50, 0.3, 0.2, high, 0.4, None, None, ())
    reasons = {"STALE": abstained} if abstained else {}
    return run(voters=(VoterDay("liquidity", 1000, 1000 - abstained, reasons, judged),))


#: rule → (facts that make it speak, facts that just don't, what it names).
CASES: dict[str, tuple[DayFacts, DayFacts, str]] = {
    "PARITY_DIFFERS": (run(parity=Parity("differs", "x")), run(parity=Parity("signed", "x")), "execução r"),
    "GRAVE_ALERTS": (replace(QUIET, alerts=(AlertCount("EVENTS_DROPPED", "ERROR", 3),)),
                     replace(QUIET, alerts=(AlertCount("BOOK_RESYNC", "WARNING", 3),)), "3 alertas"),
    "OPEN_POSITION": (book(held=(Held("WDOZ26", -2, None),)), book(), "-2 de WDOZ26"),
    "EVENTS_LOST": (run(quality=Quality("good", 10, 1, ())), run(quality=Quality("good", 10, 0, ())), "1 eventos"),
    "RECORDING_UNUSABLE": (run(quality=Quality("unusable", 10, 0, (("unusable", "FAR_PRICES", "x"),))),
                           run(quality=Quality("warning", 10, 0, (("warning", "GAPS", "x"),))), "FAR_PRICES"),
    "FILLS_DECIDE": (book((-1.0, 0.0, 1.0)), book((0.0, 0.0, 1.0)), "R$ -1,00"),
    "COSTS_HIGH": (book((100.0,) * 3, 30.01), book((100.0,) * 3, 30.0), "R$ 30,01"),
    "LOSING_HOUR": (book(trips=deals(3, -10.0)), book(trips=deals(2, -10.0)), "10 h"),
    "DRIFT": (run(drift=Drift(2.01, {"vwap_distance": 9.0})), run(drift=Drift(2.0, {"vwap_distance": 9.0})), "2,01"),
    "SLOW": (run(latency=Latency(1.0, 1.0, 50.1, 60.0)), run(latency=Latency(1.0, 1.0, 50.0, 60.0)), "50,1 ms"),
    "WORSE_THAN_CHANCE": (voter(high=0.39), voter(high=0.4), "30,0 %"),
    "ABSTENTIONS": (voter(51), voter(50), "STALE"),
    "ONE_GATE": (run(refusals={"WIDE_SPREAD": 6}), run(refusals={"WIDE_SPREAD": 5}), "60 %"),
    "FEW_TRADES": (book(trips=deals(29, 1.0)), book(trips=deals(30, 1.0)), "29 operações"),
}


def spoken(facts: DayFacts, shown: Shown) -> dict[str, str]:
    return {one.rule: one.words for one in rules.suggestions(facts, Config(), shown)}


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_speaks_at_its_limit_and_not_before(rule: str) -> None:
    speaks, silent, names = CASES[rule]
    shown = Shown("pt_BR")
    assert names in spoken(speaks, shown)[rule]
    assert rule not in spoken(silent, shown)
    assert spoken(speaks, Shown("en"))[rule]


def test_a_quiet_day_suggests_nothing() -> None:
    assert spoken(QUIET, Shown("en")) == {}


def test_every_rule_is_tried_here_and_told_in_the_documents(repo: Path) -> None:
    told = (repo / "docs" / "reports.md").read_text("utf-8")
    assert set(CASES) == set(reports.SUGGESTIONS["en"])
    assert set(CASES) <= set(re.findall(r"`([A-Z_]+)`", told))


@pytest.mark.parametrize("words", [reports.WORDS, reports.SUGGESTIONS, tax.WORDS, workbook.WORDS])
def test_both_languages_have_the_same_words_with_the_same_gaps(words: dict[str, dict[str, str]]) -> None:
    gaps = {language: {name: {field for _, field, _, _ in Formatter().parse(text) if field}
                       for name, text in texts.items()} for language, texts in words.items()}
    assert gaps["pt_BR"] == gaps["en"]


def test_every_fault_of_a_recording_has_its_words(repo: Path) -> None:
    source = (repo / "qt_app" / "data" / "quality.py").read_text("utf-8")
    codes = set(re.findall(r'"([A-Z]+_?[A-Z]+)",', source)) - {"MOSTLY"}
    assert codes <= set(reports.FAULTS["pt_BR"]) and len(codes) > 20


def test_every_word_is_used(repo: Path) -> None:
    """A word that nothing shows is an old one."""
    source = "".join(path.read_text("utf-8") for path in (repo / "qt_app" / "reports").glob("*.py"))
    shared = {"paper", "simulator", "live", "good", "warning", "unusable", "INFO", "WARNING", "ERROR", "CRITICAL",
              "pessimistic", "probable", "optimistic", "quiet", "normal", "trending", "volatile", "unknown", "buy",
              "sell", "hold", "signed", "differs"}
    assert [name for name in reports.WORDS["en"] if name not in shared and f'"{name}"' not in source
            and f"'{name}'" not in source] == []
