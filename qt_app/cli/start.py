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
from qt_app.services.start import StartOptions, choose_source, spawn
from qt_app.services.status import as_text

#: option → configuration key
OVERRIDES = {
    "dll": "feed.dll_path", "symbol": "trading.symbol", "seed": "simulator.seed", "day": "simulator.day",
    "start_time": "simulator.start", "speed": "simulator.speed", "activity": "simulator.activity",
}


@click.command(epilog=example("qt start --detach\n  qt start --speed 10 --seed 7 --day 2026-11-20\n"
                              "  qt start --dll C:\\ProfitDLL\\ProfitDLL64.dll --symbol WIN"))
@click.option("--detach", is_flag=True, help="Run in the background; returns once the engine is up.")
@click.option("--feed", metavar="sim|profit|DIR",
              help="Source of events: simulated exchange, ProfitDLL, or a recording. "
                   "Default: ProfitDLL when its path is configured, else the simulated exchange.")
@click.option("--dll", type=click.Path(path_type=Path, dir_okay=False),
              help="Path of ProfitDLL (or a compatible library).")
@click.option("--symbol", help="Contract (WDOZ26), or a root for its current contract (WDO, WIN).")
@click.option("--speed", type=float, help="Simulator: market seconds per second; 0 = as fast as it can.")
@click.option("--seed", type=int, help="Simulator: the same seed gives the same market.")
@click.option("--day", metavar="YYYY-MM-DD", help="Simulator: trading day.")
@click.option("--start-time", metavar="HH:MM", help="Simulator: time at which the market is joined.")
@click.option("--activity", type=float, help="Simulator: order flow relative to an ordinary day.")
@click.option("--until", metavar="HH:MM", help="End the run at this time of the market's clock.")
@click.option("--timeout", type=click.FloatRange(1), default=60.0, show_default=True,
              help="With --detach: seconds to wait for the engine to be up.")
@click.option("--foreground-child", is_flag=True, hidden=True)
@home_option
def start(*, home: Home, detach: bool, feed: str | None, until: str | None, timeout: float, foreground_child: bool,
          **given: Any) -> int:
    """Start trading: simulated exchange and paper account by default.

    Runs in the foreground with a live status line; Ctrl-C stops it safely.
    """
    overrides = {OVERRIDES[name]: _plain(value) for name, value in given.items() if value is not None}
    config = load(home, overrides)
    source, recording = choose_source(feed, config)
    options = StartOptions(source, recording, _until(until), status_line=not foreground_child and sys.stderr.isatty(),
                           console=not foreground_child)
    if detach:
        _tell(home, spawn(home, _arguments(given, feed, until), timeout))
        return 0
    # Imported here because it loads the whole engine.
    return int(importlib.import_module("qt_app.runner").run(config, home, options, None))


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
