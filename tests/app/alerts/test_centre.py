"""The centre: from any thread, to every sink, whatever one of them does."""
from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from qt_app.alerts import jsonl
from qt_app.alerts.alert import Alert, no_alerts
from qt_app.alerts.centre import AlertCentre
from qt_app.alerts.codes import LEVELS, Code
from qt_app.alerts.desk import Patience
from qt_app.alerts.jsonl import AlertFile, read_rows, rotated
from qt_app.catalogue import LANGUAGES, meaning, remedy


def centre(*sinks: object) -> tuple[AlertCentre, list[Alert]]:
    told: list[Alert] = []
    return AlertCentre([*sinks, told.append], moment=lambda: (7, 99)), told     # type: ignore[list-item]


def test_an_alert_carries_both_times_its_remedy_and_what_it_is_about() -> None:
    desk, told = centre()
    desk.raise_(Code.ORDER_REJECTED, "order rejected", {"order_id": 5, "text": "margin"})
    assert told == [] and desk.state() == no_alerts()
    desk.work()
    (alert,) = told
    assert (alert.ts_ns, alert.seq, alert.key, alert.level) == (99, 7, "5", "WARNING") and alert.at.tzinfo is not None
    assert alert.data == {"order_id": 5, "text": "margin", "remedy": remedy("ORDER_REJECTED")}
    assert list(desk.last) == told


def test_the_state_names_what_lasts_with_its_remedy() -> None:
    desk, told = centre()
    for _ in range(3):
        desk.teller("Feed")(Code.FEED_STALE, "feed is stale", {"age_ms": 9})
    desk.raise_(Code.ORDER_REJECTED, "no", {"order_id": 1})
    desk.work()
    state = desk.state()
    (active,) = state["active"]
    assert (active["code"], active["count"], active["remedy"]) == ("FEED_STALE", 3, remedy("FEED_STALE"))
    assert state["raised"] == {"FEED_STALE": 3, "ORDER_REJECTED": 1} and state["held"] == 2
    desk.clear(Code.FEED_STALE)
    desk.work()
    assert desk.state()["active"] == [] and told[-1].message == "over: feed is stale"
    assert desk.state()["told"] == {"ERROR": 1, "WARNING": 1, "INFO": 1}


def test_a_sink_that_fails_is_told_by_the_others_and_does_not_stop_them() -> None:
    def broken(alert: Alert) -> None:
        raise OSError("no space left on device")

    desk, told = centre(broken)
    desk.raise_(Code.FEED_STALE, "stale")
    for _ in range(5):
        desk.work()
    assert [a.code for a in told] == [Code.FEED_STALE, Code.SERVICE_FAILED]
    assert "no space left" in told[1].message


def test_raised_from_many_threads_before_and_after_the_start_nothing_is_lost() -> None:
    desk, told = centre()
    threads = [threading.Thread(target=lambda n=n: [desk.raise_(Code.TEST, f"{n}") for _ in range(100)])
               for n in range(8)]
    for thread in threads[:4]:
        thread.start()
    desk.start()
    for thread in threads[4:]:
        thread.start()
    for thread in threads:
        thread.join()
    desk.close()
    assert len(told) == 800 and desk.state()["raised"] == {"TEST": 800}


def test_closing_tells_what_was_held() -> None:
    desk, told = centre()
    desk.start()
    for n in range(5):
        desk.raise_(Code.ORDER_REJECTED, "no", {"order_id": n})
    desk.close()
    assert sum(a.count for a in told) == 5


def test_what_the_thread_has_no_room_for_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qt_app.alerts.centre.CAPACITY", 3)
    desk, told = centre()
    for _ in range(5):
        desk.raise_(Code.TEST, "now")
    desk.work()
    assert len(told) == 3 and desk.state()["lost"] == 2


# ---- the file


def test_rows_have_growing_ids_also_over_runs_and_rotations(tmp_path: Path) -> None:
    path = tmp_path / "alerts.jsonl"
    for _ in range(3):
        file = AlertFile(path, {"symbol": "WDOZ26"}, max_bytes=2000)
        desk = AlertCentre([file], patience=Patience(0, 0))
        for n in range(4):
            desk.raise_(Code.ORDER_REJECTED, "no", {"order_id": n})
            desk.work()
    rows = [row for p in (rotated(path, 2), rotated(path, 1), path) for row in read_rows(p)]
    assert rotated(path, 1).is_file() and len(rows) >= 8
    ids = [row["id"] for row in rows]
    assert ids == sorted(set(ids)) and rows[-1]["symbol"] == "WDOZ26" and rows[-1]["code"] == "ORDER_REJECTED"


@pytest.mark.parametrize("cut", [b'{"id": 5, "lev', b"\xff\xfe\x00", b""])
def test_a_row_cut_short_by_a_crash_costs_only_itself(tmp_path: Path, cut: bytes) -> None:
    path = tmp_path / "alerts.jsonl"
    path.write_bytes(b'{"id": 4, "code": "TEST"}\n' + cut)
    assert [row["id"] for row in read_rows(path)] == [4]
    desk = AlertCentre([AlertFile(path)])
    desk.raise_(Code.TEST, "after")
    desk.work()
    assert [row.get("message") for row in read_rows(path)] == [None, "after"]


def test_ids_grow_when_the_clock_is_set_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "alerts.jsonl"
    for now_ns in (10_000, 5_000, 5_000, 20_000):
        monkeypatch.setattr(jsonl, "time", SimpleNamespace(time_ns=lambda now_ns=now_ns: now_ns))
        desk = AlertCentre([AlertFile(path)])       # a run of its own each time
        desk.raise_(Code.TEST, "now")
        desk.work()
    assert [row["id"] for row in read_rows(path)] == [10_000, 10_001, 10_002, 20_000]


# ---- the words


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_its_words_in_every_language(language: str) -> None:
    assert set(LANGUAGES[language].ALERTS) == {code.name for code in Code}
    assert set(LANGUAGES[language].WORDS) == set(LANGUAGES["en"].WORDS) >= set(LEVELS)
    for code in Code:
        assert meaning(code.name, language).endswith(".")
        assert remedy(code.name, language) or code.level in ("INFO", "WARNING"), code
        assert bool(remedy(code.name, language)) is bool(remedy(code.name)), code


def test_what_a_code_ends_exists_and_lasts() -> None:
    for code in Code:
        assert all(Code[name].lasts for name in code.ends) and not (code.ends and code.lasts)
        assert code.level in LEVELS
    json.dumps([code.name for code in Code])
