"""What a run's model lives on: a planted signal is found, with its family, on sessions the models never saw."""
from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import orjson
import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("optuna")

from app.training.training_kit import RULE, world

from qt_app.analysis.features import FeatureAnalysis, analyze
from qt_app.analysis.features_page import document, lines, render
from qt_app.dataset.session import SessionRows
from qt_app.dataset.store import write_sessions
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.training.order import TrainingOrder
from qt_app.training.run import train
from qt_app.training.rundir import read_run, write_oof
from qt_core.features.registry import NAMES

pytestmark = pytest.mark.slow

INPUTS = ("volatility_10", "returns_1", "order_flow_imbalance_10", "order_flow_imbalance_20", "trade_intensity")
TWIN = "order_flow_imbalance_20"


def with_twin(one: SessionRows) -> SessionRows:
    """A second column says nearly the same as the signal."""
    rows = one.rows.copy()
    noise = np.random.default_rng(7).normal(0, 0.1, len(rows))
    rows[:, NAMES.index(TWIN)] = rows[:, NAMES.index("order_flow_imbalance_10")] + noise
    return dataclasses.replace(one, rows=rows)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("analysis")
    sessions = [with_twin(one) for one in world(6, rows=300, edge=3.0)]
    order = TrainingOrder(RULE, INPUTS, parameters={"min_data_in_leaf": 20, "rounds": 20})
    write_sessions(folder / "dataset", sessions)
    train(sessions, order, home=Home(folder / "home"), out=folder / "run", dataset=folder / "dataset")
    return folder / "run"


@pytest.fixture(scope="module")
def found(run: Path) -> FeatureAnalysis:
    return analyze(run, repeats=3, seed=1)


def test_the_signal_and_its_twin_lead_as_one_family(found: FeatureAnalysis) -> None:
    first = found.families[0]
    assert set(first.members) == {"order_flow_imbalance_10", TWIN}
    assert first.importance.repeats.low > 0
    alone = {one.name: one.importance.repeats.value for one in found.features}
    assert first.importance.repeats.value > max(alone.values())
    assert found.features[0].name in first.members
    assert found.features[0].direction > 0.5
    assert found.families[found.features[0].family] == first


def test_only_out_of_sample_sessions_are_judged(run: Path, found: FeatureAnalysis) -> None:
    facts = read_run(run).facts
    assert found.sessions == len({at for fold in facts.folds for at in fold.test})
    oof = read_run(run).oof()
    own = np.clip(oof.p[np.arange(len(oof)), oof.label], 1e-15, 1.0)
    assert found.log_loss == pytest.approx(float(np.average(-np.log(own), weights=oof.weight)), rel=1e-12)
    assert found.rows == len(oof)


def test_the_same_again(run: Path, found: FeatureAnalysis) -> None:
    told: list[tuple[int, int]] = []
    again = analyze(run, repeats=3, seed=1, progress=lambda done, total: told.append((done, total)))
    assert document(again) == document(found)
    assert told[-1][0] == told[-1][1]


def test_predictions_that_are_not_the_run_s_models_are_refused(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "run"
    copy.mkdir()
    for path in run.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    oof = read_run(run).oof()
    write_oof(copy / "oof.parquet", dataclasses.replace(oof, p=oof.p[:, ::-1]))
    with pytest.raises(DataError, match="fitted again predicts session 2 differently"):
        analyze(copy)


def test_the_page_is_whole_in_both_languages(found: FeatureAnalysis) -> None:
    for language, title in (("pt_BR", "Importância dos atributos"), ("en", "What the features are worth")):
        html = render(found, language)
        assert title in html
        assert html.count("<svg") == 3
        assert "http" not in html.replace("http-equiv", "")
        assert all(name in html for name in found.facts.inputs)
    assert orjson.loads(orjson.dumps(document(found), option=orjson.OPT_SERIALIZE_NUMPY))["features"]
    assert lines(found)[1].startswith(found.features[0].name)
