"""The gate as a process of its own: it loads the compiled core, which the supervisor that comes after it must never do.

The terminal is this process's too, so it can ask there; its answer is one JSON document on standard output.
"""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import orjson

from qt_app.config import load
from qt_app.errors import ExitCode, QtError
from qt_app.home import Home
from qt_app.redact import KNOWN
from qt_app.services.start import same_program

PROGRAM = (sys.executable, "-P", "-m", "qt_app.live.process")


def admitted(home: Home, overrides: Mapping[str, object], source: str, until: str | None) -> str:
    """The account that the gate lets through. Raises QtError with the gate's own sentence and code."""
    order = {"home": str(home.root), "overrides": dict(overrides), "source": source, "until": until}
    done = subprocess.run([*PROGRAM, orjson.dumps(order).decode()], stdout=subprocess.PIPE, env=same_program(),
                          check=False)
    try:
        answer: dict[str, Any] = orjson.loads(done.stdout)
    except orjson.JSONDecodeError:
        raise QtError(f"the gate to live mode ended with code {done.returncode}: nothing was started") from None
    if "account" in answer:
        return str(answer["account"])
    error = QtError(str(answer["error"]))
    error.code = ExitCode(answer["code"])
    raise error


def main(order: dict[str, Any]) -> dict[str, Any]:
    home = Home(Path(order["home"]))
    conditions, gate = import_module("qt_app.live.conditions"), import_module("qt_app.live.gate")
    try:
        config = load(home, order["overrides"])
        request = conditions.Request(config, home, order["source"], order["until"], terminal=sys.stdin.isatty())
        return {"account": gate.admit(request, _ask, lambda words: click.echo(KNOWN(words), err=True))}
    except QtError as error:
        return {"error": KNOWN(str(error)), "code": int(error.code)}
    except (click.Abort, KeyboardInterrupt):
        return {"error": "live mode is refused: nobody confirmed the account", "code": int(ExitCode.REFUSED)}


def _ask(words: str) -> str:
    return str(click.prompt(words, err=True))


if __name__ == "__main__":
    sys.stdout.write(orjson.dumps(main(orjson.loads(sys.argv[1]))).decode())
