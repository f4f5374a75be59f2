"""``qt deploy`` and ``qt rollback``."""
from __future__ import annotations

from pathlib import Path

import click

from qt_app.cli.options import example, home_option, training_module
from qt_app.config import load
from qt_app.home import Home
from qt_app.registry import deploy as service
from qt_app.registry.deploy import Outcome
from qt_app.registry.store import Note
from qt_app.services.process import operator


@click.command("deploy", epilog=example(
    "qt deploy models/november\n  qt deploy models/november --shadow\n  qt deploy wdo-lightgbm-1a2b3c4d\n  "
    'qt deploy models_onnx --force --reason "paper trial of the new inputs"\n  qt deploy --no-shadow'))
@click.argument("source", required=False)
@click.option("--shadow", is_flag=True, help="Let it vote beside the one that serves: written down, never counted.")
@click.option("--no-shadow", is_flag=True, help="End the shadow that votes now.")
@click.option("--force", is_flag=True, help="Against its verdict; needs --reason, and is logged.")
@click.option("--reason", default="", help="Why; kept in the history.")
@home_option
def deploy(home: Home, *, source: str | None, shadow: bool, no_shadow: bool, force: bool, reason: str) -> None:
    """Let SOURCE serve: a training run, a folder with a model, or a version that `qt models` lists.

    Only a model whose verdict is "deploy" may serve (a shadow also with "observe"); exit 7 otherwise. A running engine
    loads and checks it, then switches between two decisions; when that fails, it goes on with the model it had.
    """
    if (source is None) != no_shadow or (shadow and no_shadow):
        raise click.UsageError("give a SOURCE to deploy, or --no-shadow alone")
    if force and not reason.strip():
        raise click.UsageError("--force needs --reason: it stands in the history and in the alerts")
    config, note = load(home), Note(operator(), reason)
    if source is None:
        click.echo(_told(service.shadow_off(home, config, note), "no shadow votes any more"))
        return
    outcome = service.deploy(home, config, source, note, shadow=shadow, force=force, export=_export)
    click.echo(_told(outcome, f"{outcome.model} votes in the shadow" if shadow else f"{outcome.model} serves"))


@click.command("rollback", epilog=example('qt rollback\n  qt rollback --reason "its inputs drift"'))
@click.option("--reason", default="", help="Why; kept in the history.")
@home_option
def rollback(home: Home, reason: str) -> None:
    """Let the model that served before serve again."""
    outcome = service.rollback(home, load(home), Note(operator(), reason))
    click.echo(_told(outcome, f"{outcome.model} serves again"))


def _told(outcome: Outcome, what: str) -> str:
    return f"{what}, from event {outcome.seq} on" if outcome.live else f"{what}, from the next `qt start` on"


def _export(run: Path, out: Path) -> object:
    return training_module("bundle").export_run(run, out)
