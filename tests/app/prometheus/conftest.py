from __future__ import annotations

import pytest

from qt_app.config import Config
from qt_app.services.snapshot import Snapshot, starting


@pytest.fixture
def snapshot() -> Snapshot:
    """Long one contract, one vote, one alert, two refusals."""
    s = starting(Config(), symbol="WDOZ26", source="sim", synthetic=True, session_id="run-1")
    s.update(state="running", ts_ns=1_795_440_600_500_000_000, loop_ms=20.0,
             model={"id": "m1", "synthetic": True, "shadow": None, "shadow_rows": 0, "shadow_over": 0, "drift": 0.3})
    s["events"].update(trades=10, book=20, dropped=1, refused={"BAD_PRICE": 2})
    s["feed"].update(connected=True, age_ms=12.0)
    s["features"].update(valid=64, rows=50, frozen=["rsi"])
    s["decision"].update(counts={"hold": 48, "buy": 2}, blocked={"SPREAD": 1},
                         last={"seq": 1, "ts_ns": 1, "action": "buy", "confidence": 0.71, "reason": "OK"})
    s["decision"]["latency_us"].update(mean=250.0, p50=200.0, p99=900.0)
    s["features"]["latency_us"].update(mean=8.0, p50=7.0, p99=20.0)
    s["votes"] = {"model": {"probabilities": [0.1, 0.2, 0.7], "age_ms": 3.0, "abstains": False, "reason": "OK"},
                  "footprint": {"probabilities": None, "age_ms": None, "abstains": True, "reason": "WARMING"}}
    s["position"].update(contracts=1, avg_price=5400.5)
    s["pnl"].update(realised_brl=30.0, open_brl=-5.0, costs_brl=2.2, drawdown_brl=7.2)
    s["trades"].update(today=4, wins=3, losses=1)
    s["risk"].update(blocks=["STALE_FEED"], limits={"max_position": 1}, used={"max_position": 1.0})
    s["health"].update(rss_mb=100.0, disk_free_mb=5000.0)
    s["alerts"]["raised"] = {"STALE": 2}
    s["alerts"]["active"] = [{"code": "STALE", "level": "ERROR", "key": "", "message": "", "since": "", "count": 1,
                              "remedy": ""}]
    s["queues"] = {"sink": 3}
    return s
