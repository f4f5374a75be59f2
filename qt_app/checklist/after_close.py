"""What to look at after the close: the day's result, what is left in the market, the stop, the backup, parity."""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from qt_app.backup.shelf import Shelf
from qt_app.config import Config
from qt_app.costs import fees_of
from qt_app.errors import ExitCode, QtError
from qt_app.fees import Fees
from qt_app.home import Home
from qt_app.journal.reader import Reader
from qt_app.orders.account import day_of
from qt_app.orders.notes import SESSION
from qt_app.parity import last
from qt_app.reports.ledger import Ledger, read_ledger
from qt_app.reports.records import Result
from qt_app.services.finding import Finding
from qt_app.services.lock import running

#: What the journal says right after its backup: that the backup was made.
SLACK_S = 5.0
Book = tuple[str, str]      # contract, account


@dataclass(frozen=True, slots=True)
class AccountDay:
    """One account's day, as its daily report has it: to the cent, pessimistic, without what is still open."""

    account: str
    net_brl: float
    costs_brl: float
    trades: int
    wins: int
    fills: int


@dataclass(frozen=True, slots=True)
class Day:
    """A session by the journal; ``left``: signed lots by contract and account. Accounts are never added up."""

    day: dt.date
    accounts: tuple[AccountDay, ...]
    left: dict[Book, int]


def after_close(home: Home, config: Config) -> list[Finding]:
    """Every point, in the order of the manual."""
    if not home.journal.is_file():
        return [Finding("day", "warn", f"{home.root} has no journal: nothing has run here", "run `qt start`")]
    try:
        with Reader(home.journal) as reader:
            clean = [mark.kind for mark in reader.marks() if mark.kind in ("started", "stopped")][-1:] == ["stopped"]
            day = session_of(reader, fees_of(config))
    except QtError as error:
        return [Finding("journal", "fail", str(error), "restore a backup with `qt restore`", error.code)]
    return [*result(day, config), *position(day), stopped(home, clean=clean), backup(home), *parity(home, config)]


def session_of(reader: Reader, fees: Fees) -> Day | None:
    """The journal's last session; None before the first."""
    opened = reader.facts(SESSION)
    if not opened:
        return None
    day, ledger = day_of(int(str(opened[-1].value))), read_ledger(reader, fees)
    left = {(symbol, account): lots for symbol, account, lots in reader.positions() if lots}
    return Day(day, tuple(_account(day, account, ledger) for account in sorted(ledger.days.get(day, {}))), left)


def _account(day: dt.date, account: str, ledger: Ledger) -> AccountDay:
    own = ledger.days[day][account]
    money = Result.of(tuple(own.gross_brl), own.costs_brl)
    nets = [trade.net_brl[0] for trade in own.trades if trade.net_brl is not None]
    fills = sum(one.account == account and day_of(one.fill.ts_ns) == day for one in ledger.booked)
    return AccountDay(account, money.net_brl[0], money.costs_brl, len(nets), sum(net > 0 for net in nets), fills)


def result(day: Day | None, config: Config) -> Iterator[Finding]:
    """P&L of the day and its trades, account by account."""
    if day is None:
        yield Finding("P&L", "warn", "the journal holds no session yet", "run `qt start`")
        return
    if not day.accounts:
        yield Finding("P&L", "ok", f"{day.day}: nothing was traded")
    for one in day.accounts:
        lost = one.net_brl <= -config.risk.max_daily_loss_brl
        yield Finding("P&L", "warn" if lost else "ok", f"{day.day}, account {one.account}: net R$ {one.net_brl:.2f}, "
                      f"costs R$ {one.costs_brl:.2f}"
                      + (f"; the day's limit is R$ {config.risk.max_daily_loss_brl:.2f}" if lost else ""),
                      "look at what lost before the next session" if lost else "")
        won = f", {one.wins} won" if one.trades else ""
        yield Finding("trades", "ok", f"account {one.account}: {one.trades} round trips{won}, {one.fills} fills")


def position(day: Day | None) -> Iterator[Finding]:
    """What is left in the market after the close."""
    if day is None:
        return
    if not day.left:
        yield Finding("position", "ok", "flat")
    for (symbol, account), lots in day.left.items():
        yield Finding("position", "fail", f"{lots:+d} lots of {symbol} are left in account {account}",
                      "look at the broker; `qt halt` closes it while the engine runs, `qt halt --emergency` else",
                      ExitCode.MISMATCH)


def stopped(home: Home, *, clean: bool) -> Finding:
    """The engine was stopped, and ended properly."""
    owner = running(home)
    if owner is not None:
        return Finding("stopped", "warn", f"the engine still runs as process {owner.pid}", "stop it with `qt stop`")
    if clean:
        return Finding("stopped", "ok", "the last run ended properly")
    return Finding("stopped", "fail", "the last run did not end properly", "look at `qt logs --level ERROR`; the next "
                   "`qt start` goes on from the journal", ExitCode.NOT_RUNNING)


def backup(home: Home) -> Finding:
    """A backup that holds all of the journal."""
    newest = Shelf(home).newest()
    if newest is None:
        return Finding("backup", "fail", f"none in {home.backups}", "make one with `qt backup`", ExitCode.DATA)
    behind_s = home.journal.stat().st_mtime - newest[1].when.timestamp()
    if behind_s > SLACK_S:
        return Finding("backup", "warn", f"{newest[0].name} is {behind_s / 60:.0f} minutes behind the journal",
                       "make one with `qt backup`")
    return Finding("backup", "ok", newest[0].name)


def parity(home: Home, config: Config) -> Iterator[Finding]:
    """The last session's certificate."""
    told = last.read(home)
    runs = sorted(path.name for path in (home.data / "runs").glob("*") if (path / "summary.json").is_file())
    if told is None or (runs and told["run"] != runs[-1]):
        wanted = f"`qt parity {runs[-1]}`" if runs else "`qt parity`"
        off = "" if config.parity.enabled else "; parity.enabled is false"
        yield Finding("parity", "warn", f"the last session has no certificate (yet){off}", f"make it with {wanted}")
    elif told["verdict"] == "signed":
        yield Finding("parity", "ok", f"run {told['run']}: {told['words']}")
    else:
        yield Finding("parity", "fail", f"run {told['run']}: {told['words']}", "report it: live and replay differ",
                      ExitCode.DATA)


