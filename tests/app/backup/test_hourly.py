"""Backups by the clock and at the stop, away from the engine, and what is told when they fail."""
from __future__ import annotations

import datetime as dt
import queue
from pathlib import Path
from typing import Any

import pytest
from backup_kit import config_of, damage, furnished, shelve

from qt_app.alerts.codes import Code
from qt_app.backup.hourly import Backups
from qt_app.backup.shelf import Shelf
from qt_app.calendar import SAO_PAULO
from qt_app.config import load
from qt_app.home import Home

Told = tuple[Code, str, dict[str, Any]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return furnished(tmp_path / "home")


def reasons(home: Home) -> list[str]:
    return [manifest.reason for _, manifest in Shelf(home).entries()]


def test_one_is_made_at_the_stop(home: Home) -> None:
    told: list[Told] = []
    with Backups(home, config_of(home), lambda *t: told.append(t)):
        assert reasons(home) == []
    assert reasons(home) == ["stop"]
    assert [code for code, _, _ in told] == [Code.BACKUP_DONE]


def test_an_hour_that_ended_before_the_start_is_made_up_for(home: Home) -> None:
    """A run after a crash goes on with the hour of the one before it."""
    home.backups.mkdir()
    shelve(home, dt.datetime.now(SAO_PAULO) - dt.timedelta(hours=2))
    told: queue.SimpleQueue[Told] = queue.SimpleQueue()
    with Backups(home, config_of(home), lambda *t: told.put(t)):
        assert told.get(timeout=60)[0] is Code.BACKUP_DONE
    assert reasons(home) == ["hourly", "hourly", "stop"]


def test_the_clock_can_be_turned_off(home: Home) -> None:
    home.backups.mkdir()
    shelve(home, dt.datetime.now(SAO_PAULO) - dt.timedelta(hours=2))
    with Backups(home, load(home, {"backup.interval_min": 0}, {}), lambda *t: None):
        pass
    assert reasons(home) == ["hourly", "stop"]


def test_a_failure_is_told_and_ends_nothing(home: Home) -> None:
    damage(home.journal)
    told: list[Told] = []
    with Backups(home, config_of(home), lambda *t: told.append(t)):
        pass
    ((code, words, data),) = told
    assert code is Code.BACKUP_FAILED and code.level == "ERROR"
    assert "corrupt" in words or "damaged" in words
    assert data == {"reason": "stop"} and reasons(home) == []


def test_a_folder_that_cannot_be_written_is_told(home: Home) -> None:
    home.backups.write_text("a file in its place")
    told: list[Told] = []
    with Backups(home, config_of(home), lambda *t: told.append(t)):
        pass
    assert told[0][0] is Code.BACKUP_FAILED


def test_old_ones_go(home: Home) -> None:
    home.backups.mkdir()
    old = [shelve(home, dt.datetime.now(SAO_PAULO) - dt.timedelta(days=n)) for n in (50, 40, 1)]
    with Backups(home, load(home, {"backup.keep_last": 1}, {}), lambda *t: None):
        pass
    assert [p.exists() for p in old] == [False, False, True]
