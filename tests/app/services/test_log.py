"""The log: its fields, its files, and what it never holds."""
from __future__ import annotations

import datetime as dt
import io
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qt_app.home import Home
from qt_app.redact import Redactor
from qt_app.services.log import Line, Log, write_crash


def lines(home: Home) -> list[dict[str, Any]]:
    (path,) = sorted(home.logs.glob("production_*.log"))
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_a_line_has_exactly_the_promised_fields(home: Home) -> None:
    with Log(home) as log:
        log.write("INFO", "TradingSystem", "Trade signal: BUY", {"signal": "BUY", "confidence": 0.75}, trace=42)
    (line,) = lines(home)
    assert list(line) == ["timestamp", "level", "component", "message", "data", "trace"]
    assert line["level"] == "INFO" and line["trace"] == 42
    assert line["data"] == {"signal": "BUY", "confidence": 0.75}
    assert dt.datetime.fromisoformat(line["timestamp"]).utcoffset() is not None


def test_the_file_is_named_after_the_day_of_the_line(home: Home) -> None:
    with Log(home) as log:
        for day in (22, 23):
            moment = dt.datetime(2026, 11, day, 23, 59, tzinfo=dt.UTC)
            log._queue.put(Line(moment, "INFO", "c", f"day {day}", {}, None))
    assert sorted(p.name for p in home.logs.iterdir()) == ["production_20261122.log", "production_20261123.log"]


def test_levels_below_the_configured_one_are_left_out(home: Home) -> None:
    with Log(home, level="WARNING") as log:
        log.write("DEBUG", "c", "debug")
        log.write("INFO", "c", "info")
        log.write("WARNING", "c", "warning")
        log.write("ERROR", "c", "error")
        log.write("CRITICAL", "c", "critical")
    assert [line["message"] for line in lines(home)] == ["warning", "error", "critical"]
    assert log.errors == 2


def test_numpy_values_and_unknown_objects_are_written(home: Home) -> None:
    data = {"row": np.array([1.0, np.nan]), "n": np.int64(3), "path": Path("x"), 5: "five"}
    with Log(home) as log:
        log.write("INFO", "c", "m", data)
    assert lines(home)[0]["data"] == {"row": [1.0, None], "n": 3, "path": "x", "5": "five"}


@pytest.mark.parametrize("secret", ["hunter22", 'qu"ote\\slash', "acentuação"])
def test_secrets_are_redacted_everywhere(home: Home, secret: str) -> None:
    console = io.StringIO()
    with Log(home, secrets=[secret], console=console) as log:
        log.write("ERROR", "login", f"refused for {secret}", {"deep": [{"x": f"a{secret}b", secret: 1}]})
    path = write_crash(home, f"failed with {secret}", f"Traceback {secret!r} {secret}", [secret])
    written = path.read_text("utf-8") + console.getvalue()
    assert secret not in written and json.dumps(secret)[1:-1] not in written
    assert written.count("***") >= 5


def test_short_secrets_do_not_shred_the_log() -> None:
    assert Redactor(["a", ""])("banana") == "banana"


def test_the_console_gets_warnings_for_people(home: Home) -> None:
    console = io.StringIO()
    with Log(home, console=console) as log:
        log.write("INFO", "feed", "quiet")
        log.write("WARNING", "feed", "connection lost", {"x": 1})
    assert console.getvalue().endswith("WARNING feed: connection lost\n")
    assert "quiet" not in console.getvalue()


def test_a_closed_console_does_not_stop_the_log(home: Home) -> None:
    console = io.StringIO()
    console.close()
    with Log(home, console=console) as log:
        log.write("WARNING", "c", "one")
        log.write("WARNING", "c", "two")
    assert len(lines(home)) == 2


def test_a_full_queue_drops_and_counts(home: Home) -> None:
    gate = threading.Event()

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            gate.wait(10)
            return super().write(text)

    log = Log(home, console=Slow(), capacity=2)
    for n in range(20):
        log.write("WARNING", "c", str(n))
    assert log.dropped >= 17    # one at the console, two in the queue
    gate.set()
    log.close()
    assert len(lines(home)) == 20 - log.dropped


def test_many_threads_never_mix_lines(home: Home) -> None:
    def write(name: int) -> None:
        for n in range(50):
            log.write("INFO", f"t{name}", str(n))

    with Log(home) as log:
        threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = lines(home)
    assert len(found) == 200
    for name in range(4):
        assert [x["message"] for x in found if x["component"] == f"t{name}"] == [str(n) for n in range(50)]


def test_a_disk_that_refuses_is_counted(home: Home) -> None:
    log = Log(home)
    home.logs.rmdir()
    log.write("INFO", "c", "m")
    log.close()
    assert log.failed == 1


def test_an_existing_log_is_continued(home: Home) -> None:
    for n in range(2):
        with Log(home) as log:
            log.write("INFO", "c", str(n))
    assert [line["message"] for line in lines(home)] == ["0", "1"]


def test_a_dying_thread_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    with Log(home) as log:
        log.watch_threads()
        thread = threading.Thread(target=fail, name="qt-metrics")
        thread.start()
        thread.join()
    (line,) = lines(home)
    assert line["level"] == "CRITICAL" and line["component"] == "qt-metrics"
    assert line["message"] == "thread qt-metrics ended: ZeroDivisionError: oops"
    assert "in fail" in line["data"]["traceback"]
    assert log.errors == 1
