from __future__ import annotations

from pathlib import Path

import orjson
import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("optuna")

from app.training.training_kit import RULE, world

from qt_app.__main__ import main
from qt_app.dataset.store import write_sessions
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.training.order import TrainingOrder
from qt_app.training.run import train

INPUTS = ("returns_1", "order_flow_imbalance_10")


@pytest.mark.slow
def test_features_writes_a_page_and_prints_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sessions = world(5, rows=150, edge=3.0)
    write_sessions(tmp_path / "dataset", sessions)
    run = tmp_path / "run"
    train(sessions, TrainingOrder(RULE, INPUTS, model="logistic"), home=Home(tmp_path), out=run,
          dataset=tmp_path / "dataset")
    capsys.readouterr()
    assert main(["analyze", "features", str(run), "--repeats", "2", "--home", str(tmp_path)]) == ExitCode.OK
    assert "order_flow_imbalance_10" in capsys.readouterr().out
    assert "Importância" in (run / "importance.html").read_text(encoding="utf-8")
    other = tmp_path / "page.html"
    assert main(["analyze", "features", str(run), "--json", "--language", "en", "--out", str(other)]) == ExitCode.OK
    document = orjson.loads(capsys.readouterr().out)
    assert document["features"][0]["name"] == "order_flow_imbalance_10"
    assert document["synthetic"] is True
    assert "SIMULATED MARKET" in other.read_text(encoding="utf-8")


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["analyze", "features", str(tmp_path / "none")]) == ExitCode.DATA
    assert "is no training run" in capsys.readouterr().err


@pytest.mark.lengthy
def test_agents_writes_a_page_and_prints_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from app.analysis.results_kit import write
    from app.analysis.test_agents import SESSIONS, rising, said
    from app.data import tapes

    tapes.record(tmp_path / "data", rising(), run="r1", sessions=SESSIONS)
    folder = write(tmp_path / "data" / "runs" / "r1", [said(at) for at in range(1, 300)])
    args = ["analyze", "agents", str(folder), "--labels", "horizon", "--horizon", "10", "--home", str(tmp_path)]
    assert main(args) == ExitCode.OK
    assert "order_flow" in capsys.readouterr().out
    assert "Os agentes" in (folder / "agents.html").read_text(encoding="utf-8")
    assert main([*args, "--json", "--language", "en"]) == ExitCode.OK
    assert orjson.loads(capsys.readouterr().out)["voters"][1]["hits"]["value"] == 1.0
    assert main(["analyze", "agents", str(tmp_path)]) == ExitCode.DATA
    assert "holds no features.parquet" in capsys.readouterr().err
