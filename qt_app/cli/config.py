"""``qt config show`` and ``qt config check``."""
from __future__ import annotations

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.config import ConfigProblems, load, parse_problems
from qt_app.config.show import as_rows, as_text
from qt_app.home import Home


@click.group(epilog=example("qt config show --origin\n  qt config check"))
def config() -> None:
    """Show or check the configuration."""


@config.command(epilog=example("qt config show --origin"))
@click.option("--origin", is_flag=True, help="Tell where each value came from.")
@json_option
@home_option
def show(home: Home, as_json: bool, origin: bool) -> None:
    """Print every key with its value in force; secrets stay hidden."""
    chosen = load(home)
    if as_json:
        document = {"home": str(home.root), "hash": chosen.hash, "keys": as_rows(chosen)}
        click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())
    else:
        click.echo(as_text(chosen, origin))


@config.command(epilog=example("qt config check --home C:\\quantum"))
@json_option
@home_option
def check(home: Home, as_json: bool) -> None:
    """Check all sources and report everything that is wrong at once."""
    chosen, problems = parse_problems(home)
    if as_json:
        rows = [{"key": p.key, "value": p.value, "allowed": p.allowed, "origin": p.origin,
                 "suggestion": p.suggestion or None} for p in problems]
        click.echo(orjson.dumps({"ok": not rows, "hash": chosen.hash, "problems": rows}).decode())
    if problems:
        raise ConfigProblems(problems)
    if not as_json:
        click.echo(f"configuration of {home.root} is good (hash {chosen.hash})")
