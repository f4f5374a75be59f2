"""The paper account's way to the market: qt_core's matcher, in the words of the order gateway."""
from __future__ import annotations

from collections.abc import Sequence

from qt_app.journal.entries import OpenOrder
from qt_app.orders.base import Agreement, PricedReport
from qt_app.risk.reasons import Reason
from qt_app.votes import ENDINGS, OrderReport, OrderRequest
from qt_core._types import NO_PRICE
from qt_core.paper import PaperMatcher, PaperReport


class PaperGateway:
    """Orders meet the observed book of the engine's market. The engine says when there are reports."""

    blocks: tuple[Reason, ...] = ()
    pending = False
    confirmed = True
    compared = True
    agreement = Agreement(equal=True)

    def __init__(self, paper: PaperMatcher) -> None:
        self._paper = paper
        self._seqs: dict[int, int] = {}  # order -> trace id of the decision behind it

    def unsettle(self, why: str) -> None:
        """A paper account knows its orders whatever happens to the connection."""

    def restore(self, orders: Sequence[OpenOrder], position: int) -> list[OpenOrder]:
        """A paper order dies with the run that held it."""
        return []

    def submit(self, request: OrderRequest) -> None:
        price = NO_PRICE if request.price is None else request.price
        stop = NO_PRICE if request.stop is None else request.stop
        self._paper.submit(request.order_id, request.side, request.qty, price, stop, request.ts_ns)
        self._seqs[request.order_id] = request.seq

    def cancel(self, order_id: int, ts_ns: int) -> None:
        self._paper.cancel(order_id, ts_ns)

    def advance(self, ts_ns: int) -> None:
        self._paper.advance(ts_ns)

    def reports(self) -> list[OrderReport]:
        return [self._translate(report) for report in self._paper.reports()]

    def _translate(self, r: PaperReport) -> OrderReport:
        seq = self._seqs.pop(r.order_id) if r.status in ENDINGS else self._seqs[r.order_id]
        return PricedReport(r.order_id, seq, r.ts_ns, r.status, r.last_qty, r.price, r.traded, r.text,
                            r.cost_probable, r.cost_optimistic, r.traded_probable, r.traded_optimistic)
