"""Every check, each by itself: the first that refuses is what the gate refuses for, whatever else is wrong."""
from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.orders.account import Account, Fill
from qt_app.risk.explain import entry_checks
from qt_app.risk.gate import RiskGate
from qt_app.risk.intent import Intent, Purpose
from qt_app.risk.limits import Limits
from qt_app.risk.reasons import Refusal
from qt_app.risk.schedule import MINUTE_NS, Schedule
from qt_app.risk.view import MarketView
from qt_core._types import Control, Phase

OPEN = 1_700_000_000_000_000_000
NOON, CLOSE = OPEN + 180 * MINUTE_NS, OPEN + 570 * MINUTE_NS
VIEW = MarketView(NOON, bid=10_000, ask=10_001, last=10_000, phase=Phase.OPEN, quote_ns=NOON, open_ns=OPEN,
                  close_ns=CLOSE)
BUY = Intent(1, 7, NOON, Purpose.ENTRY, 1, 1, "BUY", confidence=0.7)
NONE: frozenset[Purpose] = frozenset()


def gate(**limits: Any) -> RiskGate:
    contract, bounds = instrument("WDOZ26"), Limits(**limits)
    return RiskGate(bounds, contract, Schedule.of(bounds), Account(contract, Fees()))


def hold(made: RiskGate, lots: int) -> None:
    if lots:
        side = 1 if lots > 0 else -1
        made.account.fill(Fill(9, 0, NOON, side, abs(lots), 10_000, abs(lots) * 10_000, abs(lots) * 10_000), entry=True)


VIEWS = st.builds(
    lambda bid, spread, last, age_s, phase, open_ns, left: replace(
        VIEW, bid=bid, ask=None if spread is None else 10_000 + spread, last=last, phase=phase, open_ns=open_ns,
        quote_ns=None if age_s is None else NOON - age_s * 10**9, close_ns=NOON + left * MINUTE_NS),
    st.sampled_from([None, 10_000, 10_000]), st.sampled_from([None, 0, 1, 1, 4, 5]),
    st.sampled_from([None, 10_000, 10_022, 9_900]), st.sampled_from([None, 0, 0, 5, 6]),
    st.sampled_from([Phase.OPEN, Phase.OPEN, Phase.AUCTION]), st.sampled_from([None, OPEN, OPEN, NOON - MINUTE_NS]),
    st.sampled_from([0, 30, 40, 300, 300]))
INTENTS = st.builds(lambda side, qty, confidence: replace(BUY, side=side, qty=qty, confidence=confidence),
                    st.sampled_from([-1, 1]), st.integers(1, 3),
                    st.sampled_from([None, 0.2, 0.6, 0.7, float("nan")]))
LIVE = st.frozensets(st.sampled_from(list(Purpose)), max_size=1)
CONTROLS = st.sampled_from([(), (), (Control.HALT,), (Control.REDUCE,)])


@pytest.mark.lengthy
@given(VIEWS, INTENTS, LIVE, CONTROLS, st.sampled_from([-1, 0, 0, 1, 2]), st.integers(0, 3), st.integers(0, 12))
def test_the_first_refusal_is_the_gates(view: MarketView, intent: Intent, live: frozenset[Purpose],
                                        controls: tuple[Control, ...], lots: int, entries: int, sent: int) -> None:
    made = gate(max_position=2, max_daily_trades=2)
    hold(made, lots)
    made.account.today.entries = entries
    for _ in range(sent):
        made.rate.add(NOON)
    for code in controls:
        made.control(code)
    checks = entry_checks(made, intent, view, live)
    outcome = copy.deepcopy(made).check(intent, view, live)
    first = next((check.refusal for check in checks if check.refusal is not None), None)
    if isinstance(outcome, Refusal):
        assert first is not None and first.reason is outcome.reason
    else:
        assert first is None
    assert all(check.passed is None for check in checks if not check.judged)


def test_asking_counts_nothing() -> None:
    made = gate(orders_per_second=1)
    for _ in range(5):
        assert all(check.passed for check in entry_checks(made, BUY, VIEW, NONE))
    assert made.rate.used(NOON) == (0, 0)
    assert not isinstance(made.check(BUY, VIEW, NONE), Refusal)
    checks = {check.name: check for check in entry_checks(made, BUY, VIEW, NONE)}
    assert checks["orders_per_second"].refusal is not None and checks["orders_per_second"].value == 1


def test_all_that_is_wrong_is_told_with_how_far_it_is_off() -> None:
    view = replace(VIEW, ask=10_007, quote_ns=NOON - 7_250_000_000)
    checks = {c.name: c for c in entry_checks(gate(), replace(BUY, confidence=0.45), view, frozenset({Purpose.ENTRY}))}
    assert [name for name, check in checks.items() if check.passed is False] == [
        "confidence", "quote_age_ms", "spread_ticks", "working"]
    assert checks["confidence"].excess == pytest.approx(0.15)
    assert (checks["quote_age_ms"].value, checks["quote_age_ms"].excess) == (7250, 2250)
    assert (checks["spread_ticks"].value, checks["spread_ticks"].excess) == (7, 3)
    assert checks["working"].excess is None


def test_without_a_quote_what_depends_on_it_cannot_be_said() -> None:
    checks = {c.name: c for c in entry_checks(gate(), BUY, replace(VIEW, bid=None), NONE)}
    assert checks["quote"].passed is False
    assert [name for name, check in checks.items() if check.passed is None] == [
        "quote_age_ms", "spread_ticks", "collar_ticks"]
