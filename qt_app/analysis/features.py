"""``qt analyze features``: what a training run's model lives on, judged on sessions that it never saw.

The models of the run's folds are fitted once more, on the same sessions with the same seed and parameters; that this
gives the same out-of-fold predictions is checked, not assumed. The final block stays closed.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from qt_app.analysis.permutation import Importance, Unseen, importances, label_rows
from qt_app.analysis.shap import Shap, evenly, shap_values
from qt_app.errors import DataError
from qt_app.training import fitting, samples
from qt_app.training.families import Family, families, rank_correlation
from qt_app.training.fitting import Fitted
from qt_app.training.inputs import family
from qt_app.training.learners import learner
from qt_app.training.models import Floats
from qt_app.training.rundir import RunFacts
from qt_app.training.samples import Sample
from qt_app.validation.case import Case, read_case
from qt_app.validation.metrics import log_losses

#: Out-of-fold predictions that are made again must be this close to the run's own.
SAME = 1e-9
#: Rows per fold that SHAP values are computed of: their cost grows with the rows, their mean hardly moves.
SHAP_ROWS = 2000


@dataclass(frozen=True, slots=True)
class Feature:
    """One input: the group of its definition, its correlation family, and what it is worth."""

    name: str
    definition: str
    family: int                       # index into FeatureAnalysis.families
    importance: Importance
    shap: float
    shap_by_class: tuple[float, ...]  # in the order of votes.ACTIONS
    direction: float


@dataclass(frozen=True, slots=True)
class FamilyWorth:
    """Inputs that move together, by name, permuted together."""

    head: str
    members: tuple[str, ...]
    importance: Importance
    shap: float


@dataclass(frozen=True, slots=True)
class FeatureAnalysis:
    """``features`` and ``families`` by importance, the greatest first; ``correlation`` in the order of the run's
    inputs; losses in nats, weighted as in training; ``block`` rows that changed places together."""

    facts: RunFacts
    log_loss: float
    rows: int
    sessions: int
    folds: int
    repeats: int
    block: int
    features: tuple[Feature, ...]
    families: tuple[FamilyWorth, ...]
    correlation: Floats


def analyze(folder: Path, *, repeats: int = 5, seed: int = 1,
            progress: Callable[[int, int], None] | None = None) -> FeatureAnalysis:
    """Raises DataError for a run that cannot be read, or whose folds cannot be fitted again as they were."""
    case = read_case(folder)
    facts = case.run.facts
    made = {at: samples.make(case.sessions[at], facts.label_rule, facts.inputs)
            for fold in facts.folds for at in (*fold.train, *fold.test)}
    fitted = [_refit(case, number, made) for number in range(len(facts.folds))]
    tested = [Unseen(one.predict, fold.test, tuple(made[at] for at in fold.test))
              for one, fold in zip(fitted, facts.folds, strict=True)]
    return _analysis(case, fitted, tested, list(made.values()), repeats=repeats, seed=seed, progress=progress)


def _refit(case: Case, number: int, made: dict[int, Sample]) -> Fitted:
    facts = case.run.facts
    fold, told = facts.folds[number], facts.metrics["folds"][number]
    parameters = told.get("parameters", facts.parameters)
    found = fitting.fit([made[at] for at in fold.train], learner(facts.model), seed=facts.seed, parameters=parameters,
                        cost_ticks=facts.label_rule.cost_ticks)
    oof = case.run.oof()
    for at in fold.test:
        own = (oof.fold == number) & (oof.session == at)
        again = found.predict(made[at].rows)
        if own.sum() != len(again) or np.abs(again - oof.p[own]).max(initial=0.0) > SAME:
            raise DataError(f"{case.run.folder}: fold {fold.name} fitted again predicts session {at} differently, so "
                            f"its model is not the run's, which code {facts.code_version} made with other versions or "
                            "settings; train again")
    return found


def _analysis(case: Case, fitted: Sequence[Fitted], tested: Sequence[Unseen], every: Sequence[Sample], *,
              repeats: int, seed: int, progress: Callable[[int, int], None] | None) -> FeatureAnalysis:
    facts = case.run.facts
    correlation = rank_correlation([sample.rows for sample in every])
    groups = families(correlation)
    columns = [(at,) for at in range(len(facts.inputs))]
    asked = [*columns, *(group.members for group in groups if len(group.members) > 1)]
    block = label_rows([sample for one in tested for sample in one.samples])
    total = len(asked) * len(tested)
    worth = importances(tested, asked, block=block, repeats=repeats, seed=seed,
                        step=None if progress is None else lambda done: progress(done, total))
    together = dict(zip([tuple(group) for group in asked], worth, strict=True))
    shap = shap_values(fitted, [evenly(np.concatenate([sample.rows for sample in one.samples]), SHAP_ROWS)
                                for one in tested])
    return FeatureAnalysis(
        facts, _log_loss(tested), sum(len(sample) for one in tested for sample in one.samples),
        len({at for one in tested for at in one.sessions}), len(tested), repeats, block,
        _features(facts, groups, together, shap), _families(facts, groups, together, shap), correlation)


def _features(facts: RunFacts, groups: Sequence[Family], worth: dict[tuple[int, ...], Importance],
              shap: Shap) -> tuple[Feature, ...]:
    rank = {group: at for at, group in enumerate(_ranked(groups, worth))}
    home = {member: rank[group] for group in groups for member in group.members}
    found = [Feature(name, family(name), home[at], worth[(at,)], float(shap.size[at]),
                     tuple(shap.by_class[at].tolist()), float(shap.direction[at]))
             for at, name in enumerate(facts.inputs)]
    return tuple(sorted(found, key=lambda one: (-one.importance.repeats.value, one.name)))


def _families(facts: RunFacts, groups: Sequence[Family], worth: dict[tuple[int, ...], Importance],
              shap: Shap) -> tuple[FamilyWorth, ...]:
    return tuple(FamilyWorth(facts.inputs[group.head], tuple(facts.inputs[at] for at in group.members),
                             worth[group.members], float(shap.size[list(group.members)].sum()))
                 for group in _ranked(groups, worth))


def _ranked(groups: Sequence[Family], worth: dict[tuple[int, ...], Importance]) -> list[Family]:
    return sorted(groups, key=lambda group: (-worth[group.members].repeats.value, group.members))


def _log_loss(tested: Sequence[Unseen]) -> float:
    parts = [part for one in tested for part in one.samples]
    losses = [log_losses(one.predict(part.rows), part.labels) for one in tested for part in one.samples]
    return float(np.average(np.concatenate(losses), weights=np.concatenate([part.weights for part in parts])))
