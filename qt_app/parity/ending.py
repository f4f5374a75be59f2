"""The certificate at the end of a session: made by a process of its own, so that nobody who stops qt waits for it."""
from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

import psutil

from qt_app.alerts.codes import Code
from qt_app.alerts.notify import Notifier
from qt_app.config import Config
from qt_app.errors import ExitCode, QtError, TimedOutError
from qt_app.home import Home
from qt_app.parity import last
from qt_app.parity.certificate import Certificate, write
from qt_app.parity.certify import certify
from qt_app.replay.run import Progress
from qt_app.services.lock import FileLock
from qt_app.services.log import write_line
from qt_app.services.start import PROGRAM, detached, same_program
from qt_app.supervisor.alarm import Alarm
from qt_app.supervisor.record import living

COMPONENT = "Parity"
#: How often a certificate that waits for another one looks whether it may begin, s.
LOOK_S = 0.5


def begin(home: Home, run: str) -> None:
    """Starts the process that certifies the run, and returns. Raises OSError."""
    subprocess.Popen([*PROGRAM, "parity", run, "--background", "--home", str(home.root)], env=same_program(),
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **detached())


def certified(home: Home, config: Config, run: str) -> ExitCode:
    """In that process: certifies the run, and tells the log, ``qt status`` and people what came of it."""
    limit_s = config.parity.limit_min * 60.0
    deadline_s = time.monotonic() + limit_s
    with _alone(home, deadline_s):
        try:
            certificate = certify(home, run, config, _within(deadline_s, run, config.parity.limit_min))
            write(home, home.data / "runs" / run, certificate)
        except (QtError, OSError) as error:
            _tell(home, config, Code.PARITY_FAILED, f"run {run} has no parity certificate: {error}", {"run": run})
            last.note(home, run, "none", str(error))
            return ExitCode.DATA
        return _told(home, config, certificate)


def _told(home: Home, config: Config, certificate: Certificate) -> ExitCode:
    words = f"parity of run {certificate.run}: {certificate.words}"
    if certificate.verdict == "signed":
        write_line(home, "INFO", COMPONENT, words, {"run": certificate.run})
        return ExitCode.OK
    _tell(home, config, Code.PARITY_DIFFERS, words, {"run": certificate.run})
    return ExitCode.MISMATCH


def _tell(home: Home, config: Config, code: Code, words: str, data: Mapping[str, Any]) -> None:
    """An alert in a file of its own. A running supervisor notifies of it; without one this process does."""
    with Notifier.follow(home, config) if living(home) is None else nullcontext():
        Alarm(home, path=home.parity_alerts, component=COMPONENT).tell(code, words, data)


def _within(deadline_s: float, run: str, limit_min: float) -> Progress:
    """Gives up when the time is over. Raises TimedOutError."""

    def look(done: int, total: int) -> None:
        if time.monotonic() > deadline_s:
            raise TimedOutError(f"the replay of run {run} had reached event {done} of {total} after {limit_min:g} "
                                f"minutes (parity.limit_min); make it with `qt parity {run}`")

    return look


@contextmanager
def _alone(home: Home, deadline_s: float) -> Iterator[None]:
    """One certificate at a time: sessions may end faster than they are replayed."""
    home.prepare()
    lock = FileLock(home.state / "parity.lock")
    lock.wait(deadline_s - time.monotonic(), LOOK_S)
    try:
        yield
    finally:
        lock.release()


def step_back() -> None:
    """The least of the processor: the next session may already be running."""
    with suppress(psutil.Error, OSError):
        if sys.platform == "win32":
            psutil.Process().nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            os.nice(15)


def wanted(config: Config, source: str, folder: Path) -> bool:
    """Whether a run that ended gets a certificate: it recorded its market, and has results."""
    return (config.parity.enabled and config.recorder.enabled and source != "recording"
            and (folder / "summary.json").is_file())
