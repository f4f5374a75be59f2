"""Deploy, observe, or do not trade: the rules, each with its limit and the reason for it.

Three groups, in order. What leaks or cannot trade both ways, and what has no edge, is not traded. An edge that is not
proven is observed (a shadow, or a paper account). All rules passed: deployed.
"""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import Literal

from qt_app.catalogue.validation import sentence
from qt_app.validation.drift import Drift
from qt_app.validation.evidence import REFERENCE, Evidence
from qt_app.validation.final import Final
from qt_app.validation.finding import Finding, listed

Word = Literal["deploy", "observe", "do not trade"]

#: Below it an interval over resampled sessions is too narrow to be believed (Cameron, Gelbach and Miller 2008).
LEAST_SESSIONS = 15
#: The usual 5 % risk of taking luck for skill, after the number of trials is counted.
LEAST_DEFLATED = 0.95
#: At a half, choosing was no better than drawing lots; a fifth leaves the choice four times as often right as wrong.
MOST_OVERFITTING = 0.20
#: Random positions with the same turnover may do as well in one draw of twenty.
MOST_CHANCE = 0.05

#: Rules without which no figure means anything, or no trade both ways is possible.
SOUND = ("leak_folds", "leak_shuffled", "leak_walk", "leak_columns", "reach")
#: Rules of an edge: it predicts, and it earns after costs, latency and slippage.
EDGE = ("predicts", "earns")
#: Rules of its proof; the final block is opened only when all others have passed.
PROOF = ("leak_planted", "leak_poison", "sessions", "earns_surely", "beats_persistence", "beats_flow", "beats_chance",
         "deflated", "overfitting", "drift", "fresh", "final")


@dataclass(frozen=True, slots=True)
class Verdict:
    """The word, and what every rule said, in the order of the rules."""

    word: Word
    synthetic: bool
    findings: tuple[Finding, ...]

    def line(self, language: str = "en") -> str:
        """One line: the word first; then what stands against it, or for it."""
        shown = self.against or tuple(one for one in self.findings if one.code in (*EDGE, "deflated", "final"))
        why = " ".join(sentence(one.code, one.passed, one.values, language) for one in shown)
        return f"{self.word}{' (synthetic sessions)' if self.synthetic else ''}: {why}"

    @property
    def against(self) -> tuple[Finding, ...]:
        """The failed and unexamined rules of the group that decided."""
        group = {"deploy": (), "observe": PROOF, "do not trade": (*SOUND, *EDGE)}[self.word]
        return tuple(one for one in self.findings if one.code in group and not one.passed)


def decide(findings: Sequence[Finding], *, synthetic: bool) -> Verdict:
    """The verdict of findings, exactly one for each rule."""
    by_code = {one.code: one for one in findings}
    ordered = tuple(by_code[code] for code in (*SOUND, *EDGE, *PROOF))
    fails = {one.code for one in ordered if not one.passed}
    word: Word = "do not trade" if fails & {*SOUND, *EDGE} else "observe" if fails else "deploy"
    return Verdict(word, synthetic, ordered)


def worth_opening(findings: Sequence[Finding], *, again: bool) -> bool:
    """Whether the final block can still say something: all else has passed, or all but its being fresh (``again``)."""
    return all(one.passed or (again and one.code == "fresh") for one in findings)


def rules(evidence: Evidence, drifts: Sequence[Drift], later: int, audited: Sequence[Finding],
          rivals: int) -> list[Finding]:
    """What every rule but the final block's says. ``later``: sessions that drift was looked for in; ``rivals``: other
    configurations tried on the same sessions."""
    return [*audited, _reach(evidence), *_edge(evidence), _sessions(evidence), _surely(evidence),
            _beats(evidence, "persistence"), _beats(evidence, "flow"), _chance(evidence), _deflated(evidence),
            _overfitting(evidence, rivals), _drift(drifts, later)]


def final_rule(final: Final | None) -> Finding:
    """Positive money and predictions in the final block; it stays closed while another rule stands against the run."""
    if final is None:
        return Finding("final", None)
    values = {"sessions": final.sessions, "net": final.money.net.value, "gain": final.gain.value}
    return Finding("final", final.money.net.value > 0.0 and final.gain.value > 0.0, values)


# -- one rule each


def _reach(evidence: Evidence) -> Finding:
    never = [action for action, share in evidence.reachable.items() if not share]
    return Finding("reach", not never, {**evidence.reachable, "never": never})


def _edge(evidence: Evidence) -> list[Finding]:
    gain, money = evidence.beside["constant"].gain, evidence.money[REFERENCE]
    latency, slippage = REFERENCE
    return [Finding("predicts", gain.low > 0.0, {"gain": gain.value, "low": gain.low, "high": gain.high}),
            Finding("earns", money.net.value > 0.0, {"latency": latency, "slippage": slippage,
                                                     "net": money.net.value, "trades": money.trades})]


def _sessions(evidence: Evidence) -> Finding:
    return Finding("sessions", evidence.sessions >= LEAST_SESSIONS,
                   {"sessions": evidence.sessions, "least": LEAST_SESSIONS})


def _surely(evidence: Evidence) -> Finding:
    net = evidence.money[REFERENCE].net
    return Finding("earns_surely", net.low > 0.0, {"low": net.low, "high": net.high})


def _beats(evidence: Evidence, name: str) -> Finding:
    """Surely better predictions, and more money. The money needs no interval: a baseline may earn too, and the model's
    own result has one."""
    beside = evidence.beside[name]
    return Finding(f"beats_{name}", beside.gain.low > 0.0 and beside.ahead.value > 0.0,
                   {"gain": beside.gain.value, "low": beside.gain.low, "high": beside.gain.high,
                    "ahead": beside.ahead.value})


def _chance(evidence: Evidence) -> Finding:
    chance = evidence.chance
    return Finding("beats_chance", chance.at_least <= MOST_CHANCE,
                   {"share": chance.at_least, "draws": chance.draws, "most": MOST_CHANCE})


def _deflated(evidence: Evidence) -> Finding:
    found = evidence.deflated
    passed = None if isnan(found.probability) else found.probability >= LEAST_DEFLATED
    return Finding("deflated", passed, {"trials": found.trials, "sharpe": found.sharpe,
                                        "probability": found.probability, "least": LEAST_DEFLATED})


def _overfitting(evidence: Evidence, rivals: int) -> Finding:
    """With a single configuration nothing was chosen, so the choice cannot be overfitted."""
    probability = 0.0 if not rivals else evidence.overfitting
    passed = None if isnan(probability) else probability <= MOST_OVERFITTING
    return Finding("overfitting", passed, {"rivals": rivals, "probability": probability,
                                           "most": MOST_OVERFITTING})


def _drift(drifts: Sequence[Drift], later: int) -> Finding:
    named = listed([f"{one.name} ({one.psi:.2f})" for one in drifts if one.drifted])
    return Finding("drift", not named if later else None, {"sessions": later, "columns": named})
