"""Secrets stay out of everything that is printed or written."""
from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import orjson
import pytest

from qt_app.__main__ import main
from qt_app.config import KEYS, ConfigProblems, Secret, load
from qt_app.home import Home

PLANTED = {"PROFIT_KEY": "planted-key-51", "PROFIT_USER": "planted-user-52", "PROFIT_PASSWORD": 'plan"ted\\pass-53'}


def is_clean(text: str) -> bool:
    """None of the planted texts, nor a recognisable part of one."""
    return not any(part in text for part in ("planted", "plan\"ted", "pass-53", "key-51", "user-52"))


def test_a_secret_never_prints() -> None:
    secret = Secret("hunter22")
    assert "hunter22" not in f"{secret} {secret!r} {secret:>20} {[secret]} {({'a': secret})}"
    assert secret.reveal() == "hunter22"
    assert secret == Secret("hunter22") != Secret("other")
    assert not Secret("")


def test_a_secret_is_not_serialised() -> None:
    for encode in (orjson.dumps, json.dumps, pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            encode(Secret("hunter22"))


def test_secrets_come_from_the_environment_and_the_env_file(tmp_path: Path) -> None:
    (tmp_path / ".env.production").write_text("PROFIT_KEY='planted-key-51'\n")
    config = load(Home(tmp_path), environ={"PROFIT_PASSWORD": PLANTED["PROFIT_PASSWORD"]})
    assert config.secrets == ("planted-key-51", PLANTED["PROFIT_PASSWORD"])
    assert is_clean(repr(config))


def test_a_secret_in_the_json_file_is_refused_unseen(tmp_path: Path) -> None:
    (tmp_path / "config_production.json").write_text('{"feed": {"password": "planted"}}')
    with pytest.raises(ConfigProblems, match="only PROFIT_PASSWORD in the environment") as caught:
        load(Home(tmp_path), environ={})
    assert is_clean(str(caught.value))


def test_a_secret_on_the_command_line_is_refused_unseen(tmp_path: Path) -> None:
    with pytest.raises(ConfigProblems) as caught:
        load(Home(tmp_path), {"feed.password": "planted"}, {})
    assert is_clean(str(caught.value))


@pytest.mark.parametrize("where", ["environment", "file"])
@pytest.mark.parametrize("command", [
    ["config", "show"], ["config", "show", "--origin"], ["config", "show", "--json"], ["config", "check"],
    ["config", "check", "--json"], ["status"], ["stop"],
])
def test_no_command_prints_a_planted_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                            capfd: pytest.CaptureFixture[str], where: str, command: list[str]) -> None:
    plant(tmp_path, monkeypatch, where)
    main(["--home", str(tmp_path), *command])
    out, err = capfd.readouterr()
    assert out or err
    assert is_clean(out + err)
    assert not any("planted" in p.read_text() for p in tmp_path.rglob("*.log"))


def plant(home: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    if where == "environment":
        for name, text in PLANTED.items():
            monkeypatch.setenv(name, text)
    else:
        (home / ".env.production").write_text("".join(f"{name}='{text}'\n" for name, text in PLANTED.items()))


def test_a_broken_line_that_may_hold_a_secret_is_not_repeated(tmp_path: Path,
                                                              capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / ".env.production").write_text('PROFIT_PASSWORD="planted\nplanted-password\nPROFIT_PASWORD=planted\n')
    assert main(["--home", str(tmp_path), "config", "check"]) == 4
    out, err = capfd.readouterr()
    assert "line 2" in err and "did you mean PROFIT_PASSWORD?" in err
    assert is_clean(out + err)


def test_only_the_credentials_are_secrets() -> None:
    assert {k.env for k in KEYS if k.secret} == {*PLANTED, "PROFIT_ROUTING_PASSWORD", "QT_ALERT_URLS"}
