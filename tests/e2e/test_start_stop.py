"""A session from start to stop, as its operator and its readers see it."""
from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pandas as pd
import psutil
import pytest
import zmq
from e2e.installation import UNBROKEN, Installation, until

from qt_app.services.broadcast import TOPICS
from qt_app.services.lock import running
from qt_core._types import Control, Kind

pytestmark = pytest.mark.lengthy

#: Planted, and worth nothing: texts to look for in everything that is written.
SECRETS = {"PROFIT_KEY": "fake-key-7261", "PROFIT_USER": "fake-user-7262", "PROFIT_PASSWORD": "fake-password-7263"}
#: Low enough that the simulated market trades within seconds.
EAGER = {"MIN_CONFIDENCE": "0.36", "MAX_DAILY_TRADES": "500", **UNBROKEN}

DOCUMENT = {
    "": "state mode feed synthetic symbol pid uptime_s restarts events features decision votes position pnl trades "
        "model",
    "events": "trades book dropped", "feed": "connected age_ms", "features": "valid needed latency_us",
    "features.latency_us": "p50 p99", "decision": "count last latency_us", "decision.last": "action confidence reason",
    "decision.latency_us": "p50 p99", "position": "contracts avg_price", "pnl": "realised_brl open_brl costs_brl",
    "trades": "today wins losses", "model": "id synthetic",
    **{f"votes.{voter}": "probabilities age_ms abstains"
       for voter in ("model", "order_flow", "liquidity", "tape_reading", "footprint")},
}


class Listener:
    """Subscribed to everything before the engine starts."""

    def __init__(self, port: int) -> None:
        self.socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.SUB)
        self.socket.setsockopt(zmq.SUBSCRIBE, b"")
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.socket.connect(f"tcp://127.0.0.1:{port}")
        self.heard: dict[str, list[dict[str, Any]]] = {}

    def take(self) -> dict[str, list[dict[str, Any]]]:
        while self.socket.poll(0):
            topic, body = self.socket.recv_multipart()
            self.heard.setdefault(topic.decode(), []).append(json.loads(body))
        return self.heard


@pytest.fixture(scope="module")
def qt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    found = Installation(tmp_path_factory.mktemp("session") / "home", EAGER | SECRETS)
    yield found
    found.put_down()


@pytest.fixture(scope="module")
def listener(qt: Installation) -> Iterator[Listener]:
    found = Listener(qt.zmq_port)
    yield found
    found.socket.close(0)


@pytest.fixture(scope="module")
def engine(qt: Installation, listener: Listener) -> psutil.Process:
    return psutil.Process(qt.start("--speed", "40")["pid"])


@pytest.fixture(scope="module")
def after(qt: Installation, engine: psutil.Process) -> Installation:
    """The installation after ``qt stop``."""
    assert qt.good("stop") == f"stopped process {engine.pid}: flat, nothing works\n"
    return qt


# ---- while it runs


def test_a_fresh_home_reaches_65_valid_features_and_a_decision(qt: Installation, engine: psutil.Process) -> None:
    qt.reach("all features and a decision", lambda s: s["features"]["valid"] == 65 and s["decision"]["count"])
    document = json.loads(qt.good("status", "--json"))
    for path, names in DOCUMENT.items():
        part = document
        for step in filter(None, path.split(".")):
            part = part[step]
        assert set(names.split()) <= set(part), path
    assert (document["pid"], document["mode"], document["synthetic"]) == (engine.pid, "paper", True)
    assert document["features"]["needed"] == 65
    assert document["feed"]["connected"]
    for vote in document["votes"].values():
        assert vote["abstains"] or sum(vote["probabilities"]) == pytest.approx(1, abs=1e-9)


def test_the_status_for_people_says_the_same(qt: Installation, engine: psutil.Process) -> None:
    text = qt.good("status")
    assert f"process {engine.pid}" in text
    assert "SYNTHETIC" in text
    assert "of 65 valid" in text


def test_watching_in_a_pipe_gives_one_line_each_time(qt: Installation, engine: psutil.Process) -> None:
    words = qt.command("status", "--watch")
    with subprocess.Popen(words, env=qt.environ, stdout=subprocess.PIPE, text=True) as watch:
        assert watch.stdout is not None
        lines = [watch.stdout.readline() for _ in range(2)]
        watch.kill()
    for line in lines:
        assert re.match(r"\d\d:\d\d:\d\d WDO\w+ SYNTHETIC running features 65/65 decision ", line)


def test_a_second_start_is_refused_and_names_the_first(qt: Installation, engine: psutil.Process) -> None:
    for words in (["start", "--detach"], ["start"]):
        done = qt.qt(*words)
        assert (done.returncode, done.stdout) == (3, "")
        assert f"as process {engine.pid}" in done.stderr
        assert done.stderr.count("\n") == 1


def test_metrics_are_whole_at_every_read(qt: Installation, engine: psutil.Process) -> None:
    until("the first metrics", qt.home.metrics.exists)
    stamps: set[str] = set()

    def three_versions() -> bool:
        for _ in range(200):
            document = json.loads(qt.home.metrics.read_bytes())
            stamps.add(document["written_at"])
            assert {"features_per_s", "mean_latency_ms", "win_rate", "drawdown", "pnl"} <= set(document)
        return len(stamps) >= 3

    until("three versions of the metrics", three_versions)


