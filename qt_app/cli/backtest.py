"""``qt backtest``."""
from __future__ import annotations

import datetime as dt
import importlib
import os
from collections.abc import Sequence
from math import prod
from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.backtest.configurations import configurations
from qt_app.backtest.days import days_of_folders, in_order
from qt_app.backtest.executors import Executor, Processes, Serial
from qt_app.backtest.folder import REPORT_FILE
from qt_app.backtest.job import Plan, identity, run_backtest
from qt_app.cli.options import example, home_option, json_option
from qt_app.cli.recorded import progress_bar
from qt_app.data.catalogue import sessions
from qt_app.data.entry import Entry
from qt_app.errors import ConfigError, RefusedError
from qt_app.home import Home
from qt_app.orders.account import BOOKS

DAY = click.DateTime(["%Y-%m-%d"])
#: Tasks of a sweep beyond which it must be asked for by --yes: somebody mistyped, or means it.
MANY = 10_000


@click.command("backtest", epilog=example(
    "qt backtest --symbol WDO --since 2026-11-01\n  qt backtest data/20261119/WDOZ26 --set risk.stop_loss=0.003\n"
    "  qt backtest --sweep risk.stop_loss=0.002,0.004 --sweep risk.min_confidence=0.5,0.6 --jobs 4\n"
    "  qt backtest --sweep risk.min_confidence=0.5,0.6,0.7 --walk-forward 20:5 --cluster tcp://10.0.0.5:8786"))
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path, file_okay=False))
@click.option("--symbol", help="Only this contract, or all contracts of a root such as WDO.")
@click.option("--since", type=DAY, help="First day.")
@click.option("--until", type=DAY, help="Last day.")
@click.option("--model", type=click.Path(path_type=Path, file_okay=False), help="Folder of the model.")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="A setting of every run; may be repeated.")
@click.option("--sweep", multiple=True, metavar="KEY=A,B,C", help="Values to try; repeated: every combination.")
@click.option("--carry", is_flag=True, help="The account goes on from day to day.  [default: each day begins flat]")
@click.option("--walk-forward", "walk", metavar="TRAIN:TEST",
              help="Choose among the sweep on TRAIN days, judge on the TEST days that follow, and so on.")
@click.option("--jobs", type=click.IntRange(1, 512), help="Processes of this machine.  [default: one per core]")
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler, such as tcp://10.0.0.5:8786, instead.")
@click.option("--language", type=click.Choice(["pt_BR", "en"]), default="pt_BR", show_default=True,
              help="Language of the report.")
@click.option("--yes", is_flag=True, help=f"Run more than {MANY:,} tasks without a word.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of the result.  [default: reports/backtests/ID]")
@json_option
@home_option
def backtest(*, home: Home, folders: tuple[Path, ...], symbol: str | None, since: dt.datetime | None,
             until: dt.datetime | None, model: Path | None, given: Sequence[str], sweep: Sequence[str], carry: bool,
             walk: str | None, jobs: int | None, cluster: str | None, language: Any, yes: bool, out: Path | None,
             as_json: bool) -> None:
    """Run recorded days through the live pipeline and the paper account: one configuration, a sweep, walk-forward.

    Days come from the home's recordings (`qt data list`), or from the FOLDERS given. Every configuration counts in the
    ledger of trials, from which `qt validate` knows how often was tried.
    """
    steps = None if walk is None else _walk(walk)
    if steps is not None and carry:
        raise click.UsageError("--walk-forward needs days that begin from nothing: leave --carry out")
    if jobs is not None and cluster is not None:
        raise click.UsageError("--jobs is for this machine, --cluster for others: give one of them")
    values = _pairs(given, "--set") | ({} if model is None else {"model.path": str(model.resolve())})
    tried = {key: text.split(",") for key, text in _pairs(sweep, "--sweep").items()}
    days = _days(home, folders, symbol, since, until)
    tasks = prod(map(len, tried.values())) * (1 if carry else len(days))
    if tasks > MANY and not yes:
        raise RefusedError(f"this sweep on {len(days)} days makes {tasks} tasks; give fewer values, or --yes if that "
                           "is meant")
    plan = Plan(days, configurations(home, values, tried), carry, steps, language)
    target = out or home.reports / "backtests" / identity(plan)
    with progress_bar("backtest") as progress:
        document = run_backtest(home, plan, target, _executor(jobs, cluster, tasks), progress)
    click.echo(orjson.dumps(document).decode() if as_json else _text(document, target))


def _days(home: Home, folders: Sequence[Path], symbol: str | None, since: dt.datetime | None,
          until: dt.datetime | None) -> list[Entry]:
    first, last = (None if at is None else at.date() for at in (since, until))
    if not folders:
        with progress_bar("catalogue") as progress:
            return in_order(sessions(home, symbol, first, last, progress=progress))
    found = [day for day in days_of_folders(folders) if day.of(symbol)
             and (first or dt.date.min) <= dt.date.fromisoformat(day.day) <= (last or dt.date.max)]
    return in_order(found)


def _executor(jobs: int | None, cluster: str | None, tasks: int) -> Executor:
    if cluster is not None:
        try:
            made: Executor = importlib.import_module("qt_app.backtest.cluster").Cluster(cluster)
        except ModuleNotFoundError as error:
            raise ConfigError(f"--cluster needs {error.name}, which is not installed; install it with: "
                              "pip install 'quantumtrader-ml[cluster]'") from error
        return made
    count = min(jobs or os.cpu_count() or 1, tasks)
    return Serial() if count == 1 else Processes(count)


def _pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise click.BadParameter(f"{text!r} is not KEY=VALUE, such as risk.stop_loss=0.003", param_hint=option)
        if key in found:
            raise click.BadParameter(f"{key} is given twice", param_hint=option)
        found[key] = value
    return found


def _walk(text: str) -> tuple[int, int]:
    train, _, test = text.partition(":")
    if not (train.isdigit() and test.isdigit() and int(train) and int(test)):
        raise click.BadParameter(f"{text!r} is not TRAIN:TEST in days, such as 20:5", param_hint="--walk-forward")
    return int(train), int(test)


def _text(document: dict[str, Any], target: Path) -> str:
    made = ", SYNTHETIC" if document["synthetic"] else ""
    found, walked = document["configurations"], document["walk_forward"]
    lines = [f"{len(document['days'])} days, {len(found)} configurations{made}"]
    lines += [f"  {_named(one):<48} {_figures(one['figures'])}" for one in found]
    if walked is not None:
        lines.append(f"  {'walk-forward, ' + str(len(walked['folds'])) + ' folds':<48} {_figures(walked['figures'])}")
    return "\n".join([*lines, f"report: {target / REPORT_FILE}"])


def _named(one: dict[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in one["changes"].items()) or "as configured"


def _figures(f: dict[str, Any]) -> str:
    net = " / ".join(f"{f['net_brl'][name]:,.2f}" for name in BOOKS)
    return f"R$ {net} ({'/'.join(BOOKS)}), {f['trades']} trades"
