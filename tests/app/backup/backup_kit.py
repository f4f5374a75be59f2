"""A home with a past: a journal with a position and counters, configuration, secrets, a model."""
from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

from qt_app.backup.manifest import Manifest
from qt_app.backup.shelf import Shelf
from qt_app.config import Config, parse_problems
from qt_app.home import Home
from qt_app.journal.entries import Fact, Fill, Mark, Order, Report
from qt_app.journal.journal import Journal

SECRET = "planted-71-env-file"
DAY_NS = 1_764_162_000_000_000_000


def trade(journal: Journal, order_id: int, position: int, side: int = 1) -> None:
    """One order of one lot that filled and led to a position."""
    ts_ns = DAY_NS + order_id * 1_000_000_000
    journal.put(Order(order_id, order_id, ts_ns, "WDOZ26", "paper", "entry", side, 1, 10_850, None, "BUY"))
    journal.put(Report(order_id, order_id, ts_ns, "filled", 1, ""))
    journal.put(Fill(order_id, order_id, ts_ns, side, 1, 10_850, 1, 0, True, position))


def write_journal(home: Home, trades: int = 1) -> None:
    """A run that bought ``trades`` more lots and ended well."""
    home.prepare()
    journal = Journal.open(home.journal, "20261126-100000")
    journal.put(Mark("started", DAY_NS, ""))
    journal.put(Fact("session", DAY_NS, DAY_NS))
    for _ in range(trades):
        begin = journal.begin("WDOZ26", "paper")
        trade(journal, begin.next_order_id, begin.position + 1)
        journal.barrier()
    journal.put(Fact("strikes", trades, DAY_NS))
    journal.put(Mark("stopped", DAY_NS, ""))
    journal.close()


def write_settings(home: Home) -> None:
    home.config.write_text(json.dumps({"risk": {"max_position": 2}, "model": {"path": None}}))
    home.env.write_text(f"# a comment\nPROFIT_PASSWORD='{SECRET}'\nMAX_DAILY_TRADES=7\n")
    home.env.chmod(0o600)


def furnished(root: Path) -> Home:
    home = Home(root)
    write_journal(home)
    write_settings(home)
    return home


def config_of(home: Home) -> Config:
    return parse_problems(home, environ={})[0]


def position(home: Home) -> int:
    """As the journal tells a restart."""
    journal = Journal.open(home.journal, "look")
    try:
        return journal.begin("WDOZ26", "paper").position
    finally:
        journal.close()


def damage(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2:len(content) // 2 + 4096] = b"\xff" * 4096
    path.write_bytes(content)


def shelve(home: Home, moment: dt.datetime, reason: str = "hourly") -> Path:
    partial, final = Shelf(home).names(moment, reason)
    partial.mkdir(parents=True)
    Manifest(reason, moment.isoformat(), str(home.root), "2", None, {}, (), ()).write(partial)
    return partial.rename(final)