def test_every_kind_of_message_arrives_with_its_head(qt: Installation, engine: psutil.Process,
                                                     listener: Listener) -> None:
    wanted = set(TOPICS) - {"alert"}    # nothing alarming happened
    until("all topics", lambda: wanted <= set(listener.take()))
    for topic, messages in listener.heard.items():
        for message in messages:
            assert {"v", "seq", "ts_ns", "symbol", "synthetic"} <= set(message), topic
            assert (message["v"], message["symbol"], message["synthetic"]) == (1, qt.status()["symbol"], True)
            if len(listener.heard[topic]) > 3:
                break
    row = listener.heard["features"][-1]
    assert len(row["names"]) == len(row["values"]) == 65


def test_halt_ends_entries_until_resume(qt: Installation, engine: psutil.Process) -> None:
    assert "flat" in qt.good("halt")
    halted = qt.reach("halted", lambda s: s["state"] == "halted")
    assert halted["risk"]["halt_reason"] == "HALTED"
    assert (halted["position"]["contracts"], halted["orders"]["working"]) == (0, 0)
    assert qt.qt("status", "--check").returncode == 7
    blocked = halted["decision"]["blocked"].get("HALTED", 0)
    qt.reach("an entry refused", lambda s: s["decision"]["blocked"].get("HALTED", 0) > blocked)
    assert "allowed" in qt.good("resume")
    resumed = qt.reach("running again", lambda s: s["state"] == "running")
    assert not resumed["risk"]["halted"]
    qt.reach("an entry after that", lambda s: s["orders"]["sent"] > resumed["orders"]["sent"])


# ---- after it


def test_stop_ends_it_and_says_so(after: Installation, engine: psutil.Process) -> None:
    assert not engine.is_running()
    done = after.qt("status")
    assert done.returncode == 3
    assert "is not running" in done.stderr
    assert running(after.home) is None
    assert not after.home.control.exists()


def test_a_stop_leaves_no_position(after: Installation) -> None:
    assert json.loads((after.run_folder() / "summary.json").read_bytes())["position_lots"] == 0
    fills = pd.read_parquet(after.run_folder() / "fills.parquet")
    assert len(fills)
    assert (fills["side"] * fills["qty"]).sum() == 0


def test_no_entry_was_sent_while_halted(after: Installation) -> None:
    control = pd.concat(pd.read_parquet(path) for path in sorted(after.home.data.rglob("control-*.parquet")))
    acts = control[control["kind"] == Kind.CONTROL].sort_values("seq")
    halt, resume = (int(acts[acts["code"] == code]["seq"].iloc[0]) for code in (Control.HALT, Control.RESUME))
    orders = pd.read_parquet(after.run_folder() / "orders.parquet")
    entries = orders[orders["purpose"] == "entry"]
    assert len(entries[entries["seq"] > resume])
    assert not len(entries[entries["seq"].between(halt, resume)])
    refusals = pd.read_parquet(after.run_folder() / "refusals.parquet")
    assert set(refusals[refusals["code"] == "HALTED"]["seq"].between(halt, resume)) == {True}


def test_log_lines_have_exactly_their_fields(after: Installation) -> None:
    lines = after.log()
    assert lines
    for line in lines:
        assert list(line) == ["timestamp", "level", "component", "message", "data", "trace"]
    assert not [line for line in lines if line["level"] in ("ERROR", "CRITICAL")]
    assert [line["component"] for line in lines if line["message"].startswith("feed started: ")] == ["profit"]


def test_no_secret_is_written_anywhere(after: Installation) -> None:
    shown = after.good("config", "show", "--origin") + after.qt("doctor").stdout
    files = [path for path in after.home.root.rglob("*") if path.is_file()]
    assert len(files) > 10
    for secret in SECRETS.values():
        assert secret not in shown
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


def test_nothing_temporary_is_left(after: Installation) -> None:
    left = [path.name for path in after.home.root.rglob("*") if path.suffix in (".tmp", ".partial")]
    assert left == []


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_in_the_foreground_stops_safely(after: Installation, number: signal.Signals) -> None:
    words = after.command("start", "--speed", "20")
    # A child inherits what its parent ignores, and a shell's background jobs ignore SIGINT.
    before = signal.signal(number, signal.default_int_handler)
    try:
        process = subprocess.Popen(words, env=after.environ, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(number, before)
    try:
        until("a start in the foreground", lambda: running(after.home) and after.home.control.exists())
        after.reach("a position", lambda s: s["position"]["contracts"])
        process.send_signal(number)
        _, said = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
        after.put_down()    # the supervisor's engine lives on without it
    assert process.returncode == 0, said
    assert "Traceback" not in said
    assert json.loads((after.run_folder() / "summary.json").read_bytes())["position_lots"] == 0
    assert json.loads(after.home.metrics.read_bytes())["state"] == "stopping"


@pytest.mark.slow
def test_a_killed_engine_does_not_bar_the_next_start(after: Installation) -> None:
    first = after.start("--speed", "20", "--no-supervisor")["pid"]
    psutil.Process(first).kill()
    until("the end of the killed engine", lambda: running(after.home) is None)
    assert after.qt("status").returncode == 3
    second = after.start("--speed", "20")
    assert second["pid"] != first
    after.good("stop")
    assert not list((after.home.data / "runs").glob(".*"))    # nothing of the killed run
