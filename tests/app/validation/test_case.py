from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from run_kit import flow_says, write_run
from tape_kit import walk

from qt_app.errors import DataError
from qt_app.training.rundir import OOF_FILE, read_run, write_facts, write_oof
from qt_app.validation.case import read_case


def test_a_run_is_read_with_its_sessions_in_its_own_order(tmp_path: Path) -> None:
    sessions = [walk(seed) for seed in range(6)]
    case = read_case(write_run(tmp_path, sessions))
    assert [s.digest for s in case.sessions] == [s.digest for s in sessions]
    assert case.tested == (1, 2, 3, 4)
    assert len(case.paths) == 1
    assert len(case.paths[0]) == sum(int(case.labels[i].resolved.sum()) for i in case.tested)


def test_combinatorial_folds_give_a_path_for_each_prediction_of_a_row(tmp_path: Path) -> None:
    case = read_case(write_run(tmp_path, [walk(seed) for seed in range(6)], times=3))
    assert len(case.paths) == 3
    assert len({len(path) for path in case.paths}) == 1
    assert [sorted(set(path.fold.tolist())) for path in case.paths] == [[0, 1], [2, 3], [4, 5]]
    assert all((path.row == case.paths[0].row).all() for path in case.paths)


def test_sides_stand_at_the_rows_that_were_predicted(tmp_path: Path) -> None:
    case = read_case(write_run(tmp_path, [walk(seed, drive=1.0) for seed in range(4)], flow_says))
    path = case.paths[0]
    sides = case.sides(path, 0.6)
    assert [len(side) for side in sides] == [len(case.sessions[i]) for i in case.tested]
    unresolved = ~case.labels[1].resolved
    assert unresolved.any()
    assert not sides[0][unresolved].any()
    bought = (path.p[:, 2] >= 0.6) & (path.session == 1)
    assert (np.flatnonzero(sides[0] == 1) == path.row[bought]).all()


def test_a_dataset_that_lacks_a_session_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path, [walk(seed) for seed in range(5)])
    facts = read_run(run).facts
    strange = replace(facts.sessions[2], digest="f" * 64)
    write_facts(run, replace(facts, sessions=(*facts.sessions[:2], strange, *facts.sessions[3:])))
    with pytest.raises(DataError, match="lacks WDOZ26 of 2026-11-18"):
        read_case(run)


def test_features_of_another_schema_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path, [walk(seed) for seed in range(5)])
    write_facts(run, replace(read_run(run).facts, schema_id="other"))
    with pytest.raises(DataError, match="schema"):
        read_case(run)


def test_labels_that_are_not_those_of_the_rule_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path, [walk(seed) for seed in range(5)])
    oof = read_run(run).oof()
    write_oof(run / OOF_FILE, replace(oof, label=((oof.label + 1) % 3).astype(np.int8)))
    with pytest.raises(DataError, match="label rule"):
        read_case(run)


def test_instants_that_the_session_does_not_have_are_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path, [walk(seed) for seed in range(5)])
    oof = read_run(run).oof()
    write_oof(run / OOF_FILE, replace(oof, ts_ns=oof.ts_ns + 1))
    with pytest.raises(DataError, match="instants"):
        read_case(run)


def test_a_missing_dataset_is_named(tmp_path: Path) -> None:
    run = write_run(tmp_path, [walk(seed) for seed in range(5)])
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(DataError, match="data"):
        read_case(run)
