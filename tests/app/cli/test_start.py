"""qt start, stop, status, halt and resume around a stand-in for the engine."""
from __future__ import annotations

import datetime as dt
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from qt_app.__main__ import main
from qt_app.config import Config
from qt_app.errors import ConfigError, ExitCode, NotRunningError, QtError, TimedOutError
from qt_app.home import Home
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader
from qt_app.risk.latch import Latch
from qt_app.services import start as service
from qt_app.services.lock import InstanceLock, running
from qt_app.services.process import Owner
from qt_app.services.start import StartOptions, choose_source, spawn
from qt_app.supervisor import record

STAND_IN = (sys.executable, str(Path(__file__).with_name("engine_stand_in.py")))


@pytest.fixture
def home(tmp_path: Path, repo: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("PYTHONPATH", str(repo))
    found = Home(tmp_path / "home")
    yield found
    owner = running(found)
    if owner is not None:       # only the stand-in that this test started
        process = psutil.Process(owner.pid)
        process.kill()
        process.wait(10)


@pytest.fixture
def engine(home: Home) -> dict[str, Any]:
    return spawn(home, [], 30, STAND_IN)


# -- the background


def test_detach_returns_once_the_engine_is_up(home: Home) -> None:
    status = spawn(home, ["--symbol", "WINZ26"], 30, STAND_IN)
    owner = running(home)
    assert owner is not None and owner.pid == status["pid"]
    assert status["symbol"] == "WINZ26"


@pytest.mark.lengthy
def test_detach_waits_until_the_start_is_over(home: Home) -> None:
    assert spawn(home, ["--symbol", "SLOW"], 30, STAND_IN)["state"] == "running"


def test_a_second_start_is_refused(home: Home, engine: dict[str, Any]) -> None:
    with pytest.raises(NotRunningError, match=f"already running .* process {engine['pid']}"):
        spawn(home, [], 30, STAND_IN)


@pytest.mark.lengthy
def test_a_child_that_ends_early_gives_its_sentence_and_code(home: Home) -> None:
    with pytest.raises(QtError, match=r"^the DLL does not export SendOrder$") as caught:
        spawn(home, ["--symbol", "BROKEN"], 30, STAND_IN)
    assert caught.value.code == ExitCode.BROKER


def test_a_child_that_says_nothing_is_told_so(home: Home) -> None:
    with pytest.raises(QtError, match="exit code 7 and said nothing") as caught:
        spawn(home, [], 30, (sys.executable, "-c", "raise SystemExit(7)"))
    assert caught.value.code == ExitCode.REFUSED


def test_a_child_that_never_answers_times_out(home: Home) -> None:
    with pytest.raises(TimedOutError, match=r"was not up within 0\.2 s"):
        spawn(home, [], 0.2, (sys.executable, "-c", "import time; time.sleep(3)"))


# -- the verbs


@pytest.mark.lengthy
def test_start_detach_prints_the_pid_and_what_it_does(home: Home, monkeypatch: pytest.MonkeyPatch,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    seen: list[Any] = []

    def fake(at: Home, arguments: list[str], timeout: float, role: str) -> dict[str, Any]:
        assert role == "--background"
        seen.append((at, arguments, timeout))
        return spawn(at, [], timeout, STAND_IN)

    monkeypatch.setattr("qt_app.cli.start.spawn", fake)
    args = ["start", "--detach", "--home", str(home.root), "--speed", "10", "--start-time", "11:00", "--until", "12:00",
            "--timeout", "30"]
    assert main(args) == 0
    owner = running(home)
    assert owner is not None
    assert f"started process {owner.pid}" in capsys.readouterr().out
    assert [(at, sorted(arguments), timeout) for at, arguments, timeout in seen] == [
        (home, sorted(["--start-time", "11:00", "--speed", "10.0", "--until", "12:00"]), 30.0)]


@pytest.mark.lengthy
def test_status_in_every_form(home: Home, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--home", str(home.root)]
    assert main(["status", *at]) == 0
    assert "WDOZ26 from sim, SYNTHETIC, connected" in capsys.readouterr().out
    assert main(["status", "--json", *at]) == 0
    assert json.loads(capsys.readouterr().out)["pid"] == engine["pid"]
    assert main(["status", "--check", *at]) == 0
    assert capsys.readouterr().out.startswith("healthy")


@pytest.mark.lengthy
def test_halt_and_resume(home: Home, engine: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--home", str(home.root)]
    assert main(["halt", *at]) == 0
    assert capsys.readouterr().out == "halted: 2 orders cancelled, flat, latched until `qt resume`\n"
    assert main(["status", "--check", *at]) == 7
    capsys.readouterr()
    assert main(["resume", *at]) == 0
    assert capsys.readouterr().out == "lifted: HALTED\nentries are allowed again\n"
    assert main(["status", "--check", *at]) == 0


@pytest.mark.lengthy
def test_a_halt_that_is_not_confirmed_says_what_remains(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    spawn(home, ["--symbol", "STUCK"], 30, STAND_IN)
    at = ["--home", str(home.root)]
    assert main(["halt", "--timeout", "0.1", *at]) == 5
    assert "not confirmed within 0.1 s: position +1 lots, 1 order working" in capsys.readouterr().err
    assert main(["halt", "--no-wait", *at]) == 0
    assert "not waited for" in capsys.readouterr().out
    assert main(["halt", "--entries-only", *at]) == 0
    assert "position +1 lots stays protected" in capsys.readouterr().out


@pytest.mark.lengthy
def test_watch_ends_with_the_engine(home: Home, engine: dict[str, Any], monkeypatch: pytest.MonkeyPatch,
                                    capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("qt_app.cli.status.time", SimpleNamespace(
        sleep=lambda seconds: main(["stop", "--home", str(home.root)])))
    assert main(["status", "--watch", "--json", "--home", str(home.root)]) == 3
    out = capsys.readouterr().out.splitlines()
    assert json.loads(out[0])["pid"] == engine["pid"] and out[1].startswith(f"stopped process {engine['pid']}: ")


@pytest.mark.lengthy
@pytest.mark.parametrize(("flags", "position"), [
    ([], "None"), (["--position", "flatten"], "flatten"), (["--position", "keep"], "keep"),
    (["--keep-position"], "keep")])
def test_stop_asks_and_waits_for_the_end(home: Home, engine: dict[str, Any], flags: list[str], position: str,
                                         capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stop", *flags, "--home", str(home.root)]) == 0
    assert capsys.readouterr().out == f"stopped process {engine['pid']}: it did not say what it left: look at the log\n"
    assert (home.state / "stop.txt").read_text() == position
    assert running(home) is None
    assert main(["stop", "--home", str(home.root)]) == 3


@pytest.mark.lengthy
def test_stop_never_kills(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    pid = spawn(home, ["--symbol", "STUCK"], 30, STAND_IN)["pid"]
    assert main(["stop", "--timeout", "1", "--home", str(home.root)]) == 5
    assert f"process {pid}) took the stop but still runs" in capsys.readouterr().err
    assert psutil.pid_exists(pid)


@pytest.mark.parametrize("words", [["status"], ["status", "--check"], ["stop"], ["halt"], ["resume"]])
def test_without_an_engine_the_answer_is_exit_3(tmp_path: Path, words: list[str],
                                                capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*words, "--home", str(tmp_path)]) == 3
    assert "start it with `qt start`" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def halted(home: Home) -> Latch | None:
    with Reader(home.journal) as reader:
        return Latch.of(reader.begin("WDOZ26", "paper").facts)


def test_where_no_engine_runs_a_halt_waits_for_the_next_start(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.prepare()
    Journal.open(home.journal, "a run").close()
    at = ["--home", str(home.root)]
    assert main(["halt", "--reason", "holiday", *at]) == 0
    assert "no engine runs" in capsys.readouterr().out
    assert main(["halt", "--entries-only", *at]) == 0
    latch = halted(home)
    assert latch is not None and (latch.kind, latch.reason) == ("halt", "holiday")
    capsys.readouterr()
    assert main(["resume", *at]) == 0
    assert capsys.readouterr().out.startswith("lifted: HALTED\nno engine runs")
    assert halted(home) is None
    assert main(["resume", *at]) == 0
    assert capsys.readouterr().out.startswith("nothing was halted")
    with Reader(home.journal) as reader:
        assert [mark.kind for mark in reader.marks()] == ["halt", "reduce", "resume", "resume"]
        assert all("process" in mark.text for mark in reader.marks())


@pytest.mark.lengthy
def test_an_engine_that_does_not_answer_yet_is_waited_for(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.prepare()
    Journal.open(home.journal, "a run").close()
    with InstanceLock(home):
        assert main(["halt", "--timeout", "0.3", "--home", str(home.root)]) == 5
    assert "it does not answer" in capsys.readouterr().err
    assert halted(home) is None


# -- no engine, and a supervisor


@pytest.fixture
def supervised(tmp_path: Path) -> Home:
    """This very process stands in for the supervisor of a dead engine."""
    found, me = Home(tmp_path), Owner.me()
    found.prepare()
    dead = record.Record(me.pid, me.started, "restarting", 4711, 2, 2, "killed by SIGSEGV", "now", me.boot)
    record.write(found, dead)
    return found


def test_status_says_stale_while_the_engine_is_dead(supervised: Home, capsys: pytest.CaptureFixture[str]) -> None:
    at = ["--home", str(supervised.root)]
    for words in (["status"], ["status", "--check"], ["status", "--watch"]):
        assert main([*words, *at]) == 3
        said = capsys.readouterr().err
        assert "STALE: the engine is dead since now (killed by SIGSEGV)" in said and "starting it again" in said
    assert main(["status", "--json", *at]) == 3
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "STALE" and told["supervisor"]["restarts"] == 2


def test_status_says_what_was_given_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    home = Home(tmp_path)
    home.prepare()
    record.write(home, record.Record(1, 5.0, "gave up", 4711, 3, 3, "killed by SIGSEGV", "then"))
    assert main(["status", "--home", str(tmp_path)]) == 3
    assert "the last run was given up at then (killed by SIGSEGV, 3 restarts)" in capsys.readouterr().err


def test_a_stop_without_an_engine_ends_its_supervisor(supervised: Home, monkeypatch: pytest.MonkeyPatch,
                                                      capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("qt_app.services.stop._wait", lambda owner, left_s, timeout_s: None)
    assert main(["stop", "--home", str(supervised.root)]) == 3
    said = capsys.readouterr().err
    assert "there was no engine to stop" in said and "nothing was ever traded in this home" in said
    assert record.end_requested(supervised, Owner.me())


# -- the options


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Config, Home, StartOptions]]:
    """Takes the engine's place in the foreground."""
    calls: list[tuple[Config, Home, StartOptions]] = []

    def run(config: Config, home: Home, options: StartOptions, on_ready: object) -> int:
        calls.append((config, home, options))
        return 7

    monkeypatch.setitem(sys.modules, "qt_app.runner", SimpleNamespace(run=run))
    return calls


def test_options_override_the_configuration(tmp_path: Path, runner: list[Any]) -> None:
    library = tmp_path / "x.dll"
    assert main(["start", "--home", str(tmp_path), "--symbol", "WIN", "--seed", "7", "--day", "2026-11-20",
                 "--speed", "0", "--start-time", "09:00", "--activity", "2", "--dll", str(library), "--feed", "sim",
                 "--until", "17:30", "--no-supervisor"]) == 7
    config, home, options = runner[0]
    assert home == Home(tmp_path)
    assert config.trading.symbol == "WIN" and config.feed.dll_path == str(library)
    sim = config.simulator
    assert (sim.seed, sim.day, sim.speed, sim.start, sim.activity) == (7, "2026-11-20", 0.0, "09:00", 2.0)
    assert config.origin("simulator.seed") == "command line"
    assert options == StartOptions("sim", None, dt.time(17, 30), status_line=False, console=True)


@pytest.mark.parametrize(("option", "value"), [("--speed", "-1"), ("--day", "yesterday"), ("--start-time", "9h"),
                                               ("--symbol", "wdo")])
def test_a_bad_option_is_a_configuration_error(tmp_path: Path, runner: list[Any], option: str, value: str) -> None:
    assert main(["start", "--home", str(tmp_path), option, value]) == 4
    assert runner == []


def test_a_bad_until_is_wrong_usage(tmp_path: Path, runner: list[Any]) -> None:
    assert main(["start", "--home", str(tmp_path), "--until", "noon"]) == 2


def test_the_background_child_is_quiet(tmp_path: Path, runner: list[Any]) -> None:
    main(["start", "--home", str(tmp_path), "--foreground-child"])
    assert runner[0][2].console is False


def with_dll() -> Config:
    return Config(feed=type(Config().feed)(dll_path="ProfitDLL64.dll"))


def test_the_source(tmp_path: Path) -> None:
    assert choose_source(None, Config()) == ("sim", None)
    assert choose_source(None, with_dll()) == ("profit", None)
    assert choose_source("sim", with_dll()) == ("sim", None)
    assert choose_source("profit", with_dll()) == ("profit", None)
    assert choose_source(str(tmp_path), Config()) == ("recording", tmp_path)


def test_a_source_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="PROFIT_DLL_PATH"):
        choose_source("profit", Config())
    with pytest.raises(ConfigError, match="neither sim, profit nor an existing recording"):
        choose_source(str(tmp_path / "none"), Config())


@pytest.mark.lengthy
def test_no_secret_is_passed_on_to_the_child(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFIT_PASSWORD", "planted-pass")
    seen: list[list[str]] = []
    real = service.subprocess.Popen

    def spy(command: list[str], **rest: Any) -> Any:
        seen.append(command)
        return real(command, **rest)

    monkeypatch.setattr(service.subprocess, "Popen", spy)
    spawn(home, [], 30, STAND_IN)
    assert "planted-pass" not in " ".join(seen[0])
