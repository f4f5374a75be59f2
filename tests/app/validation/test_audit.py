"""The leak audit on runs of the tests' own: what is honest passes, what is planted is named."""
from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from run_kit import INPUTS, RULE, write_run
from tape_kit import walk

from qt_app.dataset.session import SessionRows
from qt_app.research import worlds
from qt_app.research.worlds import World
from qt_app.training import fitting
from qt_app.training.rundir import FoldFacts, read_run
from qt_app.training.samples import Sample
from qt_app.validation import audit, columns
from qt_app.validation.case import Case, read_case
from qt_app.validation.poison import compare
from qt_core.features.registry import NAMES

FAST = {"rounds": 20, "patience": 5, "min_data_in_leaf": 50}


def case_of(folder: Path, sessions: list[SessionRows], **more: Any) -> Case:
    return read_case(write_run(folder, sessions, warm=min(2, len(sessions) - 3), parameters=FAST, **more))


@pytest.mark.lengthy
def test_labels_dealt_at_random_leave_chance(tmp_path: Path) -> None:
    found = audit.shuffled_labels(case_of(tmp_path, [walk(seed, drive=1.0) for seed in range(7)]), seed=1)
    assert found.passed
    assert found.values["low"] <= audit.CHANCE < 0.02 > found.values["gain"]


def test_outcomes_are_dealt_over_all_sessions_and_stay_together(tmp_path: Path) -> None:
    made = [audit.samples.make(walk(seed), RULE, INPUTS) for seed in range(3)]
    dealt = audit.deal(made, np.random.default_rng(1))
    assert [len(one) for one in dealt] == [len(one) for one in made]
    before, after = ({(int(label), float(long), float(short)) for one in both for label, long, short
                      in zip(one.labels, one.long_ticks, one.short_ticks, strict=True)} for both in (made, dealt))
    assert before == after
    assert all((one.rows == other.rows).all() for one, other in zip(made, dealt, strict=True))
    assert not all((one.labels == other.labels).all() for one, other in zip(made, dealt, strict=True))


@pytest.mark.lengthy
def test_a_model_that_sees_the_test_labels_gives_itself_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The classical fault: something is fitted on the sessions that judge."""
    case = case_of(tmp_path, [walk(seed) for seed in range(7)])
    seen: dict[bytes, np.ndarray] = {}
    deal = audit.deal

    def dealing(made: list[Sample], random: np.random.Generator) -> list[Sample]:
        dealt = deal(made, random)
        seen.update({one.rows.tobytes(): one.labels for one in dealt})
        return dealt

    class Knowing:
        def predict(self, rows: np.ndarray) -> np.ndarray:
            return 0.8 * np.eye(3)[seen[rows.tobytes()]] + 0.2 / 3

    monkeypatch.setattr(audit, "deal", dealing)
    monkeypatch.setattr(fitting, "fit", lambda *a, **k: Knowing())
    assert audit.shuffled_labels(case, seed=1).passed is False


def test_folds_that_share_a_session_are_found(tmp_path: Path) -> None:
    facts = read_run(write_run(tmp_path, [walk(seed) for seed in range(6)])).facts
    assert audit.folds_apart(facts).passed
    assert audit.folds_apart(replace(facts, folds=(FoldFacts("a", (0, 1), (1, 2)),))).passed is False
    assert audit.folds_apart(replace(facts, folds=(FoldFacts("a", (0, facts.final[0]), (2,)),))).passed is False


def test_too_few_sessions_to_refit_are_said_and_no_pass(tmp_path: Path) -> None:
    found = audit.shuffled_labels(case_of(tmp_path, [walk(seed) for seed in range(4)], folds=1), seed=1)
    assert found.passed is None
    assert "too few" in found.values["why"]


@pytest.mark.lengthy
def test_the_planted_column_is_caught_and_honest_ones_are_not(tmp_path: Path) -> None:
    known, planted = audit.know(case_of(tmp_path, [walk(seed, drive=0.7) for seed in range(8)]), seed=1)
    assert columns.suspects(known) == []
    assert planted.passed
    assert planted.values["weakest"] < 0.5


@pytest.mark.lengthy
def test_a_peeking_input_is_suspected_by_name(tmp_path: Path) -> None:
    sessions = [worlds.leaking(walk(seed), "returns_5", RULE, 2.0, seed) for seed in range(8)]
    known, _ = audit.know(case_of(tmp_path, sessions), seed=1)
    assert columns.suspects(known) == ["returns_5"]


# -- another future

WORLD = World(seconds=1500)


class Made:
    """Recordings of a world, by the session's place."""

    def __init__(self, count: int) -> None:
        self.recordings, self.sessions = [], []
        for at, day in enumerate(worlds.trading_days(worlds.FIRST_DAY, count)):
            made = worlds.recording(WORLD, day, np.random.default_rng((3, at)))
            self.recordings.append(made)
            self.sessions += worlds.build(made, WORLD.instants)

    def recording(self, session: SessionRows) -> Any:
        return self.recordings[[one.digest for one in self.sessions].index(session.digest)]

    def later(self, case: Case, days: int) -> list[SessionRows]:
        return []


@pytest.fixture(scope="module")
def made() -> Made:
    return Made(4)


def test_another_future_changes_no_row_of_the_past(made: Made) -> None:
    found = compare(made.sessions[0], made.recordings[0], WORLD.instants)
    assert found is not None
    assert found.rows > 100
    assert found.differing == ()


def test_a_column_that_peeks_however_weakly_differs_from_what_the_live_code_makes(made: Made) -> None:
    rows = made.sessions[0].rows.copy()
    ahead = np.roll(rows[:, NAMES.index("returns_1")], -1)
    rows[:, NAMES.index("returns_1")] += 1e-9 * np.nan_to_num(ahead)
    found = compare(replace(made.sessions[0], rows=rows), made.recordings[0], WORLD.instants)
    assert found is not None
    assert found.differing == ("returns_1",)


def test_rows_of_another_grid_cannot_be_compared(made: Made) -> None:
    strange = replace(made.sessions[0], schema_id="other")
    assert compare(strange, made.recordings[0], WORLD.instants) is None


@pytest.mark.lengthy
def test_a_suspect_is_acquitted_by_rows_made_anew_and_a_leak_is_not(tmp_path: Path, made: Made) -> None:
    case = case_of(tmp_path, made.sessions)
    leaky, finding = audit.poison_future(case, made, ["returns_5"])
    assert (leaky, finding.passed) == ([], True)
    leaking = [worlds.leaking(one, "returns_5", RULE, 1.0) for one in made.sessions]
    (tmp_path / "other").mkdir()
    leaky, finding = audit.poison_future(case_of(tmp_path / "other", leaking), made, [])
    assert (leaky, finding.passed, finding.values["columns"]) == (["returns_5"], False, "returns_5")


def test_without_recordings_suspects_stay_and_the_proof_is_missing(tmp_path: Path, made: Made) -> None:
    class Nothing(Made):
        def __init__(self) -> None:
            pass

        def recording(self, session: SessionRows) -> None:
            return None

    leaky, finding = audit.poison_future(case_of(tmp_path, made.sessions), Nothing(), ["returns_5"])
    assert (leaky, finding.passed) == (["returns_5"], None)
