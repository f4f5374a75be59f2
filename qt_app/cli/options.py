"""Options that several verbs share."""
from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from qt_app.errors import ConfigError
from qt_app.home import Home

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Invocation:
    """What one call of ``qt`` knows about itself: the home folder, once it is resolved."""

    home: Home | None = None


def home_option(command: F) -> F:
    """Adds ``--home DIR`` and passes the resolved ``home: Home``."""
    return click.option(
        "--home", type=click.Path(file_okay=False, path_type=Path), callback=_resolve,
        help="Folder of configuration, logs, state and data (default: QT_HOME, else the current folder).",
    )(command)


def _resolve(ctx: click.Context, param: click.Parameter, value: Path | None) -> Home:
    """The verb's own --home wins over the one before the verb."""
    invocation = ctx.ensure_object(Invocation)
    if value is not None or invocation.home is None:
        invocation.home = Home.find(value)
    if (invocation.home.state / "restore.go").is_dir():
        # Imported only now: a restore that was killed half-way comes first, whatever the verb.
        importlib.import_module("qt_app.backup.restore").complete(invocation.home)
    return invocation.home


def training_module(name: str, room: str = "training") -> Any:
    """A module of a room that needs the train extra, loaded when a verb runs. ConfigError when that is missing."""
    try:
        return importlib.import_module(f"qt_app.{room}.{name}")
    except ModuleNotFoundError as error:
        raise ConfigError(f"this verb needs {error.name}, which is not installed; install it with: "
                          "pip install 'quantumtrader-ml[train]'") from error


def json_option(command: F) -> F:
    """Adds ``--json`` and passes ``as_json: bool``."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def example(text: str) -> str:
    """The epilog of a verb's help: how it is called."""
    return f"Example:\n\n\b\n  {text}"
