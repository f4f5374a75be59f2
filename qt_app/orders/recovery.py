"""Orders of an earlier run, from the journal's rows back to what each part of the order path keeps of an order."""
from __future__ import annotations

from collections.abc import Iterable, Iterator

from qt_app.journal import entries
from qt_app.journal.entries import Begin, OpenOrder, Order
from qt_app.orders.account import Account
from qt_app.orders.life import Life, Terms, kind_of
from qt_app.orders.notes import SESSION, fill_of
from qt_app.orders.router import Wire
from qt_app.orders.sight import Stage
from qt_app.orders.tickets import Ticket
from qt_app.orders.working import Working
from qt_app.risk.intent import Purpose
from qt_app.votes import OrderReport, OrderRequest

#: Statuses of an order that the broker has shown at the exchange.
SHOWN = frozenset({"accepted", "partial", "triggered", "replaced"})


def fold(account: Account, begin: Begin) -> int | None:
    """Books an earlier run's fills, each in its session; returns the open of the session that the counts are of.

    The drawdown is followed at the fills' prices: quotes of an earlier run are not kept.
    """
    fact = begin.facts.get(SESSION)
    open_ns = None if fact is None else int(str(fact.value))
    opened = open_ns is None
    for f in begin.fills:
        if open_ns is not None and not opened and f.ts_ns >= open_ns:
            opened = True
            account.open_session()
        account.fill(fill_of(f), entry=f.entry)
        account.mark(f.price, f.price)
    if not opened:
        account.open_session()
    return open_ns


def side_of(fills: Iterable[entries.Fill]) -> int:
    """The side of the position that was entered or found last; 0 after a flat moment.

    Lots that a leg or an exit traded with nothing held are the excess of the side that they should have closed.
    """
    side = 0
    for f in fills:
        if f.position == 0:
            side = 0
        elif f.entry:
            side = f.side
        elif side == 0:
            side = -f.side if f.order_id else f.side
    return side


def guards(orders: Iterable[OpenOrder]) -> Iterator[tuple[int, int]]:
    """Side and trigger of each stop that guarded a position to the end: the next one must not be looser."""
    for known in orders:
        if not known.ended and known.order.stop is not None:
            yield -known.order.side, known.order.stop


def died(known: OpenOrder) -> OrderReport:
    """The end of an order that lived in an earlier run alone."""
    order = known.order
    return OrderReport(order.order_id, order.seq, order.ts_ns, "cancelled", 0, None, known.traded,
                       "the run that held it has ended")


def request_of(order: Order) -> OrderRequest:
    return OrderRequest(order.order_id, order.seq, order.ts_ns, order.side, order.qty, order.price, order.stop,
                        order.reason)


def working_of(known: OpenOrder) -> Working:
    """The order as its account's bracket keeps it; a cancel that was asked for is asked for again."""
    stage = "triggered" if known.status == "triggered" else "accepted" if known.status in SHOWN else "sent"
    return Working(request_of(known.order), Purpose(known.order.purpose), known.order.ts_ns, stage, known.traded)


def ticket_of(known: OpenOrder, run: str, now_s: float) -> Ticket:
    """The order as the gateway keeps it: not heard of in this run, and never sent again.

    Its local id is a name of the run that sent it alone. After an order was sent again nobody knows whether its
    permanent name is the first or the second one's, so it is looked for by its terms.
    """
    order, fresh = known.order, known.status == "unknown"
    terms = Terms(order.symbol, order.side, kind_of(order.price, order.stop), order.qty, order.price, order.stop)
    life = Life(terms, known.local_id if known.run == run else 0, "" if fresh else known.cl_ord_id, _stage(known),
                known.status if known.ended else "", known.traded, known.value,
                before=bool(known.cl_ord_id or known.traded or known.status in SHOWN),
                given_up=known.ended and known.status == "rejected" and not known.cl_ord_id)
    return Ticket(order.order_id, order.seq, life, Wire("", "", 0), back_s=now_s, restored=True)


def may_exist(known: OpenOrder) -> bool:
    """Whether the broker may have it: what was refused before the send needs no looking for."""
    return not known.ended or bool(known.local_id or known.cl_ord_id or known.traded)


def _stage(known: OpenOrder) -> Stage:
    if known.ended:
        return Stage.ENDED
    return Stage.WORKING if known.traded or known.status in SHOWN else Stage.SENT
