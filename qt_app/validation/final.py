"""The final block: sessions that nothing has seen, judged by the model that would be deployed, once."""
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qt_app.home import Home
from qt_app.splits.final_block import Opening, open_block, openings
from qt_app.training import fitting
from qt_app.training.inputs import columns
from qt_app.training.rundir import RunFacts
from qt_app.validation import baselines
from qt_app.validation.bootstrap import Figure
from qt_app.validation.case import Case, Path, spread
from qt_app.validation.evidence import REFERENCE, Terms
from qt_app.validation.finding import Finding
from qt_app.validation.metrics import gain
from qt_app.validation.money import Money, account, choose, round_trips, summarize

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Final:
    """Figures of the block: ``gain`` over the classes' shares in nats, ``money`` at ``REFERENCE``."""

    opening: Opening
    sessions: int
    gain: Figure
    money: Money


def fresh(case: Case, home: Home) -> Finding:
    """Whether there is a block, and nobody else has looked at it. Raises DataError: broken ledger."""
    facts = case.run.facts
    if not facts.final:
        return Finding("fresh", None)
    others = sorted({one.run for one in openings(home, digests(facts)) if one.run != opener(facts)})
    return Finding("fresh", not others, {"by": ", ".join(others)})


def open_final(case: Case, home: Home, terms: Terms, *, again: bool) -> Final:
    """Note the opening, then look. A run that looks a second time sees the same and is no second opening.

    Raises RefusedError when another run had opened some of the sessions, unless ``again``; DataError without a block.
    """
    facts = case.run.facts
    name, block = opener(facts), digests(facts)
    own = [one for one in openings(home, block) if one.run == name and one.sessions == tuple(sorted(block))]
    opening = own[0] if own else open_block(home, name, block, again=again)
    return Final(opening, len(facts.final), *_figures(case, _predicted(case), terms))


def opener(facts: RunFacts) -> str:
    """The name under which a run opens its block: its trial's number makes it one of a kind."""
    return f"{facts.id} (trial {facts.trial})"


def digests(facts: RunFacts) -> list[str]:
    """Contents of the block's sessions."""
    return [facts.sessions[i].digest for i in facts.final]


def _predicted(case: Case) -> Path:
    """The deployed model's word on every resolved row of the block."""
    facts = case.run.facts
    fitted = fitting.load(case.run.folder, facts.model, facts.threshold)
    parts = []
    for index in facts.final:
        made, session = case.labels[index], case.sessions[index]
        rows = np.flatnonzero(made.resolved)
        p = fitted.predict(session.rows[rows][:, columns(facts.inputs)].astype(np.float32))
        parts.append((np.full(len(rows), index), rows, np.zeros(len(rows), dtype=np.int64), made.label[rows],
                      made.weight[rows], p))
    return Path(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _figures(case: Case, path: Path, terms: Terms) -> tuple[Figure, Money]:
    facts = case.run.facts
    sides = spread(choose(path.p, terms.gate.min_confidence), path, facts.final, case.sessions)
    trips = [round_trips(case.sessions[i], facts.label_rule, REFERENCE[0], terms.fees) for i in facts.final]
    trades = account(sides, trips, terms.gate, REFERENCE[1])
    constant = np.tile(_shares(case, [i for i in range(len(case.sessions)) if i not in facts.final]), (len(path), 1))
    return gain(path.scored, constant, seed=terms.seed), summarize(trades, len(facts.final), seed=terms.seed)


def _shares(case: Case, chosen: Sequence[int]) -> Floats:
    """(3,) shares of the classes in the sessions that the model was fitted on."""
    state = baselines.states(case.sessions, case.labels)[0]
    return np.asarray(baselines.shares(baselines.tallies(state, case.labels)[list(chosen)])[0], dtype=np.float64)
