"""What became of an order: the fold of everything that was written about it."""
from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from qt_app.journal.entries import Cancel, Entry, Fill, Named, OpenOrder, Order, Report, Sent
from qt_app.votes import ENDINGS

E = TypeVar("E", bound=Entry)


def known(order: Order, news: Sequence[Entry], *, recent: bool) -> OpenOrder:
    """``news``: in the order of its writing. ``recent``: of the latest session.

    A recent order has ended only when its fills explain what was reported; what an earlier session left unbooked, the
    broker's position explains.
    """
    reports, fills = _those(news, Report), _those(news, Fill)
    sent, names = _those(news, Sent), _those(news, Named)
    last = sent[-1] if sent else Sent(order.order_id, 0, 0, "")
    traded = sum(fill.qty for fill in fills)
    booked = not recent or traded >= max((report.traded for report in reports), default=0)
    return OpenOrder(order, _status(reports, was_sent=bool(sent)), last.local_id, names[-1].cl_ord_id if names else "",
                     last.run, traded, sum(fill.qty * fill.price for fill in fills), bool(_those(news, Cancel)),
                     booked and any(report.status in ENDINGS for report in reports))


def _status(reports: Sequence[Report], *, was_sent: bool) -> str:
    """The latest one; news that come after the end end nothing anew."""
    ends = [report.status for report in reports if report.status in ENDINGS]
    if ends:
        return ends[-1]
    if reports:
        return reports[-1].status
    return "sent" if was_sent else "intent"


def _those(news: Sequence[Entry], kind: type[E]) -> list[E]:
    return [entry for entry in news if isinstance(entry, kind)]
