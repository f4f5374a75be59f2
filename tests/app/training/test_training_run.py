"""A training from sessions to a run folder: honest folds, a final block untouched, the same result after a kill."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("optuna")

from app.training.training_kit import RULE, changed, session, world

from qt_app.dataset.session import SessionRows
from qt_app.home import Home
from qt_app.training import fitting, ledger, samples
from qt_app.training.folds import Trainer
from qt_app.training.inputs import chosen
from qt_app.training.order import Layout, TrainingOrder
from qt_app.training.run import train
from qt_app.training.rundir import Run, read_run

QUICK = {"min_data_in_leaf": 20, "rounds": 10}
pytestmark = pytest.mark.slow

ORDER = TrainingOrder(RULE, chosen(), parameters=QUICK)


def run(sessions: list[SessionRows], folder: Path, order: TrainingOrder = ORDER, name: str = "run") -> Run:
    train(sessions, order, home=Home(folder / "home"), out=folder / name, dataset=folder / "dataset")
    return read_run(folder / name)


def files(run: Run) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in run.folder.iterdir()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("training")


@pytest.fixture(scope="module")
def done(folder: Path) -> Run:
    return run(world(6, rows=150), folder)


def test_the_folds_move_forward_and_the_last_sessions_are_put_aside(done: Run) -> None:
    facts = done.facts
    assert facts.final == (5,)
    assert [(fold.train, fold.test) for fold in facts.folds] == [((0, 1), (2,)), ((1, 2), (3,)), ((2, 3), (4,))]
    assert [s.digest for s in facts.sessions] == [s.digest for s in world(6, rows=150)]
    assert facts.synthetic
    assert facts.trial == 1


def test_predictions_are_those_of_a_model_that_never_saw_the_session(done: Run) -> None:
    made = [samples.make(one, RULE, chosen()) for one in world(6, rows=150)]
    oof = done.oof()
    for number, fold in enumerate(done.facts.folds):
        own = fitting.fit([made[i] for i in fold.train], _learner(), seed=1,
                          parameters={**_learner().defaults, **QUICK}, cost_ticks=RULE.cost_ticks)
        here = oof.fold == number
        test = made[fold.test[0]]
        assert np.array_equal(oof.p[here], own.predict(test.rows))
        assert np.array_equal(oof.ts_ns[here], test.ts_ns)
        assert np.array_equal(oof.label[here], test.labels)
        assert set(oof.session[here]) == set(fold.test)


def _learner():  # type: ignore[no-untyped-def]
    from qt_app.training.learners import learner
    return learner("lightgbm")


def test_figures_stand_beside_their_baselines(done: Run) -> None:
    m = done.facts.metrics
    oof = done.oof()
    own = -np.log(oof.p[np.arange(len(oof)), oof.label]).mean()
    assert m["log_loss"] == pytest.approx(own)
    assert m["log_loss"] < m["log_loss_constant"] - 0.05
    assert m["brier"] < m["brier_constant"]
    assert {"log_loss_logistic", "accuracy_constant", "sharpe", "net_ticks"} <= set(m)
    assert m["net_ticks"] == pytest.approx(sum(sum(fold["net_ticks"]) for fold in m["folds"]))
    assert m["net_ticks"] > 0
    assert m["reachable"] == {"sell": True, "hold": True, "buy": True}


def test_the_run_serves_what_it_says(done: Run) -> None:
    fitted = fitting.load(done.folder, done.facts.model, done.facts.threshold)
    rows = done.rows()
    assert rows.shape[1] == len(done.facts.inputs)
    assert np.allclose(fitted.predict(rows).sum(axis=1), 1.0)
    lows, highs = np.array(done.facts.ranges).T
    assert ((rows >= lows) & (rows <= highs)).all()
    assert np.abs((rows <= np.array(done.facts.deciles)[:, 4]).mean(axis=0) - 0.5).max() < 0.35
    assert done.dataset.name == "dataset"


def test_the_final_block_decides_nothing(done: Run, tmp_path: Path) -> None:
    other = world(6, rows=150)
    other[5] = changed(session(5, rows=150, edge=-2.0, seed=9), digest=other[5].digest)
    again = run(other, tmp_path)
    same = ("trees.txt", "calibrator.json", "oof.parquet", "rows.parquet")
    assert {name: files(again)[name] for name in same} == {name: files(done)[name] for name in same}


def test_everything_fitted_is_counted(done: Run, folder: Path) -> None:
    entries = ledger.entries(Home(folder / "home"))
    assert [entry.model for entry in entries] == ["lightgbm", "logistic"]
    tested = {done.facts.sessions[i].digest for fold in done.facts.folds for i in fold.test}
    assert all(set(entry.net) == tested for entry in entries)
    assert entries[0].oof["log_loss"] == done.facts.metrics["log_loss"]
    assert {entry.data_sha256 for entry in entries} == {done.facts.data_sha256}


def test_work_is_gone_when_the_run_is_there(done: Run, folder: Path) -> None:
    assert not any((folder / "home" / "cache" / "training").iterdir())


class Killed(BaseException):
    pass


SEARCHING = TrainingOrder(RULE, chosen(), model="logistic", trials=2, layout=Layout(train=2, test=2))


@pytest.fixture(scope="module")
def searched(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return run(world(7, rows=60), tmp_path_factory.mktemp("whole"), SEARCHING)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_broken_training_goes_on_to_the_same_files(at: int, searched: Run, tmp_path: Path,
                                                     monkeypatch: pytest.MonkeyPatch) -> None:
    fit = Trainer.fit
    fits = []

    def breaks(self, sessions, number):  # type: ignore[no-untyped-def]
        fits.append(number)
        if number == at and fits.count(at) == 1:
            raise Killed
        return fit(self, sessions, number)

    monkeypatch.setattr(Trainer, "fit", breaks)
    with pytest.raises(Killed):
        run(world(7, rows=60), tmp_path, SEARCHING)
    assert not (tmp_path / "run").exists()
    again = run(world(7, rows=60), tmp_path, SEARCHING)
    assert fits == [*range(at + 1), *range(at, 3)]
    assert files(again) == {**files(searched), "dataset": files(again)["dataset"]}
    assert ledger.count(Home(tmp_path / "home")) == 1 + 3 * 2


def test_combinatorial_folds_test_each_session_several_times(tmp_path: Path) -> None:
    order = TrainingOrder(RULE, chosen(), model="logistic", layout=Layout("cpcv", groups=4, test_groups=2))
    done = run(world(5, rows=120), tmp_path, order)
    assert len(done.facts.folds) == 6
    oof = done.oof()
    assert [len(set(oof.fold[oof.session == i])) for i in range(4)] == [3, 3, 3, 3]
    assert 4 not in oof.session
