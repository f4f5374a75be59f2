"""Secrets in the operating system's keyring: stored unseen, read first, never waited for."""
from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from doubles.keyring_double import FileKeyring
from keyring.backends.fail import Keyring as NoKeyring
from keyring.errors import KeyringLocked

from qt_app.__main__ import main
from qt_app.config import load
from qt_app.config.vault import Vault
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.services.log import Log

SECRET = "planted-in-keyring-61"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileKeyring]:
    """A keyring that works, outside the home."""
    monkeypatch.setenv("QT_TEST_KEYRING", str(tmp_path / "keyring.json"))
    before, double = keyring.get_keyring(), FileKeyring()
    keyring.set_keyring(double)
    Vault.forget()
    yield double
    keyring.set_keyring(before)
    Vault.forget()


def pipe(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def put(home: Home, monkeypatch: pytest.MonkeyPatch, name: str = "PROFIT_PASSWORD", text: str = SECRET) -> None:
    pipe(monkeypatch, text + "\n")
    assert main(["config", "set-secret", name, "-", "--home", str(home.root)]) == 0


def test_what_the_keyring_keeps_comes_first(home: Home, monkeypatch: pytest.MonkeyPatch,
                                            capsys: pytest.CaptureFixture[str]) -> None:
    home.env.write_text("PROFIT_PASSWORD=in-the-file\nPROFIT_USER=user-in-the-file\n")
    put(home, monkeypatch)
    config = load(home, environ={"PROFIT_PASSWORD": "in-the-environment", "PROFIT_KEY": "key-in-environment"})
    assert config.feed.password is not None and config.feed.password.reveal() == SECRET
    assert [config.origin(f"feed.{name}") for name in ("password", "key", "user")] == [
        "keyring", "environment PROFIT_KEY", ".env.production line 2"]
    assert SECRET not in capsys.readouterr().out


def test_show_tells_the_origin_and_hides_the_value(home: Home, monkeypatch: pytest.MonkeyPatch,
                                                   capsys: pytest.CaptureFixture[str]) -> None:
    put(home, monkeypatch)
    capsys.readouterr()
    assert main(["config", "show", "--origin", "--home", str(home.root)]) == 0
    out = capsys.readouterr().out
    (line,) = [line for line in out.splitlines() if line.startswith("  password ")]
    assert line.split() == ["password", "***", "PROFIT_PASSWORD", "keyring"]
    assert SECRET not in out


def test_only_names_are_written_in_the_home(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home, monkeypatch)
    text = home.keyring.read_text()
    assert "PROFIT_PASSWORD" in text and SECRET not in text
    assert not any(SECRET in path.read_text("utf-8", "replace") for path in home.root.rglob("*") if path.is_file())


def test_two_homes_keep_their_own(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Home(tmp_path / "other")
    put(home, monkeypatch)
    put(other, monkeypatch, text="of the other home")
    assert [load(h, environ={}).secrets for h in (home, other)] == [(SECRET,), ("of the other home",)]


def test_a_removed_secret_is_gone(home: Home, monkeypatch: pytest.MonkeyPatch,
                                  capsys: pytest.CaptureFixture[str]) -> None:
    put(home, monkeypatch)
    words = ["config", "set-secret", "PROFIT_PASSWORD", "--remove", "--home", str(home.root)]
    assert main(words) == 0
    assert load(home, environ={}).feed.password is None
    assert main(words) == 4
    assert "is not kept in the OS keyring" in capsys.readouterr().err


def test_a_secret_on_the_command_line_is_refused_unseen(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "set-secret", "PROFIT_PASSWORD", SECRET, "--home", str(home.root)]) == 2
    err = capsys.readouterr().err
    assert "never given on the command line" in err and SECRET not in err


@pytest.mark.parametrize(("words", "text", "code", "sentence"), [
    (["PROFIT_PASSWORD"], "", 2, "no terminal to ask at"),
    (["PROFIT_PASSWORD", "-"], "\n", 4, "an empty text is no secret"),
    (["MAX_POSITION", "-"], "x", 4, "MAX_POSITION is no secret: PROFIT_KEY"),
])
def test_what_cannot_be_stored(home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
                               words: list[str], text: str, code: int, sentence: str) -> None:
    pipe(monkeypatch, text)
    assert main(["config", "set-secret", *words, "--home", str(home.root)]) == code
    assert sentence in capsys.readouterr().err
    assert not home.keyring.exists()


def test_a_home_that_keeps_nothing_there_never_loads_a_keyring(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)   # an import of it would raise
    assert load(home, environ={}).notes == ()


def test_a_machine_without_a_keyring_says_so_and_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home, monkeypatch)
    keyring.set_keyring(NoKeyring())
    Vault.forget()
    config = load(home, environ={"PROFIT_PASSWORD": "in-the-environment"})
    assert config.origin("feed.password") == "environment PROFIT_PASSWORD"
    assert config.notes == (
        ("INFO", "PROFIT_PASSWORD kept in the OS keyring could not be read: this machine has no keyring"),)


def test_storing_without_a_keyring_names_the_other_ways(home: Home, monkeypatch: pytest.MonkeyPatch,
                                                        capsys: pytest.CaptureFixture[str]) -> None:
    keyring.set_keyring(NoKeyring())
    pipe(monkeypatch, SECRET)
    assert main(["config", "set-secret", "PROFIT_KEY", "-", "--home", str(home.root)]) == 4
    err = capsys.readouterr().err
    assert "this machine has no keyring" in err and ".env.production" in err and SECRET not in err


def test_a_keyring_that_does_not_answer_is_left_after_its_time(home: Home, store: FileKeyring,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    put(home, monkeypatch)
    release = threading.Event()
    monkeypatch.setattr(store, "get_password", lambda service, name: release.wait(60))
    note = Vault(home).read(patience_s=0.01).note
    release.set()
    assert note is not None and note[0] == "WARNING" and "did not answer within 0.01 s: unlock it" in note[1]


def test_a_refusing_keyring_is_told_by_its_kind_alone(home: Home, store: FileKeyring,
                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    def locked(service: str, name: str) -> str:
        raise KeyringLocked(f"locked: {SECRET}")

    put(home, monkeypatch)
    monkeypatch.setattr(store, "get_password", locked)
    (note,) = load(home, environ={}).notes
    assert "refused (KeyringLocked): unlock it" in note[1] and SECRET not in note[1]


def test_a_broken_list_of_names_is_a_problem_not_a_crash(home: Home) -> None:
    home.keyring.write_text("{")
    with pytest.raises(ConfigError, match="store the secrets again with `qt config set-secret`"):
        load(home, environ={})


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_a_run_warns_of_secrets_that_others_can_read(home: Home) -> None:
    home.env.write_text("PROFIT_PASSWORD=in-the-file\nMAX_POSITION=1\n")
    home.env.chmod(0o644)
    (note,) = load(home, environ={}).notes
    assert note[0] == "WARNING"
    assert note[1] == (f"{home.env} holds PROFIT_PASSWORD and others may read it (mode 644): chmod 600 {home.env}")
    home.env.chmod(0o600)
    assert load(home, environ={}).notes == ()
    home.env.write_text("MAX_POSITION=1\n")
    home.env.chmod(0o644)
    assert load(home, environ={}).notes == (), "nothing to hide"


def test_values_never_show(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    put(home, monkeypatch)
    assert SECRET not in repr(Vault(home).read())
    with Log(home) as log:
        log.write("ERROR", "c", f"refused {load(home, environ={}).secrets[0]}")
    assert SECRET not in next(home.logs.iterdir()).read_text()
