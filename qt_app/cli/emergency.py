"""``qt halt --emergency``: asks, then makes the account flat without the engine."""
from __future__ import annotations

import sys

import click

from qt_app.errors import RefusedError
from qt_app.home import Home

WORD = "FLATTEN"


def emergency(home: Home, *, yes: bool, reason: str, timeout: float) -> None:
    """Each step is printed. Raises RefusedError when nobody confirmed, TimedOutError that says what remains."""
    # Imported here because it loads the library's binding, which an ordinary halt does not need.
    from qt_app.services.emergency import Emergency  # noqa: PLC0415

    wanted = Emergency.of(home)
    if not yes:
        _confirm(wanted.words())
    wanted.run(click.echo, timeout_s=timeout, reason=reason)
    click.echo("done: trading stays halted until `qt resume`")


def _confirm(words: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("--emergency asks for a confirmation on a terminal; without one, give --yes")
    click.echo(f"This will {words}.")
    if click.prompt(f"Type {WORD} to go on", default="", show_default=False).strip() != WORD:
        raise RefusedError("nothing was done: the confirmation was not given")
