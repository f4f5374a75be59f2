"""The broker's way to the market: orders of one contract in one account, through a library's router.

Two threads. The decision thread calls everything here and never waits. Calls into the library are run one by one on the
command thread and answer through a queue. Callbacks of the library never come here: they fill a ring, which is read
with the rest in ``reports``. The rules that keep an account safe:

- Readiness, (1,5) above all, is asked at the instant of the call, on the command thread, and before that here.
- Whatever becomes of a call, nothing is sent twice blindly: an order without an answer is looked for in the broker's
  list and adopted by its terms, or given up when the broker does not know it. Only a lost broker session is retried,
  after the order is known to have died, a bounded number of times.
- What the journal tells of an earlier run's orders is looked for in the first census, and never sent again.
- Nothing enters a position before a census has found books and broker equal: at the start, after every change of the
  routing channel, after lost updates, after a call that was stuck. What differs is booked as the broker has it.
"""
from __future__ import annotations

import queue
from collections.abc import Callable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Protocol

from qt_app.alerts.alert import Tell
from qt_app.alerts.codes import Code
from qt_app.instruments import Instrument
from qt_app.journal.entries import Entry, OpenOrder
from qt_app.orders.auditor import FILLS_GO_ON, Auditor
from qt_app.orders.base import Agreement
from qt_app.orders.errand import Answer, Recorded, run, run_census
from qt_app.orders.intake import Intake
from qt_app.orders.lane import Command, Lane, Rank
from qt_app.orders.lastdoor import LastDoor
from qt_app.orders.life import Life, Terms, kind_of
from qt_app.orders.recovery import may_exist, ticket_of
from qt_app.orders.router import Router
from qt_app.orders.sight import Stage
from qt_app.orders.tickets import Ticket, Tickets
from qt_app.orders.watch import Timing, Watch
from qt_app.risk.rate import OrderRate
from qt_app.risk.reasons import Reason, Refusal
from qt_app.risk.view import MarketLike
from qt_app.votes import OrderReport, OrderRequest
from qt_core._types import NO_PRICE


class Keeping(Protocol):
    """A journal, as the gateway needs it."""

    def put(self, entry: Entry) -> None: ...
    def barrier(self) -> None: ...


