"""``qt doctor``."""
from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.home import Home
from qt_app.services.doctor import Finding, examine, exit_code


@click.command(epilog=example("qt doctor\n  qt doctor --dll C:\\ProfitDLL\\ProfitDLL64.dll"))
@click.option("--dll", type=click.Path(path_type=Path), help="Examine this library instead of the configured one.")
@json_option
@home_option
def doctor(home: Home, as_json: bool, dll: Path | None) -> int:
    """Check the installation and name what is wrong, each with its remedy.

    Looks at versions, compiled core, configuration, model, calendar and fee tables, ports, disk and ProfitDLL.
    Returns the exit code of the first failure, 0 when there is none.
    """
    findings = examine(home, dll)
    if as_json:
        click.echo(orjson.dumps([asdict(f) for f in findings], option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo("\n".join(_line(f) for f in findings))
    return exit_code(findings)


def _line(finding: Finding) -> str:
    remedy = f"\n{'':27}remedy: {finding.remedy}" if finding.remedy else ""
    return f"{finding.verdict:<5}{finding.name:<22}{finding.detail}{remedy}"
