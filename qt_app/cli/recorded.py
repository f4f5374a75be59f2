"""Options and the progress bar that the verbs over recorded data share."""
from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from qt_app.replay.grid import parse_step
from qt_app.replay.hours import SessionSpec, parse_session

Progress = Callable[[int, int], None]
T = TypeVar("T")


def spec(session: str, zone: str) -> SessionSpec:
    """The options --session and --tz together. Raises click.BadParameter naming the wrong one."""
    return usage(parse_session, "--session", session, time_zone(zone, "--tz"))


def time_zone(name: str, option: str) -> ZoneInfo:
    """Raises click.BadParameter for a name that no time zone has."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        reason = f"{name!r} is no time zone; write it as America/Sao_Paulo"
        raise click.BadParameter(reason, param_hint=option) from error


def usage(parse: Callable[..., T], option: str, *values: Any) -> T:
    """``parse(*values)``, with its ValueError as wrong usage of the option."""
    try:
        return parse(*values)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from error


class StepType(click.ParamType):  # type: ignore[type-arg]  # generic only from click 8.4 on
    """A tick or quantity step: ``0.5`` or ``1/2``."""

    name = "STEP"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        try:
            return parse_step(value) if isinstance(value, str) else value
        except ValueError as error:
            self.fail(str(error), param, ctx)


@contextmanager
def progress_bar(label: str) -> Iterator[Progress | None]:
    """A bar on stderr when it is a terminal; None in a pipe."""
    if not sys.stderr.isatty():
        yield None
        return
    with click.progressbar(length=1000, label=label, file=sys.stderr) as bar:

        def show(done: int, total: int) -> None:
            bar.update(1000 * done // max(total, 1) - bar.pos)

        yield show
