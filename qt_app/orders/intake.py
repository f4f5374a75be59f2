"""What the broker says, taken in: records find their orders, sights become reports, doubts become questions."""
from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.instruments import Instrument
from qt_app.journal.entries import Named, Note, Report, Sent, nowhere
from qt_app.orders.base import Adoption
from qt_app.orders.life import Doubt, Life, Step, split
from qt_app.orders.router import Update
from qt_app.orders.sight import Sight, read_sight
from qt_app.orders.tickets import Ticket, Tickets
from qt_app.orders.watch import Timing, Watch
from qt_app.votes import OrderReport
from qt_core.vendor import MessageResult, is_retryable, message_failed

log = logging.getLogger(__name__)


def to_log(code: Code, message: str, data: Mapping[str, Any]) -> None:
    """Alerts of a gateway that nobody else listens to."""
    log.log(logging.getLevelNamesMapping()[code.level], "%s %s", message, data)


class Intake:
    """Reports of our orders, and the position that follows from them. The decision thread alone."""

    def __init__(self, instrument: Instrument, tickets: Tickets, watch: Watch, timing: Timing,
                 withdraw: Callable[[Ticket], None]) -> None:
        self.instrument = instrument
        self.position = 0           # lots, as reported
        self.now_ns = 0             # event time
        self.alert: Tell = to_log
        self.note: Note = nowhere
        self.run = ""               # whose local ids these are
        self.withdraw = withdraw
        self.reports: list[OrderReport] = []
        self._tickets = tickets
        self._watch = watch
        self._timing = timing

    # ---- records

    def replay_early(self) -> None:
        """Events that came before the broker's name of their order was known."""
        events = list(self._tickets.early)
        self._tickets.early.clear()
        for update in events:
            self.on_update(update)

    def on_update(self, u: Update) -> None:
        if u.source == "message":
            self._on_message(u)
        elif u.error:
            self._watch.want(f"the details of order {u.local_id} could not be read ({u.error})")
        elif u.ticker == self.instrument.symbol:
            self._on_order(u)

    def _on_order(self, u: Update) -> None:
        found = self._tickets.find(u.local_id, u.cl_ord_id)
        if found is None:
            self._tickets.early.append(u)
            if not self._tickets.sending:
                self._watch.want(f"order {u.local_id} is not known")
            return
        sight = read_sight(self.instrument, u)
        if isinstance(sight, str):
            self.doubt(found[0], sight)
        else:
            self.see(*found, sight, u.ts_ns)

    def _on_message(self, u: Update) -> None:
        found = self._tickets.find_message(u.message_id, u.local_id, u.cl_ord_id)
        if found is None:
            if self._tickets.sending:
                self._tickets.early.append(u)
            return
        ticket, life, what = found
        if not message_failed(u.result_code):
            return
        if what != "send":
            self.doubt(ticket, f"{what} failed with {u.result_code}: {u.text}", code=Code.CHANGE_REFUSED)
            return
        ticket.session_lost = is_retryable(u.result_code, u.text)
        if (doubt := life.message(u.result_code, u.text)) is not None:
            self.doubt(ticket, doubt.reason)
        elif life.ended:
            life.failure = u.text

    def see(self, ticket: Ticket, life: Life, sight: Sight, ts_ns: int, *, insist: bool = False) -> None:
        """One sight of an order, of an event or of a census (which insists)."""
        if ticket.over and not insist:
            self._tickets.stirred.add(life.local_id)
        nameless = not life.cl_ord_id
        result = life.see(sight, insist=insist and ticket.doubts > 1)
        if isinstance(result, Doubt):
            ticket.doubts += 1
            self.doubt(ticket, result.reason)
            return
        ticket.doubts = 0
        self._tickets.link(ticket, life, sight.local_id, sight.cl_ord_id)
        if nameless and life.cl_ord_id and life is ticket.life and not ticket.stranger:
            self.note(Named(ticket.order_id, life.cl_ord_id))
        if result is not None:
            self.step(ticket, life, result, ts_ns)
        if life.lives_on and not ticket.cancelling:
            self.alert(Code.ORDER_LIVES_ON, "an order that was given up lives: it is cancelled",
                       {"order_id": ticket.order_id})
            self.withdraw(ticket)

    # ---- what follows

    def step(self, ticket: Ticket, life: Life, step: Step, ts_ns: int) -> None:
        if step.status == "rejected" and (ticket.withdrawn or (ticket.restored and life.given_up)):
            step = replace(step, status="cancelled")    # it died on its way because we said so, or because its run did
        if self._worth_a_retry(ticket, life, step):
            ticket.again_ns = self.now_ns + self._timing.retry_ns
            self.alert(Code.SESSION_LOST, "the broker had lost our session: the order is sent again after a pause",
                       {"order_id": ticket.order_id, "text": step.text, "try": ticket.tries})
            return
        if ticket.stranger:
            self.adopt(life.terms.side, step.lots, step.value, "an order that is not ours traded")
        else:
            self.position += life.terms.side * step.lots
            self._tell(ticket, life, step, max(ts_ns, 0) or self.now_ns)
        if life.ended:
            self._watch.want("an order has ended")
        if step.status == "rejected":
            self.alert(Code.ORDER_REJECTED, "order rejected", {"order_id": ticket.order_id, "text": step.text})
        self._tickets.settle(ticket)

    def _worth_a_retry(self, ticket: Ticket, life: Life, step: Step) -> bool:
        """Only a lost broker session, told by the message or by the order's own text, whichever comes first."""
        lost = ticket.session_lost or is_retryable(MessageResult.REJECTED_BY_PROXY, step.text)
        ours = not (ticket.stranger or ticket.restored or ticket.withdrawn)
        return (lost and ours and step.status == "rejected" and not life.traded and life is ticket.life
                and ticket.tries <= self._timing.retries)

    def _tell(self, ticket: Ticket, life: Life, step: Step, ts_ns: int) -> None:
        """One report, or two when the lots of one event traded at two prices."""
        parts: list[tuple[int, int | None]] = [*split(step.lots, step.value)] if step.lots else [(0, None)]
        done = life.traded - step.lots
        for i, (lots, price) in enumerate(parts):
            done += lots
            status = step.status if i == len(parts) - 1 else "partial"
            self.reports.append(OrderReport(ticket.order_id, ticket.seq, ts_ns, status, lots, price, done, step.text))

    def adopt(self, side: int, lots: int, value: int, why: str) -> None:
        """Books lots that no order of ours explains."""
        if not lots:
            return
        self.position += side * lots
        self.alert(Code.POSITION_ADOPTED, f"position adopted from the broker: {why}", {"lots": side * lots})
        for n, price in split(lots, value):
            self.reports.append(Adoption(0, 0, self.now_ns, "filled", n, price, n, why, side))

    def bury(self, ticket: Ticket, status: str, text: str) -> None:
        """An order that was never sent."""
        ticket.life.unsent(text)
        self.finish(ticket, status, text)

    def finish(self, ticket: Ticket, status: str, text: str) -> None:
        self.report(ticket.order_id, ticket.seq, status, text, ticket.life.traded)
        self._tickets.settle(ticket)

    def report(self, order_id: int, seq: int, status: str, text: str, traded: int = 0) -> None:
        self.reports.append(OrderReport(order_id, seq, self.now_ns, status, 0, None, traded, text))

    def sent(self, ticket: Ticket, local_id: int, message_id: int = -1) -> None:
        """The broker has it under a name of this session."""
        self.note(Sent(ticket.order_id, local_id, message_id, self.run))
        self._tickets.link(ticket, ticket.life, local_id)
        self._tickets.link_message(ticket, message_id, "send")

    def unknown(self, ticket: Ticket, why: str) -> None:
        """For the journal: what it knows of the order may be true of it no more."""
        self.note(Report(ticket.order_id, ticket.seq, self.now_ns, "unknown", ticket.life.traded, why))

    def doubt(self, ticket: Ticket, reason: str, code: Code = Code.ORDER_IN_DOUBT) -> None:
        self.alert(code, "order in doubt: the broker is asked", {"order_id": ticket.order_id, "reason": reason})
        self._watch.want(f"order {ticket.order_id}: {reason}")

