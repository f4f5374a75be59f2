"""Entries as rows: one statement for each kind of entry."""
from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from qt_app.journal.entries import Cancel, Decision, Entry, Fact, Fill, Mark, Named, Order, Report, Sent
from qt_app.journal.schema import TABLES

Values = tuple[Any, ...]

#: Order: table and columns behind id and run, in the order of the entry's fields.
COLUMNS: dict[type[Any], tuple[str, tuple[str, ...]]] = {
    Order: ("orders", ("order_id", "seq", "ts_ns", "symbol", "account", "purpose", "side", "qty", "price", "stop",
                       "reason")),
    Cancel: ("cancels", ("order_id", "ts_ns", "reason")),
    Sent: ("sent", ("order_id", "local_id", "message_id", "session")),
    Named: ("named", ("order_id", "cl_ord_id")),
    Report: ("reports", ("order_id", "seq", "ts_ns", "status", "traded", "text")),
    Fill: ("fills", ("order_id", "seq", "ts_ns", "side", "qty", "price", "cost_probable", "cost_optimistic", "entry",
                     "position")),
    Decision: ("decisions", ("seq", "ts_ns", "action", "confidence", "reason", "inputs")),
    Fact: ("facts", ("name", "value", "ts_ns")),
    Mark: ("marks", ("kind", "ts_ns", "text")),
}

_VALUES: dict[type[Any], Callable[[Any], Values]] = {
    kind: attrgetter(*kind.__dataclass_fields__) for kind in COLUMNS
}

_LAST_POSITION = "SELECT position FROM fills WHERE symbol = ? AND account = ? ORDER BY id DESC LIMIT 1"


def _statement(kind: type[Any]) -> str:
    table, columns = COLUMNS[kind]
    marks = ", ".join("?" * (len(columns) + 2))
    return f"INSERT INTO {table} (id, run, {', '.join(columns)}) VALUES ({marks})"


_INSERT = {kind: _statement(kind) for kind in COLUMNS if kind is not Fill}

_INSERT_FILL = ("INSERT INTO fills (id, run, symbol, account, order_id, seq, ts_ns, side, qty, price, cost_probable, "
                "cost_optimistic, entry, position) VALUES (?, ?, ?, ?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?, ?, ?)")


def next_id(connection: sqlite3.Connection) -> int:
    """The id of the next row of any table."""
    latest = " UNION ALL ".join(f"SELECT max(id) AS id FROM {table}" for table in TABLES)
    return int(connection.execute(f"SELECT coalesce(max(id), 0) + 1 FROM ({latest})").fetchone()[0])


class Rows:
    """Puts entries of one run into the tables. ``symbol`` and ``account`` are whose lots are adopted."""

    def __init__(self, connection: sqlite3.Connection, run: int) -> None:
        self._connection = connection
        self._run = run
        self.next_id = next_id(connection)
        self.symbol: str | None = None
        self.account: str | None = None

    def add(self, entry: Entry) -> str:
        """One row. Returns what is odd about it, "" when nothing is; raises sqlite3.Error."""
        if isinstance(entry, Fill):
            return self._fill(entry)
        values: Values = _VALUES[type(entry)](entry)
        if isinstance(entry, Fact):
            values = (entry.name, json.dumps(entry.value), entry.ts_ns)
        self._insert(_INSERT[type(entry)], values)
        return ""

    def _insert(self, statement: str, values: Values) -> None:
        self._connection.execute(statement, (self.next_id, self._run, *values))
        self.next_id += 1

    def _fill(self, fill: Fill) -> str:
        symbol, account = self._whose(fill)
        last = self._connection.execute(_LAST_POSITION, (symbol, account)).fetchone()
        before = last[0] if last else 0
        self._insert(_INSERT_FILL, (symbol, account, *_VALUES[Fill](fill)))
        if before + fill.side * fill.qty == fill.position:
            return ""
        return f"the position was {before} before this fill"

    def _whose(self, fill: Fill) -> Values:
        """The account of the fill's order; adopted lots are the account's that this run began with."""
        if not fill.order_id:
            return self.symbol, self.account
        order = self._connection.execute("SELECT symbol, account FROM orders WHERE order_id = ?",
                                         (fill.order_id,)).fetchone()
        return tuple(order) if order else (self.symbol, self.account)
