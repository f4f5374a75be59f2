"""Rotation: by size and by day, compressed, removed when old; no line lost, split or written twice."""
from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import json
import threading
from pathlib import Path

import pytest

from qt_app.home import Home
from qt_app.logs import packing
from qt_app.logs.packing import Packing
from qt_app.logs.parts import every_part, part_of, parts
from qt_app.logs.rotation import Rotation, log_lock
from qt_app.services.log import Line, Log, write_line
from qt_app.zone import SAO_PAULO

TODAY = dt.datetime.now(SAO_PAULO).date()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.prepare()
    return found


def written(home: Home) -> list[str]:
    """Every message in the order of the files; each line must be whole."""
    found = []
    for part in parts(home.logs):
        with part.open() as file:
            content = file.read()
        assert content.endswith(b"\n")
        found += [json.loads(line)["message"] for line in content.splitlines()]
    return found


def work(rotation: Rotation, today: dt.date = TODAY) -> None:
    rotation.look(today)
    while rotation.pending:
        assert rotation.step()


def file_of(home: Home, days_ago: int, content: bytes = b"x\n", suffix: str = "") -> Path:
    path = home.log_file(TODAY - dt.timedelta(days_ago))
    path = path.with_name(path.name.replace(".log", f"{suffix}.log"))
    path.write_bytes(content)
    return path


def test_a_full_file_is_closed_between_two_lines_and_nothing_is_lost(home: Home) -> None:
    with Log(home, max_bytes=2_000) as log:
        for n in range(200):
            log.write("INFO", "c", str(n))
    assert written(home) == [str(n) for n in range(200)]
    closed = [part for part in parts(home.logs) if part.number is not None]
    assert len(closed) > 5
    assert all(2_000 <= len(part.open().read()) < 2_200 for part in closed)


