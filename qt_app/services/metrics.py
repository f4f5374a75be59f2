"""``metrics/current_metrics.json``: one writer, replaced whole each second; unknown is null."""
from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from typing import Any

import orjson
import psutil

from qt_app.home import Home
from qt_app.redact import KNOWN
from qt_app.services import files
from qt_app.services.process import Owner
from qt_app.services.snapshot import LatencyUs, Pnl, Snapshot, Trades
from qt_app.zone import local_time, now_text

SCHEMA = "metrics/1"
PERIOD_S = 1.0


def metrics_document(snapshot: Snapshot, owner: Owner, process: dict[str, Any]) -> dict[str, Any]:
    """The file's content. features_per_s, mean_latency_ms, win_rate, drawdown and pnl stand on top."""
    features, decision, pnl, trades = (snapshot["features"], snapshot["decision"], snapshot["pnl"], snapshot["trades"])
    net = net_brl(pnl)
    return {
        "schema": SCHEMA, "written_at": now_text("milliseconds"),
        "features_per_s": features["per_s"], "mean_latency_ms": _ms(decision["latency_us"]["mean"]),
        "win_rate": win_rate(trades), "drawdown": pnl["drawdown_brl"], "pnl": net,
        "event_time": _event_time(snapshot["ts_ns"]), "session_id": snapshot["session_id"], "pid": owner.pid,
        "uptime_s": round(owner.uptime_s, 3), "restarts": snapshot["restarts"], "mode": snapshot["mode"],
        "state": snapshot["state"], "symbol": snapshot["symbol"], "synthetic": snapshot["synthetic"],
        "seq": snapshot["seq"], "config_hash": snapshot["config_hash"], "schema_id": snapshot["schema_id"],
        "model": snapshot["model"],
        "features": {"vectors_per_s": features["per_s"], "vectors": features["rows"], "valid": features["valid"],
                     "needed": features["needed"], "invalid_names": features["invalid"],
                     "constant_names": features["frozen"], "latency_ms": _latency_ms(features["latency_us"])},
        "decision": {"count": decision["count"], "counts": decision["counts"], "gates_blocked": decision["blocked"],
                     "last": decision["last"], "latency_ms": _latency_ms(decision["latency_us"])},
        "votes": snapshot["votes"],
        "feed": {**snapshot["feed"], **snapshot["events"]},
        "orders": snapshot["orders"],
        "position": snapshot["position"],
        "reconciled": snapshot["reconciled"],
        "pnl_detail": {**pnl, "net_brl": net, **trades, "win_rate": win_rate(trades)},
        "risk": snapshot["risk"],
        "alerts": snapshot["alerts"],
        "process": {**process, "queue_depths": snapshot["queues"], "loop_ms": snapshot["loop_ms"],
                    "supervisor": snapshot["supervisor"]},
    }


def net_brl(pnl: Pnl) -> float | None:
    """Realised plus open, less costs; None while the open position cannot be valued."""
    return None if pnl["open_brl"] is None else pnl["realised_brl"] + pnl["open_brl"] - pnl["costs_brl"]


def win_rate(trades: Trades) -> float | None:
    """Share of the closed trades that won; None before the first."""
    return trades["wins"] / trades["today"] if trades["today"] else None


def _ms(us: float | None) -> float | None:
    return None if us is None else us / 1000


def _latency_ms(us: LatencyUs) -> dict[str, float | None]:
    return {"mean": _ms(us["mean"]), "p50": _ms(us["p50"]), "p90": _ms(us["p90"]), "p99": _ms(us["p99"]),
            "max": _ms(us["max"])}


def _event_time(ts_ns: int | None) -> str | None:
    return None if ts_ns is None else local_time(ts_ns)


class ProcessMeter:
    """Figures of this process and its disk."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._process = psutil.Process()
        self._process.cpu_percent()     # the first call only starts the measurement

    def read(self) -> dict[str, Any]:
        memory = self._process.memory_info().rss
        free = shutil.disk_usage(self._home.root).free
        return {"cpu_pct": self._process.cpu_percent(), "rss_mb": round(memory / 2**20, 1),
                "threads": self._process.num_threads(), "disk_free_gb": round(free / 2**30, 2)}


class MetricsWriter:
    """Writes the file each second from its own thread, and once more on ``close``."""

    def __init__(self, home: Home, latest: Callable[[], Snapshot], on_error: Callable[[str], None] | None = None,
                 on_write: Callable[[dict[str, Any]], None] | None = None, period_s: float = PERIOD_S) -> None:
        self._home = home
        self._latest = latest
        self._on_error = on_error
        self._on_write = on_write
        self._period_s = period_s
        self._owner = Owner.me()
        self._meter = ProcessMeter(home)
        self._stop = threading.Event()
        self.written = 0
        self.failed = 0
        self._thread = threading.Thread(target=self._run, name="qt-metrics", daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        self._thread.join(5)

    def _run(self) -> None:
        while not self._stop.wait(self._period_s):
            self._write()
        self._write()

    def _write(self) -> None:
        document = metrics_document(self._latest(), self._owner, self._meter.read())
        try:
            files.replace(self._home.metrics, KNOWN.json(orjson.dumps(document, option=orjson.OPT_INDENT_2)))
            self.written += 1
        except OSError as error:
            self.failed += 1
            if self._on_error is not None:
                self._on_error(f"{self._home.metrics} cannot be written: {error}")
        if self._on_write is not None:
            self._on_write(document)
