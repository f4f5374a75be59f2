"""Both languages have the same words with the same gaps, and each check and stage has its word."""
from __future__ import annotations

import string

from qt_app.catalogue.why import WORDS
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.latency import STAGES
from qt_app.orders.account import Account
from qt_app.risk.explain import entry_checks
from qt_app.risk.gate import RiskGate
from qt_app.risk.intent import Intent, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.schedule import Schedule
from qt_app.risk.view import MarketView
from qt_core._types import Phase


def gaps(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


def test_both_languages_say_the_same() -> None:
    portuguese, english = WORDS["pt_BR"], WORDS["en"]
    assert set(portuguese) == set(english)
    assert {name for name in english if gaps(portuguese[name]) != gaps(english[name])} == set()


def test_every_check_and_every_stage_has_its_word() -> None:
    contract, limits = instrument("WDOZ26"), Limits()
    gate = RiskGate(limits, contract, Schedule.of(limits), Account(contract, Fees()))
    view = MarketView(10, bid=1, ask=2, last=1, phase=Phase.OPEN, quote_ns=10, open_ns=1, close_ns=None)
    checks = entry_checks(gate, Intent(1, 1, 10, Purpose.ENTRY, 1, 1, "BUY", confidence=0.7), view, frozenset())
    needed = {check.name for check in checks} | {f"stage_{stage}" for stage in STAGES}
    assert needed <= set(WORDS["en"])
