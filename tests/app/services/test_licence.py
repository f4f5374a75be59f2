"""The licence lock: one session per activation key, whatever the home, and the key itself is written nowhere."""
from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from qt_app.config import load
from qt_app.errors import ExitCode, NotRunningError, QtError
from qt_app.home import Home
from qt_app.paths import PACKAGE
from qt_app.services.licence import LicenceLock, lock_file, state_folder

KEY = "key-4711"


def holder(folder: Path, home: Path) -> subprocess.Popen[str]:
    """Another process that holds the licence until its input ends."""
    code = ("import sys; from pathlib import Path; from qt_app.home import Home; "
            "from qt_app.services.licence import LicenceLock\n"
            f"with LicenceLock({KEY!r}, Home(Path({str(home)!r})), Path({str(folder)!r})):\n"
            "    print('held', flush=True); sys.stdin.read()")
    return subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)})


def test_a_second_session_is_refused_and_told_who_holds_it(tmp_path: Path) -> None:
    with holder(tmp_path, tmp_path / "there") as other:
        assert other.stdout is not None and other.stdin is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(NotRunningError, match=f"process {other.pid} in .*there") as refused:
            LicenceLock(KEY, Home(tmp_path / "here"), tmp_path).__enter__()
        assert refused.value.code is ExitCode.NOT_RUNNING
        other.stdin.close()
        other.wait(30)
    with LicenceLock(KEY, Home(tmp_path / "here"), tmp_path):
        pass


def test_another_key_is_free_and_no_key_needs_no_lock(tmp_path: Path) -> None:
    with LicenceLock(KEY, Home(tmp_path), tmp_path), LicenceLock("other", Home(tmp_path), tmp_path), \
            LicenceLock(None, Home(tmp_path), tmp_path / "never"):
        assert len(list(tmp_path.glob("licence-*.lock"))) == 2
    assert not (tmp_path / "never").exists()


def test_the_key_is_neither_in_the_name_nor_in_the_file(tmp_path: Path) -> None:
    with LicenceLock(KEY, Home(tmp_path), tmp_path):
        path = lock_file(KEY, tmp_path)
        assert KEY not in path.name
        assert KEY.encode() not in path.read_bytes()


def test_only_a_library_that_was_named_needs_the_licence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_STATE_DIR", str(tmp_path / "state"))
    config = load(Home(tmp_path), environ={"PROFIT_KEY": KEY})
    with LicenceLock.of(config, Home(tmp_path), "sim"):
        assert not (tmp_path / "state").exists()
    with LicenceLock.of(config, Home(tmp_path), "profit"):
        assert lock_file(KEY, tmp_path / "state").exists()


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(QtError, match="QT_STATE_DIR"):
        LicenceLock(KEY, Home(tmp_path), tmp_path / "file" / "x").__enter__()


def test_the_folder_follows_the_platform_and_the_environment() -> None:
    assert state_folder({"QT_STATE_DIR": "/s"}) == Path("/s")
    if sys.platform == "win32":
        assert state_folder({"LOCALAPPDATA": "C:/l"}) == Path("C:/l/quantumtrader")
    else:
        assert state_folder({"XDG_STATE_HOME": "/x"}) == Path("/x/quantumtrader")
        assert state_folder({}) == Path.home() / ".local/state/quantumtrader"
