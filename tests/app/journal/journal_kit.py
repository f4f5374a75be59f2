"""Entries that tests of the journal write."""
from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qt_app.journal.entries import Entry, Fill, Order, Report
from qt_app.journal.journal import Journal

#: A folder in memory, where a test does not depend on the disk's pace; None: the usual one.
MEMORY = next((folder for folder in ("/dev/shm",) if Path(folder).is_dir()), None)

SYMBOL, ACCOUNT = "WDOZ26", "32003:sim"

SECOND = 1_000_000_000

#: Wednesday 2026-11-25, 12:00 UTC.
NOON = 1_795_608_000 * SECOND


def order(order_id: int, *, side: int = 1, qty: int = 2, ts_ns: int = NOON, symbol: str = SYMBOL,
          account: str = ACCOUNT, purpose: str = "entry") -> Order:
    return Order(order_id, order_id * 10, ts_ns, symbol, account, purpose, side, qty, None, None, "TEST")


def fill(order_id: int, position: int, *, side: int = 1, qty: int = 1, price: int = 10_000, ts_ns: int = NOON,
         entry: bool = True) -> Fill:
    return Fill(order_id, order_id * 10, ts_ns, side, qty, price, qty * price, qty * price, entry, position)


def report(order_id: int, status: str, traded: int = 0, text: str = "", ts_ns: int = NOON) -> Report:
    return Report(order_id, order_id * 10, ts_ns, status, traded, text)


def written(path: Path, *entries: Entry) -> None:
    """A journal with these entries, closed in good order."""
    journal = Journal.open(path, "an earlier run")
    for entry in entries:
        journal.put(entry)
    journal.close()


def crash(path: Path, groups: Sequence[Sequence[Entry]]) -> None:
    """What a run leaves at ``path`` when it dies after these groups were durable one by one: a file and its log."""
    written(path)
    journal = Journal.open(path, "a run that dies")
    for group in groups:
        for entry in group:
            journal.put(entry)
        journal.barrier()
    log = path.with_name(f"{path.name}-wal")
    left = path.read_bytes(), log.read_bytes()
    journal.close()
    path.write_bytes(left[0])
    log.write_bytes(left[1])
