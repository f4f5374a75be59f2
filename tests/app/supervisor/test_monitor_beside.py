"""The monitor beside a run: only if it is wanted, ended with it, and no reason for anything to fail."""
from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from qt_app.config import Config
from qt_app.config.model import EnhancedMonitor
from qt_app.home import Home
from qt_app.supervisor import page

WANTED = Config(enhanced_monitor=EnhancedMonitor(enabled=True))
#: Stands in for ``qt``: writes down how it was called and whether it was ended in order.
PROGRAM = """
import pathlib, signal, sys, time
folder = pathlib.Path(sys.argv[3])
signal.signal(signal.SIGTERM, lambda number, frame: sys.exit((folder / "ended").write_text("in order") and 0))
(folder / "called.part").write_text(" ".join(sys.argv[1:]))
(folder / "called.part").rename(folder / "called")
time.sleep(600)
"""


def appears(path: Path) -> bool:
    pause = threading.Event()
    for _ in range(600):
        if path.exists():
            return True
        pause.wait(0.05)
    return False


@pytest.mark.lengthy
@pytest.mark.skipif(sys.platform == "win32", reason="ending in order is a POSIX signal")
def test_it_is_started_and_ended_with_the_run(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    with page.served(home, WANTED, (sys.executable, "-c", PROGRAM)):
        assert appears(tmp_path / "called")
        assert (tmp_path / "called").read_text() == f"monitor --home {tmp_path}"
    assert (tmp_path / "ended").read_text() == "in order"


@pytest.mark.parametrize("program", [("/nowhere/qt",), (sys.executable, "-c", "raise SystemExit(1)")])
def test_a_monitor_that_cannot_be_started_or_ends_stops_nothing(tmp_path: Path, program: tuple[str, ...]) -> None:
    home = Home(tmp_path)
    home.prepare()
    ran = False
    with page.served(home, WANTED, program):
        ran = True
    assert ran


def test_without_the_key_nothing_is_started(tmp_path: Path) -> None:
    with page.served(Home(tmp_path / "none"), Config(), ("/nowhere/qt",)):
        assert not (tmp_path / "none").exists()
