"""From days and configurations to a folder: whole, repeatable, counted, and refused with the day's name."""
from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from app.backtest.recorded_days import EAGER

from qt_app.backtest import job
from qt_app.backtest.configurations import Configuration, configurations
from qt_app.backtest.executors import Processes, Serial
from qt_app.backtest.folder import FILES
from qt_app.backtest.job import Plan, run_backtest
from qt_app.backtest.task import Failure, Outcome, Task, checked, run_task
from qt_app.backtest.walk import walk
from qt_app.catalogue.backtest import WORDS
from qt_app.data.entry import Entry
from qt_app.errors import DataError, ExitCode, QtError
from qt_app.home import Home
from qt_app.inference.manifest import read_manifest
from qt_app.paths import shipped_models
from qt_app.training import ledger


class Backwards:
    """Runs the tasks in the opposite order, as other machines might."""

    def run(self, work: Any, tasks: Sequence[Any], progress: Any = None) -> list[Any]:
        return [work(task) for task in reversed(tasks)]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def sweep(home: Home) -> list[Configuration]:
    return configurations(home, EAGER, {"risk.max_position": ["1", "2"]})


@pytest.mark.slow
def test_the_folder_is_whole_and_the_same_whatever_ran_it(home: Home, three_days: list[Entry],
                                                          sweep: list[Configuration]) -> None:
    plan = Plan(three_days, sweep, walk=(1, 1))
    document = run_backtest(home, plan, home.root / "a", Serial())
    run_backtest(home, plan, home.root / "b", Backwards())
    assert content(home.root / "a") == content(home.root / "b")
    assert set(content(home.root / "a")) == set(FILES)
    assert json.loads((home.root / "a" / "backtest.json").read_text()) == document
    assert not list(home.root.glob(".*.partial"))


@pytest.mark.slow
def test_processes_write_the_same_bytes(home: Home, three_days: list[Entry], eager: Configuration) -> None:
    plan = Plan(three_days, [eager])
    run_backtest(home, plan, home.root / "a", Serial())
    run_backtest(home, plan, home.root / "b", Processes(2))
    assert content(home.root / "a") == content(home.root / "b")


@pytest.mark.lengthy
def test_its_tables_are_what_the_days_came_to(home: Home, three_days: list[Entry], eager: Configuration,
                                              fresh: list[Outcome]) -> None:
    document = run_backtest(home, Plan(three_days, [eager]), home.root / "a", Serial())
    days, trades, fills = (pq.read_table(home.root / "a" / f"{name}.parquet") for name in ("days", "trades", "fills"))
    assert days["day"].to_pylist() == [day.day for day in three_days]
    assert days["net_pessimistic_brl"].to_pylist() == [one.days[0].money.net_brl[0] for one in fresh]
    net = document["configurations"][0]["figures"]["net_brl"]
    assert days["equity_optimistic_brl"].to_pylist()[-1] == pytest.approx(net["optimistic"])
    assert fills.num_rows == sum(len(one.days[0].fills) for one in fresh)
    closed = [value for value in trades["net_pessimistic_brl"].to_pylist() if value is not None]
    assert len(closed) == document["configurations"][0]["figures"]["trades"]
    assert document["synthetic"] and document["days"][0]["digest"] == three_days[0].digest


@pytest.mark.slow
def test_every_configuration_counts_once_however_often_it_is_run(home: Home, three_days: list[Entry],
                                                                 sweep: list[Configuration]) -> None:
    plan = Plan(three_days[:2], sweep)
    for _ in range(2):
        run_backtest(home, plan, home.root / "a", Serial())
    found = ledger.entries(home)
    assert [trial.parameters for trial in found] == [{"risk.max_position": 1}, {"risk.max_position": 2}]
    assert found[0].oof["sharpe"] is not None and found[0].model == read_manifest(shipped_models()).id
    run_backtest(home, replace(plan, carry=True), home.root / "a", Serial())
    assert ledger.count(home) == 4


