"""``qt doctor``."""
from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from pathlib import Path

import click
import orjson

from qt_app.alerts.trial import trial
from qt_app.checklist.after_close import after_close
from qt_app.checklist.before_open import before_open
from qt_app.cli.options import example, home_option, json_option
from qt_app.config import parse_problems
from qt_app.home import Home
from qt_app.services.doctor import examine, exit_code
from qt_app.services.finding import Finding
from qt_app.services.walking import errand_of, walk
from qt_app.zone import SAO_PAULO


@click.command(epilog=example("qt doctor\n  qt doctor --dll C:\\ProfitDLL\\ProfitDLL64.dll\n  qt doctor --notify\n  "
                                "qt doctor --before-open\n  qt doctor --after-close"))
@click.option("--dll", type=click.Path(path_type=Path), help="Examine this library instead of the configured one.")
@click.option("--offline", is_flag=True, help="With --dll: load the library only, do not log in.")
@click.option("--notify", is_flag=True, help="Only send a test message to each service that is notified of alerts.")
@click.option("--before-open", "moment", flag_value="before", help="The daily checklist before the market opens: "
              "connection, disk, old logs, risk, halt, model, session, start.")
@click.option("--after-close", "moment", flag_value="after", help="The daily checklist after the close: P&L, trades, "
              "position, stop, backup, parity.")
@json_option
@home_option
def doctor(home: Home, *, as_json: bool, dll: Path | None, offline: bool, notify: bool, moment: str | None) -> int:
    """Check the installation and name what is wrong, each with its remedy.

    Looks at versions, compiled core, configuration, model, calendar and fee tables, ports, disk and ProfitDLL.
    With --dll it also walks through a session with that library, in a process of its own: login, channels, accounts,
    contract, first data, history, finalize. It sends no order. With --notify it says what each service answered to a
    test message. Returns the exit code of the first failure, 0 when there is none.
    """
    if moment is not None and (notify or dll is not None):
        raise click.UsageError("a checklist goes without --dll and --notify: call it by itself")
    findings = _checklist(home, moment) if moment else trial(parse_problems(home)[0]) if notify else examine(home, dll)
    if dll is not None and not offline and not notify:
        findings += walk(errand_of(parse_problems(home)[0], home, dll))
    if as_json:
        click.echo(orjson.dumps([asdict(f) for f in findings], option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo("\n".join(_line(f) for f in findings))
    return exit_code(findings)


def _checklist(home: Home, moment: str) -> list[Finding]:
    config, problems = parse_problems(home)
    if moment == "before":
        return before_open(home, config, problems, dt.datetime.now(SAO_PAULO))
    return after_close(home, config)


def _line(finding: Finding) -> str:
    remedy = f"\n{'':27}remedy: {finding.remedy}" if finding.remedy else ""
    return f"{finding.verdict:<5}{finding.name:<22}{finding.detail}{remedy}"
