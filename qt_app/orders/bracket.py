"""Entry, stop, target and exit of one position: one object, one state machine.

    flat → entering → protecting → protected → exiting → settling → flat          and: unknown

The state is never set, only derived: orders follow from reports, the position from fills, and ``plan`` names the next
orders and cancels that bring both in line. So a late, repeated or missing report cannot leave the machine in a wrong
state; the next plan repairs it. The rules:

- Every filled lot of an entry is covered at once by as many lots of stop, and of target if there is to be one. A leg is
  sent only for lots that no leg of its kind covers, counting those whose cancel is not confirmed. So neither kind ever
  works for more than was held, and both filled reverse a position by its own size at most.
- What one leg fills is taken off the other: cancelled, and when that is confirmed sent anew for what is left.
- A stop that moves is cancelled first and sent anew with the confirmation. The other way round two stops would work for
  the same lots, and a gap through both would reverse the position; this way the exchange's one answer is all that the
  position waits for.
- An exit first asks for the cancel of entry and legs, and is sent when they have ended: nothing can reverse a position.
  While no exit can be sent (an auction) the stop stays, or is sent anew, until one can.
- A position that a leg has reversed is the excess of both legs filled. It is not protected, it is closed at once.
- Flat means that nothing works: whatever is left is cancelled.
- A cancel is a request; unanswered, it is repeated until the order has ended. A stop that is not confirmed in time, or
  fired and not filled, is replaced by an exit.
"""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from qt_app.orders.levels import Levels
from qt_app.orders.working import Act, Cancel, Patience, Want, Working
from qt_app.risk.intent import Purpose
from qt_app.votes import ENDINGS, OrderReport, OrderRequest

LEGS = (Purpose.STOP, Purpose.TARGET)


