"""Restoring: verified before anything is touched, refused beside an engine, and never a mixture."""
from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from backup_kit import SECRET, config_of, damage, furnished, position, write_journal

from qt_app.__main__ import main
from qt_app.backup.make import make
from qt_app.backup.restore import GO, NEW, restore
from qt_app.errors import DataError, JournalError, NotRunningError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.journal.journal import Journal
from qt_app.services.lock import InstanceLock, SupervisorLock


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return furnished(tmp_path / "home")


@pytest.fixture
def backup(home: Home) -> Path:
    """Of one lot, and of two contracts at most."""
    return make(home, config_of(home), "by hand").path


def go_on(home: Home) -> None:
    """Trading and editing after the backup."""
    write_journal(home, trades=2)
    home.config.write_text(json.dumps({"risk": {"max_position": 5}}))
    home.env.write_text("PROFIT_PASSWORD='a newer secret'\nMAX_DAILY_TRADES=9\n# mine\n")


def look(home: Home) -> dict[str, bytes]:
    """Everything in the home but its backups and its locks."""
    return {p.relative_to(home.root).as_posix(): p.read_bytes() for p in sorted(home.root.rglob("*"))
            if p.is_file() and home.backups not in p.parents and p.suffix != ".lock"}


def test_a_restore_brings_back_position_counters_and_settings(home: Home, backup: Path) -> None:
    go_on(home)
    assert position(home) == 3
    done = restore(home, backup)
    assert position(home) == 1
    assert config_of(home).risk.max_position == 2
    assert set(done.files) == {"state/journal.sqlite", "config_production.json", ".env.production"}
    assert done.models and set(done.models.values()) == {"same"}


def test_what_is_replaced_is_kept(home: Home, backup: Path) -> None:
    go_on(home)
    done = restore(home, backup)
    assert json.loads((done.replaced / "config_production.json").read_bytes()) == {"risk": {"max_position": 5}}
    kept = Home(home.root / "kept")
    kept.state.mkdir(parents=True)
    shutil.copyfile(done.replaced / "journal.sqlite", kept.journal)
    assert position(kept) == 3


def test_secrets_stay_where_they_are_and_enter_no_backup(home: Home, backup: Path) -> None:
    go_on(home)
    done = restore(home, backup)
    assert home.env.read_text() == "PROFIT_PASSWORD='a newer secret'\n# mine\nMAX_DAILY_TRADES=7\n"
    assert (done.replaced / "env.production").read_text() == "MAX_DAILY_TRADES=9\n"
    everything = b"".join(p.read_bytes() for p in home.backups.rglob("*") if p.is_file())
    assert b"a newer secret" not in everything and SECRET.encode() not in everything


def test_a_damaged_journal_is_replaced_unread(home: Home, backup: Path) -> None:
    """The drill: it is refused, restored, and goes on where the backup was."""
    damage(home.journal)
    broken = home.journal.read_bytes()
    with pytest.raises(JournalError, match="qt restore"):
        Journal.open(home.journal, "refused")
    home.journal.with_name("journal.sqlite-wal").write_bytes(b"not a log")
    done = restore(home, backup)
    assert position(home) == 1
    assert (done.replaced / "journal.sqlite").read_bytes() == broken
    assert (done.replaced / "journal.sqlite-wal").read_bytes() == b"not a log"


