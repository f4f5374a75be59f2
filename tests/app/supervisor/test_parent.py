"""The parent around stand-ins for the engine: restarts, ends, hangs, requests."""
from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from qt_app.config import Config
from qt_app.config.model import Supervisor
from qt_app.errors import NotRunningError
from qt_app.home import Home
from qt_app.journal.entries import Fill
from qt_app.journal.journal import Journal
from qt_app.services.lock import SupervisorLock, running
from qt_app.services.process import Owner
from qt_app.supervisor import record
from qt_app.supervisor.alarm import Alarm
from qt_app.supervisor.parent import Child, supervise

STAND_IN = (sys.executable, str(Path(__file__).with_name("stand_in.py")))
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in dies by SIGKILL")


class Desk:
    """A home, its plan, and what the parent said."""

    def __init__(self, root: Path) -> None:
        self.home = Home(root)
        self.home.prepare()
        self.said = io.StringIO()

    def run(self, *plan: str, **settings: float) -> int:
        (self.home.root / "plan.txt").write_text("\n".join(plan))
        quick: dict[str, Any] = {"pause_s": 0.0, **settings}
        return supervise(self.home, Config(supervisor=Supervisor(**quick)), Child(["--seed", "7"], program=STAND_IN),
                         Alarm(self.home, self.said))

    @property
    def starts(self) -> list[str]:
        return (self.home.root / "starts.txt").read_text().splitlines()

    @property
    def alerts(self) -> list[dict[str, Any]]:
        lines = self.home.supervisor_alerts.read_text().splitlines() if self.home.supervisor_alerts.exists() else []
        return [json.loads(line) for line in lines]

    @property
    def codes(self) -> list[str]:
        return [alert["code"] for alert in self.alerts]

    def once(self, look: Callable[[], Any], act: Callable[[], Any]) -> threading.Thread:
        """Does something from beside, as soon as ``look`` finds it."""

        def wait() -> None:
            pause = threading.Event()
            while not look():
                pause.wait(0.05)
            act()

        thread = threading.Thread(target=wait, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def desk(tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setenv("PYTHONPATH", str(repo))
    return Desk(tmp_path)


@pytest.mark.lengthy
@pytest.mark.parametrize("code", [0, 6])
def test_an_end_that_was_chosen_is_passed_on(desk: Desk, code: int) -> None:
    assert desk.run(f"exit {code}") == code
    assert desk.starts == ["--seed 7"] and desk.alerts == []
    found = record.read(desk.home)
    assert found is not None and (found.state, found.last_exit) == ("ended", f"exit code {code}")
    assert record.living(desk.home) is None


@pytest.mark.slow
def test_a_killed_engine_comes_back_and_knows_that_it_recovers(desk: Desk) -> None:
    desk.home.metrics.write_text('{"state": "running", "pnl": 12.5}')
    assert desk.run("up, die", "up, exit 0") == 0
    assert desk.starts == ["--seed 7", "--recovering 1 --seed 7"]
    assert desk.codes == ["ENGINE_DIED", "ENGINE_RESTARTED"]
    assert "killed by SIGKILL; POSITION +2 WDOZ26 OPEN" in desk.alerts[0]["message"]
    stale = json.loads(desk.home.metrics.read_bytes())
    assert stale["state"] == "STALE" and stale["pnl"] == 12.5 and stale["stale"]["last_exit"] == "killed by SIGKILL"
    assert [json.loads(line)["component"] for path in desk.home.logs.iterdir()
            for line in path.read_text().splitlines()] == ["Supervisor"] * 2


@pytest.mark.lengthy
def test_a_first_start_that_fails_is_not_repeated(desk: Desk) -> None:
    assert desk.run("exit 1") == 1
    assert desk.codes == []


@pytest.mark.lengthy
def test_the_fourth_crash_is_the_last_and_says_so_loudly(desk: Desk) -> None:
    journal = Journal.open(desk.home.journal, "test")
    journal.begin("WDOZ26", "32003:1")
    journal.put(Fill(0, 1, 1, -1, 2, 5000, 5000, 5000, entry=False, position=-2))
    journal.close()
    assert desk.run(*["exit 77"] * 4) == 1
    assert [start.split()[1] if "rec" in start else "0" for start in desk.starts] == ["0", "1", "2", "3"]
    assert desk.codes == ["ENGINE_DIED"] * 3 + ["ENGINE_GIVEN_UP"]
    said = desk.alerts[-1]["message"]
    assert "it crashed 4 times" in said and "qt halt --emergency" in said
    assert "POSITION -2 WDOZ26 OPEN in account 32003:1 by the journal" in said
    assert "qt: CRITICAL: the engine is not started again" in desk.said.getvalue()
    found = record.read(desk.home)
    assert found is not None and (found.state, found.restarts) == ("gave up", 3)


@pytest.mark.slow
def test_a_mute_engine_is_ended_and_started_again(desk: Desk) -> None:
    assert desk.run("up, mute", "exit 0", lag_s=1.0, hang_s=3.0) == 0
    assert desk.codes[:3] == ["ENGINE_SILENT", "ENGINE_HUNG", "ENGINE_DIED"]
    assert running(desk.home) is None


@pytest.mark.slow
def test_a_request_ends_the_waiting_between_two_attempts(desk: Desk) -> None:
    def dead() -> bool:
        found = record.read(desk.home)
        return found is not None and found.state == "down"

    def ask() -> None:
        found = record.read(desk.home)
        assert found is not None
        record.request_end(desk.home, found)

    desk.once(lambda: dead() and len(desk.starts) == 2, ask)
    assert desk.run("exit 77", "exit 77", pause_s=300.0) == 1
    assert "it was told to stop" in desk.alerts[-1]["message"]


def test_a_request_to_an_earlier_parent_is_not_ours(desk: Desk) -> None:
    me = Owner.me()
    assert not record.end_requested(desk.home, me)
    for owner, ours in ((me, True), (Owner(me.pid, me.started - 60), False), (Owner(me.pid + 1, me.started), False)):
        record.request_end(desk.home, record.Record(owner.pid, owner.started, "watching", None))
        assert record.end_requested(desk.home, me) is ours


def test_a_second_parent_is_refused(desk: Desk) -> None:
    with SupervisorLock(desk.home), pytest.raises(NotRunningError, match=f"as process {psutil.Process().pid}"):
        desk.run("exit 0")


def test_a_file_that_a_dead_parent_left_says_nothing(desk: Desk) -> None:
    dead = record.Record(psutil.Process().pid, Owner.me().started - 99, "watching", 5)
    record.write(desk.home, dead)
    assert record.read(desk.home) == dead and record.living(desk.home) is None
    desk.home.supervisor.write_text("{")
    assert record.read(desk.home) is None


@pytest.mark.slow
def test_a_stop_that_a_crash_interrupts_is_asked_for_again(desk: Desk) -> None:
    assert desk.run("stop, die", "up") == 0
    assert (desk.home.state / "stop.txt").read_text() == "keep"