class Bracket:
    """Live orders of one account, and what to do about them."""

    def __init__(self, patience: Patience, levels: Levels) -> None:
        self.patience = patience
        self.levels = levels
        self.orders: dict[int, Working] = {}
        self.ended: dict[int, Working] = {}     # for late reports
        self.side = 0                           # of the position that was entered or found; 0: none
        self.exit_reason: str | None = None
        self.entry_block: str | None = None     # why a working entry must go, set anew before each plan
        self.calm = True                        # whether there is room for what can wait: a target, a move of the stop
        self.exits_wait = False                 # no exit can be sent now: the trading phase is not open
        self.doubt = False                      # a report could not be booked: what is held is not known
        self._no_target = False                 # the broker refused one
        self._retry_ns: int | None = None       # no exit before this instant
        self._target_ns: int | None = None      # no target before this instant
        self._moved_ns: int | None = None       # when the stop was last moved
        self._stale = False                     # orders were restored and not looked at since

    def state(self, position: int) -> str:
        """flat | settling | entering | protecting | protected | exiting | unknown, for people."""
        if self.doubt and (position or self.orders):
            return "unknown"
        if position == 0:
            return "entering" if self.of(Purpose.ENTRY) else "settling" if self.orders else "flat"
        if self.exit_reason:
            return "exiting"
        stops = [w for w in self.of(Purpose.STOP) if w.stage != "sent"]
        return "protected" if sum(w.remaining for w in stops) == abs(position) else "protecting"

    @property
    def live(self) -> frozenset[Purpose]:
        """Kinds of order that work now; an exit that waits for cancels counts."""
        kinds = {w.purpose for w in self.orders.values()}
        return frozenset(kinds | {Purpose.EXIT} if self.exit_reason else kinds)

    def find(self, order_id: int) -> Working | None:
        """An order that was sent, live or ended."""
        return self.orders.get(order_id) or self.ended.get(order_id)

    def of(self, *purposes: Purpose) -> list[Working]:
        return [w for w in self.orders.values() if w.purpose in purposes]

    def forget(self) -> None:
        """A new session: reports of the orders that ended before are not expected any more."""
        self.ended.clear()

    # what happened

    def sent(self, request: OrderRequest, purpose: Purpose) -> None:
        self.orders[request.order_id] = Working(request, purpose, request.ts_ns)
        if request.stop is not None:
            self.levels.placed(-request.side, request.stop)

    def restore(self, live: Iterable[Working], ended: Iterable[Working], side: int) -> None:
        """Orders of an earlier run and the side of what it held: legs that still fit stay, late reports find theirs."""
        self.orders = {order.request.order_id: order for order in live}
        self.ended = {order.request.order_id: order for order in ended}
        self.side = side
        self._stale = True

    def refused(self, purpose: Purpose, code: str, now_ns: int) -> None:
        """Risk refused a leg or an exit: without a stop protect by leaving; the others try again later."""
        if purpose is Purpose.STOP:
            self._unprotected(f"STOP_REFUSED {code}", now_ns)
        elif purpose is Purpose.TARGET:
            self._target_ns = now_ns + self.patience.retry_ns
        else:
            self._retry_ns = now_ns + self.patience.retry_ns

    def _unprotected(self, reason: str, now_ns: int) -> None:
        """Leave, as there is no stop; where no exit can be sent yet, try another stop after a pause."""
        self.want_exit(reason)
        if self.exits_wait:
            self._retry_ns = now_ns + self.patience.retry_ns

    def want_exit(self, reason: str) -> None:
        """Close what is open and cancel what would open more; the first reason stands."""
        self.exit_reason = self.exit_reason or reason

    def on_report(self, order: Working, report: OrderReport) -> int:
        """Takes a report in; returns the lots that it adds to what was known. Repeated or late ones are harmless."""
        traded = max(order.traded, report.traded)
        if traded > order.traded:
            self._opened(order)
        if report.order_id in self.ended:
            self.ended[report.order_id] = replace(order, traded=traded)
        elif report.status in ENDINGS or traded == order.request.qty:
            del self.orders[report.order_id]
            self.ended[report.order_id] = replace(order, traded=traded)
            self._after_end(order, report)
        else:
            self.orders[report.order_id] = self._moved(order, report, traded)
        return traded - order.traded

    def _opened(self, order: Working) -> None:
        """Whose lots are held: an entry's; a leg or an exit that trades with nothing held closes what is gone."""
        if order.purpose is Purpose.ENTRY:
            self.side = order.request.side
        else:
            self.side = self.side or -order.request.side

    @staticmethod
    def _moved(order: Working, report: OrderReport, traded: int) -> Working:
        stages = ("sent", "accepted", "triggered")
        now = {"partial": "accepted"}.get(report.status, report.status)
        if stages.index(now) <= stages.index(order.stage):
            return replace(order, traded=traded)
        return replace(order, traded=traded, stage=now, since_ns=report.ts_ns)

    def _after_end(self, order: Working, report: OrderReport) -> None:
        if report.status != "rejected":
            return
        if order.purpose is Purpose.STOP:
            self._unprotected(f"STOP_REJECTED {report.text}", report.ts_ns)
        elif order.purpose is Purpose.TARGET:
            self._no_target = True
        elif order.purpose is Purpose.EXIT:
            self._retry_ns = report.ts_ns + self.patience.retry_ns

    # what follows

    def plan(self, now_ns: int, position: int) -> list[Act]:
        """Orders and cancels that are due now."""
        if self._stale:     # an earlier run's: their time limits begin when this one knows of them
            self._stale = False
            self.orders = {n: replace(w, since_ns=now_ns) if w.stage == "sent" else w for n, w in self.orders.items()}
        if position == 0:
            return self._repeat(now_ns) + self._plan_flat(now_ns)
        self.side = self.side or (1 if position > 0 else -1)
        self._judge(now_ns, position)
        waits = self._waits(position)
        acts = self._repeat(now_ns, spare_stops=waits and self._missing(Purpose.STOP, position) >= 0)
        return acts + (self._plan_exit if self.exit_reason and not waits else self._plan_hold)(now_ns, position)

    def _waits(self, position: int) -> bool:
        """An exit that cannot be sent yet waits behind stops for all that is held."""
        wrong = any(leg.request.side * position > 0 for leg in self.of(*LEGS))
        return self.exit_reason is not None and self.exits_wait and not wrong and not self.of(Purpose.EXIT)

    def _repeat(self, now_ns: int, *, spare_stops: bool = False) -> list[Act]:
        """Cancels that were not answered in time."""
        acts: list[Act] = []
        for order in list(self.orders.values()):
            if spare_stops and order.purpose is Purpose.STOP:
                continue
            if order.cancel_ns is not None and now_ns - order.cancel_ns > self.patience.ack_ns:
                acts += self._ask(order, now_ns, order.cancel_reason)
        return acts

    def _plan_flat(self, now_ns: int) -> list[Act]:
        """Nothing is held: an untouched entry may work on, everything else must go."""
        acts: list[Act] = []
        for order in self.of(Purpose.ENTRY):
            if order.traded or self.exit_reason:
                acts += self._cancel(order, now_ns, self.exit_reason or "FLAT")
            else:
                acts += self._expire(order, now_ns)
        for order in self.of(*LEGS, Purpose.EXIT):
            acts += self._cancel(order, now_ns, "FLAT")
        self.side = 0
        if not self.orders:
            self._start_anew()
        return acts

    def _start_anew(self) -> None:
        self.exit_reason = self._retry_ns = self._target_ns = self._moved_ns = None
        self._no_target = False
        self.levels.clear()

    def _plan_hold(self, now_ns: int, position: int) -> list[Act]:
        """Both legs equal the position; the rest of an entry may still fill."""
        acts: list[Act] = []
        for entry in self.of(Purpose.ENTRY):
            acts += self._expire(entry, now_ns)
        for purpose in LEGS:
            acts += self._shrink(purpose, abs(position), now_ns)
        acts += self._move(now_ns)
        if (missing := self._missing(Purpose.STOP, position)) > 0 and not self._pauses(now_ns):
            acts.append(Want(Purpose.STOP, missing, "STOP_LOSS" if self._moved_ns is None else "MOVED_STOP"))
        if self._may_aim(now_ns) and (missing := self._missing(Purpose.TARGET, position)) > 0:
            acts.append(Want(Purpose.TARGET, missing, "TAKE_PROFIT"))
        return acts

    def _pauses(self, now_ns: int) -> bool:
        """Whether what was refused has to wait before it is tried again; a first stop never does."""
        return self.exit_reason is not None and self._retry_ns is not None and now_ns < self._retry_ns

    def _missing(self, purpose: Purpose, position: int) -> int:
        """Lots that no leg of this kind covers; one whose cancel is not confirmed still covers."""
        return abs(position) - sum(leg.remaining for leg in self.of(purpose))

    def _may_aim(self, now_ns: int) -> bool:
        if not self.levels.aims or self._no_target or not self.calm:
            return False
        if any(stop.stage == "triggered" for stop in self.of(Purpose.STOP)):
            return False
        return self._target_ns is None or now_ns >= self._target_ns

    def _shrink(self, purpose: Purpose, held: int, now_ns: int) -> list[Act]:
        """Legs that cover more than is held, because the other kind has filled: as few as that takes are cancelled."""
        acts: list[Act] = []
        legs = sorted((w for w in self.of(purpose) if w.cancel_ns is None), key=lambda w: w.remaining)
        excess = sum(w.remaining for w in legs) - held
        while excess > 0:
            leg = next((w for w in legs if w.remaining >= excess), legs[-1])
            legs.remove(leg)
            excess -= leg.remaining
            acts += self._cancel(leg, now_ns, "RESIZE")
        return acts

    def _move(self, now_ns: int) -> list[Act]:
        """Stops that belong closer to the market are cancelled: what is then missing is sent at the new place."""
        if not self.calm or (self._moved_ns is not None and now_ns - self._moved_ns < self.patience.move_ns):
            return []
        acts: list[Act] = []
        for stop in self.of(Purpose.STOP):
            if stop.stage == "accepted" and self.levels.worth_moving(stop.request.stop or 0):
                acts += self._cancel(stop, now_ns, "MOVE_STOP")
        if acts:
            self._moved_ns = now_ns
        return acts

    def _plan_exit(self, now_ns: int, position: int) -> list[Act]:
        """Cancel what could trade beside the exit, then send it; an exit that does not fill is priced anew."""
        assert self.exit_reason is not None
        acts: list[Act] = []
        for order in self.of(Purpose.ENTRY, *LEGS):
            acts += self._cancel(order, now_ns, self.exit_reason)
        for order in self.of(Purpose.EXIT):
            if order.request.side * position > 0:
                acts += self._cancel(order, now_ns, "REVERSED")
            elif now_ns - order.request.ts_ns > self.patience.exit_ns:
                acts += self._cancel(order, now_ns, "REPRICE")
        if not self.orders and not self._pauses(now_ns):
            acts.append(Want(Purpose.EXIT, abs(position), self.exit_reason))
        return acts

    def _judge(self, now_ns: int, position: int) -> None:
        """Reasons to leave that lie in our own orders."""
        if self.doubt:
            self.want_exit("POSITION_IN_DOUBT")
        if self.side * position < 0:
            self.want_exit("INVERTED")
        if any(w.request.side * position > 0 for w in self.of(*LEGS, Purpose.EXIT)):
            self.want_exit("REVERSED")
        for stop in self.of(Purpose.STOP):
            waited = now_ns - stop.since_ns
            if stop.stage == "sent" and waited > self.patience.ack_ns:
                self.want_exit("STOP_UNCONFIRMED")
            if stop.stage == "triggered" and waited > self.patience.exit_ns:
                self.want_exit("STOP_NOT_FILLED")

    def _expire(self, entry: Working, now_ns: int) -> list[Act]:
        if self.entry_block:
            return self._cancel(entry, now_ns, self.entry_block)
        late = now_ns - entry.request.ts_ns > self.patience.entry_ns
        return self._cancel(entry, now_ns, "NOT_FILLED") if late else []

    def _cancel(self, order: Working, now_ns: int, reason: str) -> list[Act]:
        """A request, unless there is one already."""
        return [] if order.cancel_ns is not None else self._ask(order, now_ns, reason)

    def _ask(self, order: Working, now_ns: int, reason: str) -> list[Act]:
        self.orders[order.request.order_id] = replace(order, cancel_ns=now_ns, cancel_reason=reason)
        return [Cancel(order.request.order_id, reason)]
