from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from app.replay import files

from qt_app.__main__ import main
from qt_app.errors import DataError, ExitCode
from qt_app.replay import run as replay_run

SUMMARY = {"symbol": "DOLK20", "trades": 2, "pnl": {"pessimistic_brl": -3.0}}


class Runs:
    """Stands in for the pipeline: keeps what it was asked to replay, and writes an empty run."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.fails: Exception | None = None

    def __call__(self, recording: Any, **rest: Any) -> dict[str, Any]:
        self.asked.append({"recording": recording, **rest})
        if self.fails is not None:
            raise self.fails
        rest["out"].close(SUMMARY)
        return SUMMARY


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Runs:
    stand_in = Runs()
    monkeypatch.setattr(replay_run, "replay", stand_in)
    return stand_in


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., int]:
    return lambda *args: main(["replay", "--home", str(tmp_path), *map(str, args)])


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    return files.write(tmp_path / "b3_dolk20_trades.parquet", "trades", files.trades(40))


def test_files_are_replayed_and_the_result_shown(
        runs: Runs, run: Callable[..., int], trades: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--trades", trades, "--out", tmp_path / "out") == ExitCode.OK
    assert "pessimistic brl" in capsys.readouterr().out
    assert orjson.loads((tmp_path / "out" / "summary.json").read_bytes()) == SUMMARY
    asked = runs.asked[0]
    assert (asked["instrument"].symbol, asked["instrument"].point_value_brl) == ("DOLK20", 50.0)
    assert len(asked["recording"].events) == 40
    assert asked["sessions"].shape == (1, 2)


def test_json_prints_the_summary(
        runs: Runs, run: Callable[..., int], trades: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--trades", trades, "--out", tmp_path / "out", "--json") == ExitCode.OK
    assert orjson.loads(capsys.readouterr().out) == SUMMARY


def test_options_reach_the_run(runs: Runs, run: Callable[..., int], tmp_path: Path) -> None:
    path = files.write(tmp_path / "x.parquet", "trades", files.trades(40))
    assert run("--trades", path, "--out", tmp_path / "out", "--session", "none", "--symbol", "BTCUSDT", "--tick", "0.1",
               "--qty-step", "0.001", "--candle-seconds", "10", "--model", tmp_path, "--format", "jsonl") == ExitCode.OK
    asked = runs.asked[0]
    assert asked["sessions"] is None
    assert (asked["instrument"].symbol, asked["instrument"].tick, asked["instrument"].qty_step) == (
        "BTCUSDT", (1, 10), (1, 1000))
    assert asked["config"].features.candle_seconds == 10
    assert asked["config"].model.path == str(tmp_path)
    assert (tmp_path / "out" / "votes.jsonl").exists()


@pytest.mark.parametrize("args", [
    [], ["DIR", "--trades", "t"], ["--trades", "t", "--session", "noon"], ["--trades", "t", "--tick", "zero"],
    ["--trades", "t", "--format", "csv"],
])
def test_wrong_usage_is_exit_2(runs: Runs, run: Callable[..., int], args: list[str], tmp_path: Path) -> None:
    assert run(*args, "--out", tmp_path / "out") == ExitCode.USAGE
    assert not runs.asked


@pytest.mark.parametrize(("kind", "columns", "reason"), [
    ("trades", files.changed(files.trades(9), "price", 4, np.nan), "row 4: price"),
    ("book", files.changed(files.book(9), "ts_ns", 8, files.T0 - 1), "row 8: ts_ns"),
    ("l1", files.changed(files.l1(9), "bid", 3, 9000.0), "row 3: the book is crossed"),
    ("book", files.cut(files.book(9), slice(0, 0)), "row 0: the file has no rows"),
])
def test_unusable_data_is_exit_9_and_leaves_nothing(
        runs: Runs, run: Callable[..., int], tmp_path: Path, kind: str, columns: files.Columns, reason: str,
        capsys: pytest.CaptureFixture[str]) -> None:
    path = files.write(tmp_path / f"b3_dolk20_{kind}.parquet", kind, columns)
    assert run(f"--{kind}", path, "--out", tmp_path / "out") == ExitCode.DATA
    assert f"{path}: {reason}" in capsys.readouterr().err
    assert not runs.asked
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


def test_a_run_that_fails_leaves_nothing(
        runs: Runs, run: Callable[..., int], trades: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs.fails = DataError("model m1 does not fit")
    assert run("--trades", trades, "--out", tmp_path / "out") == ExitCode.DATA
    assert "model m1 does not fit" in capsys.readouterr().err
    assert [found.name for found in tmp_path.iterdir()] == [trades.name]


def test_a_folder_without_a_recording_is_exit_9(runs: Runs, run: Callable[..., int], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty", "--out", tmp_path / "out") == ExitCode.DATA
    assert run(tmp_path / "absent", "--out", tmp_path / "out") == ExitCode.DATA
