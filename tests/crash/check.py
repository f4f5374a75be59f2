"""Journal and exchange compared, order by order and to the tick."""
from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.random_session import LedgerOrder

from qt_app.journal.entries import Order, Report
from qt_app.journal.reader import Reader
from qt_core.vendor import TERMINAL

FIRST_LOCAL_ID, IDS_A_SESSION = 126_000_000_000_001, 3
BUY, FILLED, LOST = 1, 2, 204
NOT_OURS = 0    # of adopted fills


@dataclass(frozen=True)
class Truth:
    """What the exchange says, at the end of everything."""

    orders: list[LedgerOrder]
    position: int
    cash_ticks: int
    lots: int       # bought and sold
    working: int


def compare(truth: Truth, path: Path, symbol: str, account: str) -> list[str]:
    """Differences between a journal and the exchange, in words; the account must be flat by now."""
    with Reader(path) as journal:
        orders = journal.orders()
        told = {order.order_id: journal.of_order(order.order_id) for order in orders}
        fills, reports = journal.fills(), journal.reports()
        marks = journal.marks()
        begin = journal.begin(symbol, account)
    lots: Counter[int] = Counter()
    for fill in fills:
        lots[fill.order_id] += fill.qty
    found = _sums(truth, fills)
    found += [f"the journal holds what does not fit: {mark.text}" for mark in marks if mark.kind == "doubt"]
    found += [f"order {o.order.order_id} has not ended in the journal" for o in begin.orders if not o.ended]
    runs = [mark.text for mark in marks if mark.kind == "started"]
    owner, problems = _owners(truth.orders, orders, told, runs, lots)
    return found + problems + _orders(truth.orders, owner, fills, reports) + _strays(orders, owner, fills)


def _sums(truth: Truth, fills: list[Any]) -> list[str]:
    pairs = {"position": (sum(f.side * f.qty for f in fills), truth.position),
             "cash in ticks": (-sum(f.side * f.qty * f.price for f in fills), truth.cash_ticks),
             "lots traded": (sum(f.qty for f in fills), truth.lots)}
    found = [f"{name}: journal {ours}, exchange {theirs}" for name, (ours, theirs) in pairs.items() if ours != theirs]
    if truth.position or truth.working:
        found.append(f"the exchange is left with position {truth.position}, {truth.working} orders working")
    return found


def _owners(ledger: list[LedgerOrder], orders: list[Order], told: dict[int, list[Any]],
            runs: list[str], lots: Counter[int]) -> tuple[dict[int, int], list[str]]:
    """Place in the ledger -> our order. Every order of the exchange has one row, and no row two orders."""
    named, found = _names(told, runs), []
    owner = {index: named[index] for index in range(len(ledger)) if index in named}
    alive = {order_id for index, order_id in owner.items() if ledger[index].status != LOST}
    spare = [order for order in orders if order.order_id not in alive]
    for index, row in enumerate(ledger):
        if index in owner:
            continue
        fit = [o for o in spare if _same(o, row)]
        match = min(fit, key=lambda o: lots[o.order_id] != row.traded, default=None)
        if match is None:
            found.append(f"order {index + 1} of the exchange has no row in the journal: sent twice, or not by us")
            continue
        owner[index] = match.order_id
        spare.remove(match)
    return owner, found


def _names(told: dict[int, list[Any]], runs: list[str]) -> dict[int, int]:
    """By permanent name, else by the local id of its session; an order that was sent again has several places."""
    places: dict[int, int] = {}
    for order_id, entries in told.items():
        for entry in entries:
            kind = type(entry).__name__
            if kind == "Sent" and entry.local_id and entry.run in runs:
                session = runs.index(entry.run)
                places[entry.local_id - FIRST_LOCAL_ID - IDS_A_SESSION * session] = order_id
            elif kind == "Named" and entry.cl_ord_id:
                places[int(entry.cl_ord_id.removeprefix("SIM")) - 1] = order_id
    return places


def _same(order: Order, row: LedgerOrder) -> bool:
    side = 1 if row.side == BUY else -1
    none = -2**31
    wanted = (order.side, order.qty, none if order.price is None else order.price,
              none if order.stop is None else order.stop)
    return wanted == (side, row.qty, row.price, row.stop)


def _orders(ledger: list[LedgerOrder], owner: dict[int, int], fills: list[Any], reports: list[Report]) -> list[str]:
    lots: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for fill in fills:
        lots[fill.order_id][0] += fill.qty
        lots[fill.order_id][1] += fill.qty * fill.price
    theirs: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    found = _fates(ledger, owner, reports)
    for index, row in enumerate(ledger):
        if index not in owner:
            continue
        order_id = owner[index]
        theirs[order_id][0] += row.traded
        theirs[order_id][1] += row.value_ticks
        if row.status not in TERMINAL:
            found.append(f"order {order_id} is alive at the exchange: status {row.status}")
    found += [f"order {order_id}: (lots, ticks) {lots[order_id]} in the journal, {theirs[order_id]} at the exchange"
              for order_id in {*lots, *theirs} if lots[order_id] != theirs[order_id]]
    return found


def _fates(ledger: list[LedgerOrder], owner: dict[int, int], reports: list[Report]) -> list[str]:
    """An order has the end that it had at the exchange. Only what never came to be may have been sent again."""
    last = {report.order_id: report.status for report in reports if report.status != "triggered"}
    rows: dict[int, list[int]] = defaultdict(list)
    for index, order_id in owner.items():
        rows[order_id].append(ledger[index].status)
    found = []
    for order_id, statuses in rows.items():
        if sum(status != LOST for status in statuses) > 1:
            found.append(f"order {order_id} was sent twice: {statuses} at the exchange")
        if (FILLED in statuses) is not (last.get(order_id) == "filled"):
            found.append(f"order {order_id}: {last.get(order_id)} in the journal, {statuses} at the exchange")
    return found


def _strays(orders: list[Order], owner: dict[int, int], fills: list[Any]) -> list[str]:
    """Rows without an order at the exchange: only what was never sent, and so never traded."""
    known = set(owner.values())
    adopted = sum(1 for f in fills if f.order_id == NOT_OURS)
    found = [f"{adopted} fills were adopted: their orders were ours"] if adopted else []
    traded = {f.order_id for f in fills}
    return found + [f"order {o.order_id} traded and the exchange has no such order" for o in orders
                    if o.order_id in traded and o.order_id not in known]
