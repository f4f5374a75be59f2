"""``qt export-excel``: the tables behind the reports, for analysis of one's own."""
from __future__ import annotations

import datetime as dt
import importlib
from pathlib import Path
from typing import Any

import click

from qt_app.cli.options import example, home_option
from qt_app.cli.recorded import progress_bar
from qt_app.config import load
from qt_app.home import Home

DAY = click.DateTime(["%Y-%m-%d"])


@click.command("export-excel", epilog=example(
    "qt export-excel\n  qt export-excel --since 2026-11-01 --out november.xlsx"))
@click.option("--since", type=DAY, metavar="YYYY-MM-DD", help="First day.  [default: the journal's first]")
@click.option("--until", type=DAY, metavar="YYYY-MM-DD", help="Last day.  [default: the journal's last]")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False),
              help="Workbook to write.  [default: reports/FIRST_LAST.xlsx]")
@click.option("--quick", is_flag=True,
              help="Leave the recordings unread: no quality of the data, no hit rates of the votes.")
@click.option("--language", type=click.Choice(["pt_BR", "en"]),
              help="Language of the workbook.  [default: reports.language]")
@home_option
def export_excel(*, home: Home, since: dt.datetime | None, until: dt.datetime | None, out: Path | None, quick: bool,
                 language: Any) -> None:
    """Days, trades, fills, orders, voters, gates, alerts and runs as a workbook: a sheet per table, charts inside.

    Numbers and dates are real ones, and no text is ever taken for a formula. Exit 9 for days without data.
    """
    facts, sheets, workbook = (importlib.import_module(f"qt_app.reports.{name}")
                               for name in ("facts", "sheets", "workbook"))
    config = load(home)
    past = facts.Past.read(home, config)
    days = past.between(since and since.date(), until and until.date())
    with progress_bar("export-excel") as progress:
        found = facts.gather_all(past, days, recordings=not quick, progress=progress)
    target = out or home.reports / f"{days[0]}_{days[-1]}.xlsx"
    spoken = language or config.reports.language
    tables = sheets.sheets_of(past, found, spoken)
    workbook.write_workbook(target, tables, spoken, synthetic=any(day.synthetic for day in found))
    click.echo(f"{len(days)} days, {sum(len(day.deals) for day in found):,} trades\nworkbook: {target}")
