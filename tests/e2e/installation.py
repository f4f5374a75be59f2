"""One installation under test: a home of its own, ports of its own, and the real program as processes."""
from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

from qt_app.errors import QtError
from qt_app.home import Home
from qt_app.paths import PACKAGE
from qt_app.services.control import ControlClient
from qt_app.services.lock import running
from qt_app.supervisor.record import living

#: The generated market that every test sees, whatever day it is.
MARKET_DAY = "2026-11-19"
#: For a run that is to trade all day, whatever it loses.
UNBROKEN = {"QT_MAX_LOSSES_IN_ROW": "0", "QT_MAX_DAILY_DRAWDOWN_BRL": "1000000",
            "QT_MAX_DAILY_LOSS_BRL": "1000000"}
#: Not a measure of anything: only what is hung takes as long.
PATIENCE_S = 90.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(what: str, look: Callable[[], Any], patience_s: float = PATIENCE_S) -> Any:
    """The first truthy answer of ``look``; fails when there is none in time."""
    pause = threading.Event()
    for _ in range(int(patience_s / 0.05)):
        if found := look():
            return found
        pause.wait(0.05)
    raise AssertionError(f"{what}: not within {patience_s:g} s")


class Installation:
    """``qt`` in a home folder; ``settings`` are environment variables on top of a clean environment."""

    def __init__(self, root: Path, settings: Mapping[str, str] | None = None) -> None:
        self.home = Home(root)
        self.zmq_port = free_port()
        foreign = ("QT_", "PROFIT_", "MAX_", "MIN_", "STOP_LOSS", "ML_WEIGHT", "AGENT_WEIGHT", "LOG_LEVEL")
        self.environ = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        self.environ |= {"PYTHONPATH": str(PACKAGE.parent), "QT_ZMQ_PORT": str(self.zmq_port), "QT_SIM_DAY": MARKET_DAY,
                         "QT_PARITY_ENABLED": "false", "QT_REPORTS_DAILY": "false", **(settings or {})}

    def command(self, *words: object) -> list[str]:
        return [sys.executable, "-P", "-m", "qt_app", *map(str, words), "--home", str(self.home.root)]

    def qt(self, *words: object, **settings: str) -> subprocess.CompletedProcess[str]:
        """Runs a verb to its end."""
        return subprocess.run(self.command(*words), env={**self.environ, **settings}, capture_output=True, text=True,
                              timeout=300, check=False)

    def good(self, *words: object, **settings: str) -> str:
        """What a verb prints; fails unless it exits with 0."""
        done = self.qt(*words, **settings)
        assert done.returncode == 0, f"qt {words}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self, *words: object, **settings: str) -> dict[str, Any]:
        """``qt start --detach``; the first status."""
        self.good("start", "--detach", *words, **settings)
        return self.status()

    def status(self) -> dict[str, Any]:
        return ControlClient(self.home).call("status", timeout_s=30)

    def reach(self, what: str, look: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        """The first status that ``look`` likes."""

        def there() -> dict[str, Any] | None:
            document = self.status()
            return document if look(document) else None

        found: dict[str, Any] = until(what, there)
        return found

    def asked(self, look: Callable[[dict[str, Any]], Any]) -> Callable[[], Any]:
        """For ``until``: what ``look`` makes of the status, also while no engine answers."""

        def find() -> Any:
            try:
                return look(self.status())
            except QtError:     # there is none at the moment
                return None

        return find

    def ended(self) -> None:
        """Waits until the engine has ended by itself."""
        owner = running(self.home)
        process = None if owner is None else owner.process()
        if process is not None:
            process.wait(300)

    def run_folder(self) -> Path:
        """Results of the newest run."""
        return max((self.home.data / "runs").iterdir())

    def log(self) -> list[dict[str, Any]]:
        lines = [line for path in sorted(self.home.logs.glob("*.log")) for line in path.read_text("utf-8").splitlines()]
        return [json.loads(line) for line in lines]

    def put_down(self) -> None:
        """Ends supervisor and engine of this home, if a failed test left them; the supervisor first, with the engine
        that it may just have started and that no lock names yet."""
        parent = living(self.home)
        for owner in (None if parent is None else parent.owner, running(self.home)):
            process = None if owner is None else owner.process()
            if process is not None and process.pid != os.getpid():
                end(process)


def end(process: psutil.Process) -> None:
    """Ends a process and what it started; stopped first, so that it starts nothing more."""
    with contextlib.suppress(psutil.NoSuchProcess):
        process.suspend()
        family = [*process.children(recursive=True), process]
        for one in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(family, 30)
