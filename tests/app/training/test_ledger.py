"""The trial ledger: every begun configuration counts, once, and its figures come when it ends."""
from __future__ import annotations

from pathlib import Path

import pytest

from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.training import ledger

WORDS = {"model": "lightgbm", "data_sha256": "ab", "parameters": {"leaves": 15}}


def test_a_trial_counts_when_it_begins_and_has_figures_when_it_ends(tmp_path: Path) -> None:
    home = Home(tmp_path)
    assert ledger.count(home) == 0
    first = ledger.begin(home, run="a", **WORDS)
    second = ledger.begin(home, run="b", **WORDS)
    ledger.end(home, first, {"log_loss": 1.0, "sharpe": None})
    assert (first, second, ledger.count(home)) == (1, 2, 2)
    assert [(t.run, t.oof) for t in ledger.entries(home)] == [("a", {"log_loss": 1.0, "sharpe": None}), ("b", {})]


def test_results_by_session_are_kept_with_the_figures(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger.end(home, ledger.begin(home, run="a", **WORDS), {"sharpe": 0.5}, {"ff": 3.5, "0a": -1.0})
    assert ledger.entries(home)[0].net == {"ff": 3.5, "0a": -1.0}


def test_a_repeated_trial_counts_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    numbers = [ledger.begin(home, run="a", key=key, **WORDS) for key in ("x", "y", "x")]
    assert numbers == [1, 2, 1]
    assert ledger.count(home) == 2


def test_an_end_said_twice_is_written_once(tmp_path: Path) -> None:
    home = Home(tmp_path)
    number = ledger.begin(home, run="a", **WORDS)
    ledger.end(home, number, {"log_loss": 1.0})
    before = home.trials.read_bytes()
    ledger.end(home, number, {"log_loss": 1.0})
    assert home.trials.read_bytes() == before


def test_a_ledger_that_was_cut_is_noticed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(DataError, match="no trial 4"):
        ledger.end(home, 4, {})


def test_a_changed_figure_is_noticed(tmp_path: Path) -> None:
    home = Home(tmp_path)
    ledger.end(home, ledger.begin(home, run="a", **WORDS), {"log_loss": 1.1})
    ledger.begin(home, run="b", **WORDS)
    path = home.trials
    path.write_bytes(path.read_bytes().replace(b"1.1", b"0.9"))
    with pytest.raises(DataError, match="changed"):
        ledger.count(home)