@pytest.mark.lengthy
@pytest.mark.parametrize("name", ["journal.sqlite", "facts.json", "config_production.json", "env.production"])
def test_one_flipped_byte_anywhere_refuses_the_backup(home: Home, backup: Path, name: str) -> None:
    go_on(home)
    before = look(home)
    content = bytearray((backup / name).read_bytes())
    content[len(content) // 2] ^= 1
    (backup / name).write_bytes(content)
    with pytest.raises(DataError, match=f"{name} is not the file that its hash names"):
        restore(home, backup)
    assert look(home) == before
    assert main(["restore", backup.name, "--home", str(home.root)]) == 9


@pytest.mark.lengthy
@pytest.mark.parametrize("fault", ["", "{", "[]", '{"format": "qt-backup/2"}', '{"format": "qt-backup/1"}'])
def test_a_manifest_that_is_none(home: Home, backup: Path, fault: str) -> None:
    (backup / "manifest.json").write_text(fault)
    before = look(home)
    with pytest.raises(DataError, match="manifest"):
        restore(home, backup)
    assert look(home) == before


@pytest.mark.lengthy
@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a\\b", "C:x", ""])
def test_a_manifest_that_leads_out_of_its_folder(home: Home, backup: Path, name: str) -> None:
    document = json.loads((backup / "manifest.json").read_bytes())
    document["files"][name] = ["0" * 64, 1]
    (backup / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(DataError, match="does not hold what it must"):
        restore(home, backup)


def change_journal(backup: Path, statement: str) -> None:
    """Changes the journal in a backup and makes its hash fit."""
    with closing(sqlite3.connect(backup / "journal.sqlite")) as journal, journal:
        journal.executescript(statement)
    document = json.loads((backup / "manifest.json").read_bytes())
    path = backup / "journal.sqlite"
    document["files"]["journal.sqlite"] = [file_digest(path), path.stat().st_size]
    (backup / "manifest.json").write_text(json.dumps(document))


@pytest.mark.parametrize(("statement", "sentence"), [
    ("PRAGMA user_version = 999", "schema version 999"), ("PRAGMA application_id = 5", "another application")])
def test_a_journal_of_a_newer_release_or_of_nobody_is_refused(home: Home, backup: Path, statement: str, sentence: str,
                                                              capsys: pytest.CaptureFixture[str]) -> None:
    change_journal(backup, statement)
    before = look(home)
    assert main(["restore", "--latest", "--home", str(home.root)]) == 9
    assert sentence in capsys.readouterr().err
    assert look(home) == before


def test_it_is_refused_beside_an_engine(home: Home, backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with InstanceLock(home):
        before = look(home)
        with pytest.raises(NotRunningError, match="stop it with `qt stop`"):
            restore(home, backup)
        assert main(["restore", "--latest", "--yes", "--home", str(home.root)]) == 3
        assert look(home) == before


def test_it_is_refused_beside_a_supervisor_between_two_engines(home: Home, backup: Path) -> None:
    with SupervisorLock(home), pytest.raises(NotRunningError, match="stop it with `qt stop`"):
        restore(home, backup)


def test_a_backup_of_another_place_is_restored_by_its_path(home: Home, backup: Path, tmp_path: Path) -> None:
    moved = tmp_path / "on another disk"
    shutil.copytree(backup, moved)
    shutil.rmtree(home.backups)
    assert main(["restore", str(moved), "--home", str(home.root)]) == 0
    assert position(home) == 1


def test_what_a_backup_does_not_hold_stays(home: Home, tmp_path: Path) -> None:
    bare = Home(tmp_path / "bare")
    bare.prepare()
    path = make(bare, config_of(bare), "by hand").path
    before = look(home)
    restore(home, path)
    assert look(home) == before


# -- the verb


def test_the_list(home: Home, backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "--list", "--home", str(home.root)]) == 0
    assert capsys.readouterr().out.startswith(f"{backup.name}: made 20")
    assert main(["restore", "--list", "--json", "--home", str(home.root)]) == 0
    assert [row["name"] for row in json.loads(capsys.readouterr().out)] == [backup.name]


@pytest.mark.parametrize(("words", "code", "sentence"), [
    ([], 2, "name one backup, or give --latest"), (["--latest", "x"], 2, "name one backup"),
    (["x"], 9, "there is no backup x"), (["../state"], 9, "there is no backup")])
def test_what_cannot_be_restored(home: Home, words: list[str], code: int, sentence: str,
                                 capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", *words, "--home", str(home.root)]) == code
    assert sentence in capsys.readouterr().err


def test_the_latest_of_none(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "--latest", "--home", str(home.root)]) == 9
    assert "`qt backup` makes one" in capsys.readouterr().err


@pytest.mark.lengthy
@pytest.mark.parametrize(("answer", "code"), [("n", 130), ("y", 0)])
def test_a_terminal_is_asked(home: Home, backup: Path, monkeypatch: pytest.MonkeyPatch, answer: str, code: int) -> None:
    go_on(home)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda text: answer)
    assert main(["restore", "--latest", "--home", str(home.root)]) == code
    assert position(home) == (1 if code == 0 else 3)


def test_json(home: Home, backup: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["restore", "--latest", "--json", "--home", str(home.root)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert "state/journal.sqlite" in document["restored"] and Path(document["replaced"]).is_dir()


# -- killed half-way


@pytest.mark.lengthy
@pytest.mark.skipif(sys.platform == "win32", reason="forks")
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.slow)])
def test_a_kill_at_any_touch_of_the_disk_leaves_old_or_new(home: Home, backup: Path, tmp_path: Path, step: int) -> None:
    go_on(home)
    work = tmp_path / "work"
    work.mkdir()
    paths = [str(Path(__file__).parent), *sys.path]
    done = subprocess.run([sys.executable, str(Path(__file__).with_name("kill_points.py")), str(home.root), str(backup),
                           str(work), str(step)], capture_output=True, text=True, check=False,
                          env={"PYTHONPATH": ":".join(paths), "PATH": ""})
    assert done.returncode == 0, done.stderr
    found: list[dict[str, Any]] = json.loads(done.stdout)
    states = [(f["position"], f["max_position"]["max_position"], f["trades"]) for f in found]
    assert set(states) == {(3, 5, 0), (1, 2, 1)}, "old, or new"
    assert states == sorted(states, reverse=True), "and new from one point on"
    assert all(f["secret"] and not f["busy"] for f in found)
    assert len(found) > 50 // step


def test_a_restore_killed_half_way_is_finished_by_the_next_command(home: Home, backup: Path) -> None:
    go_on(home)
    restore(home, backup)
    home.journal.rename(home.journal.with_name("taken"))
    home.state.joinpath(GO).mkdir()
    shutil.copyfile(backup / "journal.sqlite", home.state / GO / "0")
    (home.state / GO / "plan.json").write_text(json.dumps({"replaced": "backups/replaced-x", "steps": [
        {"staged": "0", "target": "state/journal.sqlite", "aside": [], "kept": False},
        {"staged": "1", "target": "config_production.json", "aside": [], "kept": False}]}))
    assert main(["status", "--home", str(home.root)]) == 3
    assert position(home) == 1
    assert not (home.state / GO).exists()


def test_what_was_staged_and_never_meant_is_thrown_away(home: Home, backup: Path) -> None:
    (home.state / NEW).mkdir()
    (home.state / NEW / "plan.json").write_text("{")
    restore(home, backup)
    assert not (home.state / NEW).exists()
