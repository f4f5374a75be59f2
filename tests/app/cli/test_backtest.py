from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from app.backtest.recorded_days import EAGER, record

from qt_app.__main__ import main
from qt_app.errors import ExitCode

SETS = [word for key, value in EAGER.items() for word in ("--set", f"{key}={value}")]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.delenv("QT_HOME", raising=False)
    return lambda *args: main(["backtest", "--home", str(tmp_path), *map(str, args)])


@pytest.mark.lengthy
def test_the_home_s_own_recordings_are_run_and_told(run: Callable[..., int], tmp_path: Path,
                                                    capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path / "data", 1)
    record(tmp_path / "data", 2, 1)
    assert run("--symbol", "WDO", "--until", "2026-11-18", "--json", "--language", "en", *SETS) == ExitCode.OK
    document = json.loads(capsys.readouterr().out)
    assert [day["day"] for day in document["days"]] == ["2026-11-18"]
    assert document["configurations"][0]["figures"]["trades"] > 5
    assert (tmp_path / "reports" / "backtests" / document["id"] / "report.html").is_file()


@pytest.mark.lengthy
def test_folders_may_be_given(run: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = record(tmp_path / "elsewhere", 3)
    assert run(folder, "--out", tmp_path / "out", *SETS) == ExitCode.OK
    out = capsys.readouterr().out
    assert "1 days, 1 configurations, SYNTHETIC" in out and f"report: {tmp_path / 'out' / 'report.html'}" in out


@pytest.mark.lengthy
@pytest.mark.parametrize(("args", "code"), [
    (["--set", "risk.stop_loss"], ExitCode.USAGE), (["--sweep", "=1,2"], ExitCode.USAGE),
    (["--set", "risk.stop_loss=0.1", "--set", "risk.stop_loss=0.2"], ExitCode.USAGE),
    (["--walk-forward", "20"], ExitCode.USAGE), (["--walk-forward", "0:1"], ExitCode.USAGE),
    (["--walk-forward", "2:1", "--carry"], ExitCode.USAGE), (["--jobs", "2", "--cluster", "tcp://x:1"], ExitCode.USAGE),
    (["--since", "yesterday"], ExitCode.USAGE), (["--jobs", "0"], ExitCode.USAGE),
    (["--set", "risk.stop_loss=7"], ExitCode.CONFIG), (["--set", "log.level=INFO"], ExitCode.CONFIG),
    (["--sweep", "risk.max_position=1,1"], ExitCode.CONFIG), (["--symbol", "WIN"], ExitCode.DATA),
    (["--since", "2030-01-01"], ExitCode.DATA), (["nowhere"], ExitCode.DATA),
    (["--model", "nowhere"], ExitCode.DATA), (["--walk-forward", "5:5"], ExitCode.DATA),
    (["--sweep", "risk.orders_per_minute=" + ",".join(map(str, range(10, 201))),
      "--sweep", "risk.collar_ticks=" + ",".join(map(str, range(1, 101)))], ExitCode.REFUSED),
])
def test_what_cannot_be_run_is_refused(run: Callable[..., int], tmp_path: Path, args: list[str], code: ExitCode,
                                       capsys: pytest.CaptureFixture[str]) -> None:
    record(tmp_path / "data", 1)
    assert run(*args) == code
    assert capsys.readouterr().err.strip()
    assert not (tmp_path / "reports").exists()
