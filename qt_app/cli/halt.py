"""``qt halt``."""
from __future__ import annotations

from typing import Any

import click

from qt_app.cli.emergency import emergency as rescue
from qt_app.cli.options import example, home_option
from qt_app.home import Home
from qt_app.services.halt import Halt
from qt_app.services.halt import halt as halt_engine


@click.command(epilog=example('qt halt\n  qt halt --reason "news at 14:00"\n  qt halt --entries-only\n  '
                              'qt halt --emergency'))
@click.option("--entries-only", is_flag=True, help="Stop new entries alone; an open position stays open, protected.")
@click.option("--reason", default="", help="Why; kept with the halt.")
@click.option("--timeout", type=click.FloatRange(0.1), default=30.0, show_default=True,
              help="Seconds to wait until everything is cancelled and the position closed.")
@click.option("--no-wait", is_flag=True, help="Return at once, without waiting for that.")
@click.option("--emergency", is_flag=True,
              help="Without the engine, or against one that hangs: end it, cancel every order of the contract at the "
                   "broker, close the position at market, confirm, stay halted.")
@click.option("--yes", is_flag=True, help="With --emergency: do not ask.")
@home_option
def halt(home: Home, *, entries_only: bool, reason: str, timeout: float, no_wait: bool, emergency: bool,
         yes: bool) -> None:
    """Halt trading: no new entries, everything cancelled, the position closed.

    It holds until `qt resume`, also after a restart. Waits until the broker has confirmed it; exit 5 when that is not
    so in time: the engine goes on trying. Where no engine runs, the next start will be halted.
    """
    if emergency:
        rescue(home, yes=yes, reason=reason, timeout=timeout)
        return
    progress = halt_engine(home, Halt(reason, entries_only), None if no_wait else timeout)
    offline = progress is not None and "offline" in progress
    click.echo(_offline(home, entries_only) if offline else _sentence(entries_only, progress))


def _offline(home: Home, entries_only: bool) -> str:
    what = "without entries" if entries_only else "halted"
    return (f"no engine runs in {home.root}: the next start will be {what} until `qt resume`; "
            "orders and positions at a broker are as they were: `qt halt --emergency` closes them")


def _sentence(entries_only: bool, progress: dict[str, Any] | None) -> str:
    what = "no new entries" if entries_only else "halted"
    if progress is None:
        return f"{what}: asked for, not waited for; follow with `qt status`"
    orders = progress["cancelled"]
    told = [f"{orders} order{'' if orders == 1 else 's'} cancelled"]
    told.append("flat" if not progress["position"] else f"position {progress['position']:+d} lots stays protected")
    told.append("latched until `qt resume`" if progress["latched"]
                else "until `qt resume` or the end of this run, which keeps no journal")
    return f"{what}: {', '.join(told)}"
