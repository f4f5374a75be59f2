"""qt doctor: every fault has its finding, remedy and exit code."""
from __future__ import annotations

import datetime as dt
import json
import os
import socket
from collections import namedtuple
from pathlib import Path

import pytest

from qt_app.__main__ import main
from qt_app.config import KEYS
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.services import doctor
from qt_app.services.doctor import Finding, examine, exit_code

DAY = dt.date(2026, 11, 23)
Usage = namedtuple("Usage", "total used free")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key.env, raising=False)


def found(home: Path, name: str, dll: Path | None = None, day: dt.date = DAY) -> Finding:
    return next(f for f in examine(Home(home), dll, day) if f.name == name)


def test_versions_and_core(tmp_path: Path) -> None:
    assert found(tmp_path, "qt").verdict == "ok"
    assert found(tmp_path, "numpy").detail[0].isdigit()


def test_a_missing_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "PACKAGES", ("no-such-package",))
    assert found(tmp_path, "no-such-package").remedy == "pip install no-such-package"


def test_a_core_that_does_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CORE", ("qt_core.nothing",))
    assert "reinstall" in found(tmp_path, "qt_core.nothing").remedy


def test_every_configuration_problem_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "config_production.json").write_text('{"risk": {"max_positon": 1, "stop_loss": 9}}')
    bad = [f for f in examine(Home(tmp_path), None, DAY) if f.name == "configuration"]
    assert len(bad) == 2 and all(f.verdict == "fail" and f.code == ExitCode.CONFIG for f in bad)


@pytest.mark.skipif(os.name == "nt", reason="permissions of a folder decide there")
def test_a_name_in_the_environment_that_all_but_is_a_setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_STOP_LOSS", "0.00123")
    finding = found(tmp_path, "environment")
    assert (finding.verdict, finding.remedy) == ("warn", "did you mean STOP_LOSS?")
    assert finding.detail == "QT_STOP_LOSS is no setting and changes nothing"


def test_credentials_that_others_may_read(tmp_path: Path) -> None:
    env = tmp_path / ".env.production"
    env.write_text("PROFIT_KEY=planted\n")
    env.chmod(0o644)
    finding = found(tmp_path, ".env.production")
    assert finding.verdict == "warn" and finding.remedy == f"chmod 600 {env}"
    env.chmod(0o600)
    with pytest.raises(StopIteration):
        found(tmp_path, ".env.production")


def test_a_model_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_MODEL_PATH", str(tmp_path / "none"))
    finding = found(tmp_path, "model")
    assert finding.verdict == "fail" and finding.code == ExitCode.DATA and "none" in finding.detail


def test_the_calendar_names_the_contract(tmp_path: Path) -> None:
    assert found(tmp_path, "calendar").detail == "WDOZ26, today 09:00 to 18:30 Sao Paulo"
    holiday = found(tmp_path, "calendar", day=dt.date(2026, 11, 20))
    assert holiday.detail == "WDOZ26, on the next session 09:00 to 18:30 Sao Paulo"


def test_a_symbol_without_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_SYMBOL", "PETR4")
    assert found(tmp_path, "calendar").verdict == "fail"


def test_old_tables_are_a_warning(tmp_path: Path) -> None:
    assert found(tmp_path, "trading hours").verdict == "ok"
    old = found(tmp_path, "trading hours", day=DAY + dt.timedelta(365))
    assert old.verdict == "warn" and "circulars" in old.remedy


def test_a_busy_port_names_its_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        monkeypatch.setenv("QT_ZMQ_PORT", str(server.getsockname()[1]))
        finding = found(tmp_path, "zmq.port")
    assert finding.verdict == "fail" and f"process {os.getpid()}" in finding.detail


def test_ports_of_services_that_are_off_are_not_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_ZMQ_ENABLED", "false")
    names = {f.name for f in examine(Home(tmp_path), None, DAY)}
    assert not names & {"zmq.port", "zmq.control_port", "enhanced_monitor.port"}
    monkeypatch.setenv("QT_MONITOR_ENABLED", "true")
    assert "enhanced_monitor.port" in {f.name for f in examine(Home(tmp_path), None, DAY)}


@pytest.mark.parametrize(("free_gb", "verdict"), [(0.5, "fail"), (5, "warn"), (50, "ok")])
def test_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free_gb: float, verdict: str) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: Usage(0, 0, int(free_gb * 2**30)))
    assert found(tmp_path, "disk").verdict == verdict


def test_a_library_that_is_not_there_is_exit_6(tmp_path: Path) -> None:
    finding = found(tmp_path, "ProfitDLL", dll=tmp_path / "none.dll")
    assert finding.verdict == "fail" and finding.code == ExitCode.BROKER and "none.dll" in finding.detail


def test_a_file_that_is_no_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.dll").write_bytes(b"MZ nonsense")
    monkeypatch.setenv("PROFIT_DLL_PATH", str(tmp_path / "x.dll"))
    assert found(tmp_path, "ProfitDLL").verdict == "fail"


def test_missing_credentials_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFIT_DLL_PATH", str(tmp_path / "x.dll"))
    monkeypatch.setenv("PROFIT_KEY", "planted")
    finding = found(tmp_path, "credentials")
    assert finding.detail == "PROFIT_USER, PROFIT_PASSWORD not set"


def test_the_exit_code_is_the_first_failure() -> None:
    good, bad = Finding("a", "ok", ""), Finding("b", "fail", "", code=ExitCode.BROKER)
    assert exit_code([good]) == 0
    assert exit_code([good, bad, Finding("c", "fail", "", code=ExitCode.DATA)]) == ExitCode.BROKER


def test_the_command_prints_for_people_and_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--home", str(tmp_path)])
    text = capsys.readouterr().out
    assert main(["doctor", "--json", "--home", str(tmp_path)]) == code
    findings = json.loads(capsys.readouterr().out)
    assert all(f["name"] in text and f["detail"] in text for f in findings if f["name"] != "disk")
    assert list(tmp_path.iterdir()) == []
