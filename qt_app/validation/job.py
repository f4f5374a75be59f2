"""One validation from the run folder to the verdict beside it."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.dataset.session import SessionRows
from qt_app.home import Home
from qt_app.training.inputs import columns
from qt_app.validation.archive import Archive, Progress
from qt_app.validation.audit import Leaks, audit
from qt_app.validation.case import Case, read_case
from qt_app.validation.drift import Drift, drifts
from qt_app.validation.evidence import Evidence, Terms, weigh
from qt_app.validation.final import Final, fresh, open_final
from qt_app.validation.money import Gate
from qt_app.validation.tries import Tries, tries
from qt_app.validation.verdict import Verdict, decide, final_rule, rules, worth_opening

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Validation:
    """All that was found of a run. ``later``: sessions in which drift was looked for; ``final`` None: still closed."""

    case: Case
    terms: Terms
    tries: Tries
    evidence: Evidence
    leaks: Leaks
    later: int
    drifts: tuple[Drift, ...]
    final: Final | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Wish:
    """What to look at beside the run. ``recent_days``: compare the inputs with recordings of so many days; None: with
    those of the final block (no label of it). ``again``: open a final block that another run had opened."""

    recent_days: int | None = None
    again: bool = False


def terms_of(config: Config) -> Terms:
    """The product's own gate and the account's fees."""
    gate = Gate(config.risk.min_confidence, config.risk.max_daily_trades)
    return Terms(gate, fees_of(config))


def validate(folder: Path, home: Home, archive: Archive, *, terms: Terms, wish: Wish, progress: Progress) -> Validation:
    """Judge a run; the final block is opened, and that noted, when nothing else stands against the run.

    Raises DataError for a run that cannot be judged, RefusedError never: a burnt block is a finding.
    """
    progress("reading the run and its sessions")
    case = read_case(folder)
    counted = tries(home, case.run.facts)
    progress("weighing the predictions")
    evidence = weigh(case, terms, counted)
    later = _later(case, archive, wish)
    moved = tuple(_drifts(case, later)) if later else ()
    leaks = audit(case, archive, seed=terms.seed, progress=progress)
    findings = [*rules(evidence, moved, len(later), leaks.findings, counted.rivals), fresh(case, home)]
    final = None
    if worth_opening(findings, again=wish.again):
        progress("opening the final block")
        final = open_final(case, home, terms, again=wish.again)
    verdict = decide([*findings, final_rule(final)], synthetic=case.run.facts.synthetic)
    return Validation(case, terms, counted, evidence, leaks, len(later), moved, final, verdict)


def _later(case: Case, archive: Archive, wish: Wish) -> list[SessionRows]:
    if wish.recent_days is not None:
        return archive.later(case, wish.recent_days)
    return [case.sessions[i] for i in case.run.facts.final]


def _drifts(case: Case, later: Sequence[SessionRows]) -> list[Drift]:
    facts = case.run.facts
    training = [case.sessions[i] for i in range(len(case.sessions)) if i not in facts.final]
    return drifts(facts.inputs, facts.deciles, [_inputs(case, one) for one in training],
                  [_inputs(case, one) for one in later])


def _inputs(case: Case, session: SessionRows) -> Floats:
    """(n, inputs) from the first row on that has them all: until then the live model abstains."""
    values = session.rows[:, columns(case.run.facts.inputs)]
    warm = np.flatnonzero(np.isfinite(values).all(axis=1))
    return values[int(warm[0]) if len(warm) else 0:]
