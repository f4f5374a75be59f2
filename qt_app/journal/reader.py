"""What the journal holds, read without disturbing the one that writes it."""
from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, TypeVar

from qt_app.journal.entries import (
    Begin,
    Cancel,
    Decision,
    Entry,
    Fact,
    Fill,
    Mark,
    Named,
    OpenOrder,
    Order,
    Report,
    Sent,
)
from qt_app.journal.known import known
from qt_app.journal.opening import open_to_read, told
from qt_app.journal.rows import COLUMNS
from qt_app.votes import ENDINGS
from qt_app.zone import SAO_PAULO

#: Name of a run that only writes an operator's act while no engine runs: it is nobody's last run.
OPERATOR = "operator"

#: From (inclusive) and to (exclusive), event time in UTC ns.
Span = tuple[int, int]

ALWAYS: Span = (-(1 << 63), (1 << 63) - 1)

_HOUR_NS = 3600 * 1_000_000_000

_ENDINGS = tuple(sorted(ENDINGS))

E = TypeVar("E", bound=Entry)

News = Cancel | Sent | Named | Report | Fill


@dataclass(frozen=True, slots=True)
class Booked:
    """A fill with whose it is: the run that wrote it, the contract and the account, adopted lots among them."""

    run: str
    symbol: str
    account: str
    fill: Fill


