"""``qt validate``: is there an edge, and is it real?"""
from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option, training_module
from qt_app.config import load
from qt_app.errors import ExitCode
from qt_app.home import Home


@click.command("validate", epilog=example(
    "qt validate models/first\n  qt validate models/first --recent 10 --require deploy\n  qt validate --self-check"))
@click.argument("run", type=click.Path(path_type=Path, file_okay=False), required=False)
@click.option("--recent", "recent_days", type=click.IntRange(1, 1000), metavar="DAYS",
              help="Look for drift in recordings of the last DAYS days.  [default: in the final block]")
@click.option("--data", "folder", type=click.Path(path_type=Path, file_okay=False),
              help="Folder of recordings.  [default: data in the home folder]")
@click.option("--again", is_flag=True, help="Open a final block that another run has opened; it is burnt, and said so.")
@click.option("--require", type=click.Choice(["deploy"]), help="Exit with 7 unless that is the verdict.")
@click.option("--self-check", is_flag=True,
              help="Judge sessions of known truth instead of a RUN: an edge, a random walk, leaks, luck.")
@click.option("--small", is_flag=True, help="A shorter self-check.")
@json_option
@home_option
def validate(*, home: Home, run: Path | None, recent_days: int | None, folder: Path | None, again: bool,
             require: str | None, self_check: bool, small: bool, as_json: bool) -> None:
    """Judge a training RUN: deploy, observe, or do not trade, with the reasons.

    Writes verdict.json and validation.html into the run's folder. The final block is opened, once, when nothing else
    stands against the run. Any verdict exits with 0.
    """
    if (run is None) != self_check:
        raise click.UsageError("give either a RUN folder or --self-check")
    if self_check:
        raise SystemExit(_check_itself(home, small, as_json))
    assert run is not None
    document = _judge(home, run, folder, recent_days, again)
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode() if as_json else _lines(document))
    if require is not None and document["verdict"] != require:
        raise SystemExit(ExitCode.REFUSED)


def _judge(home: Home, run: Path, folder: Path | None, recent_days: int | None, again: bool) -> dict[str, Any]:
    config = load(home)
    job, archive, document, report = (training_module(name, "validation")
                                      for name in ("job", "archive", "document", "report"))
    done = job.validate(run, home, archive.HomeArchive.of(home, folder), terms=job.terms_of(config),
                        wish=job.Wish(recent_days, again), progress=_tell)
    document.write(done, run)
    report.write(done, run, config.alerts.language)
    found: dict[str, Any] = document.document(done)
    return found


def _check_itself(home: Home, small: bool, as_json: bool) -> int:
    self_check = training_module("self_check", "validation")
    checks = self_check.run(small=small, progress=_tell)
    click.echo(orjson.dumps(self_check.document(checks), option=orjson.OPT_INDENT_2).decode() if as_json
               else self_check.describe(checks))
    return int(ExitCode.OK if all(one.passed for one in checks) else ExitCode.UNEXPECTED)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _lines(document: dict[str, Any]) -> str:
    marks = {True: "yes", False: "NO", None: "?"}
    rules = [f"  {marks[rule['passed']]:>3}  {rule['text']}" for rule in document["rules"]]
    return "\n".join([document["line"], *rules])
