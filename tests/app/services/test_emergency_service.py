"""Whose account an emergency closes, and how it makes sure that it is alone."""
from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from qt_app.config import Config, load
from qt_app.errors import ConfigError, TimedOutError
from qt_app.home import Home
from qt_app.journal.entries import Fact, Fill
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader
from qt_app.services import started
from qt_app.services.emergency import Emergency, alone
from qt_app.services.lock import InstanceLock, running
from qt_app.services.start import StartOptions

HOLD = """
import sys, time
from pathlib import Path
from qt_app.home import Home
from qt_app.services.lock import InstanceLock
with InstanceLock(Home(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(600)
"""


def ran(home: Home, config: Config, source: str = "profit") -> None:
    started.note(home, config, StartOptions(source))     # type: ignore[arg-type]


def with_trading(**values: str) -> Config:
    config = Config()
    return replace(config, trading=replace(config.trading, **values),
                   feed=replace(config.feed, dll_path="/opt/ProfitDLL64.dll"))


def test_the_last_run_says_which_account_whatever_this_shell_knows(home: Home) -> None:
    ran(home, with_trading(mode="live", account="1171:42", symbol="WIN"))
    found = Emergency.of(home)
    assert (found.config.trading.mode, found.config.trading.account) == ("live", "1171:42")
    assert (found.symbol, found.simulated, found.config.feed.dll_path) == ("WIN", False, "/opt/ProfitDLL64.dll")
    assert "every order of WIN in 1171:42 (live)" in found.words()


def test_the_position_in_the_journal_says_which_contract(home: Home) -> None:
    ran(home, with_trading(mode="simulator", symbol="WDO"))
    journal = Journal.open(home.journal, "test")
    journal.begin("WDOX26", "32003:1")
    journal.put(Fill(0, 1, 1, 1, 1, 5000, 5000, 5000, entry=False, position=1))
    journal.close()
    assert Emergency.of(home).symbol == "WDOX26"


def test_without_a_run_the_configuration_says_it(home: Home) -> None:
    found = Emergency.of(home)
    assert found.paper and found.simulated
    assert found.config.trading == load(home).trading


def test_a_recording_has_no_account(home: Home) -> None:
    ran(home, with_trading(mode="simulator"), "recording")
    with pytest.raises(ConfigError, match="played a recording"):
        Emergency.of(home)


def test_no_secret_is_in_the_note_of_a_run(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFIT_PASSWORD", "planted-pass")
    ran(home, load(home))
    assert b"planted" not in home.run_file.read_bytes()


def test_a_paper_account_is_latched_and_has_nothing_to_close(home: Home) -> None:
    said: list[str] = []
    Emergency.of(home).run(said.append, reason="drill")
    assert said[0] == "no engine runs in this home" and "there is no broker" in said[-1]
    with Reader(home.journal) as reader:
        facts = reader.facts("halt")
    assert [type(fact) for fact in facts] == [Fact] and facts[0].value["reason"] == "drill"     # type: ignore[index,call-overload]


@pytest.mark.lengthy
def test_an_engine_that_does_not_answer_is_ended_hard_and_nobody_else(home: Home,
                                                                      monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qt_app.services.emergency.SILENT_S", 0.1)
    def hold(folder: Path) -> subprocess.Popen[str]:
        Home(folder).prepare()
        child = subprocess.Popen([sys.executable, "-c", HOLD, str(folder)], text=True, stdout=subprocess.PIPE)
        assert child.stdout is not None and child.stdout.readline() == "held\n"
        return child

    mine, other = hold(home.root), hold(home.root / "other")
    try:
        said: list[str] = []
        with alone(home, said.append, 1.0):
            assert mine.poll() is not None and other.poll() is None
            owner = running(home)
            assert owner is not None and owner.pid != mine.pid    # this process holds it now
        assert f"the engine (process {mine.pid}) did not end: it is ended hard" in said
    finally:
        for child in (mine, other):
            child.kill()
            child.communicate()


def test_a_lock_that_nobody_signed_is_left_to_a_person(home: Home) -> None:
    with InstanceLock(home):
        home.lock.write_bytes(b"")
        with pytest.raises(TimedOutError, match="held by a process that does not sign it"), alone(home, print, 0.2):
            pass
