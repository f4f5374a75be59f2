"""``qt start``."""
from __future__ import annotations

import datetime as dt
import importlib
import sys
from pathlib import Path
from typing import Any

import click

from qt_app.cli.options import example, home_option
from qt_app.config import load
from qt_app.home import Home
from qt_app.live import passport
from qt_app.live.process import admitted
from qt_app.services.start import StartOptions, choose_source, spawn
from qt_app.services.status import as_text
from qt_app.supervisor.alarm import Alarm
from qt_app.supervisor.parent import Child, supervise

#: option → configuration key
OVERRIDES = {
    "dll": "feed.dll_path", "symbol": "trading.symbol", "seed": "simulator.seed", "day": "simulator.day",
    "start_time": "simulator.start", "speed": "simulator.speed", "activity": "simulator.activity",
    "play": "simulator.play", "faults": "simulator.faults", "mode": "trading.mode",
}


@click.command(epilog=example("qt start --detach\n  qt start --speed 10 --seed 7 --day 2026-11-20\n"
                              "  qt start --dll C:\\ProfitDLL\\ProfitDLL64.dll --symbol WIN"))
@click.option("--detach", is_flag=True, help="Run in the background; returns once the engine is up.")
@click.option("--feed", metavar="sim|profit|DIR",
              help="Source of events: simulated exchange, ProfitDLL, or a recording. "
                   "Default: ProfitDLL when its path is configured, else the simulated exchange.")
@click.option("--dll", type=click.Path(path_type=Path, dir_okay=False),
              help="Path of ProfitDLL (or a compatible library).")
@click.option("--mode", type=click.Choice(["paper", "simulator", "live"]),
              help="Account that takes the orders: our own paper account, a simulator account at the broker, or one "
                   "with REAL MONEY. Only this option opens live mode; much must be true before (docs/recovery.md).")
@click.option("--symbol", help="Contract (WDOZ26), or a root for its current contract (WDO, WIN).")
@click.option("--speed", type=float, help="Simulator: market seconds per second; 0 = as fast as it can.")
@click.option("--seed", type=int, help="Simulator: the same seed gives the same market.")
@click.option("--day", metavar="YYYY-MM-DD", help="Simulator: trading day.")
@click.option("--start-time", metavar="HH:MM", help="Simulator: time at which the market is joined.")
@click.option("--activity", type=float, help="Simulator: order flow relative to an ordinary day.")
@click.option("--play", type=click.Path(path_type=Path),
              help="Simulator: play a recording instead: a folder that qt recorded, NAME_trades.parquet (with its "
                   "NAME_book and NAME_l1), or a .qtplay file.")
@click.option("--faults", type=click.Path(path_type=Path, dir_okay=False),
              help="Simulator: script of faults, from lost callbacks to outages (docs/faults.md).")
@click.option("--until", metavar="HH:MM", help="End the run at this time of the market's clock.")
@click.option("--timeout", type=click.FloatRange(1), default=60.0, show_default=True,
              help="With --detach: seconds to wait for the engine to be up.")
@click.option("--no-supervisor", is_flag=True,
              help="Run the engine alone: nothing watches it or starts it again after a crash. For debugging.")
@click.option("--background", is_flag=True, hidden=True)
@click.option("--foreground-child", is_flag=True, hidden=True)
@click.option("--terminal", is_flag=True, hidden=True)
@click.option("--recovering", type=click.IntRange(0), default=0, hidden=True)
@home_option
def start(*, home: Home, detach: bool, feed: str | None, until: str | None, timeout: float,
          no_supervisor: bool, background: bool, foreground_child: bool, terminal: bool, recovering: int,
          **given: Any) -> int:
    """Start trading: simulated exchange and paper account by default.

    Runs in the foreground with a live status line; Ctrl-C stops it safely. A small parent process watches the engine,
    raises alerts by itself and starts it again after a crash: 3 times, 5 s apart (docs/recovery.md).
    """
    overrides = {OVERRIDES[name]: _plain(value) for name, value in given.items() if value is not None}
    config = load(home, overrides)
    source, recording = choose_source(feed, config)
    arguments = _arguments(given, feed, until)
    live = None
    if config.trading.mode == "live":
        if background or foreground_child:
            live = passport.shown(home)
        else:
            live = admitted(home, overrides, source, until)
            passport.issue(home, live)
        config = load(home, overrides | {"trading.account": live})
    if detach:
        role = "--foreground-child" if no_supervisor else "--background"
        _tell(home, spawn(home, arguments, timeout, role=role))
        return 0
    shown = sys.stderr.isatty() and not background
    if foreground_child or no_supervisor:
        shown = shown and (terminal or not foreground_child)
        options = StartOptions(source, recording, _until(until), status_line=shown,
                               console=terminal or not foreground_child, recovering=recovering, live=live)
        # Imported here because it loads the whole engine, which the supervisor must not.
        return int(importlib.import_module("qt_app.runner").run(config, home, options, None))
    _until(until)
    child = Child(arguments, restarts=source != "recording", terminal=not background, background=background)
    with passport.until_the_end(home, live):
        return supervise(home, config, child, Alarm(home, sys.stderr))


def _plain(value: object) -> object:
    return str(value.resolve()) if isinstance(value, Path) else value


def _until(text: str | None) -> dt.time | None:
    if text is None:
        return None
    try:
        return dt.datetime.strptime(text, "%H:%M").time()
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a time; write it as HH:MM", param_hint="--until") from None


def _arguments(given: dict[str, Any], feed: str | None, until: str | None) -> list[str]:
    """The same options for the background process."""
    every = {**given, "feed": feed, "until": until}
    return [part for name, value in every.items() if value is not None
            for part in (f"--{name.replace('_', '-')}", str(_plain(value)))]


def _tell(home: Home, status: dict[str, Any]) -> None:
    click.echo(f"started process {status['pid']} in {home.root}")
    click.echo(as_text(status))
    click.echo("look with `qt status --watch`, stop with `qt stop`")
