"""A backtest from its days and configurations to its result folder."""
from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from qt_app.assembly import choose_model
from qt_app.backtest import folder, report
from qt_app.backtest.configurations import Configuration
from qt_app.backtest.days import content_of
from qt_app.backtest.executors import Executor, Progress
from qt_app.backtest.figures import figures
from qt_app.backtest.task import Day, Task, checked, run_task
from qt_app.backtest.walk import Step, walk
from qt_app.data.entry import Entry
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.replay.source import metadata_of
from qt_app.report.numbers import Language
from qt_app.training import ledger
from qt_app.version import __version__

NO_MODEL = "none"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is run. ``carry``: the account goes on from day to day, else each day begins from nothing.

    ``walk``: sessions to choose on and sessions to judge on, of each fold.
    """

    days: Sequence[Entry]
    configurations: Sequence[Configuration]
    carry: bool = False
    walk: tuple[int, int] | None = None
    language: Language = "pt_BR"

    def tasks(self) -> list[Task]:
        """Day by day, so that a worker meets the same day under one configuration after the other."""
        if self.carry:
            return [Task(one.number, 0, tuple(self.days), one.settings) for one in self.configurations]
        return [Task(one.number, at, (day,), one.settings) for at, day in enumerate(self.days)
                for one in self.configurations]


def run_backtest(home: Home, plan: Plan, out: Path, executor: Executor, progress: Progress | None = None) -> \
        dict[str, Any]:
    """Runs every task, counts every configuration in the trial ledger, writes the folder; returns its document.

    Raises the first failure of a task (exit 9 for bad data or a bad model), and then writes nothing.
    """
    models = [_model_of(one, plan.days) for one in plan.configurations]
    trials = [_begin_trial(home, plan, one, model) for one, model in zip(plan.configurations, models, strict=True)]
    outcomes = checked(executor.run(run_task, plan.tasks(), progress))
    results: dict[int, list[Day]] = {one.number: [] for one in plan.configurations}
    for outcome in outcomes:
        results[outcome.configuration] += outcome.days
    _refuse_other_models(plan, models, results)
    steps = [] if plan.walk is None else walk(results, *plan.walk)
    document = _document(plan, models, results, steps)
    folder.write(out, document, plan.days, results, report.page_of(document, plan.days, results, steps, plan.language))
    for one, trial in zip(plan.configurations, trials, strict=True):
        found = figures(results[one.number])
        ledger.end(home, trial, {"sharpe": found["sharpe_per_day"], "net_brl": found["net_brl"]["pessimistic"]})
    return document


def _model_of(one: Configuration, days: Sequence[Entry]) -> str:
    """The model that will be served, so that a broken one is refused before anything runs."""
    calendars = sorted({_calendar_of(day) for day in days})
    names = {choose_model(one.config, calendar)[0].id or NO_MODEL for calendar in calendars}
    return ", ".join(sorted(names))


def _calendar_of(day: Entry) -> str:
    path = next(iter(day.files.values()))[0]
    return metadata_of(path).get("calendar", "b3")


def _refuse_other_models(plan: Plan, models: Sequence[str], results: Mapping[int, Sequence[Day]]) -> None:
    """A worker elsewhere may have another model under the same path."""
    for one, model in zip(plan.configurations, models, strict=True):
        for day in results[one.number]:
            if (day.summary["model"] or NO_MODEL) not in model.split(", "):
                raise DataError(f"{plan.days[day.number].name} ran with model {day.summary['model']}, here it is "
                                f"{model}; give every worker the same model folder")


def _begin_trial(home: Home, plan: Plan, one: Configuration, model: str) -> int:
    """The same configuration on the same days counts once, however often it is repeated."""
    content = content_of(plan.days)
    name = hashlib.sha256("\n".join([content, one.settings, model, str(plan.carry)]).encode()).hexdigest()
    return ledger.begin(home, run=f"backtest {identity(plan)}", model=model, data_sha256=content,
                        parameters={**one.changes}, key=f"backtest {name}")


def identity(plan: Plan) -> str:
    """Names days, configurations and program: 12 hex digits."""
    told = [content_of(plan.days), *(one.settings for one in plan.configurations), str(plan.carry), str(plan.walk),
            __version__]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def _document(plan: Plan, models: Sequence[str], results: Mapping[int, Sequence[Day]],
              steps: Sequence[Step]) -> dict[str, Any]:
    return {
        "format": folder.FORMAT, "id": identity(plan), "code_version": __version__,
        "synthetic": any(day.synthetic for day in plan.days), "data_sha256": content_of(plan.days),
        "carried": plan.carry,
        "days": [{"day": day.day, "symbol": day.symbol, "run": day.run, "digest": day.digest, "origin": day.origin,
                  "synthetic": day.synthetic, "missing_events": day.missing} for day in plan.days],
        "configurations": [
            {"number": one.number, "changes": dict(one.changes), "model": model,
             "settings": orjson.loads(one.settings), "settings_sha256": _sha256(one.settings),
             "figures": figures(results[one.number])}
            for one, model in zip(plan.configurations, models, strict=True)],
        "walk_forward": None if plan.walk is None else {
            "train": plan.walk[0], "test": plan.walk[1],
            "folds": [step.as_json([day.day for day in plan.days]) for step in steps],
            "figures": figures([day for step in steps for day in step.test])},
    }


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


