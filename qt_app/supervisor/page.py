"""The web monitor beside a run: a process of its own that the supervisor starts and ends; nothing waits for it."""
from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from qt_app.config import Config
from qt_app.home import Home
from qt_app.services.start import PROGRAM, same_program

END_S = 5.0


@contextmanager
def served(home: Home, config: Config, program: Sequence[str] = PROGRAM) -> Iterator[None]:
    """`qt monitor` for as long as the run lasts, if ``enhanced_monitor.enabled`` says so.

    What keeps it from serving is in the log and in state/monitor.err; the run goes on without it.
    """
    if not config.enhanced_monitor.enabled:
        yield
        return
    process = _spawn(home, program)
    try:
        yield
    finally:
        if process is not None:
            _end(process)


def _spawn(home: Home, program: Sequence[str]) -> subprocess.Popen[bytes] | None:
    flags = 0
    if sys.platform == "win32":     # no console window of its own
        flags = subprocess.CREATE_NO_WINDOW
    try:
        with (home.state / "monitor.err").open("wb") as errors:
            return subprocess.Popen([*program, "monitor", "--home", str(home.root)], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.DEVNULL, stderr=errors, env=same_program(), creationflags=flags)
    except OSError:     # no memory, no disk: trading does not wait for a page
        return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
