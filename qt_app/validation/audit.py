"""The leak audit: four ways in which a pipeline that fools its owner gives itself away.

``shuffled labels`` and ``random walk``: the run's own model, fitted anew where there is nothing to learn, must predict
no better than chance. ``columns``: no input alone may know more than a market gives away, nor the future better than
the past, and a column made to peek must be caught by the very same test. ``poison``: the rows are made anew from
recordings whose future was changed. ``folds``: no session is on both sides of a fold.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qt_app.errors import DataError
from qt_app.research.worlds import World, random_walk
from qt_app.training import fitting, samples
from qt_app.training.learners import learner
from qt_app.training.rundir import RunFacts
from qt_app.training.samples import Sample
from qt_app.validation import columns
from qt_app.validation.archive import Archive, instants
from qt_app.validation.baselines import CLASSES, last_known
from qt_app.validation.bootstrap import Figure
from qt_app.validation.case import Case
from qt_app.validation.columns import Knowledge, Target
from qt_app.validation.finding import Finding, listed
from qt_app.validation.metrics import Scored, gain
from qt_app.validation.poison import compare
from qt_core.features.registry import NAMES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Log-loss, in nats, by which a model may seem better than chance where there is nothing to learn.
CHANCE = 0.002
#: Folds that are fitted anew, from the last: those with the most to learn from.
FOLDS = 2
#: Sessions of the random walk, half to fit on and half to judge by, then the other way.
WALKS = 8
WALK_SECONDS = 5000
#: Noise of the planted columns, in standard deviations of what they give away. The first must be caught.
NOISES = (1.0, 2.0, 4.0, 8.0)
PLANTED = "planted"
#: Recordings that are made anew, at most.
POISONED = 3


@dataclass(frozen=True, slots=True)
class Leaks:
    """All findings, and what each column knows."""

    findings: tuple[Finding, ...]
    knowledge: tuple[Knowledge, ...]


def audit(case: Case, archive: Archive, *, seed: int, progress: Callable[[str], None]) -> Leaks:
    """Every audit of a run; its final block is left alone."""
    progress("audit: labels dealt at random")
    findings = [folds_apart(case.run.facts), shuffled_labels(case, seed)]
    progress("audit: a random walk")
    findings.append(random_walk_tape(case, seed))
    progress("audit: what each column knows")
    knowledge, caught = know(case, seed)
    progress("audit: another future")
    leaky, poison = poison_future(case, archive, columns.suspects(knowledge))
    findings += [caught, poison, Finding("leak_columns", not leaky, {"columns": listed(leaky)})]
    return Leaks(tuple(findings), tuple(knowledge))


# -- nothing to learn


def folds_apart(facts: RunFacts) -> Finding:
    """No session, by its content, is fitted on and tested on in one fold, nor is the final block in any."""
    digests = [session.digest for session in facts.sessions]
    shared = {digests[i] for fold in facts.folds for i in fold.train} & {digests[i] for i in facts.final}
    for fold in facts.folds:
        shared |= {digests[i] for i in fold.train} & {digests[i] for i in fold.test}
    named = sorted(session.day for session in facts.sessions if session.digest in shared)
    return Finding("leak_folds", not shared, {"days": listed(named), "folds": len(facts.folds)})


def shuffled_labels(case: Case, seed: int) -> Finding:
    """The run's model on labels dealt at random.

    Over all sessions: inside one session the shares of the classes would stay, and features may well know the day.
    """
    facts, random = case.run.facts, np.random.default_rng(seed)
    chosen = facts.folds[-FOLDS:]
    needed = sorted({i for fold in chosen for i in (*fold.train, *fold.test)})
    dealt = dict(zip(needed, deal([samples.make(case.sessions[i], facts.label_rule, facts.inputs) for i in needed],
                                  random), strict=True))
    folds = [([dealt[i] for i in fold.train], [dealt[i] for i in fold.test]) for fold in chosen]
    return _chance("leak_shuffled", folds, facts, seed)


def deal(made: Sequence[Sample], random: np.random.Generator) -> list[Sample]:
    """The same outcomes at other rows, of any of the sessions."""
    names = ("labels", "weights", "long_ticks", "short_ticks")
    order = random.permutation(sum(len(sample) for sample in made))
    ends = np.cumsum([len(sample) for sample in made])[:-1]
    parts = [np.split(np.concatenate([getattr(sample, name) for sample in made])[order], ends) for name in names]
    return [replace(sample, **dict(zip(names, own, strict=True)))
            for sample, own in zip(made, zip(*parts, strict=True), strict=True)]


def random_walk_tape(case: Case, seed: int) -> Finding:
    """The run's model on sessions whose price owes nothing to anything."""
    facts = case.run.facts
    world = World(seconds=WALK_SECONDS, instants=instants(case))
    made = [samples.make(session, facts.label_rule, facts.inputs) for session in random_walk(WALKS, seed, world)]
    made = [sample for sample in made if len(sample)]
    one, other = made[::2], made[1::2]
    return _chance("leak_walk", [(one, other), (other, one)], facts, seed)


