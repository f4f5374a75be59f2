"""What ``qt start`` was asked for, and starting the engine in the background."""
from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psutil

from qt_app.config import Config
from qt_app.errors import ConfigError, ExitCode, NotRunningError, QtError, TimedOutError
from qt_app.home import Home
from qt_app.paths import PACKAGE
from qt_app.services.control import ControlClient
from qt_app.services.lock import already_running, running

#: The command that starts this same program again.
PROGRAM = (sys.executable, "-P", "-m", "qt_app")

Source = Literal["sim", "profit", "recording"]


@dataclass(frozen=True, slots=True)
class StartOptions:
    """How this run differs from the configuration's wishes: where events come from, when it ends, what it shows.

    ``until`` is a Sao Paulo time of the market's own clock. ``status_line`` repaints a line on the terminal;
    ``console`` writes warnings there. ``recovering`` counts the restarts after crashes: above 0, this run begins where
    a dead one ended. ``live``: the account with real money that the gate let through.
    """

    source: Source
    recording: Path | None = None
    until: dt.time | None = None
    status_line: bool = False
    console: bool = True
    recovering: int = 0
    live: str | None = None


def choose_source(feed: str | None, config: Config) -> tuple[Source, Path | None]:
    """The source that ``--feed`` means; without it the DLL when its path is configured, else the simulated exchange.

    Raises ConfigError for profit without a DLL path, and for a folder that is not there.
    """
    if feed is None:
        return ("profit" if config.feed.dll_path else "sim"), None
    if feed == "sim":
        return "sim", None
    if feed == "profit":
        if config.feed.dll_path is None:
            raise ConfigError("--feed profit needs the path of ProfitDLL: give --dll PATH or set PROFIT_DLL_PATH")
        return "profit", None
    folder = Path(feed)
    if not folder.exists():
        raise ConfigError(f"--feed {feed} is neither sim, profit nor an existing recording")
    return "recording", folder.resolve()


def spawn(home: Home, arguments: Sequence[str], timeout_s: float = 60.0, program: Sequence[str] = PROGRAM,
          role: str = "--background") -> dict[str, Any]:
    """Starts ``qt start`` with ``arguments`` as a process of its own and waits until it is up; its status document.

    ``role``: ``--background``, a supervisor with its engine, or ``--foreground-child``, an engine alone. Raises
    NotRunningError when one runs already, the child's own error when it ends early, TimedOutError when it is not up in
    time (it goes on starting).
    """
    if running(home) is not None:
        raise NotRunningError(already_running(home))
    home.prepare()
    errors = home.state / f"start.{os.getpid()}.err"    # two starts at once: each keeps its own words
    with errors.open("wb") as stream:
        child = subprocess.Popen(
            [*program, "start", role, "--home", str(home.root), *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stream, env=same_program(), **detached())
    try:
        return _await(home, child, errors, timeout_s)
    finally:
        _put_away(errors, home.state / "start.err")


def _put_away(errors: Path, name: Path) -> None:
    """Only the last start's words are kept; Windows does not rename what a running child has open."""
    with suppress(OSError):
        errors.replace(name)


def same_program() -> dict[str, str]:
    """The child runs the program that this is, whatever package lies in the current folder."""
    kept = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(PACKAGE.parent), *([kept] if kept else [])])}


def detached() -> Mapping[str, Any]:
    """The child lives on when this process and its terminal end."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def _await(home: Home, child: subprocess.Popen[bytes], errors: Path, timeout_s: float) -> dict[str, Any]:
    client = ControlClient(home)
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if _ended(child):
            raise _early_end(child.returncode, errors)
        try:
            status = client.call("status", timeout_s=1.0)
        except (NotRunningError, TimedOutError):
            continue
        if status["state"] != "starting" and _descends(status["pid"], child.pid):
            return status
    raise TimedOutError(f"qt (process {child.pid}) was not up within {timeout_s:g} s; it goes on starting: "
                        f"look with `qt status` and at {home.logs}")


def _descends(pid: int, ancestor: int) -> bool:
    """Whether the engine that answers is of this start, and not of another one at the same time.

    Between them may be a supervisor, and on Windows a launcher of Python.
    """
    with suppress(psutil.Error):
        return pid == ancestor or any(parent.pid == ancestor for parent in psutil.Process(pid).parents())
    return False


def _ended(child: subprocess.Popen[bytes]) -> bool:
    try:
        child.wait(0.1)
    except subprocess.TimeoutExpired:
        return False
    return True


def _early_end(code: int, errors: Path) -> QtError:
    """The child's last words with the child's exit code."""
    text = errors.read_text("utf-8", "replace").strip()
    last = text.rpartition("\nqt: ")[2].removeprefix("qt: ")   # what libraries printed before is not the reason
    error = QtError(last or f"qt ended at once with exit code {code} and said nothing")
    error.code = ExitCode(code) if code in set(ExitCode) else ExitCode.UNEXPECTED
    return error
