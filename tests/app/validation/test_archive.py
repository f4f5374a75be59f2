"""Recordings of a home: behind a run's sessions, and later ones."""
from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from app.data import tapes

from qt_app.dataset.build import build
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.research import worlds
from qt_app.research.worlds import World
from qt_app.validation.archive import HomeArchive, instants

WORLD = World(seconds=300)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Four days of one contract, recorded."""
    found = Home(tmp_path)
    for at, day in enumerate(worlds.trading_days(worlds.FIRST_DAY, 4)):
        made = worlds.recording(WORLD, day, np.random.default_rng((1, at)))
        tapes.record(found.data, made.events, "WDOZ26", run=f"r{at}", synthetic=True, meta=dict(made.metadata))
    return found


def case_of(archive: HomeArchive, count: int) -> Any:
    """A run on the first days."""
    entries = sorted(archive.entries.values(), key=lambda entry: entry.day)[:count]
    sessions = [one for entry in entries for one in build(entry.read(), WORLD.instants)]
    facts = SimpleNamespace(candle_seconds=5.0, schema_id=sessions[0].schema_id)
    return SimpleNamespace(sessions=tuple(sessions), run=SimpleNamespace(facts=facts))


def test_the_recording_behind_a_session_is_found_by_its_content(home: Home) -> None:
    archive = HomeArchive.of(home)
    case = case_of(archive, 2)
    found = archive.recording(case.sessions[1])
    assert found is not None
    assert build(found, instants(case))[0].rows.tobytes() == case.sessions[1].rows.tobytes()
    assert HomeArchive({}).recording(case.sessions[0]) is None


@pytest.mark.lengthy
def test_later_sessions_are_the_last_days_without_the_run_s_own(home: Home) -> None:
    archive = HomeArchive.of(home)
    days = [entry.day for entry in sorted(archive.entries.values(), key=lambda entry: entry.day)]
    assert [one.day for one in archive.later(case_of(archive, 2), 30)] == days[2:]
    assert [one.day for one in archive.later(case_of(archive, 2), 1)] == days[3:]
    assert archive.later(case_of(archive, 4), 30) == []


def test_without_a_recording_of_the_contract_recent_days_are_refused(home: Home) -> None:
    case = case_of(HomeArchive.of(home), 1)
    with pytest.raises(DataError, match="no recording of WDO"):
        HomeArchive({}).later(case, 5)
