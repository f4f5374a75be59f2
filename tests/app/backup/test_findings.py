"""What qt doctor says about backups."""
from __future__ import annotations

import datetime as dt
from pathlib import Path

from backup_kit import config_of, furnished, shelve

from qt_app.backup.make import make
from qt_app.home import Home
from qt_app.services.doctor import Finding, examine


def backups(home: Home) -> Finding:
    return next(finding for finding in examine(home) if finding.name == "backups")


def test_a_journal_without_a_backup_is_a_warning(tmp_path: Path) -> None:
    home = furnished(tmp_path)
    assert backups(home).verdict == "warn" and "qt backup" in backups(home).remedy
    make(home, config_of(home), "by hand")
    assert backups(home).verdict == "ok"


def test_a_backup_far_behind_the_journal_is_a_warning(tmp_path: Path) -> None:
    home = furnished(tmp_path)
    home.backups.mkdir()
    shelve(home, dt.datetime.now(dt.UTC) - dt.timedelta(days=2, minutes=1))
    assert backups(home).verdict == "warn" and "48 hours behind the journal" in backups(home).detail


def test_a_new_home_lacks_nothing(tmp_path: Path) -> None:
    assert backups(Home(tmp_path)).verdict == "ok"
