from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from app.data import exports, tapes

from qt_app.__main__ import main
from qt_app.errors import ExitCode


def run(home: Path, *args: object) -> int:
    return main(["data", *map(str, args), "--home", str(home)])


def test_the_list_is_a_table_and_a_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tapes.record(tmp_path / "data", tapes.market(60), run="r1")
    tapes.record(tmp_path / "data", tapes.market(60, at_s=100), "WINJ20", run="r2", synthetic=True)
    assert run(tmp_path, "list") == ExitCode.OK
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].split()[:4] == ["day", "symbol", "run", "from"]
    assert "DOLK20" in printed[1] and "10:00:00" in printed[1] and "real" in printed[1]
    assert "synthetic" in printed[2]
    assert run(tmp_path, "list", "--symbol", "WIN", "--json") == ExitCode.OK
    (entry,) = orjson.loads(capsys.readouterr().out)["recordings"]
    assert (entry["run"], entry["synthetic"], entry["rows"]["trades"]) == ("r2", True, 20)
    assert entry["first"] == "2020-04-02T10:01:40.000-03:00"


def test_bars_of_many_days_say_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    another = "2020.04.07\t17:59:00\t5250.5\t5250.5\t5250.5\t5250.5\t1\t5\t5"
    assert run(tmp_path, "import", exports.write(tmp_path / "WDOK20_M1.csv", (*exports.BARS, another))) == ExitCode.OK
    assert "10:00:00  2020-04-07 17:59:00" in capsys.readouterr().out


def test_an_empty_home_says_where_recordings_come_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "list") == ExitCode.OK
    assert "qt data import" in capsys.readouterr().out


def test_what_cannot_be_read_is_told_after_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tapes.record(tmp_path / "data", tapes.market(60))
    for run_id in ("b", "c"):
        tapes.record(tmp_path / "data", tapes.market(60, at_s=100), f"WINJ2{run_id}", run=run_id)
        next((tmp_path / "data").rglob(f"WINJ2{run_id}/l1-*")).write_bytes(b"no parquet")
    assert run(tmp_path, "list") == ExitCode.DATA
    printed = capsys.readouterr()
    assert "DOLK20" in printed.out
    assert printed.err.count("not a readable Parquet file") == 2


def test_an_import_prints_what_it_brought_and_its_warnings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = exports.write(tmp_path / "h.csv", exports.HISTORY)
    assert run(tmp_path, "import", path, "--symbol", "WDO", "--session", "09:00-18:00", "--json") == ExitCode.OK
    printed = capsys.readouterr()
    assert [entry["symbol"] for entry in orjson.loads(printed.out)["recordings"]] == ["WDOK20", "WDOK20"]
    assert "gives no broker codes" in printed.err
    assert run(tmp_path, "import", path, "--symbol", "WDO", "--session", "09:00-18:00") == ExitCode.DATA
    assert "nothing was imported" in capsys.readouterr().err


@pytest.mark.parametrize("args", [(), ("x.csv", "--zone", "Mars/Base"), ("x.csv", "--session", "noon"),
                                  ("x.csv", "--tick", "0")])
def test_wrong_usage_of_an_import(tmp_path: Path, args: tuple[str, ...]) -> None:
    assert run(tmp_path, "import", *args) == ExitCode.USAGE


def test_a_check_ends_with_9_only_when_something_is_unusable(
        tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tapes.record(tmp_path / "data", tapes.market(60))
    assert run(tmp_path, "check") == ExitCode.OK
    assert capsys.readouterr().out.startswith("good      2020-04-02 DOLK20 run r1: ")
    quotes = tapes.market(60, at_s=86_400)
    tapes.record(tmp_path / "data", quotes[quotes["kind"] != 1], run="r2")
    assert run(tmp_path, "check", "--until", "2020-04-02") == ExitCode.OK
    assert run(tmp_path, "check", "--json", "--symbol", "DOL") == ExitCode.DATA
    printed = capsys.readouterr()
    last = orjson.loads(printed.out[printed.out.index("{"):])["recordings"][1]
    assert (last["verdict"], last["faults"][0]["code"]) == ("unusable", "NO_TRADES")
    assert last["figures"]["prints"]["trades"] == 0
    assert "unusable: 2020-04-03 DOLK20 run r2" in printed.err


def test_a_check_refuses_the_same_market_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("r1", "r2"):
        tapes.record(tmp_path / "data", tapes.market(60), run=name)
    assert run(tmp_path, "check") == ExitCode.DATA
    assert "hold the same events" in capsys.readouterr().err
