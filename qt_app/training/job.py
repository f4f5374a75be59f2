"""`qt train`: from what was asked on the command line to a run folder, and what is said about it."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.dataset.build import Instants
from qt_app.dataset.session import LabelRule, SessionRows
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.instruments import Instrument, generic
from qt_app.replay.grid import contract
from qt_app.report.numbers import Language
from qt_app.risk.limits import from_settings
from qt_app.training import sources
from qt_app.training.equity import NEVER
from qt_app.training.inputs import chosen
from qt_app.training.learners import learner
from qt_app.training.order import Layout, TrainingOrder
from qt_app.training.run import Progress, train
from qt_app.training.rundir import RunFacts, refuse_occupied
from qt_app.training.sources import Dataset, Generated, Recorded
from qt_core.features.registry import schema_id

NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """What is asked for; ``source`` is a Path where a dataset is there already.

    ``every_s``: seconds of event time between rows; ``horizon_s``: longest life of a labelled round trip;
    ``dead_zone_ticks``: None is what a round trip costs.
    """

    source: Recorded | Generated | Path
    model: str = "lightgbm"
    labels: Literal["barrier", "horizon"] = "barrier"
    horizon_s: float = 60.0
    dead_zone_ticks: float | None = None
    every_s: float = 5.0
    seed: int = 1
    layout: Layout = field(default_factory=Layout)
    trials: int = 0
    left_out: Sequence[str] = ()
    parameters: Mapping[str, float] = field(default_factory=dict)
    language: Language = "pt_BR"


def prepare(job: Job, config: Config, home: Home, out: Path, progress: Progress | None = None) -> Dataset:
    """The sessions, found or built, after everything that can be refused without them was refused.

    Raises DataError; ConfigError for a model that is not known.
    """
    refuse_occupied(out)
    chosen(job.left_out)
    _parameters(job)
    if isinstance(job.source, Path):
        dataset = sources.dataset_at(job.source)
    else:
        instants = Instants(round(config.features.candle_seconds * NS), round(job.every_s * NS))
        dataset = sources.dataset_of(job.source, instants, home, progress)
    if not dataset.sessions:
        raise DataError(f"{dataset.folder} holds no session: build a dataset with some")
    return dataset


def run(job: Job, dataset: Dataset, config: Config, home: Home, out: Path, *,
        progress: Progress | None = None) -> RunFacts:
    """Raises DataError for sessions that nothing honest can be learnt from."""
    newest = dataset.sessions[-1]
    order = TrainingOrder(_rule(job, config, newest), chosen(job.left_out), job.model, job.seed, job.layout, job.trials,
                          _parameters(job), config.features.candle_seconds, _calendar(job, config, newest))
    return train(dataset.sessions, order, home=home, out=out, dataset=dataset.folder, language=job.language,
                 progress=progress)


def _parameters(job: Job) -> dict[str, Any]:
    """Raises DataError for a name that the model does not have."""
    defaults = learner(job.model).defaults
    unknown = sorted(set(job.parameters) - set(defaults))
    if unknown:
        raise DataError(f"{job.model} has no parameter {', '.join(unknown)}; it has {', '.join(sorted(defaults))}")
    return {name: type(defaults[name])(value) for name, value in job.parameters.items()}


def _rule(job: Job, config: Config, session: SessionRows) -> LabelRule:
    """By the risk settings' own stop and target, and the account's fees and latency, on the newest session's day."""
    fees = fees_of(config)
    return LabelRule.of(from_settings(config.risk), _contract(session), session.day, kind=job.labels,
                        horizon_s=job.horizon_s, latency_ms=config.paper.latency_ms, fees=fees,
                        dead_zone_ticks=job.dead_zone_ticks)


def _contract(session: SessionRows) -> Instrument:
    known = contract(session.symbol)
    if known is not None and known.tick == session.tick:
        return known
    num, den = session.tick
    return generic(session.symbol, session.tick, point_value=session.tick_value_brl * den / num)


def _calendar(job: Job, config: Config, session: SessionRows) -> str:
    """The calendar in the sessions' schema. Raises DataError when it is not the one that this installation computes."""
    hours = job.source.session if isinstance(job.source, Recorded) else None
    for calendar in ("b3", "none") if hours is None else (hours.calendar_id,):
        if schema_id(config.features.candle_seconds, calendar) == session.schema_id:
            return calendar
    raise DataError(f"the sessions were made by feature schema {session.schema_id}, which candles of "
                    f"{config.features.candle_seconds:g} s do not give here: set features.candle_seconds as it was, or "
                    "build the dataset anew")


def describe(facts: RunFacts, out: Path) -> str:
    """What a person wants to know of a run, in a few lines."""
    m, tick = facts.metrics, float(facts.cost_model["tick_value_brl"])
    kind = " (synthetic)" if facts.synthetic else ""
    verdict = "better" if m["log_loss"] < m["log_loss_constant"] else "no better"
    line = f", {m['log_loss_logistic']:.4f} for logistic regression" if "log_loss_logistic" in m else ""
    final = ", ".join(facts.sessions[i].day for i in facts.final)
    never = " (in training no threshold paid: it would not trade)" if facts.threshold >= NEVER else ""
    return (f"{facts.id}: {len(facts.sessions)} sessions{kind}, {len(facts.folds)} folds, trial {facts.trial}\n"
            f"out of fold, {m['test_rows']} rows: log-loss {m['log_loss']:.4f} against {m['log_loss_constant']:.4f} "
            f"for the class shares{line}: {verdict} than the shares\n"
            f"after costs: {m['net_ticks'] * tick:+.2f} BRL per contract in {m['trades']} trades{never}\n"
            f"untouched: {final}\n"
            f"report: {out / 'report.html'}; next: qt validate {out}")
