"""qt config show and check."""
from __future__ import annotations

import json
from pathlib import Path

import pytest

from qt_app.__main__ import main
from qt_app.config import KEYS, Config


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key.env, raising=False)


def test_show_lists_every_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--home", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert all(k.name in out and k.env in out for k in KEYS)


def test_show_origin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("MAX_POSITION", "2")
    (tmp_path / ".env.production").write_text("LOG_LEVEL=DEBUG\n")
    assert main(["config", "show", "--origin", "--home", str(tmp_path)]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["max_position"].endswith("environment MAX_POSITION")
    assert lines["level"].endswith(".env.production line 1")
    assert lines["stop_loss"].endswith("default")


def test_show_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", "--json", "--home", str(tmp_path)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["hash"] == Config().hash
    assert [row["key"] for row in document["keys"]] == [k.path for k in KEYS]


def test_check_of_a_good_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", "--home", str(tmp_path)]) == 0
    assert Config().hash in capsys.readouterr().out


def test_check_tells_everything_and_exits_4(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config_production.json").write_text('{"risk": {"max_positon": 1}, "log": {"level": "LOUD"}}')
    assert main(["config", "check", "--home", str(tmp_path)]) == 4
    err = capsys.readouterr().err
    assert "2 problems" in err and "max_positon" in err and "LOUD" in err


def test_check_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config_production.json").write_text('{"risk": {"max_positon": 1}}')
    assert main(["config", "check", "--json", "--home", str(tmp_path)]) == 4
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is False
    (problem,) = document["problems"]
    assert problem["key"] == "risk.max_positon" and problem["suggestion"] == "risk.max_position"


def test_a_broken_configuration_stops_every_verb_that_needs_it(tmp_path: Path,
                                                               capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config_production.json").write_text("{")
    assert main(["start", "--home", str(tmp_path)]) == 4
    assert main(["config", "show", "--home", str(tmp_path)]) == 4
    assert not (tmp_path / "state").exists()