@pytest.mark.lengthy
def test_lines_of_other_processes_survive_every_rotation(home: Home) -> None:
    """Two writers without a log of their own, beside one that closes its file after each line."""
    def single(name: str) -> None:
        for n in range(60):
            write_line(home, "INFO", "c", f"{name}{n}", {})

    with Log(home, max_bytes=1) as log:
        threads = [threading.Thread(target=single, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        for n in range(60):
            log.write("INFO", "c", f"log{n}")
        for thread in threads:
            thread.join()
    work(Rotation(home, 30))
    found = written(home)
    assert sorted(found) == sorted(f"{name}{n}" for name in ("a", "b", "log") for n in range(60))
    for name in ("a", "b", "log"):
        assert [m for m in found if m.startswith(name)] == [f"{name}{n}" for n in range(60)]


def test_a_run_past_midnight_compresses_the_day_before(home: Home) -> None:
    rotation = Rotation(home, 30)
    with Log(home) as log:
        for days in (1, 0):
            moment = dt.datetime.combine(TODAY - dt.timedelta(days), dt.time(12), SAO_PAULO)
            log._queue.put(Line(moment, "INFO", "c", f"{days} days ago", {}, None))
    work(rotation)
    assert [part.path.name for part in parts(home.logs)] == [
        f"{home.log_file(TODAY - dt.timedelta(1)).name}.gz", home.log_file(TODAY).name]
    assert written(home) == ["1 days ago", "0 days ago"]


def test_the_log_compresses_by_itself_when_it_is_calm(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    done = threading.Event()
    finish = Packing.finish

    def told(self: Packing) -> None:
        finish(self)
        done.set()

    monkeypatch.setattr(Packing, "finish", told)
    monkeypatch.setattr("qt_app.services.log.CALM_S", 0.01)
    old = file_of(home, 1, b'{"message": "old"}\n')
    with Log(home) as log:
        assert done.wait(20)
        log.write("INFO", "c", "new")
    assert not old.exists()
    assert written(home) == ["old", "new"]


def test_files_are_kept_for_the_days_that_are_set(home: Home) -> None:
    kept, gone, foreign = file_of(home, 30), file_of(home, 31), home.logs / "other_20200101.log"
    foreign.write_text("not ours")
    packed = home.logs / "production_20200101.2.log.gz"
    packed.write_bytes(gzip.compress(b"x\n"))
    work(Rotation(home, 0))
    assert packed.exists() and Path(f"{gone}.gz").exists()
    work(Rotation(home, 30))
    assert Path(f"{kept}.gz").exists() and foreign.exists()
    assert not packed.exists() and not Path(f"{gone}.gz").exists()


def test_the_open_file_of_today_is_left_alone(home: Home) -> None:
    today = file_of(home, 0)
    work(Rotation(home, 30))
    assert today.read_bytes() == b"x\n"


def test_a_copy_whose_file_is_still_there_counts_once(home: Home) -> None:
    """Killed between the two: the copy is whole, the file not yet removed."""
    plain = file_of(home, 1, b'{"message": "once"}\n')
    Path(f"{plain}.gz").write_bytes(gzip.compress(plain.read_bytes()))
    assert written(home) == ["once"]
    work(Rotation(home, 30))
    assert written(home) == ["once"] and len(every_part(home.logs)) == 1


def test_a_line_that_came_after_the_copy_was_made_is_kept(home: Home) -> None:
    plain = file_of(home, 1, b'{"message": "late"}\n')
    Path(f"{plain}.gz").write_bytes(gzip.compress(b'{"message": "early"}\n'))
    work(Rotation(home, 30))
    assert sorted(written(home)) == ["early", "late"]


def test_a_half_made_copy_is_made_anew(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "CHUNK", 16)
    plain = file_of(home, 1, b'{"message": "whole"}\n')
    rotation = Rotation(home, 30)
    rotation.look(TODAY)
    rotation.step()
    rotation.step()
    (partial,) = home.logs.glob(".*.partial")
    rotation.close()
    assert not partial.exists() and plain.exists()
    partial.write_bytes(b"what a killed run left")
    work(rotation)
    assert written(home) == ["whole"] and not plain.exists() and not partial.exists()


class Killed(BaseException):
    """The process is gone at this very call."""


@pytest.mark.parametrize(("call", "at"), [(call, at) for call in ("rename", "replace", "unlink") for at in range(3)])
def test_killed_at_any_call_that_moves_a_file_each_line_is_there_once(
        home: Home, monkeypatch: pytest.MonkeyPatch, call: str, at: int) -> None:
    """Three files to put away: today's full one and those of two days. The next run finishes what this one began."""
    for days in (2, 1, 0):
        file_of(home, days, json.dumps({"message": f"{days} days ago"}).encode() + b"\n")
    calls, real = [], getattr(Path, call)

    def counted(self: Path, *args: object, **more: object) -> object:
        calls.append(self)
        if len(calls) == at + 1:
            raise Killed
        return real(self, *args, **more)

    def all_of_it() -> None:
        rotation = Rotation(home, 30)
        rotation.close_full(TODAY)
        work(rotation)

    with monkeypatch.context() as patched:
        patched.setattr(Path, call, counted)
        with contextlib.suppress(Killed):
            all_of_it()
    (home.state / "log.lock").unlink(missing_ok=True)      # the system lets go of a dead process's lock
    wanted = ["2 days ago", "1 days ago", "0 days ago"]
    assert written(home) == wanted
    work(Rotation(home, 30))
    assert written(home) == wanted
    assert len(every_part(home.logs)) == 3


def test_what_is_appended_while_it_is_compressed_is_in_the_copy(home: Home) -> None:
    plain = file_of(home, 1, b'{"message": "first"}\n')
    rotation = Rotation(home, 30)
    rotation.look(TODAY)
    rotation.step()
    rotation.step()
    with plain.open("ab") as file:
        file.write(b'{"message": "second"}\n')
    while rotation.pending:
        rotation.step()
    assert written(home) == ["first", "second"] and not plain.exists()


def test_rotation_waits_for_whoever_writes_and_never_blocks(home: Home) -> None:
    lock, rotation = log_lock(home), Rotation(home, 30)
    file_of(home, 0)
    file_of(home, 1)
    assert lock.take({})
    rotation.close_full(TODAY)
    rotation.look(TODAY)
    assert rotation.step() and rotation.step() and not rotation.step()
    lock.release()
    while rotation.pending:
        assert rotation.step()
    assert [part.path.name for part in parts(home.logs)] == [
        f"{home.log_file(TODAY - dt.timedelta(1)).name}.gz", home.log_file(TODAY).name]


@pytest.mark.parametrize("name", ["production_20261345.log", "production_2026112.log", "production_20261127.x.log",
                                  "production_20261127.log.bak", ".production_20261127.log.gz.partial"])
def test_files_of_other_names_are_nobodys_parts(name: str) -> None:
    assert part_of(Path(name)) is None
