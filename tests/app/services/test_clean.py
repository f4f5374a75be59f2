"""qt clean: shows first, removes old logs and cache only."""
from __future__ import annotations

import datetime as dt
import json
import os
import time
from pathlib import Path

import pytest

from qt_app.__main__ import main
from qt_app.errors import ConfigError
from qt_app.home import Home
from qt_app.services import clean
from qt_app.services.clean import plan, remove
from qt_app.services.lock import InstanceLock
from qt_app.zone import SAO_PAULO

NOW = dt.datetime.now(SAO_PAULO)
#: What no cleaning may touch.
KEPT = ("data/20260101/WDOG26/trades.parquet", "state/journal.sqlite", "models/m1/model.onnx",
        "backups/b1/manifest.json", "reports/daily/2026-01-01.html", "config_production.json", "logs/notes.txt",
        "metrics/latency/notes-of-mine.parquet")


@pytest.fixture
def full(home: Home) -> Home:
    """Old and new logs, old and new cache, and everything that is not to be touched."""
    for name in (*KEPT, "cache/datasets/a/rows.parquet", "cache/catalogue.json", "cache/training/b/begun.json"):
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    for days, end in ((40, ".log.gz"), (31, ".1.log"), (30, ".log"), (0, ".log")):
        (home.logs / f"production_{NOW - dt.timedelta(days):%Y%m%d}{end}").write_text("x\n")
    for days in (31, 30):
        (home.latency / f"{NOW - dt.timedelta(days):%Y%m%d}-090000.parquet").write_text("x")
    long_ago = time.time() - 2 * clean.IN_USE_S
    for path in (*home.cache.rglob("*"), home.cache):
        if "training" not in path.parts:
            os.utime(path, (long_ago, long_ago))
    return home


def everything(home: Home) -> set[str]:
    return {path.relative_to(home.root).as_posix() for path in home.root.rglob("*") if path.is_file()}


def test_a_dry_run_changes_nothing(full: Home, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(full)
    assert main(["clean", "--home", str(full.root)]) == 0
    assert everything(full) == before
    told = capsys.readouterr().out
    assert "`qt clean --yes` removes it" in told and "catalogue.json" in told


def test_old_logs_and_cache_go_and_nothing_else(full: Home, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(full)
    assert main(["clean", "--yes", "--json", "--home", str(full.root)]) == 0
    document = json.loads(capsys.readouterr().out)
    gone = before - everything(full)
    assert gone == {f"logs/production_{NOW - dt.timedelta(40):%Y%m%d}.log.gz",
                    f"logs/production_{NOW - dt.timedelta(31):%Y%m%d}.1.log",
                    f"metrics/latency/{NOW - dt.timedelta(31):%Y%m%d}-090000.parquet",
                    "cache/datasets/a/rows.parquet", "cache/catalogue.json"}
    assert set(KEPT) <= everything(full)
    assert document["removed"] and len(document["items"]) == 5
    assert [Path(one["path"]).name for one in document["kept"]] == ["training"]


def test_days_and_for_ever(full: Home) -> None:
    assert [i.path.name for i in plan(full, 0, NOW).items if i.why != "cache"] == []
    assert len([i for i in plan(full, 1, NOW).items if i.why != "cache"]) == 5


def test_the_cache_of_a_running_engine_stays(full: Home) -> None:
    with InstanceLock(full):
        found = plan(full, 30, NOW)
    assert found.kept == [(full.cache, "the engine is running")]
    assert all(item.why != "cache" for item in found.items)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_links_are_never_followed(full: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "recording").write_text("x")
    link = full.cache / "link"
    link.symlink_to(elsewhere, target_is_directory=True)
    os.utime(link, (0, 0), follow_symlinks=False)
    remove(plan(full, 30, NOW))
    assert not link.is_symlink() and (elsewhere / "recording").exists()


def test_what_cannot_be_removed_is_named(full: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(clean.shutil, "rmtree", refuse)
    with pytest.raises(ConfigError, match=r"could not remove .*datasets \(Permission denied\)"):
        remove(plan(full, 30, NOW))


def test_an_empty_home(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean", "--yes", "--home", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "nothing to remove\n"