def _chance(code: str, folds: Sequence[tuple[Sequence[Sample], Sequence[Sample]]], facts: RunFacts,
            seed: int) -> Finding:
    try:
        found = _gain(folds, facts, seed)
    except DataError as error:
        return Finding(code, None, {"why": str(error)})
    return Finding(code, not found.low > CHANCE, {"gain": found.value, "low": found.low, "high": found.high})


def _gain(folds: Sequence[tuple[Sequence[Sample], Sequence[Sample]]], facts: RunFacts, seed: int) -> Figure:
    """How much better than the classes' shares the model predicts. Raises DataError when it cannot be fitted."""
    pieces = []
    for number, (train, test) in enumerate(folds):
        if len(train) < fitting.FEWEST or not test:
            raise DataError(f"{len(train)} sessions to fit on and {len(test)} to judge by are too few")
        fitted = fitting.fit(train, learner(facts.model), seed=seed, parameters=facts.parameters,
                             cost_ticks=facts.label_rule.cost_ticks)
        shares = _shares(train)
        for index, sample in enumerate(test):
            name = np.full(len(sample), 1000 * number + index)
            pieces.append((name, sample.labels, sample.weights, fitted.predict(sample.rows),
                           np.tile(shares, (len(sample), 1))))
    session, label, weight, p, constant = (np.concatenate(column) for column in zip(*pieces, strict=True))
    return gain(Scored(session, label, weight, p), constant, seed=seed)


def _shares(train: Sequence[Sample]) -> Floats:
    part = samples.together(train)
    counts = np.bincount(part.labels, weights=part.weights, minlength=CLASSES) + 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float64)


# -- columns


def know(case: Case, seed: int) -> tuple[list[Knowledge], Finding]:
    """What each input knows, and whether planted columns are caught by the same test."""
    chosen = [i for i in range(len(case.sessions)) if i not in case.run.facts.final]
    parts = [(case.sessions[i], np.flatnonzero(case.labels[i].resolved)) for i in chosen]
    sample = columns.Sample(np.repeat(np.arange(len(parts)), [len(rows) for _, rows in parts]),
                            np.concatenate([case.labels[i].weight[rows]
                                            for i, (_, rows) in zip(chosen, parts, strict=True)]))
    targets = [_label_target(case, chosen), *columns.move_targets(parts)]
    inputs = case.run.facts.inputs
    values = np.concatenate([session.rows[rows][:, [NAMES.index(name) for name in inputs]] for session, rows in parts])
    knowledge = columns.examine(inputs, values, sample, targets, seed=seed)
    return knowledge, _planted(case, chosen, sample, targets, seed)


def _label_target(case: Case, chosen: Sequence[int]) -> Target:
    label, last = [], []
    for i in chosen:
        made = case.labels[i]
        label.append(made.label[made.resolved])
        last.append(last_known(case.sessions[i].ts_ns, made)[made.resolved])
    return columns.label_target(np.concatenate(label), np.concatenate(last))


def _planted(case: Case, chosen: Sequence[int], sample: columns.Sample, targets: Sequence[Target],
             seed: int) -> Finding:
    """Columns that hold the coming round trip's gain under ever more noise; the weakest that is still caught."""
    made = [case.labels[i] for i in chosen]
    future = np.concatenate([(one.long_ticks - one.short_ticks)[one.resolved] / 2.0 for one in made])
    noise = np.random.default_rng(seed).normal(0.0, float(future.std()) or 1.0, len(future))
    names = [f"{PLANTED} {level:g}" for level in NOISES]
    peeking = np.column_stack([future + level * noise for level in NOISES])
    found = columns.examine(names, peeking, sample, targets[:1], seed=seed)
    caught = [one for one in found if one.suspect]
    shares = [one.future.value for one in caught]
    return Finding("leak_planted", found[0].suspect, {"caught": len(caught), "planted": len(found),
                                                      "weakest": min(shares, default=float("nan"))})


# -- another future


def poison_future(case: Case, archive: Archive, suspects: Sequence[str]) -> tuple[list[str], Finding]:
    """(columns that leak, the finding): a suspect is acquitted only by rows made anew from another future."""
    facts = case.run.facts
    due = instants(case)
    rows, sessions, differing = 0, 0, set[str]()
    for index in (i for i in range(len(case.sessions)) if i not in facts.final):
        recording = archive.recording(case.sessions[index]) if sessions < POISONED else None
        found = None if recording is None else compare(case.sessions[index], recording, due)
        if found is not None:
            sessions, rows = sessions + 1, rows + found.rows
            differing |= set(found.differing)
    leaky = sorted(differing & set(facts.inputs)) if sessions else list(suspects)
    values = {"sessions": sessions, "rows": rows, "columns": listed(sorted(differing)),
              "suspects": listed(suspects)}
    return leaky, Finding("leak_poison", not differing if sessions else None, values)
