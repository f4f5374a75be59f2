"""qt logs: every line once, whatever the files went through, and only those that are wanted."""
from __future__ import annotations

import datetime as dt
import gzip
import json
import random
from pathlib import Path

import pytest

from qt_app.__main__ import main
from qt_app.errors import DataError
from qt_app.home import Home
from qt_app.logs.entries import LogEntry, NoMomentError, Wanted, as_text, moment
from qt_app.logs.reading import Follower, LogReader
from qt_app.logs.rotation import Rotation
from qt_app.services.log import Line
from qt_app.zone import SAO_PAULO

DAY = dt.date(2026, 11, 26)
NOON = dt.datetime(2026, 11, 26, 12, tzinfo=SAO_PAULO)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.prepare()
    return found


def line(n: int, level: str = "INFO", component: str = "Risk", trace: int | None = None,
         data: dict[str, object] | None = None) -> str:
    return Line(NOON + dt.timedelta(minutes=n), level, component, f"m{n}", data or {}, trace).encode() + "\n"


def put(home: Home, name: str, *lines: str) -> None:
    content = "".join(lines).encode()
    (home.logs / name).write_bytes(gzip.compress(content) if name.endswith(".gz") else content)


@pytest.fixture
def filled(home: Home) -> Home:
    """Six lines over four files of two days."""
    put(home, "production_20261125.log.gz", line(-1440, "ERROR", "Feed"))
    put(home, "production_20261126.1.log.gz", line(0), line(1, "WARNING", "Feed", 7))
    put(home, "production_20261126.2.log", line(2, "DEBUG"))
    put(home, "production_20261126.log", line(3, "CRITICAL", "qt", data={"traceback": "a\nb", "x": 1}),
        line(4, trace=7), '{"timestamp": "2026-11-26T12:05')
    return home


def told(home: Home, wanted: Wanted) -> list[str]:
    return [entry.message for entry in LogReader(home.logs).entries(wanted)]


def test_all_files_are_read_in_the_order_of_writing(filled: Home) -> None:
    assert told(filled, Wanted()) == ["m-1440", "m0", "m1", "m2", "m3", "m4"]


@pytest.mark.parametrize(("wanted", "messages"), [
    (Wanted(level="WARNING"), ["m-1440", "m1", "m3"]), (Wanted(components=("feed", "QT")), ["m-1440", "m1", "m3"]),
    (Wanted(trace=7), ["m1", "m4"]), (Wanted(since=NOON + dt.timedelta(minutes=2)), ["m2", "m3", "m4"]),
    (Wanted(level="ERROR", components=("qt",)), ["m3"]), (Wanted(trace=8), [])])
def test_filters(filled: Home, wanted: Wanted, messages: list[str]) -> None:
    assert told(filled, wanted) == messages


@pytest.mark.parametrize("count", range(8))
def test_the_last_lines(filled: Home, count: int) -> None:
    everything = told(filled, Wanted())
    assert [e.message for e in LogReader(filled.logs).last(count, Wanted())] == everything[-count:][:count]


def test_a_damaged_line_is_left_out_and_counted(home: Home) -> None:
    put(home, "production_20261126.log", line(0), "half a li\n", line(1))
    reader = LogReader(home.logs)
    assert [e.message for e in reader.entries(Wanted())] == ["m0", "m1"]
    assert reader.damaged == 1


def test_no_log_and_a_damaged_file_are_told(home: Home) -> None:
    with pytest.raises(DataError, match="nothing has run in this home"):
        told(home, Wanted())
    (home.logs / "production_20261125.log.gz").write_bytes(gzip.compress(line(0).encode() * 50)[:60])
    with pytest.raises(DataError, match=r"production_20261125.log.gz cannot be read"):
        told(home, Wanted())


