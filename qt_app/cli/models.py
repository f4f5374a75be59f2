"""``qt models``."""
from __future__ import annotations

from typing import Any

import click
import orjson

from qt_app.cli.options import example, home_option, json_option
from qt_app.home import Home
from qt_app.registry import listing


@click.group("models", invoke_without_command=True,
             epilog=example("qt models\n  qt models --json\n  qt models compare"))
@json_option
@home_option
@click.pass_context
def models(ctx: click.Context, home: Home, *, as_json: bool) -> None:
    """List the models of this home: which serves, which votes in the shadow, their verdicts and their drift."""
    if ctx.invoked_subcommand is None:
        rows = listing.rows(home)
        click.echo(orjson.dumps(rows).decode() if as_json else listing.as_text(rows))


@models.command("history", epilog=example("qt models history"))
@json_option
@home_option
def history(home: Home, *, as_json: bool) -> None:
    """Show who deployed, rolled back and forced what, when and why."""
    rows = listing.history(home)
    click.echo(orjson.dumps(rows).decode() if as_json else listing.history_text(rows))


@models.command("compare", epilog=example("qt models compare\n  qt models compare first second --json"))
@click.argument("champion", required=False)
@click.argument("challenger", required=False)
@json_option
@home_option
def compare(home: Home, *, champion: str | None, challenger: str | None, as_json: bool) -> None:
    """Judge a shadow's votes against the CHAMPION's on the events that came after them.

    Without names: the model that serves and its shadow.
    """
    figures: dict[str, Any] = listing.compared(home, champion, challenger)
    click.echo(orjson.dumps(figures).decode() if as_json else listing.compared_text(figures))
