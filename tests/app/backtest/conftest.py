"""One home with three recorded days for the tests that only read it."""
from __future__ import annotations

from pathlib import Path

import pytest
from app.backtest.recorded_days import EAGER, days

from qt_app.backtest.configurations import Configuration, configurations
from qt_app.backtest.executors import Serial
from qt_app.backtest.task import Outcome, Task, checked, run_task
from qt_app.data.entry import Entry
from qt_app.home import Home


@pytest.fixture(scope="session")
def recorded_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("recorded"))
    home.prepare()
    return home


@pytest.fixture(scope="session")
def three_days(recorded_home: Home) -> list[Entry]:
    return days(recorded_home.data, 3)


@pytest.fixture(scope="session")
def eager(tmp_path_factory: pytest.TempPathFactory) -> Configuration:
    return configurations(Home(tmp_path_factory.mktemp("empty")), EAGER, {})[0]


@pytest.fixture(scope="session")
def fresh(three_days: list[Entry], eager: Configuration) -> list[Outcome]:
    """Each day from nothing."""
    tasks = [Task(0, at, (day,), eager.settings) for at, day in enumerate(three_days)]
    return checked(Serial().run(run_task, tasks))


@pytest.fixture(scope="session")
def carried(three_days: list[Entry], eager: Configuration) -> Outcome:
    """One account over all of them."""
    return checked([run_task(Task(0, 0, tuple(three_days), eager.settings))])[0]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = Home(tmp_path / "home")
    made.prepare()
    return made
