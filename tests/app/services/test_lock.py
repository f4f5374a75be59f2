"""One engine per home."""
from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import orjson
import psutil
import pytest

from qt_app.errors import ConfigError, ExitCode, NotRunningError
from qt_app.home import Home
from qt_app.services.lock import InstanceLock, read_owner, running
from qt_app.services.process import Owner

HOLD = """
import sys
from pathlib import Path
from qt_app.home import Home
from qt_app.services.lock import InstanceLock
with InstanceLock(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.readline()
"""


def holder(home: Home) -> subprocess.Popen[str]:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(home.root)], text=True,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdout.readline() == "held\n"
    return child


def test_another_process_is_named_and_refused(home: Home) -> None:
    child = holder(home)
    try:
        with pytest.raises(NotRunningError, match=f"process {child.pid}") as caught, InstanceLock(home):
            pass
        assert caught.value.code == ExitCode.NOT_RUNNING
        owner = running(home)
        assert owner is not None and owner.pid == child.pid
    finally:
        child.communicate("\n")
    assert running(home) is None
    with InstanceLock(home):
        assert running(home) == Owner.me()


@pytest.mark.parametrize("name", ["logs", "state", "state/qt.lock/deeper"])
def test_a_home_that_cannot_be_written_is_said(tmp_path: Path, name: str) -> None:
    found, path = Home(tmp_path / "home"), tmp_path / "home" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(b"")      # where a folder should be, or below the file that should be locked
    with pytest.raises(ConfigError, match=r"home folder .* cannot be written: .*; give this user the right"), \
            InstanceLock(found):
        pass


def test_a_killed_holder_leaves_no_lock(home: Home) -> None:
    child = holder(home)
    child.kill()
    child.wait()
    assert running(home) is None
    with InstanceLock(home):
        pass


def test_a_second_lock_in_the_same_process_is_refused(home: Home) -> None:
    with InstanceLock(home), pytest.raises(NotRunningError), InstanceLock(home):
        pass


def test_a_reused_pid_is_not_the_owner() -> None:
    me = Owner.me()
    assert me.alive
    assert not Owner(me.pid, me.started - 60).alive


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere start times do not move with the clock")
def test_a_clock_that_jumped_hides_no_process(home: Home) -> None:
    with InstanceLock(home):
        me = Owner.me()
        home.lock.write_bytes(orjson.dumps({**me.as_json(), "started": me.started - 3600}))
        assert running(home) == Owner(me.pid, me.started - 3600, me.boot)
        home.lock.write_bytes(orjson.dumps({**me.as_json(), "started": me.started - 3600, "boot": "another 5"}))
        assert running(home) is None


def test_an_ended_process_is_not_alive() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    owner = Owner(child.pid, psutil.Process(child.pid).create_time())
    assert owner.alive
    child.communicate(b"\n")
    assert not owner.alive


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"pid": "x", "started": 1}', b'{"pid": 1}'])
def test_a_damaged_lock_file_names_nobody(home: Home, content: bytes) -> None:
    home.lock.write_bytes(content)
    assert read_owner(home.lock) is None
    assert running(home) is None
    with InstanceLock(home):
        pass