class Reader:
    """Queries over one journal. Reads only, beside a running engine too; each answer is of one moment."""

    def __init__(self, path: Path) -> None:
        """Raises JournalError when there is no journal, or none that this release can read."""
        self._path = path
        self._connection = open_to_read(path)

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> Literal[False]:
        self._connection.close()
        return False

    # what reports ask

    def orders(self, span: Span = ALWAYS) -> list[Order]:
        return self._between(Order, span)

    def cancels(self, span: Span = ALWAYS) -> list[Cancel]:
        return self._between(Cancel, span)

    def reports(self, span: Span = ALWAYS) -> list[Report]:
        return self._between(Report, span)

    def fills(self, span: Span = ALWAYS) -> list[Fill]:
        return self._between(Fill, span)

    def booked(self) -> list[Booked]:
        """Every fill there is, in the order of its writing."""
        with self._moment():
            fills = self._all(Fill)
            with told(self._path):
                owners = self._connection.execute("SELECT runs.name, symbol, account FROM fills JOIN runs "
                                                  "ON runs.run = fills.run ORDER BY id").fetchall()
        return [Booked(run, symbol, account, fill) for (run, symbol, account), fill in zip(owners, fills, strict=True)]

    def runs_by_day(self) -> dict[dt.date, tuple[str, ...]]:
        """Days in Sao Paulo on which something was decided, ordered or filled, and by which runs, the oldest first."""
        hours = " UNION ".join(f"SELECT run, ts_ns / {_HOUR_NS} AS hour FROM {table}"
                               for table in ("decisions", "orders", "fills"))
        with told(self._path):
            rows = self._connection.execute(f"SELECT hour, name FROM ({hours}) JOIN runs USING (run) ORDER BY run")
            found: dict[dt.date, dict[str, None]] = {}
            for hour, name in rows:
                found.setdefault(dt.datetime.fromtimestamp(hour * 3600, SAO_PAULO).date(), {})[name] = None
        return {day: tuple(names) for day, names in sorted(found.items())}

    def started(self) -> dict[str, str]:
        """What each run said of itself when it started, by its name: source of the market and trading mode."""
        with told(self._path):
            return dict(self._connection.execute("SELECT runs.name, text FROM marks JOIN runs ON runs.run = marks.run "
                                                 "WHERE kind = 'started' ORDER BY id"))

    def decisions(self, span: Span = ALWAYS) -> list[Decision]:
        return self._between(Decision, span)

    def facts(self, name: str) -> list[Fact]:
        """Every value that a fact has had, oldest first."""
        return self._all(Fact, "WHERE name = ?", name)

    def positions(self) -> list[tuple[str, str, int]]:
        """Contract, account and signed lots after the last fill of each, the latest last."""
        query = "SELECT symbol, account, position FROM fills WHERE id IN (SELECT max(id) FROM fills GROUP BY symbol, " \
                "account) ORDER BY id"
        with told(self._path, self._connection):
            return list(self._connection.execute(query))

    def marks(self) -> list[Mark]:
        return self._all(Mark)

    def of_order(self, order_id: int) -> list[Entry]:
        """Everything about one order, in the order of its writing."""
        orders, news = self._all(Order, "WHERE order_id = ?", order_id), self._news("WHERE order_id = ?", order_id)
        return [*orders, *news.get(order_id, ())]

    # what a restart asks

    def begin(self, symbol: str, account: str, run: int | None = None) -> Begin:
        """What a restart continues from. ``run`` is the number of the run that asks: the last run is the one before."""
        with self._moment():
            session = self._number("SELECT coalesce(max(id), 0) FROM facts WHERE name = 'session'")
            return Begin(self._number("SELECT coalesce(max(order_id), 0) + 1 FROM orders"),
                         self._fills_since(symbol, account, session), self._open_orders(symbol, account, session),
                         self._latest_facts(), self._clean(run))

    def _fills_since(self, symbol: str, account: str, session: int) -> tuple[Fill, ...]:
        flat = self._number("SELECT coalesce(max(id), 0) FROM fills WHERE symbol = ? AND account = ? AND id < ? "
                            "AND position = 0", symbol, account, session)
        return tuple(self._all(Fill, "WHERE symbol = ? AND account = ? AND id > ?", symbol, account, flat))

    def _open_orders(self, symbol: str, account: str, session: int) -> tuple[OpenOrder, ...]:
        which = (f"WHERE symbol = ? AND account = ? AND (id > ? OR NOT EXISTS (SELECT 1 FROM reports "
                 f"WHERE reports.order_id = orders.order_id AND status IN {_ENDINGS}))")
        orders = self._numbered(Order, which, symbol, account, session)
        news = self._news(f"WHERE order_id IN (SELECT order_id FROM orders {which})", symbol, account, session)
        return tuple(known(order, news.get(order.order_id, ()), recent=number > session) for number, order in orders)

    def _news(self, which: str, *values: Any) -> dict[int, list[News]]:
        """What came of orders, by order, in the order of its writing."""
        kinds: tuple[type[News], ...] = (Cancel, Sent, Named, Report, Fill)
        found = sorted((row for kind in kinds for row in self._numbered(kind, which, *values)), key=itemgetter(0))
        news: dict[int, list[News]] = {}
        for _, entry in found:
            news.setdefault(entry.order_id, []).append(entry)
        return news

    def _latest_facts(self) -> dict[str, Fact]:
        latest = self._all(Fact, "WHERE id IN (SELECT max(id) FROM facts GROUP BY name)")
        return {fact.name: fact for fact in latest}

    def _clean(self, run: int | None) -> bool:
        """Whether the run before this one ended with "stopped"; without any there is nothing to clean up."""
        last = self._number("SELECT coalesce(max(run), 0) FROM runs WHERE run IS NOT ? AND name <> ?", run, OPERATOR)
        kinds = [mark.kind for mark in self._all(Mark, "WHERE run = ? AND kind IN ('started', 'stopped')", last)]
        return not last or kinds[-1:] == ["stopped"]

    # rows

    @contextmanager
    def _moment(self) -> Iterator[None]:
        """One read transaction: several queries see the same moment."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def _number(self, query: str, *values: Any) -> int:
        with told(self._path):
            return int(self._connection.execute(query, values).fetchone()[0])

    def _between(self, kind: type[E], span: Span) -> list[E]:
        return self._all(kind, "WHERE ts_ns >= ? AND ts_ns < ?", *span)

    def _all(self, kind: type[E], where: str = "", *values: Any) -> list[E]:
        return [entry for _, entry in self._numbered(kind, where, *values)]

    def _numbered(self, kind: type[E], where: str = "", *values: Any) -> list[tuple[int, E]]:
        """Entries with their ids, in the order of their writing."""
        table, columns = COLUMNS[kind]
        query = f"SELECT id, {', '.join(columns)} FROM {table} {where} ORDER BY id"
        with told(self._path):
            return [(row[0], _entry(kind, row[1:])) for row in self._connection.execute(query, values)]


def _entry(kind: type[E], row: tuple[Any, ...]) -> E:
    values = list(row)
    if kind is Fill:
        values[0], values[8] = values[0] or 0, bool(values[8])
    elif kind is Fact:
        values[1] = json.loads(values[1])
    elif kind is Decision and values[3] is None:
        values[3] = float("nan")
    return kind(*values)