class BrokerGateway:
    """Orders, changes and cancels for a Router; reports for a Trader."""

    def __init__(self, router: Router, instrument: Instrument, *, max_position: int, rate: OrderRate,
                 market: MarketLike | None = None, timing: Timing | None = None,
                 clock: Callable[[], float] = monotonic) -> None:
        self.router = router
        self.instrument = instrument
        self._door = LastDoor(instrument, max_position)
        self._lane = Lane(rate)
        self._tickets = Tickets()
        self._timing = timing or Timing()
        self._watch = Watch(self._timing)
        self._intake = Intake(instrument, self._tickets, self._watch, self._timing, self.withdraw)
        self._auditor = Auditor(self._intake, self._tickets, self._timing, self._last_price)
        self._market = market
        self._clock = clock
        self._recorded: Recorded = _nothing_to_record
        self._answers: queue.SimpleQueue[tuple[int, Answer]] = queue.SimpleQueue()
        self._ready = False
        self._settled = False
        self._lost = 0              # updates that the ring had dropped when we last looked
        self._looked_s = float("-inf")

    @property
    def position(self) -> int:
        """Lots, signed, as reported."""
        return self._intake.position

    def listen(self, alert: Tell) -> None:
        """Alerts go there, instead of into the log alone."""
        self._intake.alert = alert

    def keep(self, journal: Keeping, run: str) -> None:
        """Names and doubts are noted there, and no order goes out before its intent is on disk. ``run`` names the
        session that local ids belong to."""
        self._intake.note, self._intake.run, self._recorded = journal.put, run, journal.barrier

    # ---- what a Trader calls

    def restore(self, orders: Sequence[OpenOrder], position: int) -> list[OpenOrder]:
        """What the journal says of an earlier run; before the first census, which looks for all of it. Returns the
        orders that may live on."""
        self._intake.position = position
        for known in filter(may_exist, orders):
            self._tickets.restore(ticket_of(known, self._intake.run, self._clock()))
        self._auditor.restored = True
        return [known for known in orders if not known.ended]

    @property
    def compared(self) -> bool:
        """A census has told what became of everything that was held and ordered before: it can be acted on."""
        return self._auditor.opened

    @property
    def agreement(self) -> Agreement:
        if self._auditor.difference:
            return Agreement(equal=False, difference=self._auditor.difference)
        return Agreement(equal=True) if self._settled else Agreement(equal=None)

    def submit(self, request: OrderRequest) -> None:
        """Out at once, or refused here with a reason and no call at all; one that reduces may wait for its turn."""
        self._time(request.ts_ns)
        rank = self._rank(request.side)
        refusal = self._refuse(request, rank)
        if refusal is not None:
            self._intake.report(request.order_id, request.seq, "rejected", str(refusal))
            return
        terms = Terms(self.instrument.symbol, request.side, kind_of(request.price, request.stop), request.qty,
                      request.price, request.stop, self._last_price())
        wire = self._door.wire(request.side, request.qty, request.price, request.stop)
        self._enqueue(Ticket(request.order_id, request.seq, Life(terms), wire), rank)

    def zero(self, order_id: int, seq: int, ts_ns: int) -> None:
        """Closes what the broker holds, at market; side and quantity are the broker's."""
        self._time(ts_ns)
        if unready := self.router.unready():
            self._intake.report(order_id, seq, "rejected", str(Refusal(Reason.BROKER_NOT_READY, unready)))
            return
        side = -1 if self._intake.position > 0 else 1
        terms = Terms(self.instrument.symbol, side, "market", abs(self._intake.position) or 1, near=self._last_price(),
                      open=True)
        wire = self._door.wire(side, terms.qty, None, None)
        self._enqueue(Ticket(order_id, seq, Life(terms), wire, what="zero"), Rank.REDUCE)

    def change(self, order_id: int, qty: int, price: int, ts_ns: int) -> Refusal | None:
        """Asks for another quantity and limit of a working limit order."""
        self._time(ts_ns)
        ticket = self._tickets.live.get(order_id)
        if ticket is None or ticket.life.terms.kind != "limit" or not ticket.life.local_id or ticket.withdrawn:
            return Refusal(Reason.NOT_CHANGEABLE, f"order {order_id}")
        exposure = self._tickets.exposure(self._intake.position)
        more = max(0, qty - ticket.life.qty)
        refusal = self._door.check(ticket.life.terms.side, qty, price, None,
                                   replace(exposure, buying=0, selling=0, position=0))
        refusal = refusal or self._door.room(ticket.life.terms.side, more, exposure)
        if refusal is None and self._lane.full(self._intake.now_ns, Rank.ENTER):
            refusal = self._too_fast()
        if refusal is None:
            ticket.life.changing(qty, price)
            self._lane.put(Command("change", ticket, qty, price), Rank.ENTER)
            self._flush()
        return refusal

    def cancel(self, order_id: int, ts_ns: int) -> None:
        self._time(ts_ns)
        ticket = self._tickets.live.get(order_id)
        if ticket is not None:
            self.withdraw(ticket)
            self._flush()

    def advance(self, ts_ns: int) -> None:
        """Event time only says when stops should have fired, and when a retry or the rate lets something go."""
        self._time(ts_ns)
        self._watch_stops()
        self._flush()

    def reports(self) -> list[OrderReport]:
        self._collect()
        self._look_around()
        self._flush()
        reports, self._intake.reports = self._intake.reports, []
        return reports

    @property
    def blocks(self) -> tuple[Reason, ...]:
        states = ((not self._ready, Reason.BROKER_NOT_READY), (self._watch.stuck, Reason.ROUTER_STUCK),
                  (not self._settled, Reason.RECONCILING), (self._auditor.stuck, Reason.ORDER_STUCK),
                  (self._auditor.foreign, Reason.FOREIGN_ORDER))
        return tuple(reason for holds, reason in states if holds)

    @property
    def pending(self) -> bool:
        return bool(self._intake.reports or not self._answers.empty() or self.router.waiting
                    or self._clock() - self._looked_s > self._timing.look_s)

    def unsettle(self, why: str) -> None:
        """Entries wait until a census has found books and broker equal."""
        self._settled = False
        self._watch.want(why)

    @property
    def settled(self) -> bool:
        """Books and broker were equal when last compared, and nothing has happened since that could part them."""
        return self._settled and not self._watch.why and not self._watch.asking

    @property
    def confirmed(self) -> bool:
        """No order is under way, and a census since the last one ended has found books and broker equal."""
        return self.settled and not self._tickets.live

    @property
    def under_way(self) -> int:
        """Calls handed to the command thread that have not come back."""
        return len(self._watch.out)

    # ---- out

    def _time(self, ts_ns: int) -> None:
        self._intake.now_ns = max(self._intake.now_ns, ts_ns)

    def _rank(self, side: int) -> Rank:
        return Rank.REDUCE if side * self._intake.position < 0 else Rank.ENTER

    def _refuse(self, r: OrderRequest, rank: Rank) -> Refusal | None:
        self._follow_readiness()
        refusal = self._door.check(r.side, r.qty, r.price, r.stop, self._tickets.exposure(self._intake.position))
        if refusal is None and (unready := self.router.unready()):
            refusal = Refusal(Reason.BROKER_NOT_READY, unready)
        if refusal is None and rank is Rank.ENTER and self.blocks:
            refusal = Refusal(self.blocks[0], "until it is over")
        if refusal is None and rank is Rank.ENTER and self._lane.full(self._intake.now_ns, rank):
            refusal = self._too_fast()
        return refusal

    def _too_fast(self) -> Refusal:
        rate = self._lane.rate
        return Refusal(Reason.ORDER_RATE, f"limits are {rate.per_second}/s and {rate.per_minute}/min")

    def _enqueue(self, ticket: Ticket, rank: Rank) -> None:
        self._tickets.add(ticket)
        self._lane.put(Command(ticket.what, ticket), rank)
        self._flush()

    def withdraw(self, ticket: Ticket) -> None:
        """Cancels an order wherever it is: not sent yet, on its way, or at the broker."""
        if ticket.restored and not ticket.withdrawn:
            self._intake.alert(Code.OLD_ORDER_CANCELLED, "an order of an earlier run is cancelled",
                               {"order_id": ticket.order_id, "local_id": ticket.life.local_id})
        ticket.withdrawn = True
        if ticket.again_ns is not None:     # it died; only its retry is cancelled
            ticket.again_ns = None
            self._intake.finish(ticket, "cancelled", ticket.life.text)
        elif (ticket.life.local_id or ticket.life.cl_ord_id) and not ticket.cancelling:
            ticket.cancelling = True
            self._lane.put(Command("cancel", ticket), Rank.CANCEL)

    def _flush(self) -> None:
        """Lets out whatever may go now."""
        self._retry()
        while (command := self._lane.take(self._intake.now_ns, self._may)) is not None:
            if (refusal := self._outdated(command)) is not None:
                self._on_sent(command.ticket, Answer(command, refusal=refusal))
            else:
                self._hand_over(command)

    def _outdated(self, command: Command) -> Refusal | None:
        """What waited is looked at again: the position may have moved."""
        if command.what != "send":
            return None
        return self._door.room(command.ticket.life.terms.side, 0, self._tickets.exposure(self._intake.position))

    def _may(self, rank: Rank) -> bool:
        if rank is Rank.CANCEL:
            return self._ready
        # Without readiness it goes too, and is refused where the call would be made.
        return rank is Rank.ENTER or self._settled or not self._ready or not self._waits_for_census()

    def _waits_for_census(self) -> bool:
        """A reducing order waits for a census that is wanted; not for a library that is stuck, which it will see."""
        return bool(self._watch.why or self._watch.asking) and not self._watch.stuck

    def _hand_over(self, command: Command) -> None:
        handed_s = self._clock()
        token = self._watch.hand_over(handed_s)
        if command.what in ("send", "zero"):
            command.ticket.handed_s = handed_s

        def late() -> bool:
            return self._clock() - handed_s > self._timing.late_s

        self.router.post(lambda: self._answers.put(
            (token, run(self.router, command, late, self._recorded, self.instrument.to_points))))

    def _retry(self) -> None:
        """Sends again what died of a lost broker session, once its pause is over and the broker is back."""
        if not (self._ready and self._settled):
            return
        now_ns = self._intake.now_ns
        for ticket in [t for t in self._tickets.live.values() if t.again_ns is not None and t.again_ns <= now_ns]:
            ticket.again_ns, ticket.back_s = None, None
            ticket.tries += 1
            self._intake.unknown(ticket, "sent again: the broker had lost the session")
            ticket.life = Life(replace(ticket.life.terms, open=ticket.what == "zero"))
            self._lane.put(Command(ticket.what, ticket), self._rank(ticket.life.terms.side))

    # ---- in

    def _collect(self) -> None:
        while not self._answers.empty():
            token, answer = self._answers.get()
            self._watch.out.pop(token, None)
            self._on_answer(answer)
        for update in self.router.updates():
            self._intake.on_update(update)

    def _on_answer(self, a: Answer) -> None:
        if a.command is None:
            self._on_census(a)
        elif a.command.what in ("send", "zero"):
            self._on_sent(a.command.ticket, a)
        else:
            self._on_asked(a.command, a)

    def _on_sent(self, ticket: Ticket, a: Answer) -> None:
        ticket.back_s = self._clock()
        if a.refusal is not None:
            withdrawn = a.refusal.reason is Reason.WITHDRAWN
            self._intake.bury(ticket, "cancelled" if withdrawn else "rejected", str(a.refusal))
        elif a.error and a.certain:
            self._intake.bury(ticket, "rejected", a.error)
        elif a.error:
            self._intake.unknown(ticket, a.error)
            self._intake.doubt(ticket, f"the send did not say whether it arrived: {a.error}")
        else:
            self._intake.sent(ticket, a.local_id, a.message_id)
            self._intake.replay_early()
            if ticket.withdrawn:
                self.withdraw(ticket)

    def _on_asked(self, command: Command, a: Answer) -> None:
        """A change or a cancel came back."""
        ticket, what = command.ticket, command.what
        ticket.cancelling = ticket.cancelling and what != "cancel"
        if a.refusal is None and not a.error:
            self._tickets.link_message(ticket, a.message_id, "cancel" if what == "cancel" else "change")
        elif not ticket.life.ended:
            self._intake.doubt(ticket, f"{what} refused: {a.error or a.refusal}", code=Code.CHANGE_REFUSED)

    # ---- watching

    def _look_around(self) -> None:
        now_s = self._looked_s = self._clock()
        self._follow_readiness()
        if self._watch.turned(now_s):
            self._on_turn(now_s)
        if self.router.dropped != self._lost:
            self._lost = self.router.dropped
            self._intake.alert(Code.UPDATES_LOST, "order updates were lost: the broker is asked", {"lost": self._lost})
            self.unsettle("updates were lost")
        self._watch.look_around(now_s, self._tickets.live.values())
        # Before the first event nothing can be booked: it would have no time.
        if self._ready and self._intake.now_ns and not self._watch.stuck and self._watch.may_ask(now_s):
            self._ask(now_s)

    def _follow_readiness(self) -> None:
        unready = self.router.unready()
        if bool(unready) is self._ready:
            self._ready = not unready
            self._intake.alert(Code.BROKER_READY if self._ready else Code.BROKER_NOT_READY, "the broker takes orders"
                               if self._ready else "the broker takes no orders", {"missing": unready})
            self.unsettle("the broker is back" if self._ready else "the broker is away")

    def _on_turn(self, now_s: float) -> None:
        if self._watch.stuck:
            self._intake.alert(Code.ROUTER_STUCK, "a call into the library does not return: entries are blocked",
                       {"for_s": round(self._watch.longest_s(now_s), 1)})
        else:
            self._intake.alert(Code.ROUTER_ANSWERS, "the library answers again", {})
        self.unsettle("a call was stuck")

    def _ask(self, now_s: float) -> None:
        self._watch.why, self._watch.asking, self._watch.asked_s = "", True, now_s
        token, settling = self._watch.hand_over(now_s), self._auditor.settling()
        self.router.post(lambda: self._answers.put((token, run_census(self.router, settling))))

    def _on_census(self, a: Answer) -> None:
        self._watch.asking = False
        if a.census is None:
            self._intake.alert(Code.CENSUS_FAILED, "the broker's orders could not be read", {"error": a.error})
            self.unsettle("the last look failed")
            return
        again = self._auditor.compare(a.census, self._intake.now_ns, self._clock())
        if again == FILLS_GO_ON:
            self._watch.want(again)     # nothing differs; there is no quiet moment to compare in
        elif again:
            self.unsettle(again)
        elif not self._watch.why:
            self._settled = True

    def _watch_stops(self) -> None:
        """A stop that the market has touched counts as fired; if it does not fill, the bracket leaves at market."""
        last = self._last_price()
        if last is None:
            return
        for ticket in self._tickets.live.values():
            stop, life = ticket.life.terms.stop, ticket.life
            if stop is None or ticket.triggered or life.stage is not Stage.WORKING:
                continue
            if life.terms.side * (last - stop) < 0:
                continue
            ticket.triggered = True
            self._intake.report(ticket.order_id, ticket.seq, "triggered", "", life.traded)

    def _last_price(self) -> int | None:
        market = self._market
        return None if market is None or market.last_price == NO_PRICE else market.last_price


def _nothing_to_record() -> None:
    """Without a journal."""