@pytest.mark.lengthy
def test_bad_data_names_the_day_counts_the_trial_and_writes_nothing(home: Home, three_days: list[Entry],
                                                                    eager: Configuration, tmp_path: Path) -> None:
    gone = replace(three_days[1], files={"trades": (tmp_path / "20261119" / "WDOZ26" / "trades-0001.parquet",)})
    with pytest.raises(DataError, match="not a readable"):
        run_backtest(home, Plan([gone], [eager]), home.root / "a", Serial())
    broken, table = tmp_path / "trades-0001.parquet", pq.ParquetFile(three_days[1].files["trades"][0]).read()
    pq.write_table(pa.concat_tables([table.slice(9), table.slice(0, 9)]), broken)
    days = [three_days[0], replace(three_days[1], files={**three_days[1].files, "trades": (broken,)})]
    with pytest.raises(QtError, match=r"2026-11-19 WDOZ26 run r2, configuration 0: .*is out of order") as error:
        run_backtest(home, Plan(days, [eager]), home.root / "a", Serial())
    assert error.value.code == ExitCode.DATA
    assert not (home.root / "a").exists() and ledger.count(home) == 1 and not ledger.entries(home)[0].oof


def test_the_first_of_several_failures_is_told_in_order() -> None:
    failed = [Outcome(1, 0, failure=Failure(9, "late")), Outcome(0, 1, failure=Failure(9, "early")), Outcome(0, 0)]
    with pytest.raises(QtError, match=r"^early \(1 more of 3 tasks failed\)$"):
        checked(failed)


def test_a_surprise_is_told_with_the_task_and_ends_the_backtest(three_days: list[Entry]) -> None:
    outcome = run_task(Task(0, 0, (replace(three_days[0], files={"nonsense": ()}),), "{}"))
    assert outcome.failure is not None and outcome.failure.code != 0
    assert "2026-11-18 WDOZ26 run r1, configuration 0" in outcome.failure.words


@pytest.mark.lengthy
def test_another_release_on_a_worker_is_refused(fresh: list[Outcome]) -> None:
    with pytest.raises(DataError, match=r"a worker runs qt 1\.0"):
        checked([fresh[0], replace(fresh[1], version="1.0")])


@pytest.mark.lengthy
def test_another_model_on_a_worker_is_refused(three_days: list[Entry], eager: Configuration,
                                              fresh: list[Outcome]) -> None:
    with pytest.raises(DataError, match="give every worker the same model"):
        job._refuse_other_models(Plan(three_days, [eager]), ["m1"], {0: [fresh[0].days[0]]})


@pytest.mark.lengthy
def test_walk_forward_chooses_before_and_judges_after(fresh: list[Outcome]) -> None:
    """An oracle by hand: configuration 1 is better on the first day, 0 on the second."""
    days = [one.days[0] for one in fresh]

    def earning(*values: float) -> list[Any]:
        return [replace(day, money=replace(day.money, net_brl=(value,) * 3)) for day, value in
                zip(days, values, strict=True)]

    steps = walk({0: earning(1, 9, 4), 1: earning(2, 3, 8)}, 1, 1)
    assert [(step.chosen, step.train_brl, step.test_brl) for step in steps] == [(1, 2, 3), (0, 9, 4)]
    with pytest.raises(DataError, match="3 sessions are too few"):
        walk({0: earning(1, 9, 4)}, 3, 1)


@pytest.mark.slow
def test_the_report_is_in_the_language_asked_for_and_says_what_it_is(home: Home, three_days: list[Entry],
                                                                     sweep: list[Configuration]) -> None:
    assert WORDS["pt_BR"].keys() == WORDS["en"].keys()
    run_backtest(home, Plan(three_days, sweep), home.root / "pt", Serial())
    run_backtest(home, Plan(three_days, sweep[:1], language="en"), home.root / "en", Serial())
    portuguese, english = ((home.root / name / "report.html").read_text("utf-8") for name in ("pt", "en"))
    assert '<html lang="pt-BR">' in portuguese and "MERCADO SIMULADO" in portuguese and "Varredura" in portuguese
    assert '<html lang="en">' in english and "SIMULATED MARKET" in english and "Sweep" not in english
    assert portuguese.count("<svg") >= 4 and "http" not in portuguese + english
