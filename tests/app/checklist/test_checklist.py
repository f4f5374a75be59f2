"""The manual's daily checklist: each point says ok, warns or fails, with its remedy and exit code."""
from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from qt_app.__main__ import main
from qt_app.checklist import after_close as after
from qt_app.checklist import before_open as before
from qt_app.config import KEYS, Config, parse_problems
from qt_app.errors import ExitCode, TimedOutError
from qt_app.fees import Fees
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.journal.entries import Entry, Fact, Fill, Mark, Order
from qt_app.journal.journal import Journal
from qt_app.journal.reader import Reader
from qt_app.parity import last
from qt_app.reports.facts import Past, gather
from qt_app.risk.latch import HALT, Latch
from qt_app.services.finding import Finding
from qt_app.services.process import Owner
from qt_app.zone import SAO_PAULO

SECOND = 1_000_000_000
DAY = dt.date(2026, 11, 25)
NOON = int(dt.datetime(2026, 11, 25, 12, tzinfo=SAO_PAULO).timestamp()) * SECOND
YESTERDAY = NOON - 86_400 * SECOND


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in KEYS:
        monkeypatch.delenv(key.env, raising=False)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home(tmp_path)
    found.prepare()
    return found


def at(clock: str, day: dt.date = DAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), SAO_PAULO)


def trade(first: int, ts_ns: int, bought: int, sold: int, account: str = "paper") -> list[Entry]:
    """A round trip of one lot at these ticks."""
    return [Order(first, 1, ts_ns, "WDOZ26", account, "entry", 1, 1, None, None, "T"),
            Fill(first, 1, ts_ns, 1, 1, bought, bought, bought, True, 1),
            Order(first + 1, 2, ts_ns + 1, "WDOZ26", account, "exit", -1, 1, None, None, "T"),
            Fill(first + 1, 2, ts_ns + 1, -1, 1, sold, sold, sold, False, 0)]


def journal(home: Home, *entries: Entry) -> None:
    writer = Journal.open(home.journal, "run-1")
    for entry in entries:
        writer.put(entry)
    writer.close()


def named(findings: list[Finding], name: str) -> Finding:
    return next(found for found in findings if found.name == name)


def engine(monkeypatch: pytest.MonkeyPatch, feed: dict[str, object] | None) -> None:
    """A running engine that answers with this feed; None: it does not answer."""
    class Client:
        def __init__(self, home: Home) -> None:
            pass

        def call(self, command: str) -> dict[str, object]:
            if feed is None:
                raise TimedOutError("no answer within 5 s")
            return {"feed": feed}

    for module in (before, after):
        monkeypatch.setattr(module, "running", lambda home: Owner.me())
    monkeypatch.setattr(before, "ControlClient", Client)


def opening(home: Home, clock: str = "08:30", day: dt.date = DAY) -> list[Finding]:
    config, problems = parse_problems(home)
    return before.before_open(home, config, problems, at(clock, day))


# before the open


@pytest.mark.lengthy
def test_a_fresh_home_is_ready(home: Home) -> None:
    found = opening(home)
    assert [f.name for f in found] == ["connection", "disk", "old logs", "risk", "model", "calendar", "start"]
    assert {f.verdict for f in found if f.name != "disk"} == {"ok"}


@pytest.mark.parametrize(("clock", "verdict", "words"), [
    ("08:44", "ok", "start by 08:45"), ("08:46", "warn", "opens at 09:00"), ("09:00", "warn", "is open since 09:00"),
    ("18:31", "ok", "session is over")])
def test_the_start_belongs_a_quarter_of_an_hour_ahead(home: Home, clock: str, verdict: str, words: str) -> None:
    found = named(opening(home, clock), "start")
    assert found.verdict == verdict and words in found.detail
    assert bool(found.remedy) is (verdict == "warn")


def test_a_day_without_a_session_names_the_next_one(home: Home) -> None:
    assert "opens on 2026-11-23 at 09:00" in named(opening(home, day=dt.date(2026, 11, 21)), "start").detail


@pytest.mark.parametrize(("feed", "verdict", "code"), [
    ({"connected": True, "source": "profit", "state": "ready"}, "ok", None),
    ({"connected": False, "source": "profit", "state": "outage"}, "fail", ExitCode.BROKER),
    (None, "fail", ExitCode.TIMEOUT)])
def test_the_connection_of_a_running_engine(home: Home, monkeypatch: pytest.MonkeyPatch, feed: dict[str, object] | None,
                                            verdict: str, code: ExitCode | None) -> None:
    engine(monkeypatch, feed)
    found = named(opening(home), "connection")
    assert found.verdict == verdict and (code is None or found.code == code)
    assert named(opening(home, "10:00"), "start").verdict == "ok"


