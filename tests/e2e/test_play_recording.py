"""``qt start --play``: the whole system in a recorded market."""
from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from app.replay import files
from e2e.installation import UNBROKEN, Installation

Install = Callable[..., Installation]
DAY = "2020-04-02"
TOLD = ["ts_ns", "price", "qty", "aggressor", "buyer", "seller", "trade_type", "trade_id"]


def play(qt: Installation, path: Path, *words: str, speed: float = 0) -> dict[str, object]:
    done = qt.qt("start", "--play", path, "--speed", speed, *words)
    assert done.returncode == 0, done.stderr
    return dict(json.loads((qt.run_folder() / "summary.json").read_text()))


def prints(path: Path) -> dict[str, list[object]]:
    return dict(pq.read_table(path, columns=TOLD).to_pydict())


@pytest.mark.slow
def test_a_run_meets_the_recorded_prints_and_records_them_again(install: Install, tmp_path: Path) -> None:
    files.write(tmp_path / "wdok20_l1.parquet", "l1", files.l1())
    given = files.write(tmp_path / "wdok20_trades.parquet", "trades", files.trades())
    first, second = install("first", QT_SIM_DAY=DAY), install("second", QT_SIM_DAY=DAY)
    summary = play(first, given, "--until", "10:07")
    recorded = first.home.data / "20200402" / "WDOK20"
    assert summary["symbol"] == "WDOK20" and prints(recorded / "trades-0001.parquet") == prints(given)
    again = play(second, recorded, "--until", "10:07")
    assert again["counters"]["trades"] == summary["counters"]["trades"] == 400      # type: ignore[index]
    copy = second.home.data / "20200402" / "WDOK20" / "trades-0001.parquet"
    assert prints(copy) == prints(given)
    assert pq.read_schema(copy).metadata[b"synthetic"] == b"true"       # the fills are, whatever was recorded


@pytest.mark.slow
@pytest.mark.realdata
def test_orders_queue_inside_a_real_market(install: Install, realdata: Path) -> None:
    qt = install(QT_SIM_DAY=DAY, QT_MODE="simulator", MIN_CONFIDENCE="0.36", MAX_POSITION="5", MAX_DAILY_TRADES="1000",
                 **UNBROKEN)
    tape = realdata / "b3_dolk20_20200402_trades.parquet"
    # A market at full speed is over before a busy machine has sent an order.
    summary = play(qt, tape, "--start-time", "09:10", "--until", "09:40", speed=60)
    fills = pq.read_table(qt.run_folder() / "fills.parquet").to_pylist()
    assert summary["symbol"] == "DOLK20" and fills
    assert sum(f["side"] * f["qty"] for f in fills) == summary["position_lots"]
    assert not [line for line in qt.log() if line["level"] in ("ERROR", "CRITICAL")]
