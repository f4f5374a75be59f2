"""What must be true of our orders, given the position: entering, protected, exiting, flat.

The state is never set, only derived: orders follow from reports, the position from fills, and ``plan`` names the next
orders and cancels that bring both in line. So a late, repeated or missing report cannot leave the machine in a wrong
state; the next plan repairs it. The rules:

- Every filled lot of an entry is covered by stop lots of the same number, at once.
- An exit first asks for the cancel of entry and stops, and is sent when they have ended: nothing can reverse a
  position.
- Flat means that nothing works: whatever is left is cancelled.
- A cancel is a request; unanswered, it is repeated. A stop that is not confirmed, or fired and not filled, in time is
  replaced by an exit.
"""
from __future__ import annotations

from dataclasses import dataclass, replace

from qt_app.risk.intent import Purpose
from qt_app.votes import OrderReport, OrderRequest

ENDINGS = frozenset({"filled", "cancelled", "rejected"})


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an order may take, in event time."""

    entry_ns: int = 2_000_000_000    # an entry that has not filled is cancelled
    exit_ns: int = 1_000_000_000     # an exit is cancelled and priced anew; a fired stop counts as one
    ack_ns: int = 1_000_000_000      # a stop must be confirmed, a cancel answered
    retry_ns: int = 1_000_000_000    # between two tries of an exit that was refused


@dataclass(frozen=True, slots=True)
class Working:
    """A live order as far as reports tell."""

    request: OrderRequest
    purpose: Purpose
    since_ns: int          # sent, or last change of stage
    stage: str = "sent"    # sent | accepted | triggered
    traded: int = 0
    cancel_ns: int | None = None  # when a cancel was last asked for

    @property
    def remaining(self) -> int:
        return self.request.qty - self.traded


@dataclass(frozen=True, slots=True)
class Cancel:
    """Ask for the cancel of an order."""

    order_id: int
    reason: str


@dataclass(frozen=True, slots=True)
class Want:
    """Send a stop or an exit of this many lots."""

    purpose: Purpose
    qty: int
    reason: str


Act = Cancel | Want


class Keeper:
    """Live orders of one account, and what to do about them."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.orders: dict[int, Working] = {}
        self.exit_reason: str | None = None
        self.entry_block: str | None = None  # why a working entry must go, set anew before each plan
        self._ended: dict[int, Working] = {}  # for late reports
        self._retry_ns: int | None = None  # no exit before this instant

    def state(self, position: int) -> str:
        """flat | settling | entering | protecting | protected | exiting, for people."""
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
        return self.orders.get(order_id) or self._ended.get(order_id)

    def of(self, purpose: Purpose) -> list[Working]:
        return [w for w in self.orders.values() if w.purpose is purpose]

    def forget(self) -> None:
        """A new session: reports of the orders that ended before are not expected any more."""
        self._ended.clear()

    # what happened

    def sent(self, request: OrderRequest, purpose: Purpose) -> None:
        self.orders[request.order_id] = Working(request, purpose, request.ts_ns)

    def refused(self, purpose: Purpose, code: str, now_ns: int) -> None:
        """Risk refused a stop or an exit: protect by leaving, and try again later."""
        if purpose is Purpose.STOP:
            self.want_exit(f"STOP_REFUSED {code}")
        else:
            self._retry_ns = now_ns + self.patience.retry_ns

    def want_exit(self, reason: str) -> None:
        """Close what is open and cancel what would open more; the first reason stands."""
        self.exit_reason = self.exit_reason or reason

    def on_report(self, order: Working, report: OrderReport) -> int:
        """Takes a report in; returns the lots that it adds to what was known. Repeated or late ones are harmless."""
        traded = max(order.traded, report.traded)
        if report.order_id in self._ended:
            self._ended[report.order_id] = replace(order, traded=traded)
        elif report.status in ENDINGS or traded == order.request.qty:
            del self.orders[report.order_id]
            self._ended[report.order_id] = replace(order, traded=traded)
            self._after_end(order, report)
        else:
            self.orders[report.order_id] = self._moved(order, report, traded)
        return traded - order.traded

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
            self.want_exit(f"STOP_REJECTED {report.text}")
        elif order.purpose is Purpose.EXIT:
            self._retry_ns = report.ts_ns + self.patience.retry_ns

    # what follows

    def plan(self, now_ns: int, position: int) -> list[Act]:
        """Orders and cancels that are due now."""
        if position == 0:
            return self._plan_flat(now_ns)
        self._judge(now_ns, position)
        return self._plan_exit(now_ns, position) if self.exit_reason else self._plan_hold(now_ns, position)

    def _plan_flat(self, now_ns: int) -> list[Act]:
        """Nothing is held: an untouched entry may work on, everything else must go."""
        acts: list[Act] = []
        for order in list(self.orders.values()):
            if order.purpose is not Purpose.ENTRY:
                acts += self._cancel(order, now_ns, "FLAT")
            elif order.traded or self.exit_reason:
                acts += self._cancel(order, now_ns, self.exit_reason or "FLAT")
            else:
                acts += self._expire(order, now_ns)
        if not self.orders:
            self.exit_reason = self._retry_ns = None
        return acts

    def _plan_hold(self, now_ns: int, position: int) -> list[Act]:
        """Protection equals the position; the rest of an entry may still fill."""
        acts: list[Act] = []
        for entry in self.of(Purpose.ENTRY):
            acts += self._expire(entry, now_ns)
        uncovered = abs(position) - sum(stop.remaining for stop in self.of(Purpose.STOP))
        if uncovered > 0:
            acts.append(Want(Purpose.STOP, uncovered, "STOP_LOSS"))
        return acts

    def _plan_exit(self, now_ns: int, position: int) -> list[Act]:
        """Cancel what could trade beside the exit, then send it; an exit that does not fill is priced anew."""
        assert self.exit_reason is not None
        acts: list[Act] = []
        for order in self.of(Purpose.ENTRY) + self.of(Purpose.STOP):
            acts += self._cancel(order, now_ns, self.exit_reason)
        exits = self.of(Purpose.EXIT)
        for order in exits:
            if order.request.side * position > 0:
                acts += self._cancel(order, now_ns, "REVERSED")
            elif now_ns - order.request.ts_ns > self.patience.exit_ns:
                acts += self._cancel(order, now_ns, "REPRICE")
        if not self.orders and (self._retry_ns is None or now_ns >= self._retry_ns):
            acts.append(Want(Purpose.EXIT, abs(position), self.exit_reason))
        return acts

    def _judge(self, now_ns: int, position: int) -> None:
        """Reasons to leave that lie in our own orders."""
        stops = self.of(Purpose.STOP)
        if any(w.request.side * position > 0 for w in stops + self.of(Purpose.EXIT)):
            self.want_exit("REVERSED")
        if sum(w.remaining for w in stops) > abs(position):
            self.want_exit("OVER_PROTECTED")
        for stop in stops:
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
        """A request, unless one is on its way."""
        if order.cancel_ns is not None and now_ns - order.cancel_ns <= self.patience.ack_ns:
            return []
        self.orders[order.request.order_id] = replace(order, cancel_ns=now_ns)
        return [Cancel(order.request.order_id, reason)]
