"""The daily report at the end of a session: made by a process of its own, so that neither engine nor `qt stop` waits.

Light, because the engine imports it; what it starts is ``automatic``. Where a session gets a certificate, the process
that makes it makes the report too, so that the report knows it.
"""
from __future__ import annotations

import subprocess
from pathlib import Path

import orjson

from qt_app.config import Config
from qt_app.home import Home
from qt_app.services import files
from qt_app.services.start import PROGRAM, detached, same_program

#: What a run's metrics said last, kept beside its results: how fast its decisions were is known nowhere else.
METRICS = "metrics.json"


def wanted(config: Config, source: str, folder: Path) -> bool:
    """Whether a run that ended is reported: it left results, and they are an account's own."""
    return config.reports.daily and source != "recording" and (folder / "summary.json").is_file()


def keep_metrics(home: Home, run: str) -> None:
    """Beside the run's results, if they are this run's. Raises OSError."""
    try:
        content = home.metrics.read_bytes()
        own = orjson.loads(content)["session_id"] == run
    except (FileNotFoundError, KeyError, TypeError, ValueError):
        return
    if own:
        files.replace(home.data / "runs" / run / METRICS, content)


def begin(home: Home, run: str) -> None:
    """Starts the process that reports the run's days, and returns. Raises OSError."""
    subprocess.Popen([*PROGRAM, "report", "daily", "--after", run, "--home", str(home.root)], env=same_program(),
                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **detached())
