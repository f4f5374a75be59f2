"""metrics/current_metrics.json."""
from __future__ import annotations

import json
import os
import threading
from typing import Any

import pytest

from qt_app.config import Config
from qt_app.home import Home
from qt_app.services.metrics import MetricsWriter, ProcessMeter, metrics_document
from qt_app.services.process import Owner
from qt_app.services.snapshot import Snapshot, starting

PROCESS = {"cpu_pct": 1.0, "rss_mb": 100.0, "threads": 5, "disk_free_gb": 50.0}


def test_the_five_figures_are_on_top(snapshot: Snapshot) -> None:
    document = metrics_document(snapshot, Owner.me(), PROCESS)
    assert document["schema"] == "metrics/1"
    assert document["features_per_s"] == 1.0
    assert document["mean_latency_ms"] == 0.25
    assert document["win_rate"] == 0.75
    assert document["drawdown"] == 7.2
    assert document["pnl"] == pytest.approx(30.0 - 5.0 - 2.2)


def test_unknown_is_null_and_never_zero() -> None:
    blank = starting(Config(), symbol="WDOZ26", source="sim", synthetic=True, session_id="s")
    document = json.loads(json.dumps(metrics_document(blank, Owner.me(), PROCESS)))
    for name in ("features_per_s", "mean_latency_ms", "win_rate", "drawdown", "pnl", "event_time", "model",
                 "schema_id"):
        assert document[name] is None, name
    assert document["feed"]["age_ms"] is None
    assert set(document["decision"]["latency_ms"].values()) == {None}


def test_details_agree_with_the_snapshot(snapshot: Snapshot) -> None:
    document = metrics_document(snapshot, Owner.me(), PROCESS)
    assert document["feed"]["dropped"] == 1 and document["feed"]["connected"] is True
    assert document["features"]["latency_ms"]["p99"] == 0.02
    assert document["decision"]["gates_blocked"] == {"SPREAD": 1}
    assert document["pid"] == os.getpid()
    assert document["synthetic"] is True
    assert document["process"] == {**PROCESS, "queue_depths": {}, "loop_ms": None,
                                   "supervisor": {"pid": None, "alive": False}}


def test_the_writer_replaces_the_file_and_writes_once_more_at_the_end(home: Home, snapshot: Snapshot) -> None:
    written = threading.Event()
    documents: list[dict[str, Any]] = []

    def note(document: dict[str, Any]) -> None:
        documents.append(document)
        written.set()

    writer = MetricsWriter(home, lambda: snapshot, on_write=note, period_s=0.01)
    assert written.wait(10)
    assert json.loads(home.metrics.read_bytes())["symbol"] == "WDOZ26"
    snapshot["state"] = "stopping"
    writer.close()
    assert json.loads(home.metrics.read_bytes())["state"] == "stopping"
    assert writer.written == len(documents) >= 2
    assert [p.name for p in home.metrics.parent.iterdir()] == ["current_metrics.json"]


def test_a_disk_that_refuses_is_told_and_survived(home: Home, snapshot: Snapshot) -> None:
    home.metrics.mkdir()     # a folder where the file should be
    told: list[str] = []
    writer = MetricsWriter(home, lambda: snapshot, on_error=told.append, period_s=60)
    writer.close()
    assert writer.failed == 1 and writer.written == 0
    assert "current_metrics.json cannot be written" in told[0]


def test_process_figures(home: Home) -> None:
    figures = ProcessMeter(home).read()
    assert figures["rss_mb"] > 1 and figures["threads"] >= 1 and figures["disk_free_gb"] >= 0
