"""What to look at after the close: the day's result, what is left in the market, the stop, the backup, parity."""
from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from qt_app.backup.shelf import Shelf
from qt_app.config import Config
from qt_app.errors import ExitCode, QtError
from qt_app.fees import Fees
from qt_app.home import Home
from qt_app.instruments import instrument
from qt_app.journal.entries import Fill
from qt_app.journal.reader import Reader
from qt_app.orders.account import Account, day_of
from qt_app.orders.notes import SESSION, fill_of
from qt_app.parity import last
from qt_app.services.finding import Finding
from qt_app.services.lock import running

#: What the journal says right after its backup: that the backup was made.
SLACK_S = 5.0
Book = tuple[str, str]      # contract, account


@dataclass(frozen=True, slots=True)
class Day:
    """A session by the journal: ``net_brl`` of closed trades, costs of all fills off; ``left``: signed lots by book."""

    day: dt.date
    net_brl: float
    costs_brl: float
    trades: int
    wins: int
    fills: int
    left: dict[Book, int]


def after_close(home: Home, config: Config) -> list[Finding]:
    """Every point, in the order of the manual."""
    if not home.journal.is_file():
        return [Finding("day", "warn", f"{home.root} has no journal: nothing has run here", "run `qt start`")]
    try:
        with Reader(home.journal) as reader:
            clean = [mark.kind for mark in reader.marks() if mark.kind in ("started", "stopped")][-1:] == ["stopped"]
            day = session_of(reader, Fees(config.paper.brokerage_brl))
    except QtError as error:
        return [Finding("journal", "fail", str(error), "restore a backup with `qt restore`", error.code)]
    return [*result(day, config), *position(day), stopped(home, clean=clean), backup(home), *parity(home, config)]


def session_of(reader: Reader, fees: Fees) -> Day | None:
    """The journal's last session; None before the first. Positions of earlier days count at what they cost."""
    opened = reader.facts(SESSION)
    if not opened:
        return None
    day = day_of(int(str(opened[-1].value)))
    owner = {order.order_id: (order.symbol, order.account) for order in reader.orders()}
    books: dict[Book, list[Fill]] = defaultdict(list)
    for fill in reader.fills():
        if (book := owner.get(fill.order_id)) is not None:      # lots that were adopted belong to no order of ours
            books[book].append(fill)
    done = {book: _fold(book[0], fills, fees, day) for book, fills in books.items()}
    figures = [account.day(None, None) for account in done.values()]
    return Day(day, sum(f.realised_brl - f.costs_brl for f in figures), sum(f.costs_brl for f in figures),
               sum(a.today.trades for a in done.values()), sum(a.today.wins for a in done.values()),
               sum(day_of(f.ts_ns) == day for fills in books.values() for f in fills), _left(reader))


def _fold(symbol: str, fills: list[Fill], fees: Fees, day: dt.date) -> Account:
    account = Account(instrument(symbol), fees)
    for of_day in (False, True):
        if of_day:
            account.open_session()
        for fill in fills:
            if (day_of(fill.ts_ns) >= day) is of_day:
                account.fill(fill_of(fill), entry=fill.entry)
    return account


def _left(reader: Reader) -> dict[Book, int]:
    return {(symbol, account): lots for symbol, account, lots in reader.positions() if lots}


def result(day: Day | None, config: Config) -> Iterator[Finding]:
    """P&L of the day and its trades."""
    if day is None:
        yield Finding("P&L", "warn", "the journal holds no session yet", "run `qt start`")
        return
    lost = day.net_brl <= -config.risk.max_daily_loss_brl
    yield Finding("P&L", "warn" if lost else "ok", f"{day.day}: net R$ {day.net_brl:.2f}, costs R$ {day.costs_brl:.2f}"
                  + (f"; the day's limit is R$ {config.risk.max_daily_loss_brl:.2f}" if lost else ""),
                  "look at what lost before the next session" if lost else "")
    won = f", {day.wins} won" if day.trades else ""
    yield Finding("trades", "ok", f"{day.trades} round trips{won}, {day.fills} fills")


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


