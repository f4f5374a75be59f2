"""A session that ends leaves the report of its day, and its money is that of the journal."""
from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal

import pytest
from e2e.installation import MARKET_DAY, UNBROKEN, Installation, until

from qt_app.errors import ExitCode

pytestmark = pytest.mark.slow

EAGER = {"MIN_CONFIDENCE": "0.40", "MAX_DAILY_TRADES": "500", "QT_REPORTS_DAILY": "true", **UNBROKEN}
BACKGROUND_S = 300.0
TICK_BRL, SIDE_BRL = Decimal(5), Decimal("0.2037") * Decimal("5.37")


def test_a_session_reports_its_day_by_itself(install: Callable[..., Installation]) -> None:
    qt = install(**EAGER)
    qt.start("--speed", 0, "--until", "10:50", QT_STOP_LOSS="0.003")
    qt.ended()
    folder = qt.home.reports / "daily"
    until("the report", (folder / f"{MARKET_DAY}.html").is_file, BACKGROUND_S)
    told = json.loads((folder / f"{MARKET_DAY}.json").read_bytes())
    (account,), (run,) = told["accounts"], told["runs"]
    with sqlite3.connect(qt.home.journal) as journal:
        fills = journal.execute("SELECT side, qty, price, position FROM fills ORDER BY id").fetchall()
    journal.close()
    flat = max(at for at, (*_, position) in enumerate(fills) if position == 0)
    assert [held["lots"] for held in account["held"]] == [fills[-1][3]] * (fills[-1][3] != 0)
    gross = sum(-side * qty * price for side, qty, price, _ in fills[:flat + 1]) * TICK_BRL
    costs = round(sum(qty for _, qty, _, _ in fills) * SIDE_BRL, 2)
    assert (account["gross_brl"]["pessimistic"], account["costs_brl"]) == (float(gross), float(costs))
    assert account["net_brl"]["pessimistic"] == float(gross - costs)
    assert account["trades"] == sum(position == 0 for *_, position in fills) > 2
    assert told["synthetic"] and run["latency"]["p99_ms"] > 0 and run["quality"]["missing"] == 0
    assert run["latency"]["decisions"] == run["decisions"] and run["latency"]["stages"]["model"]["p50_ms"] > 0
    assert {voter["name"] for voter in run["voters"]} >= {"model", "order_flow", "consensus"}
    assert "SINTÉTICO" in (folder / f"{MARKET_DAY}.md").read_text("utf-8")

    analysed = json.loads(qt.good("analyze", "agents", qt.run_folder(), "--json"))
    hit = {one["name"]: (one["sided"], one["effective"]["value"], one["ece"]) for one in analysed["voters"]}
    assert hit == {voter["name"]: (voter["judged"]["sided"], voter["judged"]["hit_rate"], voter["judged"]["ece"])
                   for voter in run["voters"]}

    for part in qt.home.data.glob("*/*/trades-*.parquet"):
        part.write_bytes(b"PAR1 and nothing else")
    done = qt.qt("report", "daily")
    assert done.returncode == ExitCode.DATA and "--quick" in done.stderr and done.stderr.count("\n") == 1
    assert json.loads(qt.good("report", "daily", "--quick", "--json"))["accounts"][0]["trades"] == account["trades"]
