"""The ``qt`` command: runs a verb and turns every outcome into an exit code and one sentence."""
from __future__ import annotations

import io
import os
import sys
import traceback
from collections.abc import Sequence

import click

from qt_app.cli.main import qt
from qt_app.cli.options import Invocation
from qt_app.config import parse_problems
from qt_app.errors import ExitCode, QtError
from qt_app.home import Home
from qt_app.redact import KNOWN
from qt_app.services.last_words import hide_secrets
from qt_app.services.leave import leave
from qt_app.services.log import write_crash

INTERRUPTED = 130


def main(args: Sequence[str] | None = None) -> int:
    """Runs ``qt`` with ``args`` (default: the process's own) and returns the exit code."""
    _never_fail_to_print()
    if args is None:    # a process of our own
        hide_secrets()
    invocation = Invocation()
    try:
        result = qt.main(args, prog_name="qt", standalone_mode=False, obj=invocation)
        return int(result) if isinstance(result, int) else ExitCode.OK
    except (QtError, click.ClickException) as error:
        return _refused(error)
    except (KeyboardInterrupt, click.Abort):
        return _say("interrupted", INTERRUPTED)
    except BrokenPipeError:
        return _reader_left()
    except Exception as error:  # noqa: BLE001 (the one place where a surprise becomes an exit code)
        return _surprise(error, invocation.home or Home.find())


def _never_fail_to_print() -> None:
    """A console that lacks a character shows a substitute instead of ending the command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _refused(error: QtError | click.ClickException) -> int:
    if isinstance(error, QtError):
        return _say(str(error), error.code)
    error.show()
    return ExitCode.USAGE


def _say(sentence: str, code: int) -> int:
    click.echo(f"qt: {KNOWN(sentence)}", err=True)
    return int(code)


def _reader_left() -> int:
    """The reader of our output closed it (``qt logs | head``): nothing more to print, not even at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.UNEXPECTED


def _surprise(error: Exception, home: Home) -> int:
    text = "".join(traceback.format_exception(error))
    try:
        secrets = parse_problems(home, keyring=False)[0].secrets
        path = write_crash(home, f"{type(error).__name__}: {error}", text, secrets)
    except OSError:
        click.echo(KNOWN(text), err=True)
        return _say(f"unexpected error, and the log in {home.logs} cannot be written: {error}", ExitCode.UNEXPECTED)
    return _say(f"unexpected error: {type(error).__name__}: {error}; the traceback is in {path}", ExitCode.UNEXPECTED)


if __name__ == "__main__":
    leave(main())
