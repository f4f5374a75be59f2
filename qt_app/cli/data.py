"""``qt data``: the stock of recorded sessions."""
from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.cli.recorded import StepType, progress_bar, spec, time_zone
from qt_app.data.catalogue import Unreadable, refuse_shared, scan
from qt_app.data.entry import Entry
from qt_app.data.importing import ImportOrder, run_import
from qt_app.data.listing import as_document, as_lines, report_document, report_lines
from qt_app.data.quality import check_all
from qt_app.errors import DataError
from qt_app.home import Home

FILE = click.Path(path_type=Path)
DAY = click.DateTime(["%Y-%m-%d"])


@click.group(epilog=example("qt data list --symbol WDO\n  qt data check\n  qt data import WDOQ26_ticks.csv"))
def data() -> None:
    """Recorded sessions, their content and where they came from."""


@data.command("list", epilog=example("qt data list --symbol WDO --json"))
@click.option("--symbol", help="Only this contract, or all contracts of a root such as WDO.")
@json_option
@home_option
def list_command(home: Home, symbol: str | None, as_json: bool) -> None:
    """Print every recording in the data folder: day, contract, run, rows, span, digest, origin."""
    entries, unreadable = _scan(home, symbol)
    click.echo(_dump(as_document(entries, unreadable)) if as_json else "\n".join(as_lines(entries)))
    _refuse(unreadable)


@data.command("check", epilog=example("qt data check --symbol WDO\n  qt data check --since 2026-07-01 --json"))
@click.option("--symbol", help="Only this contract, or all contracts of a root such as WDO.")
@click.option("--since", type=DAY, help="First day.")
@click.option("--until", type=DAY, help="Last day.")
@json_option
@home_option
def check_command(*, home: Home, symbol: str | None, since: dt.datetime | None, until: dt.datetime | None,
                  as_json: bool) -> None:
    """Judge recorded sessions: gaps, auctions, RLP, clock, outliers, crossed and missing quotes, lost events.

    Exit code 9 when one of them is unusable, 0 with warnings.
    """
    entries, unreadable = _scan(home, symbol)
    chosen = [entry for entry in entries if entry.replayable and _between(entry.day, since, until)]
    with progress_bar("check") as progress:
        reports = check_all(chosen, progress)
    click.echo(_dump(report_document(reports, unreadable)) if as_json else "\n".join(report_lines(reports)))
    _refuse(unreadable)
    bad = [report.entry.name for report in reports if report.verdict == "unusable"]
    if bad:
        raise DataError(f"unusable: {', '.join(bad)}; the lines above say why")
    refuse_shared(chosen)


@data.command("import", epilog=example(
    "qt data import WDOQ26_trades.parquet WDOQ26_l1.parquet\n  qt data import WDOQ26_202607130900.csv --zone UTC\n"
    "  qt data import tt_wdofut.csv --symbol WDO"))
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--symbol", help="Contract of the files, when neither they nor their names say it; a root such as WDO "
              "means the calendar's contract of each day.")
@click.option("--zone", default="America/Sao_Paulo", show_default=True,
              help="Time zone of the times in text files: that of the MetaTrader 5 server.")
@click.option("--session", default="b3", show_default=True, help="b3, none, or local hours such as 09:00-18:00.")
@click.option("--tz", default="America/Sao_Paulo", show_default=True, help="Time zone of hours given with --session.")
@click.option("--tick", type=StepType(), help="Tick of a symbol that is no B3 contract, such as 0.1.")
@click.option("--qty-step", type=StepType(), help="Quantity step of such a symbol, such as 0.001.")
@click.option("--synthetic", is_flag=True, help="Mark the prices as invented: live trading refuses what comes of them.")
@json_option
@home_option
def import_command(*, home: Home, files: tuple[Path, ...], zone: str, session: str, tz: str, as_json: bool,
                   **rest: Any) -> None:
    """Bring recorded markets in: Parquet in the shared schemas, MetaTrader 5's ticks or bars, Profit's exports.

    All files are checked first; a bad line is named and nothing is imported.
    """
    order = ImportOrder(files, spec(session, tz), time_zone(zone, "--zone"), **rest)
    with progress_bar("import") as progress:
        found = run_import(home, order, progress)
    for warning in found.warnings:
        click.echo(f"qt: {warning}", err=True)
    click.echo(_dump(as_document(found.entries, [])) if as_json else "\n".join(as_lines(found.entries)))


def _between(day: str, since: dt.datetime | None, until: dt.datetime | None) -> bool:
    return (since is None or f"{since:%Y-%m-%d}" <= day) and (until is None or day <= f"{until:%Y-%m-%d}")


def _scan(home: Home, symbol: str | None) -> tuple[list[Entry], list[Unreadable]]:
    with progress_bar("reading") as progress:
        entries, unreadable = scan(home, progress)
    return [entry for entry in entries if entry.of(symbol)], unreadable


def _refuse(unreadable: list[Unreadable]) -> None:
    """Exit 9 after everything else was printed; each reason on stderr."""
    for one in unreadable[1:]:
        click.echo(f"qt: {one.error}", err=True)
    if unreadable:
        raise unreadable[0].error


def _dump(document: dict[str, Any]) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
