from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import child
import orjson
import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("optuna")

from app.training.training_kit import changed, session, world

from qt_app.__main__ import main
from qt_app.dataset.session import SessionRows
from qt_app.dataset.store import write_sessions
from qt_app.errors import ExitCode
from qt_app.home import Home
from qt_app.training import ledger
from qt_app.training.rundir import read_run
from qt_core.features.registry import NAMES, schema_id

Run = Callable[..., int]
QUICK = ("--model", "logistic", "--labels", "horizon", "--horizon", "30")


def of_here(sessions: list[SessionRows]) -> list[SessionRows]:
    return [changed(one, schema_id=schema_id(5.0, "b3")) for one in sessions]


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[[list[SessionRows]], Path]:
    def write(sessions: list[SessionRows]) -> Path:
        write_sessions(tmp_path / "dataset", of_here(sessions))
        return tmp_path / "dataset"
    return write


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return lambda *args: main(["train", "--home", str(tmp_path / "home"), "--out", str(tmp_path / "run"), *QUICK,
                               *map(str, args)])


@pytest.mark.slow
def test_train_writes_a_run_and_says_how_it_did(run: Run, dataset: Callable[..., Path], tmp_path: Path,
                                                capsys: pytest.CaptureFixture[str]) -> None:
    folder = dataset(world(5, rows=150))
    assert run("--dataset", folder, "--set", "penalty=0.01", "--leave-out", "returns_1, returns_2") == ExitCode.OK
    said = capsys.readouterr()
    assert "5 sessions (synthetic)" in said.out
    assert "better than the shares" in said.out
    assert "untouched: 2026-11-06" in said.out
    assert said.err == ""
    facts = read_run(tmp_path / "run").facts
    assert facts.parameters["penalty"] == 0.01
    assert not {"returns_1", "returns_2"} & set(facts.inputs)
    assert facts.label_rule.latency_ms == 20.0
    assert facts.label_rule.cost_ticks == facts.label_rule.dead_zone_ticks > 0
    assert (tmp_path / "run" / "report.html").is_file()
    assert read_run(tmp_path / "run").dataset == folder


@pytest.mark.slow
def test_json_is_the_run(run: Run, dataset: Callable[..., Path], tmp_path: Path,
                         capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--dataset", dataset(world(4, rows=120)), "--json", "--language", "en") == ExitCode.OK
    said = orjson.loads(capsys.readouterr().out)
    assert said == orjson.loads((tmp_path / "run" / "training.json").read_bytes())
    assert "Reliability" in (tmp_path / "run" / "report.html").read_text(encoding="utf-8")


def constant(sessions: list[SessionRows]) -> list[SessionRows]:
    for one in sessions:
        one.rows[:, NAMES.index("volatility_10")] = 1.0
    return sessions


@pytest.mark.lengthy
@pytest.mark.parametrize(("sessions", "options", "words"), [
    (lambda: world(2, rows=60), (), "sessions are too few"),
    (lambda: constant(world(4, rows=60)), (), "--leave-out volatility_10"),
    (lambda: world(4, rows=60), ("--dead-zone", "900"), "dead zone of 900 ticks"),
    (lambda: world(4, rows=60), ("--leave-out", "returns_7"), "returns_7"),
    (lambda: world(4, rows=60), ("--set", "depth=3"), "has no parameter depth"),
    (lambda: [*world(4, rows=60), changed(session(9, rows=60), symbol="WINZ26")], (), "--symbol"),
])
def test_what_cannot_be_trained_on_is_refused(sessions: Callable[[], list[SessionRows]], options: tuple[str, ...],
                                              words: str, run: Run, dataset: Callable[..., Path], tmp_path: Path,
                                              capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--dataset", dataset(sessions()), *options) == ExitCode.DATA
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run").exists()
    assert ledger.count(Home(tmp_path / "home")) == 0


def test_another_schema_is_refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sessions(tmp_path / "old", world(4, rows=60))
    assert run("--dataset", tmp_path / "old") == ExitCode.DATA
    assert "feature schema schema" in capsys.readouterr().err


def test_mixed_schemas_are_refused(run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sessions(tmp_path / "mixed", [session(0, rows=60), *of_here(world(5, rows=60)[1:])])
    assert run("--dataset", tmp_path / "mixed") == ExitCode.DATA
    assert "other feature definitions" in capsys.readouterr().err


def test_no_dataset_and_a_damaged_one_are_refused(run: Run, dataset: Callable[..., Path], tmp_path: Path,
                                                  capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--dataset", tmp_path / "none") == ExitCode.DATA
    assert "no dataset" in capsys.readouterr().err
    folder = dataset(world(4, rows=60))
    next(folder.glob("rows-*.parquet")).write_bytes(b"PAR1")
    assert run("--dataset", folder) == ExitCode.DATA
    assert "differs from what was written" in capsys.readouterr().err


def test_an_empty_home_has_nothing_to_train_on(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == ExitCode.DATA
    assert "qt train --sessions 10" in capsys.readouterr().err


@pytest.mark.parametrize("options", [
    ("--dataset", "x", "--sessions", "4"), ("--sessions", "4", "--since", "2026-01-01"), ("--set", "penalty"),
    ("--sessions", "0"), ("--model", "oracle"),
])
def test_wrong_usage(options: tuple[str, ...], run: Run) -> None:
    assert run(*options) == ExitCode.USAGE


KILLED = """
import os, signal, sys
from qt_app.__main__ import main
from qt_app.training.folds import Trainer
fit = Trainer.fit
def dies(self, sessions, number):
    if number == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return fit(self, sessions, number)
Trainer.fit = dies
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_killed_training_goes_on_to_the_same_run(dataset: Callable[..., Path], tmp_path: Path) -> None:
    folder = dataset(world(5, rows=120))

    def command(name: str) -> list[str]:
        return ["train", "--home", str(tmp_path / name), "--out", str(tmp_path / name / "run"), "--dataset",
                str(folder), *QUICK, "--trials", "2"]

    assert main(command("whole")) == ExitCode.OK
    process = subprocess.run([sys.executable, "-c", KILLED, *command("killed")], env=child.environment(), check=False)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "killed" / "run").exists()
    assert len(list((tmp_path / "killed" / "cache" / "training").glob("*/fold-0.json"))) == 1
    assert main(command("killed")) == ExitCode.OK
    whole, again = ({path.name: path.read_bytes() for path in (tmp_path / name / "run").iterdir()}
                    for name in ("whole", "killed"))
    assert again == whole
    counts = [ledger.count(Home(tmp_path / name)) for name in ("whole", "killed")]
    assert counts[0] == counts[1] == 1 + 3 * 2


@pytest.mark.slow
def test_generated_sessions_are_built_once_and_trained_on(run: Run, tmp_path: Path,
                                                          capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--sessions", "4", "--end", "09:25:00", "--every", "5")
    assert run(*asked) == ExitCode.OK
    said = capsys.readouterr().out
    assert "4 sessions (synthetic)" in said
    datasets = tmp_path / "home" / "cache" / "datasets"
    kept = {path: path.stat().st_mtime_ns for path in datasets.rglob("*")}
    assert run(*asked, "--seed", "1") == ExitCode.OK
    assert {path: path.stat().st_mtime_ns for path in datasets.rglob("*")} == kept
    assert ledger.count(Home(tmp_path / "home")) == 2
