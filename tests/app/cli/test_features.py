from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from app.replay import files

from qt_app.__main__ import main
from qt_app.errors import ExitCode
from qt_core.features.registry import NAMES, schema_id


@pytest.fixture
def trades(tmp_path: Path) -> Path:
    return files.write(tmp_path / "b3_dolk20_trades.parquet", "trades", files.trades(400))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "results" / "f.parquet"


def run(*args: object) -> int:
    return main(["features", *map(str, args)])


def test_trades_give_a_file_of_the_65(trades: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--trades", trades, "--out", out) == ExitCode.OK
    assert pq.read_schema(out).names == ["ts_ns", *NAMES]
    printed = capsys.readouterr()
    assert "79 rows" in printed.out
    assert printed.err == ""   # no progress bar in a pipe


def test_options_reach_the_engine(trades: Path, out: Path) -> None:
    assert run("--trades", trades, "--out", out, "--session", "10:00-11:00", "--candle-seconds", "15",
               "--at", "interval:500") == ExitCode.OK
    metadata = pq.read_schema(out).metadata
    assert metadata[b"schema_id"].decode() == schema_id(15.0, "10:00-11:00 America/Sao_Paulo")
    assert np.diff(pq.read_table(out).column("ts_ns").to_numpy()).tolist() == [500_000_000] * 797


def test_candles_give_a_row_each(tmp_path: Path, out: Path) -> None:
    candles = files.write(tmp_path / "b3_dolk20_m1.parquet", "candles", files.candles(90))
    assert run("--candles", candles, "--candle-seconds", "60", "--out", out) == ExitCode.OK
    assert pq.read_metadata(out).num_rows == 90


def test_data_outside_the_session_is_said_and_not_an_error(
        trades: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--trades", trades, "--out", out, "--session", "12:00-13:00") == ExitCode.OK
    assert "no event lies inside the session" in capsys.readouterr().out


@pytest.mark.parametrize("args", [
    [], ["--trades", "t", "--candles", "c"], ["--candles", "c", "--l1", "q"], ["--candles", "c", "--at", "trade"],
    ["--trades", "t", "--session", "noon"], ["--trades", "t", "--at", "noon"], ["--trades", "t", "--tz", "Mars/Base"],
    ["--trades", "t", "--candle-seconds", "0"],
])
def test_wrong_usage_is_exit_2(args: list[str], out: Path) -> None:
    assert run(*args, "--out", out) == ExitCode.USAGE
    assert not out.parent.exists()


BAD = {
    "nan": (files.changed(files.trades(9), "price", 4, np.nan), "row 4: price is not a positive price"),
    "order": (files.changed(files.trades(9), "ts_ns", 4, files.T0), "row 4: ts_ns"),
    "empty": (files.cut(files.trades(9), slice(0, 0)), "row 0: the file has no rows"),
}


@pytest.mark.parametrize("name", BAD)
def test_unusable_data_is_exit_9_and_leaves_nothing(
        tmp_path: Path, out: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    columns, reason = BAD[name]
    path = files.write(tmp_path / "b3_dolk20_trades.parquet", "trades", columns)
    assert run("--trades", path, "--out", out) == ExitCode.DATA
    message = capsys.readouterr().err
    assert message.startswith(f"qt: {path}: {reason}")
    assert message.count("\n") == 1
    assert not out.parent.exists()


def test_a_missing_column_is_exit_9(tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = files.write(tmp_path / "t.parquet", "trades", files.trades(9), drop=("aggressor",))
    assert run("--trades", path, "--out", out) == ExitCode.DATA
    assert f"{path}: missing column aggressor" in capsys.readouterr().err


def test_an_earlier_result_survives_a_refused_input(tmp_path: Path, trades: Path, out: Path) -> None:
    assert run("--trades", trades, "--out", out) == ExitCode.OK
    before = out.read_bytes()
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")
    assert run("--trades", tmp_path / "broken.parquet", "--out", out) == ExitCode.DATA
    assert out.read_bytes() == before
