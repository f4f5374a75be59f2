from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qt_app.validation.bootstrap import Figure
from qt_app.validation.drift import Drift
from qt_app.validation.evidence import Beside, Chance, Evidence
from qt_app.validation.finding import Finding, listed
from qt_app.validation.money import LATENCIES_MS, SLIPPAGES_TICKS, Money
from qt_app.validation.selection import Deflated
from qt_app.validation.verdict import EDGE, PROOF, SOUND, decide, rules, worth_opening

GOOD = Figure(0.02, 0.01, 0.03)
BAD = Figure(0.02, -0.01, 0.05)
WON = Money(Figure(40.0, 20.0, 60.0), 800.0, 1.5, 90.0, 12.0, 120, 0.55)
LOST = replace(WON, net=Figure(-5.0, -9.0, -1.0))
STILL = Figure(0.0, 0.0, 0.0)


def evidence(**changed: Any) -> Evidence:
    facts: dict[str, Any] = {
        "sessions": 20, "rows": 9000, "probabilities": {}, "reachable": {"sell": 0.1, "hold": 0.8, "buy": 0.1},
        "money": {(latency, slip): WON for latency in LATENCIES_MS for slip in SLIPPAGES_TICKS},
        "beside": {name: Beside(GOOD, LOST, Figure(45.0, 20.0, 70.0)) for name in ("constant", "persistence", "flow")},
        "chance": Chance(0.002, -900.0, -500.0, -100.0, 500), "deflated": Deflated(0.8, 0.2, 0.99, 4, 20),
        "overfitting": 0.1, "net_by_session": np.ones(20), "path_totals": (800.0,)}
    return Evidence(**(facts | changed))


def leaks(**outcome: bool | None) -> list[Finding]:
    values = {"folds": 3, "days": "2026-11-18", "gain": -0.01, "why": "too few", "weakest": 0.2, "rows": 10,
              "sessions": 1, "columns": "signed_volume"}
    codes = ("leak_folds", "leak_shuffled", "leak_walk", "leak_planted", "leak_poison", "leak_columns")
    return [Finding(code, outcome.get(code, True), values) for code in codes]


STEADY = [Drift("returns_1", 0.05, 0.25)]
OPENED = (Finding("fresh", True, {"by": ""}), Finding("final", True, {"sessions": 3, "net": 50.0, "gain": 0.02}))


def word(made: Evidence | None = None, audited: list[Finding] | None = None, drift: list[Drift] | None = None, *,
         rivals: int = 0, last: tuple[Finding, ...] = OPENED) -> str:
    found = rules(made or evidence(), STEADY if drift is None else drift, 3, audited or leaks(), rivals)
    return decide([*found, *last], synthetic=False).word


def test_everything_passed_is_deployed() -> None:
    assert word() == "deploy"


@pytest.mark.parametrize("code", [code for code in SOUND if code.startswith("leak")])
def test_a_leak_is_never_traded(code: str) -> None:
    assert word(audited=leaks(**{code: False})) == "do not trade"


@pytest.mark.parametrize("changed", [
    {"reachable": {"sell": 0.0, "hold": 0.9, "buy": 0.1}},
    {"beside": evidence().beside | {"constant": Beside(BAD, LOST, STILL)}},
    {"money": dict.fromkeys(evidence().money, LOST)},
])
def test_no_edge_is_not_traded(changed: dict[str, Any]) -> None:
    assert word(evidence(**changed)) == "do not trade"


@pytest.mark.parametrize("changed", [
    {"sessions": 9},
    {"money": dict.fromkeys(evidence().money, replace(WON, net=Figure(40.0, -1.0, 80.0)))},
    {"beside": evidence().beside | {"persistence": Beside(BAD, LOST, GOOD)}},
    {"beside": evidence().beside | {"flow": Beside(GOOD, WON, Figure(-3.0, -9.0, 3.0))}},
    {"chance": Chance(0.06, -900.0, -500.0, 900.0, 500)},
    {"deflated": Deflated(0.8, 0.7, 0.94, 400, 20)},
    {"deflated": Deflated(float("nan"), float("nan"), float("nan"), 1, 20)},
])
def test_an_edge_without_proof_is_observed(changed: dict[str, Any]) -> None:
    assert word(evidence(**changed)) == "observe"


def test_rivals_make_overfitting_a_question() -> None:
    assert word(evidence(overfitting=float("nan"))) == "deploy"
    assert word(evidence(overfitting=float("nan")), rivals=3) == "observe"
    assert word(evidence(overfitting=0.3), rivals=3) == "observe"
    assert word(evidence(overfitting=0.1), rivals=3) == "deploy"


def test_what_could_not_be_examined_proves_nothing() -> None:
    assert word(audited=leaks(leak_poison=None)) == "observe"
    assert word(audited=leaks(leak_walk=None)) == "do not trade"


def test_drift_is_observed_and_named() -> None:
    moved = [*STEADY, Drift("volatility_10", 0.9, 0.25)]
    assert word(drift=moved) == "observe"
    found = decide([*rules(evidence(), moved, 3, leaks(), 0), *OPENED], synthetic=True)
    assert found.line().startswith("observe (synthetic sessions): Drifted in 3 later sessions: volatility_10 (0.90).")


def test_the_final_block_decides_last_and_is_opened_only_when_it_can() -> None:
    found = rules(evidence(), STEADY, 3, leaks(), 0)
    fresh, opened = OPENED
    burnt = Finding("fresh", False, {"by": "other (trial 1)"})
    assert worth_opening([*found, fresh], again=False)
    assert not worth_opening([*found, burnt], again=False)
    assert worth_opening([*found, burnt], again=True)
    assert not worth_opening(rules(evidence(sessions=9), STEADY, 3, leaks(), 0), again=True)
    assert word(last=(fresh, replace(opened, passed=False))) == "observe"
    assert word(last=(fresh, Finding("final", None))) == "observe"
    assert word(last=(burnt, opened)) == "observe"


def test_the_line_says_the_word_first_and_only_what_stands_against_it() -> None:
    found = decide([*rules(evidence(sessions=9), STEADY, 3, leaks(leak_columns=False), 0), *OPENED], synthetic=False)
    assert found.line() == "do not trade: Inputs that know the future: signed_volume."


def test_a_deployed_synthetic_run_says_so_in_its_line() -> None:
    found = decide([*rules(evidence(), STEADY, 3, leaks(), 0), *OPENED], synthetic=True)
    assert found.line().startswith("deploy (synthetic sessions): It predicts better")


def test_every_rule_belongs_to_exactly_one_group() -> None:
    assert len({*SOUND, *EDGE, *PROOF}) == len(SOUND) + len(EDGE) + len(PROOF)
    codes = {one.code for one in [*rules(evidence(), STEADY, 3, leaks(), 0), *OPENED]}
    assert codes == {*SOUND, *EDGE, *PROOF}


def test_a_long_list_is_cut_and_counted() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed([str(k) for k in range(11)]) == "0, 1, 2, 3, 4, 5, 6, 7 + 3"
