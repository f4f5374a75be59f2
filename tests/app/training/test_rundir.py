"""A run folder comes back as it was written, is whole or absent, and says what is wrong with it."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import orjson
import pytest

from qt_app.dataset.session import LabelRule
from qt_app.errors import DataError
from qt_app.training import rundir
from qt_app.training.rundir import FoldFacts, Oof, RunFacts, SessionFacts

FACTS = RunFacts(
    id="wdo-lightgbm-1", model="lightgbm", seed=1, schema_id="ab", candle_seconds=5, calendar="b3",
    inputs=("returns_1", "returns_2"), classes=("sell", "hold", "buy"), ranges=((0.0, 1.0), (-1.0, 1.0)),
    deciles=((0.1,) * 9, (0.2,) * 9), synthetic=True,
    label_rule=LabelRule("barrier", 60.0, 50.0, 0.5, 1.0, 0.005, 0.01), cost_model={"round_trip_ticks": 0.5},
    sessions=(SessionFacts("WDOZ26", "2026-11-18", "d0", 7, True), SessionFacts("WDOZ26", "2026-11-19", "d1", 9, True)),
    folds=(FoldFacts("0", (0,), (1,)),), final=(), parameters={"num_leaves": 15}, threshold=0.4, trial=3,
    libraries={"numpy": "2"}, code_version="3+ab", data_sha256="ff", metrics={"log_loss": 1.0, "folds": []})


def test_facts_come_back(tmp_path: Path) -> None:
    rundir.write_facts(tmp_path, FACTS)
    run = rundir.read_run(tmp_path)
    assert run.facts == FACTS
    assert run.facts.symbol == "WDOZ26"


def test_predictions_come_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    label = np.array([0, 1, 2, 1, 0], np.int8)
    oof = Oof(np.arange(5, dtype=np.int32), np.arange(5) * 10, np.zeros(5, np.int16), label,
              rng.random(5), rng.dirichlet([1, 1, 1], 5))
    rundir.write_oof(tmp_path / "oof.parquet", oof)
    back = rundir.read_oof(tmp_path / "oof.parquet")
    for name in ("session", "ts_ns", "fold", "label", "weight", "p"):
        written, read = getattr(oof, name), getattr(back, name)
        assert written.dtype == read.dtype
        assert np.array_equal(written, read)


def test_a_run_appears_whole_and_replaces_an_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "models" / "first"
    for trial in ("old", "new"):
        with rundir.staged(out) as folder:
            assert folder != out
            (folder / trial).touch()
            rundir.write_facts(folder, FACTS)
    assert sorted(path.name for path in out.iterdir()) == ["new", "training.json"]
    assert list(out.parent.iterdir()) == [out]


def test_a_run_that_breaks_leaves_the_earlier_one(tmp_path: Path) -> None:
    out = tmp_path / "first"
    with rundir.staged(out) as folder:
        rundir.write_facts(folder, FACTS)
    with pytest.raises(RuntimeError), rundir.staged(out) as folder:
        (folder / "half").touch()
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["first"]
    assert rundir.read_run(out).facts == FACTS


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").touch()
    with pytest.raises(DataError, match="something else"), rundir.staged(tmp_path):
        pass
    assert (tmp_path / "precious.txt").exists()


@pytest.mark.parametrize(("change", "words"), [
    ({"format": "qt-run/9"}, "format"), ({"extra": 1}, "extra"), ({"label_rule": {}}, "does not fit"),
    ({"sessions": [{}]}, "does not fit"),
])
def test_facts_that_do_not_fit_are_refused(tmp_path: Path, change: dict[str, object], words: str) -> None:
    rundir.write_facts(tmp_path, FACTS)
    path = tmp_path / "training.json"
    path.write_bytes(orjson.dumps({**orjson.loads(path.read_bytes()), **change}))
    with pytest.raises(DataError, match=words):
        rundir.read_run(tmp_path)


def test_no_run_and_a_damaged_one_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no training run"):
        rundir.read_run(tmp_path)
    (tmp_path / "training.json").write_text("{")
    with pytest.raises(DataError, match="cannot be read"):
        rundir.read_run(tmp_path)
    (tmp_path / "oof.parquet").write_text("x")
    with pytest.raises(DataError, match=r"oof\.parquet"):
        rundir.read_oof(tmp_path / "oof.parquet")