def test_a_library_without_credentials(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROFIT_DLL_PATH", str(home.root / "none.dll"))
    found = opening(home)
    assert named(found, "credentials").code == ExitCode.CONFIG
    assert named(found, "ProfitDLL").code == ExitCode.BROKER


def test_old_logs(home: Home) -> None:
    for days in (31, 30, 0):
        home.log_file(DAY - dt.timedelta(days)).write_text("x\n")
    found = named(opening(home), "old logs")
    assert found.verdict == "warn" and "1 of 3 files" in found.detail and "qt clean --yes" in found.remedy


def test_a_wrong_configuration_is_exit_4(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    home.config.write_text('{"risk": {"stop_loss": 9}}')
    found = named(opening(home), "risk")
    assert found.verdict == "fail" and "risk.stop_loss" in found.detail
    assert main(["doctor", "--before-open", "--home", str(home.root)]) == ExitCode.CONFIG
    assert "remedy: correct it" in capsys.readouterr().out


def test_limits_that_are_off_warn_outside_the_paper_account(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QT_MAX_LOSSES_IN_ROW", "0")
    assert named(opening(home), "risk").verdict == "ok"
    monkeypatch.setenv("QT_MODE", "simulator")
    found = named(opening(home), "risk")
    assert found.verdict == "warn" and "risk.max_losses_in_row" in found.detail


def test_a_latched_halt_is_told(home: Home) -> None:
    journal(home, Latch("halt", "lunch", "ana", "2026-11-24T12:00:00-03:00").fact(NOON))
    found = named(opening(home), "halt")
    assert found.verdict == "warn" and "lunch" in found.detail and "qt resume" in found.remedy
    journal(home, Fact(HALT, None, NOON))
    assert named(opening(home), "halt").verdict == "ok"


# after the close


def session(home: Home, *more: Entry) -> None:
    """Yesterday lost 2 ticks; today won 6, lost 3: WDO, one lot, R$ 5.00 a tick."""
    journal(home, Mark("started", YESTERDAY, ""), Fact("session", YESTERDAY, YESTERDAY),
            *trade(1, YESTERDAY, 10_000, 9_998), Fact("session", NOON - SECOND, NOON - SECOND),
            *trade(3, NOON, 10_000, 10_006), *trade(5, NOON + SECOND, 10_000, 9_997), *more)


def test_the_days_result_is_that_days_to_the_cent(home: Home) -> None:
    session(home)
    with Reader(home.journal) as reader:
        day = after.session_of(reader, Fees(0.5))
    assert day is not None
    (paper,), costs = day.accounts, round(4 * Fees(0.5).side_brl(instrument("WDOZ26"), DAY, 1), 2)
    assert (day.day, day.left, paper.account) == (DAY, {}, "paper")
    assert (paper.trades, paper.wins, paper.fills) == (2, 1, 4)
    assert (paper.costs_brl, paper.net_brl) == (costs, round((6 - 3) * 5.0 - costs, 2))


def test_accounts_are_told_apart_as_in_the_daily_report(home: Home) -> None:
    session(home, *trade(7, NOON + SECOND, 10_000, 10_010, account="1:2"))
    told = [f.detail for f in after.after_close(home, Config()) if f.name == "P&L"]
    past = Past.read(home, Config())
    books = {book.account: book.result for book in gather(past, DAY).books}
    assert told == [f"{DAY}, account {name}: net R$ {books[name].net_brl[0]:.2f}, costs R$ {books[name].costs_brl:.2f}"
                    for name in ("1:2", "paper")]


@pytest.mark.lengthy
def test_a_good_day(home: Home) -> None:
    session(home, Mark("stopped", NOON, ""))
    found = after.after_close(home, Config())
    assert [f.name for f in found] == ["P&L", "trades", "position", "stopped", "backup", "parity"]
    assert [f.verdict for f in found] == ["ok", "ok", "ok", "ok", "fail", "warn"]
    assert "2 round trips, 1 won, 4 fills" in found[1].detail
    assert main(["backup", "--home", str(home.root)]) == 0
    last.note(home, "run-1", "signed", "signed off: 3 events")
    assert [f.verdict for f in after.after_close(home, Config())] == ["ok"] * 6


def test_a_loss_at_its_limit_warns(home: Home) -> None:
    session(home, *trade(7, NOON + 2 * SECOND, 10_000, 9_890))
    assert named(after.after_close(home, Config()), "P&L").verdict == "warn"


def test_a_position_that_is_left_is_exit_8(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    session(home, *trade(7, NOON + 2 * SECOND, 10_000, 10_000)[:2])
    found = named(after.after_close(home, Config()), "position")
    assert found.verdict == "fail" and "+1 lots of WDOZ26 are left in account paper" in found.detail
    assert main(["doctor", "--after-close", "--json", "--home", str(home.root)]) == ExitCode.MISMATCH
    assert any(f["name"] == "position" for f in json.loads(capsys.readouterr().out))


def test_a_run_that_died_and_one_that_still_runs(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    session(home)
    found = named(after.after_close(home, Config()), "stopped")
    assert found.verdict == "fail" and found.code == ExitCode.NOT_RUNNING
    engine(monkeypatch, {})
    assert named(after.after_close(home, Config()), "stopped").remedy == "stop it with `qt stop`"


def test_a_replay_that_differs_fails(home: Home) -> None:
    session(home)
    last.note(home, "run-1", "differs", "first difference: votes row 3")
    found = named(after.after_close(home, Config()), "parity")
    assert found.verdict == "fail" and found.code == ExitCode.DATA and "votes row 3" in found.detail


def test_the_certificate_of_an_earlier_run_is_not_this_ones(home: Home) -> None:
    session(home)
    (home.data / "runs" / "run-2").mkdir(parents=True)
    (home.data / "runs" / "run-2" / "summary.json").write_text("{}")
    last.note(home, "run-1", "signed", "signed off")
    found = named(after.after_close(home, Config()), "parity")
    assert found.verdict == "warn" and "qt parity run-2" in found.remedy


def test_nothing_has_run_and_a_journal_that_is_none(home: Home) -> None:
    assert [f.verdict for f in after.after_close(home, Config())] == ["warn"]
    home.journal.write_bytes(b"not a journal" * 100)
    (found,) = after.after_close(home, Config())
    assert found.verdict == "fail" and found.code == ExitCode.DATA
    assert named(opening(home), "journal").verdict == "fail"


def test_a_checklist_goes_by_itself(home: Home) -> None:
    assert main(["doctor", "--before-open", "--notify", "--home", str(home.root)]) == ExitCode.USAGE
