"""Backups: whole or not there, made beside a writing engine, without secrets, and never in the journal's way."""
from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from backup_kit import DAY_NS, SECRET, config_of, damage, furnished, shelve, trade, write_settings

from qt_app.__main__ import main
from qt_app.backup import make as making
from qt_app.backup.make import Backup, make
from qt_app.backup.manifest import read, verify
from qt_app.backup.shelf import Shelf
from qt_app.errors import DataError, JournalError
from qt_app.hashing import file_digest
from qt_app.home import Home
from qt_app.journal.entries import Mark
from qt_app.journal.journal import Journal
from qt_app.registry.store import Note, Registry
from qt_app.splits.final_block import open_block


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return furnished(tmp_path / "home")


def back_up(home: Home) -> Backup:
    return make(home, config_of(home), "by hand")


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as found:
        return int(found.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_a_backup_names_every_file_with_its_hash(home: Home) -> None:
    made = back_up(home)
    found = verify(made.path)
    assert found == made.manifest == read(made.path)
    assert set(found.files) >= {"journal.sqlite", "facts.json", "config_production.json", "env.production"}
    assert {p.relative_to(made.path).as_posix() for p in made.path.rglob("*") if p.is_file()} == {
        *found.files, "manifest.json"}
    assert (found.reason, found.home, found.schema) == ("by hand", str(home.root), found.schema)
    assert made.path.name.startswith(f"{found.when:%Y%m%d-%H%M%S}-by-hand")
    assert found.when.utcoffset() == dt.timedelta(hours=-3)


def test_what_the_journal_says_can_be_read_without_a_tool(home: Home) -> None:
    facts = json.loads((back_up(home).path / "facts.json").read_bytes())
    assert facts == {"facts": {"session": DAY_NS, "strikes": 1}, "orders": 1, "fills": 1,
                     "positions": [{"account": "paper", "symbol": "WDOZ26", "lots": 1}]}


def test_the_journals_copy_is_one_file(home: Home) -> None:
    made = back_up(home)
    assert [p.name for p in made.path.glob("journal*")] == ["journal.sqlite"]
    assert rows(made.path / "journal.sqlite", "fills") == 1


def test_secrets_are_left_out_by_name(home: Home) -> None:
    home.config.write_text(json.dumps({"feed": {"password": "planted-in-json"}, "risk": {"max_position": 3},
                                       "pasword": "planted-astray", "zmq": {"tokn": "planted-too"}}))
    made = back_up(home)
    assert json.loads((made.path / "config_production.json").read_bytes()) == {"risk": {"max_position": 3}}
    assert (made.path / "env.production").read_text() == "MAX_DAILY_TRADES=7\n"
    assert made.manifest.left_out == (
        "config_production.json: feed.password", "config_production.json: pasword", "config_production.json: zmq.tokn",
        ".env.production: PROFIT_PASSWORD")
    everything = b"".join(p.read_bytes() for p in home.backups.rglob("*") if p.is_file())
    assert SECRET.encode() not in everything and b"planted" not in everything


@pytest.mark.parametrize("line", ["planted-bare-secret", "PROFIT_KEY='planted", "PROFIT_PASWORD=planted",
                                  "# PROFIT_KEY=planted", "MAX_POSITION=planted-71-env-file"])
def test_a_line_that_may_hold_a_secret_is_never_copied(home: Home, line: str) -> None:
    home.env.write_text(f"PROFIT_PASSWORD='{SECRET}'\n{line}\nMAX_DAILY_TRADES=7\n")
    made = back_up(home)
    assert (made.path / "env.production").read_text() == "MAX_DAILY_TRADES=7\n"
    assert "planted" not in (made.path / "manifest.json").read_text()


def test_models_are_kept_by_manifest_and_hash(home: Home, repo: Path) -> None:
    shutil.copytree(repo / "models_onnx", home.models / "mine")
    models = back_up(home).manifest.models
    assert [m["served"] for m in models] == [True, False]
    assert models[1]["folder"] == str(home.models / "mine")
    assert models[1]["files"]["manifest.json"] == file_digest(home.models / "mine" / "manifest.json")


def test_the_registry_is_in_and_its_champion_is_the_one_served(home: Home, repo: Path) -> None:
    registry = Registry(home)
    registry.promote(registry.add(repo / "models_onnx"), Note("me", "because"))
    made = back_up(home)
    assert {m["id"]: m["served"] for m in made.manifest.models} == {registry.names()[0]: True}
    assert (made.path / "registry" / "active.json").read_bytes() == (home.models / "active.json").read_bytes()
    assert {"registry/active.json", "registry/history.jsonl"} <= set(made.manifest.files)


def test_the_ledgers_of_trials_and_of_looks_are_in(home: Home) -> None:
    open_block(home, "run", ["digest"])
    made = back_up(home)
    assert (made.path / "ledgers" / "final_blocks.jsonl").read_bytes() == home.final_blocks.read_bytes()
    assert [name for name in made.manifest.files if name.startswith("ledgers/")] == ["ledgers/final_blocks.jsonl"]


def test_it_is_made_beside_a_writing_engine(home: Home) -> None:
    journal = Journal.open(home.journal, "running")
    trade(journal, 2, 2)
    journal.barrier()
    made = back_up(home)
    trade(journal, 3, 3)
    journal.barrier()
    journal.close()
    assert rows(made.path / "journal.sqlite", "fills") == 2, "of one moment"


def test_a_home_without_a_journal_can_be_backed_up(tmp_path: Path) -> None:
    home = Home(tmp_path)
    write_settings(home)
    made = back_up(home)
    assert made.manifest.schema is None and "journal.sqlite" not in made.manifest.files


def test_a_damaged_journal_gives_no_backup(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    damage(home.journal)
    with pytest.raises(JournalError, match="restore a backup"):
        back_up(home)
    assert [p.name for p in home.backups.iterdir()] == [".lock"]
    assert main(["backup", "--home", str(home.root)]) == 9


def test_a_damaged_log_gives_no_backup(home: Home) -> None:
    journal = Journal.open(home.journal, "killed")
    for n in range(2, 12):
        journal.put(Mark("note", DAY_NS, str(n)))
        journal.barrier()
    log = home.journal.with_name(f"{home.journal.name}-wal").read_bytes()
    journal.close()
    home.journal.with_name(f"{home.journal.name}-wal").write_bytes(log[:4200] + b"\xff" * 64 + log[4264:])
    with pytest.raises(JournalError, match="cannot be trusted"):
        back_up(home)


def test_a_killed_backup_looks_like_none_and_is_swept(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(BaseException):
        """Stands for the end of the process: nothing after it runs."""

    def killed(path: Path) -> None:
        raise Killed

    monkeypatch.setattr(making, "sync", killed)
    monkeypatch.setattr(making, "shutil", SimpleNamespace(
        copyfile=shutil.copyfile, disk_usage=shutil.disk_usage, rmtree=lambda *a, **k: None))
    with pytest.raises(Killed):
        back_up(home)
    monkeypatch.undo()
    (partial,) = home.backups.glob(".partial-*")
    assert (partial / "manifest.json").is_file(), "all of it was written"
    assert Shelf(home).entries() == []
    back_up(home)
    assert not partial.exists() and len(Shelf(home).entries()) == 1


def test_the_journal_keeps_the_last_room_on_the_disk(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=10 << 20))
    with pytest.raises(DataError, match="10 MiB are free"):
        back_up(home)


def test_two_in_a_second_have_two_names(home: Home) -> None:
    now = dt.datetime(2026, 11, 26, 14, 0, 0)
    home.backups.mkdir()
    shelf = Shelf(home)
    for expected in ("20261126-140000-hourly", "20261126-140000-hourly-2", "20261126-140000-hourly-3"):
        _, final = shelf.names(now, "hourly")
        assert final.name == expected
        final.mkdir()


def test_the_verb_prints_where_and_what(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backup", "--home", str(home.root)]) == 0
    out = capsys.readouterr().out
    assert "journal.sqlite" in out and "left out: .env.production: PROFIT_PASSWORD" in out
    assert main(["backup", "--json", "--home", str(home.root)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert verify(Path(document["path"])).size == document["bytes"]
    assert SECRET not in out + json.dumps(document)


# -- what is kept


def test_rotation_keeps_the_newest_and_the_last_of_each_day(tmp_path: Path) -> None:
    home, today = Home(tmp_path), dt.datetime(2026, 11, 26, 20, 0, tzinfo=dt.timezone(dt.timedelta(hours=-3)))
    home.backups.mkdir()
    by_hand = shelve(home, today - dt.timedelta(days=400), "by hand")
    hours = [shelve(home, today - dt.timedelta(hours=n)) for n in range(24 * 6)]    # newest first
    gone = Shelf(home).rotate(keep_last=5, keep_days=3, today=today.date())
    left = {p for p, _ in Shelf(home).entries()}
    last_of_days = {hours[0], hours[21], hours[45]}
    assert left == {by_hand, *hours[:5], *last_of_days}
    assert len(gone) == len(hours) - 7 and not any(p.exists() for p in gone)


def test_rotation_never_removes_the_only_one(tmp_path: Path) -> None:
    home, now = Home(tmp_path), dt.datetime(2026, 11, 26, 20, 0, tzinfo=dt.UTC)
    home.backups.mkdir()
    only = shelve(home, now - dt.timedelta(days=90))
    assert Shelf(home).rotate(keep_last=1, keep_days=0, today=now.date()) == []
    assert only.is_dir()
