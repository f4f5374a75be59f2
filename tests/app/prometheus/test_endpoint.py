"""The endpoint tells what the snapshot tells, nothing that is unknown, and to nobody but this machine."""
from __future__ import annotations

import copy
import http.client
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from qt_app.config import Config
from qt_app.errors import QtError
from qt_app.prometheus.endpoint import Endpoint, _Board
from qt_app.prometheus.families import families
from qt_app.running.readers import serve_prometheus
from qt_app.services.snapshot import Board, Snapshot, starting

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


@pytest.fixture
def endpoint(snapshot: Snapshot) -> Iterator[Endpoint]:
    served = Endpoint(0, Board(snapshot).latest)
    yield served
    served.close()


def ask(port: int, path: str = "/metrics", host: str | None = None, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers={} if host is None else {"Host": host})
    answer = connection.getresponse()
    words = answer.read().decode()
    connection.close()
    return answer.status, words


def read(words: str) -> Samples:
    """By name and labels, as another program would parse them."""
    return {(s.name, tuple(sorted(s.labels.items()))): s.value
            for family in text_string_to_metric_families(words) for s in family.samples}


def test_a_scrape_tells_the_snapshot(endpoint: Endpoint) -> None:
    status, words = ask(endpoint.port)
    found = read(words)
    assert status == 200
    one = {name: value for (name, labels), value in found.items() if not labels}
    assert one.items() >= {
        "qt_synthetic": 1, "qt_feed_connected": 1, "qt_feed_age_seconds": 0.012, "qt_features_valid": 64,
        "qt_features_frozen": 1, "qt_feature_rows_total": 50, "qt_events_dropped_total": 1, "qt_confidence": 0.71,
        "qt_decision_latency_mean_seconds": 0.00025, "qt_position_contracts": 1, "qt_position_average_points": 5400.5,
        "qt_drawdown_brl": 7.2, "qt_trades": 4, "qt_wins": 3, "qt_losses": 1, "qt_halted": 0, "qt_model_drift": 0.3,
        "qt_loop_age_seconds": 0.02, "qt_event_time_seconds": 1_795_440_600.5, "qt_restarts": 0}.items()
    assert found["qt_pnl_brl", (("kind", "net"),)] == pytest.approx(30.0 - 5.0 - 2.2)
    assert found["qt_vote_probability", (("side", "buy"), ("voter", "model"))] == 0.7
    assert found["qt_vote_abstains", (("voter", "footprint"),)] == 1
    assert found["qt_decision_latency_seconds", (("quantile", "0.99"),)] == pytest.approx(900e-6)
    assert found["qt_state", (("state", "running"),)] == 1 and found["qt_state", (("state", "halted"),)] == 0
    assert found["qt_alerts_active", (("code", "STALE"), ("level", "ERROR"))] == 1
    assert found["qt_entries_refused_total", (("reason", "SPREAD"),)] == 1
    assert found["qt_memory_bytes", ()] == 100 * 2**20
    facts = dict(next(labels for (name, labels) in found if name == "qt_info"))
    assert facts["session_id"] == "run-1" and facts["synthetic"] == "true" and facts["model"] == "m1"


def test_what_is_unknown_has_no_sample() -> None:
    fresh = starting(Config(), symbol="WDOZ26", source="sim", synthetic=False, session_id="r")
    names = {sample.name for family in families(fresh) for sample in family.samples}
    assert not names & {"qt_feed_age_seconds", "qt_confidence", "qt_decision_latency_seconds", "qt_model_drift",
                        "qt_position_average_points", "qt_drawdown_brl", "qt_reconciled", "qt_memory_bytes",
                        "qt_event_time_seconds", "qt_vote_probability", "qt_loop_age_seconds"}
    kinds = [sample.labels["kind"] for family in families(fresh) for sample in family.samples
             if sample.name == "qt_pnl_brl"]
    assert kinds == ["realised", "costs"]


def test_each_scrape_reads_the_newest_snapshot(snapshot: Snapshot) -> None:
    board = Board(snapshot)
    served = Endpoint(0, board.latest)
    later = copy.deepcopy(snapshot)
    later["position"]["contracts"] = -1
    board.publish(later)
    assert read(ask(served.port)[1])["qt_position_contracts", ()] == -1
    served.close()


def test_it_is_well_formed_by_the_stricter_format_too(snapshot: Snapshot) -> None:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Board(lambda: snapshot))
    assert openmetrics(registry).endswith(b"# EOF\n")


@pytest.mark.parametrize(("path", "host", "method", "status"), [
    ("/metrics", "evil.example:9464", "GET", 403), ("/metrics", "127.0.0.1.evil.example", "GET", 403),
    ("/metrics", "localhost:1", "GET", 200), ("/", None, "GET", 404), ("/metrics", None, "POST", 404)])
def test_only_our_own_names_may_look(endpoint: Endpoint, path: str, host: str | None, method: str, status: int) -> None:
    assert ask(endpoint.port, path, host, method)[0] == status


def test_it_listens_on_loopback_alone(endpoint: Endpoint) -> None:
    assert endpoint._server.server_address[0] == "127.0.0.1"


def test_a_client_that_says_nothing_holds_up_nobody(endpoint: Endpoint) -> None:
    with socket.create_connection(("127.0.0.1", endpoint.port)):
        assert ask(endpoint.port)[0] == 200


def test_a_taken_port_names_its_holder(endpoint: Endpoint, snapshot: Snapshot) -> None:
    with pytest.raises(QtError, match=rf"port {endpoint.port} \(prometheus.port\) is busy"):
        Endpoint(endpoint.port, lambda: snapshot)


def test_the_port_is_free_again_after_close(snapshot: Snapshot) -> None:
    first = Endpoint(0, lambda: snapshot)
    ask(first.port)
    first.close()
    Endpoint(first.port, lambda: snapshot).close()


def test_the_manual_names_what_is_served(repo: Path, snapshot: Snapshot) -> None:
    ends = {"counter": "_total", "info": "_info"}
    served = {family.name + ends.get(family.type, "") for family in families(snapshot)}
    told = set(re.findall(r"`(qt_\w+)", (repo / "docs/prometheus.md").read_text("utf-8")))
    assert {name for name in served if not name.endswith("_mean_seconds")} == told


def start(port: int, recovering: int) -> tuple[list[str], ExitStack]:
    """What a run does with the endpoint, and what it tells as an alert."""
    told: list[str] = []
    parts = SimpleNamespace(config=SimpleNamespace(prometheus=SimpleNamespace(port=port)), reader_failed=told.append,
                            options=SimpleNamespace(recovering=recovering))
    stack = ExitStack()
    serve_prometheus(parts, SimpleNamespace(latest=None), stack)       # type: ignore[arg-type]
    return told, stack


def test_a_taken_port_ends_a_start_and_never_a_recovery(endpoint: Endpoint) -> None:
    with pytest.raises(QtError, match="is busy"):
        start(endpoint.port, recovering=0)
    told, stack = start(endpoint.port, recovering=1)
    assert len(told) == 1 and "is busy" in told[0]
    stack.close()


def test_a_run_without_it_does_not_load_it(repo: Path) -> None:
    for path in (repo / "qt_app" / "runner.py", *(repo / "qt_app" / "running").glob("*.py")):
        imports = re.findall(r"^(?:from|import) .*", path.read_text("utf-8"), re.M)
        assert (imports or path.name == "__init__.py") and not [line for line in imports if "prometheus" in line], path
