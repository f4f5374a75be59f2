from __future__ import annotations

from pathlib import Path

import numpy as np
from run_kit import write_run
from tape_kit import walk

from qt_app.home import Home
from qt_app.training import ledger
from qt_app.training.rundir import RunFacts, read_run
from qt_app.validation.tries import tries

SAME = "0" * 64


def facts(folder: Path, trial: int) -> RunFacts:
    return read_run(write_run(folder, [walk(seed) for seed in range(4)], trial=trial)).facts


def tried(home: Home, data: str = SAME, key: str = "", sharpe: float | None = None, **net: float) -> int:
    number = ledger.begin(home, run="r", model="lightgbm", data_sha256=data, parameters={}, key=key)
    if sharpe is not None:
        ledger.end(home, number, {"sharpe": sharpe}, net)
    return number


def test_every_trial_counts_and_those_that_ended_have_a_ratio(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    tried(home, "other", sharpe=0.5)
    tried(home)
    own = tried(home, sharpe=0.25, a=1.0, b=2.0)
    found = tries(home, facts(tmp_path, own))
    assert (found.count, found.rivals) == (3, 1)
    assert found.sharpes.tolist() == [0.5, 0.25]


def test_rivals_are_compared_on_the_sessions_that_all_were_tested_on(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    own = tried(home, sharpe=0.25, a=1.0, b=2.0, c=3.0)
    tried(home, sharpe=0.5, b=4.0, c=5.0)
    tried(home, "other", sharpe=0.5, b=9.0, c=9.0)
    found = tries(home, facts(tmp_path, own))
    assert found.results.tolist() == [[2.0, 4.0], [3.0, 5.0]]
    assert found.rivals == 1


def test_points_of_a_search_count_and_are_no_rivals(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    own = tried(home, sharpe=0.25, a=1.0)
    for point in range(4):
        tried(home, key=f"{own}/fold-1/{point}", sharpe=0.1 * point)
    found = tries(home, facts(tmp_path, own))
    assert (found.count, found.rivals, len(found.sharpes)) == (5, 0, 5)


def test_without_a_ledger_the_run_s_own_number_is_believed(tmp_path: Path) -> None:
    found = tries(Home(tmp_path / "home"), facts(tmp_path, 7))
    assert (found.count, found.rivals, found.results.shape) == (7, 0, (0, 0))
    assert np.isfinite(found.sharpes).all()
