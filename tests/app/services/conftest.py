"""A home folder and a snapshot to look at."""
from __future__ import annotations

import socket
from pathlib import Path

import pytest

from qt_app.config import Config
from qt_app.home import Home
from qt_app.services.snapshot import ModelState, Snapshot, starting


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.prepare()
    return found


MODEL: ModelState = {"id": "m1", "synthetic": True, "shadow": None, "shadow_rows": 0, "shadow_over": 0, "drift": None}


@pytest.fixture
def snapshot() -> Snapshot:
    """An engine in the middle of a session, long one contract."""
    s = starting(Config(), symbol="WDOZ26", source="sim", synthetic=True, session_id="20261123-1")
    s.update(state="running", seq=1234, ts_ns=1_795_440_600_000_000_000, model=MODEL)
    s["events"].update(trades=10, book=20, dropped=1, refused={"BAD_PRICE": 2, "OFF_TICK": 0})
    s["feed"].update(state="ready", connected=True, age_ms=12.0)
    s["features"].update(valid=65, rows=50, per_s=1.0)
    s["features"]["latency_us"].update(mean=10.0, p50=9.0, p90=12.0, p99=20.0, max=30.0)
    s["decision"].update(count=50, counts={"hold": 48, "buy": 2}, blocked={"SPREAD": 1},
                         last={"seq": 1200, "ts_ns": 1_795_440_600_000_000_000, "action": "buy",
                               "confidence": 0.71, "reason": "OK"})
    s["decision"]["latency_us"].update(mean=250.0, p50=200.0, p99=900.0)
    s["votes"] = {
        "model": {"probabilities": [0.1, 0.2, 0.7], "age_ms": 3.0, "abstains": False, "reason": "OK"},
        "footprint": {"probabilities": None, "age_ms": None, "abstains": True, "reason": "WARMING"},
    }
    s["position"].update(contracts=1, avg_price=5400.5)
    s["pnl"].update(realised_brl=30.0, open_brl=-5.0, costs_brl=2.2, peak_brl=30.0, drawdown_brl=7.2)
    s["trades"].update(today=4, wins=3, losses=1)
    return s


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
