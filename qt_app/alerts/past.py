"""Closed trades of earlier sessions, from the journal: a win rate of one session's few trades says nothing."""
from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from qt_app.errors import JournalError
from qt_app.fees import Fees
from qt_app.instruments import instrument
from qt_app.journal.entries import Fill
from qt_app.journal.reader import Reader
from qt_app.orders.account import Account
from qt_app.orders.notes import SESSION, fill_of

DAY_NS = 86_400 * 1_000_000_000
#: Older trades are another market.
DAYS = 30


def earlier_trades(journal: Path, fees: Fees, *, paper: bool) -> tuple[int, int]:
    """(trades, winners) of the last 30 days' sessions but the latest, which the running account counts itself.

    Counted contract by contract as the account counts; of the paper account, or of all others. None without a journal.
    """
    try:
        with Reader(journal) as reader:
            opened = [fact.ts_ns for fact in reader.facts(SESSION)]
            span = (opened[-1] - DAYS * DAY_NS, opened[-1]) if opened else (0, 0)
            owner = {o.order_id: (o.symbol, o.account) for o in reader.orders(span)}
            fills = reader.fills(span)
    except JournalError:
        return 0, 0
    books: dict[tuple[str, str], list[Fill]] = defaultdict(list)
    for fill in fills:      # lots that were adopted belong to no order, and say nothing about ours
        if (of := owner.get(fill.order_id)) is not None and (of[1] == "paper") is paper:
            books[of].append(fill)
    counts = [_count(symbol, rows, fees) for (symbol, _), rows in books.items()]
    return sum(trades for trades, _ in counts), sum(wins for _, wins in counts)


def _count(symbol: str, fills: list[Fill], fees: Fees) -> tuple[int, int]:
    book = Account(instrument(symbol), fees)
    for f in fills:
        book.fill(fill_of(f), entry=f.entry)
    return book.total.trades, book.total.wins
