"""One training from the sessions to the run folder."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qt_app.dataset.session import SessionRows
from qt_app.home import Home
from qt_app.report.numbers import Language
from qt_app.training import figures, learners, plan, report, rundir, samples
from qt_app.training.families import families, rank_correlation
from qt_app.training.fitting import Fitted
from qt_app.training.folds import BASELINE, Trainer, describe
from qt_app.training.models import Parameters, Rows
from qt_app.training.order import TrainingOrder
from qt_app.training.plan import Plan
from qt_app.training.provenance import code_version, libraries
from qt_app.training.rundir import FoldFacts, Oof, RunFacts, SessionFacts
from qt_app.training.work import Work
from qt_app.votes import ACTIONS

#: (steps done, steps in all).
Progress = Callable[[int, int], None]
#: Rows of the sample that travels with a run.
SAMPLE_ROWS = 20_000


def train(sessions: Sequence[SessionRows], order: TrainingOrder, *, home: Home, out: Path, dataset: Path,
          language: Language = "pt_BR", progress: Progress | None = None) -> RunFacts:
    """Fit, judge out of fold, fit on all but the final block, and write the run folder ``out``.

    A killed training goes on from its last finished fold and ends with the same files. Raises DataError for sessions
    that cannot be trained on honestly, or when ``out`` holds something else.
    """
    rundir.refuse_occupied(out)
    planned = plan.make(sessions, order)
    work = Work.begin(home, planned.key, run=planned.id, model=order.model, data_sha256=planned.data_sha256,
                      order=order.facts())
    result = _fit(planned, work, progress)
    facts = _facts(planned, work.trial, result)
    _tell(planned, work, facts)
    with rundir.staged(out) as folder:
        result.fitted.save(folder)
        rundir.write_oof(folder / rundir.OOF_FILE, result.oof)
        rundir.write_rows(folder / rundir.ROWS_FILE, facts.inputs, *_some(planned))
        (folder / rundir.DATASET_FILE).write_text(f"{dataset.resolve()}\n", encoding="utf-8")
        report.write(folder, facts, result.oof, language)
        rundir.write_facts(folder, facts)
    work.finish()
    return facts


@dataclass(frozen=True, slots=True)
class _Result:
    folds: tuple[dict[str, Any], ...]
    oof: Oof
    fitted: Fitted
    parameters: Parameters


def _fit(planned: Plan, work: Work, progress: Progress | None) -> _Result:
    fits = len(planned.folds) + 1

    def show(done: int) -> None:
        if progress is not None:
            progress(done, fits * trainer.steps)

    if planned.order.model != BASELINE:
        _baseline(work)
    trainer = Trainer(planned.order, work, planned.made, planned.digests, show)
    judged = [trainer.fold(number, fold) for number, fold in enumerate(planned.folds)]
    fitted, parameters = trainer.fit(range(len(planned.made)), len(planned.folds))
    show(fits * trainer.steps)
    return _Result(tuple(facts for facts, _ in judged), _together([oof for _, oof in judged]), fitted, parameters)


def _tell(planned: Plan, work: Work, facts: RunFacts) -> None:
    """The ledger hears how the run did, and the straight line that was fitted beside it."""
    def net(name: str) -> dict[str, float]:
        return {planned.digests[i]: one for i, one in figures.by_session(facts.metrics["folds"], name).items()}

    if planned.order.model != BASELINE:
        work.judged(_baseline(work), figures.baseline_for_ledger(facts.metrics), net("net_ticks_logistic"))
    work.judged(work.trial, figures.for_ledger(facts.metrics), net("net_ticks"))


def _baseline(work: Work) -> int:
    """The straight line's number in the ledger."""
    return work.count(BASELINE, BASELINE, learners.learner(BASELINE).defaults)


def _facts(planned: Plan, trial: int, result: _Result) -> RunFacts:
    order, sessions = planned.order, planned.sessions
    rows = samples.together(planned.made).rows
    deciles = np.quantile(rows, np.arange(1, 10) / 10, axis=0).T
    return RunFacts(
        id=planned.id, model=order.model, seed=order.seed, schema_id=sessions[0].schema_id,
        candle_seconds=order.candle_seconds, calendar=order.calendar, inputs=order.inputs, classes=ACTIONS,
        ranges=tuple(zip(rows.min(axis=0).tolist(), rows.max(axis=0).tolist(), strict=True)),
        deciles=tuple(tuple(edges) for edges in deciles.tolist()), synthetic=planned.synthetic,
        label_rule=order.rule, cost_model=_costs(planned),
        sessions=tuple(SessionFacts(s.symbol, s.day, s.digest, len(s), s.synthetic) for s in sessions),
        folds=tuple(FoldFacts(fold.name, fold.train, fold.test) for fold in planned.folds), final=planned.final,
        parameters=dict(result.parameters), threshold=result.fitted.threshold, trial=trial, libraries=libraries(),
        code_version=code_version(), data_sha256=planned.data_sha256,
        metrics={**figures.overall(result.folds, result.oof), "final_fit": describe(result.fitted),
                 "families": _families(planned, result.fitted)})


def _families(planned: Plan, fitted: Fitted) -> list[dict[str, Any]]:
    """Importance of the inputs that move together, the weightiest family first."""
    inputs, share = planned.order.inputs, fitted.model.importance()
    found = families(rank_correlation([sample.rows for sample in planned.made]))
    told = [{"head": inputs[one.head], "members": [inputs[i] for i in one.members],
             "importance": float(share[list(one.members)].sum())} for one in found]
    return sorted(told, key=lambda one: (-one["importance"], one["head"]))


def _costs(planned: Plan) -> dict[str, float]:
    """What every figure of money has paid."""
    rule, tick = planned.order.rule, planned.sessions[-1].tick_value_brl
    return {"round_trip_ticks": rule.cost_ticks, "round_trip_brl": rule.cost_ticks * tick, "tick_value_brl": tick,
            "latency_ms": rule.latency_ms}


def _some(planned: Plan) -> tuple[Rows, NDArray[np.int64]]:
    """At most ``SAMPLE_ROWS`` rows and their labels, in order."""
    part = samples.together(planned.made)
    size = min(SAMPLE_ROWS, len(part))
    chosen = np.sort(np.random.default_rng(planned.order.seed).choice(len(part), size, replace=False))
    return part.rows[chosen], part.labels[chosen]


def _together(parts: Sequence[Oof]) -> Oof:
    return Oof(*(np.concatenate([getattr(part, name) for part in parts])
                 for name in ("session", "ts_ns", "fold", "label", "weight", "p")))
