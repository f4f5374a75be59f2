"""What a day leaves to the next one: the journal's words, kept in memory instead of on a disk.

The answer is that of ``qt_app.journal.reader``, so a backtest that carries its account goes on as a run does.
"""
from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from qt_app.journal.entries import Begin, Cancel, Entry, Fact, Fill, Named, OpenOrder, Order, Report, Sent
from qt_app.journal.known import known
from qt_app.orders.notes import SESSION
from qt_app.votes import ENDINGS

E = TypeVar("E", bound=Entry)
News = Cancel | Sent | Named | Report | Fill


class Memory:
    """``put`` is what a journal's is. Each contract has an account of its own; order ids and facts are common."""

    def __init__(self) -> None:
        self._kept: list[tuple[str, Entry]] = []    # contract and entry, in the order of writing
        self._symbol = ""

    def open(self, symbol: str) -> Begin:
        """What the next day of a contract begins from; what is put from now on is that contract's."""
        self._symbol = symbol
        session = max((at for at, entry in self._all(Fact) if entry.name == SESSION), default=-1)
        facts = {entry.name: entry for _, entry in self._all(Fact)}
        next_id = 1 + max((entry.order_id for _, entry in self._all(Order)), default=0)
        return Begin(next_id, self._fills(session), self._orders(session), facts, clean=True)

    def put(self, entry: Entry) -> None:
        self._kept.append((self._symbol, entry))

    def _fills(self, session: int) -> tuple[Fill, ...]:
        """From the last flat moment before the latest session on."""
        own = self._all(Fill, own=True)
        flat = max((at for at, fill in own if at < session and fill.position == 0), default=-1)
        return tuple(fill for at, fill in own if at > flat)

    def _orders(self, session: int) -> tuple[OpenOrder, ...]:
        news: dict[int, list[News]] = {}
        for _, entry in self._kept:
            if isinstance(entry, News):
                news.setdefault(entry.order_id, []).append(entry)
        return tuple(known(order, news.get(order.order_id, ()), recent=at > session)
                     for at, order in self._all(Order, own=True)
                     if at > session or not _ended(news.get(order.order_id, ())))

    def _all(self, kind: type[E], *, own: bool = False) -> list[tuple[int, E]]:
        return [(at, entry) for at, (symbol, entry) in enumerate(self._kept)
                if isinstance(entry, kind) and (not own or symbol == self._symbol)]


def _ended(news: Sequence[News]) -> bool:
    return any(isinstance(entry, Report) and entry.status in ENDINGS for entry in news)