@pytest.mark.lengthy
def test_a_follower_sees_each_line_once_across_rotations(home: Home) -> None:
    """Against the obvious: what was written, in order; looks fall at random places between writing and rotating."""
    chance = random.Random(7)
    seen: list[str] = []
    put(home, "production_20261126.log", line(0))
    follower = Follower(home.logs)
    rotation, day, n = Rotation(home, 0), DAY, 0
    for _ in range(300):
        act = chance.random()
        if act < 0.6:
            n += 1
            with home.log_file(day).open("a", encoding="utf-8") as file:
                file.write(line(n))
        elif act < 0.75:
            rotation.close_full(day)
        elif act < 0.78:
            day += dt.timedelta(1)
            rotation.look(day)
        elif act < 0.9 and rotation.pending:
            rotation.step()
        else:
            seen += [json.loads(found)["message"] for found in follower.poll()]
    rotation.look(day)
    seen += [json.loads(found)["message"] for found in follower.poll()]
    assert seen == [f"m{k}" for k in range(1, n + 1)]
    assert told(home, Wanted()) == [f"m{k}" for k in range(n + 1)]


def test_a_line_on_its_way_is_left_for_the_next_look(home: Home) -> None:
    follower = Follower(home.logs)
    assert follower.poll() == []
    whole = line(1).encode()
    path = home.log_file(DAY)
    path.write_bytes(whole[:20])
    assert follower.poll() == []
    path.write_bytes(whole)
    assert follower.poll() == [whole]


def test_what_is_shown_first_ends_where_following_begins(filled: Home) -> None:
    path = filled.log_file(DAY)
    path.write_bytes(path.read_bytes()[:path.read_bytes().rfind(b"\n") + 1])
    follower = Follower(filled.logs)
    with path.open("a", encoding="utf-8") as file:
        file.write(line(9))
    reader = LogReader(filled.logs, follower.place)
    assert [e.message for e in reader.last(2, Wanted())] == ["m3", "m4"]
    assert [json.loads(found)["message"] for found in follower.poll()] == ["m9"]


@pytest.mark.parametrize(("text", "expected"), [
    ("90s", "2026-11-26T11:58:30-03:00"), ("15m", "2026-11-26T11:45:00-03:00"), ("2h", "2026-11-26T10:00:00-03:00"),
    ("1d", "2026-11-25T12:00:00-03:00"), ("10:30", "2026-11-26T10:30:00-03:00"),
    ("2026-11-20", "2026-11-20T00:00:00-03:00"), ("2026-11-20 10:30", "2026-11-20T10:30:00-03:00"),
    ("2026-11-20T10:30:00+00:00", "2026-11-20T10:30:00+00:00")])
def test_moments(text: str, expected: str) -> None:
    assert moment(text, NOON).isoformat() == expected


@pytest.mark.parametrize("text", ["", "soon", "15", "26/11/2026", "25:00", "-5m"])
def test_what_names_no_moment(text: str) -> None:
    with pytest.raises(NoMomentError, match="names no moment"):
        moment(text, NOON)


def test_a_traceback_has_lines_of_its_own() -> None:
    entry = LogEntry.of(line(0, "CRITICAL", trace=5, data={"traceback": "a\nb", "x": 1}).encode())
    assert entry is not None
    assert as_text(entry) == '2026-11-26 12:00:00.000 CRITICAL Risk [5]: m0  {"x":1}\n    a\n    b'


def test_the_command(filled: Home, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--home", str(filled.root)]
    assert main(["logs", "-n", "2", *where]) == 0
    assert [text.split(": ")[1][:2] for text in capsys.readouterr().out.splitlines() if text[0] != " "] == ["m3", "m4"]
    assert main(["logs", "--trace", "7", "--json", *where]) == 0
    assert capsys.readouterr().out == line(1, "WARNING", "Feed", 7) + line(4, trace=7)
    assert main(["logs", "--since", "soon", *where]) == 2
    assert main(["logs", "--since", "2026-11-26T12:01", "--level", "warning", "--json", *where]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_command_without_a_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["logs", "--home", str(tmp_path)]) == 9
    assert "nothing has run in this home" in capsys.readouterr().err
