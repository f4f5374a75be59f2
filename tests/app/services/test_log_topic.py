"""The topic ``log``: what the file has, no secrets, and a storm bounded with its rest counted."""
from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
import pytest

from qt_app.home import Home
from qt_app.services.log import Log
from qt_app.services.log_topic import LARGEST_DATA, LONGEST, MOST_PER_S, LogTeller

SECRET = "hunter22-of-the-log"


class Kept:
    """Stands in for the broadcaster."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []

    def send(self, topic: str, seq: int, ts_ns: int | None, payload: Callable[[], Mapping[str, Any]]) -> None:
        assert (topic, seq, ts_ns) == ("log", 7, 99)
        self.told.append(dict(payload()))


@pytest.fixture
def kept() -> Kept:
    return Kept()


def teller(kept: Kept, now: list[float]) -> LogTeller:
    return LogTeller(kept, lambda: (7, 99), clock=lambda: now[0])   # type: ignore[arg-type]


def test_lines_are_those_of_the_file_from_info_on(home: Home, kept: Kept) -> None:
    with Log(home, "DEBUG", [SECRET]) as log:
        log.on_line = teller(kept, [0.0])
        log.write("DEBUG", "c", "not this")
        log.write("WARNING", "Feed", f"said {SECRET}", {"key": SECRET, "home": home.root}, trace=5)
    filed = [orjson.loads(line) for path in home.logs.iterdir() for line in path.read_bytes().splitlines()]
    (line,) = kept.told
    assert {**line, "timestamp": line["at"]} == {**filed[-1], "at": line["at"], "number": 0}
    assert line["message"] == "said ***"
    assert SECRET not in str(kept.told)


def test_a_storm_is_bounded_and_what_is_loud_gets_through(kept: Kept) -> None:
    now = [0.0]
    tell = teller(kept, now)
    for i in range(1000):
        tell("INFO", line(f"{i}"))
    tell("ERROR", line("loud", "ERROR"))
    assert len(kept.told) == MOST_PER_S + 1 and kept.told[-1]["message"] == "loud"
    assert tell.left_out == 1000 - MOST_PER_S
    now[0] = 1.0
    tell("INFO", line("later"))
    assert kept.told[-1]["message"] == "later"
    assert tell.newest() == [{**body, "seq": 7, "ts_ns": 99} for body in kept.told]


def test_what_is_too_long_is_cut_and_large_data_stays_in_the_file(kept: Kept) -> None:
    tell = teller(kept, [0.0])
    tell("INFO", line("x" * 5000, traceback="y" * LARGEST_DATA))
    assert kept.told[0]["message"] == "x" * LONGEST + "…" and kept.told[0]["data"] == {}


def line(message: str, level: str = "INFO", **data: Any) -> str:
    return orjson.dumps({"timestamp": "2026-11-19T10:30:00.000-03:00", "level": level, "component": "c",
                         "message": message, "data": data, "trace": None}).decode()
