"""The status document, its text, and the verdict on health."""
from __future__ import annotations

import io
import json

import pytest

from qt_app.config import Config
from qt_app.errors import ExitCode
from qt_app.services.console import StatusLine
from qt_app.services.process import Owner
from qt_app.services.snapshot import Board, Snapshot, starting
from qt_app.services.status import as_text, health, status_document, status_line


def test_the_document_has_what_was_promised(snapshot: Snapshot) -> None:
    d = json.loads(json.dumps(status_document(snapshot, Owner.me())))
    for name in ("state", "mode", "feed", "synthetic", "symbol", "pid", "uptime_s", "restarts"):
        assert name in d
    assert {"trades", "book", "dropped"} <= d["events"].keys()
    assert {"connected", "age_ms"} <= d["feed"].keys()
    assert {"valid", "needed"} <= d["features"].keys() and {"p50", "p99"} <= d["features"]["latency_us"].keys()
    assert {"count", "last"} <= d["decision"].keys() and {"p50", "p99"} <= d["decision"]["latency_us"].keys()
    assert {"action", "confidence", "reason"} <= d["decision"]["last"].keys()
    assert all({"probabilities", "age_ms", "abstains"} <= v.keys() for v in d["votes"].values())
    assert d["position"] == {"contracts": 1, "avg_price": 5400.5}
    assert {"realised_brl", "open_brl", "costs_brl"} <= d["pnl"].keys()
    assert {"today", "wins", "losses"} <= d["trades"].keys()
    assert d["model"] == {"id": "m1", "synthetic": True, "shadow": None, "shadow_rows": 0, "shadow_over": 0,
                          "drift": None}


def test_the_text_shows_what_matters(snapshot: Snapshot) -> None:
    text = as_text(status_document(snapshot, Owner.me()))
    for part in ("running", "WDOZ26", "SYNTHETIC", "connected", "10 trades, 20 book, 1 dropped", "2 BAD_PRICE",
                 "65 of 65 valid", "buy 0.710 OK", "sell 0.100 hold 0.200 buy 0.700", "abstains: WARMING",
                 "+1 at 5400.5", "realised R$ 30.00", "4 today, 3 won, 1 lost", "m1"):
        assert part in text, part
    assert "OFF_TICK" not in text


def test_unknown_is_a_dash_before_the_first_event() -> None:
    blank = starting(Config(), symbol="WDOZ26", source="sim", synthetic=False, session_id="s")
    text = as_text(status_document(blank, Owner.me()))
    assert "age - ms" in text and "last none yet" in text and "open R$ -" in text and "NOT CONNECTED" in text
    assert "SYNTHETIC" not in text
    assert status_line(blank).startswith("--:--:-- WDOZ26 starting")


@pytest.mark.parametrize(("change", "code", "word"), [
    ({}, ExitCode.OK, "healthy"),
    ({"age_ms": 6000.0}, ExitCode.DATA, "stale"),
    ({"age_ms": None}, ExitCode.DATA, "stale"),
    ({"connected": False}, ExitCode.DATA, "not connected"),
])
def test_health(snapshot: Snapshot, change: dict[str, object], code: ExitCode, word: str) -> None:
    snapshot["feed"].update(change)  # type: ignore[typeddict-item]
    found, sentence = health(status_document(snapshot, Owner.me()), 5000)
    assert found == code and word in sentence


def test_a_halted_engine_is_not_healthy(snapshot: Snapshot) -> None:
    snapshot["risk"].update(state="halted", halted=True, halt_reason="DAILY_LOSS")
    assert health(status_document(snapshot, Owner.me()), 5000) == (ExitCode.REFUSED, "halted: DAILY_LOSS")


def test_books_that_differ_from_the_broker_s_come_before_everything_else(snapshot: Snapshot) -> None:
    snapshot["risk"].update(halted=True, halt_reason="RECONCILING")
    snapshot["reconciled"] = {"equal": False, "difference": "the broker holds +2 lots, our books say +1"}
    snapshot["mode"] = "simulator"
    document = status_document(snapshot, Owner.me())
    assert health(document, 5000) == (ExitCode.MISMATCH,
                                      "differs from the broker: the broker holds +2 lots, our books say +1")
    assert "DIFFER from the broker's: the broker holds +2 lots" in as_text(document)


def test_the_board_shows_the_newest_snapshot(snapshot: Snapshot) -> None:
    first = starting(Config(), symbol="WDOZ26", source="sim", synthetic=True, session_id="s")
    board = Board(first)
    assert board.latest() is first
    board.publish(snapshot)
    assert board.latest() is snapshot


def test_the_status_line_stays_on_one_line(snapshot: Snapshot) -> None:
    stream = io.StringIO()
    StatusLine(lambda: snapshot, stream, period_s=60).close()
    text = stream.getvalue()
    assert text.startswith("\r") and text.endswith("\n") and text.count("\n") == 1
    assert "WDOZ26 SYNTHETIC running" in text


def test_a_closed_terminal_ends_the_status_line_quietly(snapshot: Snapshot) -> None:
    stream = io.StringIO()
    stream.close()
    StatusLine(lambda: snapshot, stream, period_s=60).close()


def test_what_lasts_is_shown_with_its_remedy(snapshot: Snapshot) -> None:
    snapshot["alerts"]["active"] = [{
        "code": "FEED_STALE", "level": "ERROR", "key": "", "message": "feed is stale", "count": 3,
        "since": "2026-11-26T10:31:07-03:00", "remedy": "Check the network."}]
    text = as_text(status_document(snapshot, Owner.me()))
    assert "ALERT          ERROR FEED_STALE since 10:31:07, 3 times: feed is stale. Check the network." in text
