"""A backtest of a recorded session is that session; a sweep is the same on a cluster that loses a worker midway."""
from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from app.backtest.recorded_days import EAGER, days
from e2e.installation import UNBROKEN, Installation

from qt_app.backtest.configurations import configurations
from qt_app.backtest.executors import Serial
from qt_app.backtest.job import Plan, run_backtest
from qt_app.home import Home

pytestmark = pytest.mark.slow

Install = Callable[..., Installation]


def test_a_recorded_session_trade_for_trade(install: Install) -> None:
    qt = install(MIN_CONFIDENCE="0.40", MAX_DAILY_TRADES="500", **UNBROKEN)
    qt.good("start", "--no-supervisor", "--speed", 0, "--until", "10:55")
    live = qt.run_folder()
    document = json.loads(qt.good("backtest", "--jobs", 1, "--out", qt.home.root / "again", "--json"))
    for name in ("orders", "fills"):
        session = pq.read_table(live / f"{name}.parquet")
        again = pq.read_table(qt.home.root / "again" / f"{name}.parquet")
        assert again.drop_columns(["configuration", "day"]).equals(session) and session.num_rows > 5, name
    summary = json.loads((live / "summary.json").read_text())
    (line,) = (qt.home.root / "again" / "summaries.jsonl").read_text().splitlines()
    assert summary.items() <= json.loads(line).items()
    figures = document["configurations"][0]["figures"]
    assert figures["trades"] == summary["trades"] > 2
    for book, told in summary["pnl_brl"].items():
        assert figures["net_brl"][book] == pytest.approx(told["net"], abs=1e-9)


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")
def test_a_sweep_of_64_on_a_cluster_with_a_killed_worker_equals_the_serial_one(tmp_path: Path) -> None:
    distributed = pytest.importorskip("distributed")
    from qt_app.backtest.cluster import Cluster

    home = Home(tmp_path / "home")
    home.prepare()
    fractions = [f"0.000{n}" for n in range(2, 10)]
    sweep = {"risk.stop_loss": fractions, "risk.take_profit": fractions}
    eager = {key: value for key, value in EAGER.items() if key not in sweep}
    eager["features.calculation_interval_ms"] = "5000"
    plan = Plan(days(home.data, 1), configurations(home, eager, sweep))
    assert len(plan.tasks()) == 64
    run_backtest(home, plan, tmp_path / "serial", Serial())

    killed: list[int] = []
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with distributed.Client(cluster.scheduler_address) as client:
            pids = list(client.run(os.getpid).values())

        def kill_midway(done: int, total: int) -> None:
            if done >= 16 and not killed:
                killed.append(pids[0])
                os.kill(pids[0], signal.SIGKILL)

        run_backtest(home, plan, tmp_path / "cluster", Cluster(cluster.scheduler_address), kill_midway)
    assert killed
    assert contents(tmp_path / "cluster") == contents(tmp_path / "serial")


def contents(folder: Path) -> dict[str, Any]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
