"""What a trader does, in the journal's words: here alone it is translated, so that the trader only says what happened.

An order is noted before it goes to the gateway and a cancel before it is asked for; a fill is noted before the report
that told it, so that a journal cut anywhere never believes an order's end whose lots it has not booked.
"""
from __future__ import annotations

from qt_app.journal import entries
from qt_app.orders.account import Fill
from qt_app.risk.intent import Purpose
from qt_app.votes import OrderReport, OrderRequest

#: Name of the fact that tells the open of the session that counts are of.
SESSION = "session"


class Notes:
    """One account's notes about one contract; ``to`` is a journal's ``put``, or nowhere."""

    def __init__(self, symbol: str, account: str = "paper", to: entries.Note = entries.nowhere) -> None:
        self._symbol = symbol
        self._account = account
        self.put = to

    def order(self, r: OrderRequest, purpose: Purpose) -> None:
        self.put(entries.Order(r.order_id, r.seq, r.ts_ns, self._symbol, self._account, purpose.value, r.side, r.qty,
                               r.price, r.stop, r.reason))

    def cancel(self, order_id: int, ts_ns: int, reason: str) -> None:
        self.put(entries.Cancel(order_id, ts_ns, reason))

    def report(self, r: OrderReport) -> None:
        self.put(entries.Report(r.order_id, r.seq, r.ts_ns, r.status, r.traded, r.text))

    def fill(self, f: Fill, *, entry: bool, position: int) -> None:
        self.put(entries.Fill(f.order_id, f.seq, f.ts_ns, f.side, f.qty, f.price, f.cost_probable, f.cost_optimistic,
                              entry, position))

    def session(self, open_ns: int, now_ns: int) -> None:
        self.put(entries.Fact(SESSION, open_ns, now_ns))


def fill_of(f: entries.Fill) -> Fill:
    """A fill as an account books it."""
    return Fill(f.order_id, f.seq, f.ts_ns, f.side, f.qty, f.price, f.cost_probable, f.cost_optimistic)
