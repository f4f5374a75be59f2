"""A connection that is cut, as people see it: log, messages, metrics, file, status, and a notification to a webhook."""
from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from doubles.webhook import Hook
from e2e.installation import Installation, until
from e2e.test_start_stop import Listener

from qt_app.alerts.jsonl import read_rows
from qt_app.catalogue import meaning, remedy
from qt_app.errors import QtError

pytestmark = pytest.mark.slow

LOST = "CONNECTION_LOST"


@pytest.fixture
def hook() -> Iterator[Hook]:
    server = Hook()
    yield server
    server.shutdown()
    server.server_close()


def active(document: dict[str, Any]) -> list[str]:
    return [alert["code"] for alert in document["alerts"]["active"]]


def metrics(qt: Installation) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(qt.home.metrics.read_bytes())
    return found


def test_a_lost_connection_is_told_everywhere_and_its_end_too(install: Callable[..., Installation], hook: Hook,
                                                              tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "outage"\nchannel = "market"\nat = "10:32:00"\nseconds = 120\n')
    qt = install(QT_ALERT_URLS=hook.url, QT_ALERT_NOTIFY_PER_MINUTE="60")
    listener = Listener(qt.zmq_port)
    qt.start("--speed", 10, "--faults", faults)
    lost = qt.reach("the outage", lambda s: LOST in active(s))
    (alert,) = lost["alerts"]["active"]
    assert (alert["level"], alert["remedy"]) == ("ERROR", remedy(LOST)) and "market data is down" in alert["message"]
    until("the metrics show it", lambda: LOST in active(metrics(qt)))
    assert f"ERROR {LOST} since" in qt.good("status")
    qt.reach("the return", lambda s: not s["alerts"]["active"] and s["feed"]["connected"])
    until("the metrics show its end", lambda: not active(metrics(qt)))
    hook.wait_for(2)
    qt.good("stop")

    rows = [row for row in read_rows(qt.home.alerts) if row["code"] == LOST]
    assert [(row["level"], row["over"], row["count"]) for row in rows] == [("ERROR", False, 1), ("INFO", True, 0)]
    assert rows[0]["synthetic"] is True and rows[0]["ts_ns"] < rows[1]["ts_ns"]
    messages = [m for m in listener.take()["alert"] if m["code"] == LOST]
    listener.socket.close(0)
    assert [(m["v"], m["over"]) for m in messages] == [(1, False), (1, True)]
    assert {"level", "component", "message", "data", "seq", "ts_ns", "symbol", "synthetic"} <= set(messages[0])
    lines = [line for line in qt.log() if line["data"].get("code") == LOST]
    assert [line["level"] for line in lines] == ["ERROR", "INFO"] and lines[1]["message"].startswith("over: ")
    titles = [message["title"] for message in hook.heard]
    assert titles == [f"qt: Erro {LOST} ({lost['symbol']}, MERCADO SIMULADO)",
                      f"qt: encerrado: Erro {LOST} ({lost['symbol']}, MERCADO SIMULADO)"]
    told = "".join(p.read_text("utf-8", "replace") for p in tmp_path.rglob("*") if p.is_file())
    assert "very-secret-path" not in told


def test_a_killed_engine_is_notified_by_its_parent(install: Callable[..., Installation], hook: Hook) -> None:
    qt = install(QT_ALERT_URLS=hook.url, QT_ALERT_NOTIFY_PER_MINUTE="60", QT_ALERT_LANGUAGE="en")
    engine = psutil.Process(qt.start("--speed", 10)["pid"])
    engine.kill()
    hook.wait_for(1)
    assert "Critical ENGINE_DIED" in hook.heard[0]["message"] and meaning("ENGINE_DIED") in hook.heard[0]["message"]

    def told() -> bool:
        with suppress(QtError):     # between the two there is none
            return "ENGINE_RESTARTED" in qt.status()["alerts"]["raised"]
        return False

    until("the new engine tells it", told)
    qt.good("stop")


def test_an_input_that_stops_is_an_alert_within_a_minute(install: Callable[..., Installation], tmp_path: Path) -> None:
    """Prints stay away while the book goes on: who needs them abstains, and says so."""
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nkind = "drop"\ncallback = "trade"\nfrom = "10:31:00"\n')
    qt = install()
    qt.start("--speed", 3, "--faults", faults)
    needy = {"order_flow", "tape_reading", "footprint"}
    seen = qt.reach("the alerts", lambda s: active(s).count("STALE_VOTER") == len(needy))
    assert seen["feed"]["connected"] and seen["decision"]["last"]["action"] == "hold"
    qt.good("stop")
    rows = [row for row in read_rows(qt.home.alerts) if row["code"] == "STALE_VOTER" and not row["over"]]
    assert {row["key"] for row in rows} == needy
    stopped_ns = int(dt.datetime.fromisoformat(f"{seen['time'][:10]}T10:31:00-03:00").timestamp()) * 10**9
    assert all(0 < row["ts_ns"] - stopped_ns <= 60 * 10**9 for row in rows), rows
