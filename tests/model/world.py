"""One bracket, one small exchange and everything that can happen between them: the states of the model check.

The bracket is the real one, with its real prices, recovery and last door; the exchange knows lots and stages, and does
in any order what exchanges do. What the client knows of an order comes as whole reports of its present state, delivered
whenever the search likes: so reports come late, early, out of order, or not at all until a census. Time has one step,
longer than every patience, so an age is 0 or 1. Only a stop's way to the exchange has stages, as only they are acted
on: any other order works, as far as the client can tell, from the moment that it is sent.
"""
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from qt_app.instruments import instrument
from qt_app.journal.entries import Fill
from qt_app.orders.bracket import Bracket
from qt_app.orders.lastdoor import Exposure, LastDoor
from qt_app.orders.levels import Levels
from qt_app.orders.recovery import side_of
from qt_app.orders.working import Cancel, Patience, Want, Working
from qt_app.risk.intent import Purpose
from qt_app.risk.limits import Limits
from qt_app.votes import OrderReport, OrderRequest

LIMIT_NS = 10
STEP_NS = 11
PATIENCE = Patience(LIMIT_NS, LIMIT_NS, LIMIT_NS, LIMIT_NS, LIMIT_NS)
ENTRY_TICKS = 10_000
RISE_TICKS = 100
CONTRACT = instrument("WDOZ26")
LIVE = frozenset({"sent", "working", "fired"})
RANKS = {"sent": 0, "working": 1, "accepted": 1, "fired": 2, "triggered": 2}
Maker = Callable[[Patience, Levels], Bracket]


class Broken(Exception):
    """An invariant does not hold."""


@dataclass(frozen=True)
class Bounds:
    """How large the world is. ``faults``: how many of FAULTS may happen in one history; ``rises``: of the market,
    ``auctions``: in which no exit can be sent and nothing trades; ``side``: of entries."""

    lots: int = 1
    faults: int = 1
    take_profit: float = 0.01
    trail: float = 0.0
    rises: int = 0
    auctions: int = 0
    side: int = 1

    def limits(self) -> Limits:
        return Limits(max_position=self.lots, take_profit=self.take_profit, trail=self.trail)


class Placed(NamedTuple):
    """An order as it is at the exchange; ``local``: it never got there, which the gateway knows by itself."""

    purpose: Purpose
    side: int
    qty: int
    traded: int = 0
    stage: str = "sent"         # sent | working | fired | filled | cancelled | rejected
    cancelling: bool = False    # a cancel is on its way
    local: bool = False

    @property
    def live(self) -> bool:
        return self.stage in LIVE

    @property
    def remaining(self) -> int:
        return self.qty - self.traded


class World:
    """A state. Steps change it in place: take a ``fork`` first."""

    def __init__(self, bounds: Bounds, make: Maker = Bracket) -> None:
        self.bounds, self.make = bounds, make
        self.bracket = make(PATIENCE, Levels(bounds.limits()))
        self.door = LastDoor(CONTRACT, bounds.lots)
        self.placed: dict[int, Placed] = {}
        self.held = self.truth = 0      # lots as the client knows them, and as they are
        self.bet = 0                    # the side that was meant: of the last entry or, flat before, of whoever opened
        self.journal_side = 0           # what a restart would derive from the journal's fills
        self.foreign = 0                # lots that somebody else traded
        self.connected = self.compared = True
        self.faults, self.rises, self.auctions = bounds.faults, 0, 0
        self.auction = False
        self.last_id = self.now = 0
        self.acts = 0                   # of the last turn
        self.dies: tuple[int, bool] | None = None   # the client's next turn ends before this act, or amid it

    def fork(self) -> World:
        other = World.__new__(World)
        other.__dict__.update(self.__dict__)
        other.placed = dict(self.placed)
        bracket = other.bracket = _twin(self.bracket)
        bracket.orders, bracket.ended = dict(bracket.orders), dict(bracket.ended)
        bracket.levels = _twin(bracket.levels)
        return other

    # ---- what the client does

    def tend(self) -> None:
        """The trader's turn: plan and carry out."""
        if not self.compared:
            return
        self._show()
        acts = self.bracket.plan(self.now, self.held)
        self.acts = len(acts)
        for i, act in enumerate(acts):
            if self.dies is not None and self.dies[0] == i:
                if self.dies[1] and isinstance(act, Want):
                    self._note(act)         # the intent is durable, the order never went out
                return
            self._carry_out(act)
        if acts and self.bracket.plan(self.now, self.held):
            raise Broken("planned twice at one instant, it acts twice")

    def _show(self) -> None:
        self.bracket.calm = self.connected and not self.auction
        self.bracket.exits_wait = self.auction
        side = (self.held > 0) - (self.held < 0)
        if side and (self.bounds.rises or side != self.bracket.levels.side or not self.bracket.levels._entry):
            self.bracket.levels.see(side, Fraction(ENTRY_TICKS), ENTRY_TICKS + side * RISE_TICKS * self.rises,
                                    Fraction(0))

    def _carry_out(self, act: Cancel | Want) -> None:
        if isinstance(act, Cancel):
            order = self.placed[act.order_id]
            leaving = self.bracket.exit_reason is not None
            if self.auction and leaving and order.purpose is Purpose.STOP and self._only_just_covered():
                raise Broken("a stop is taken away for an exit that an auction forbids")
            if self.connected and order.live:
                self.placed[act.order_id] = order._replace(cancelling=True)
            return
        self._check_want(act)
        if act.purpose is Purpose.EXIT and self.auction:
            self.bracket.refused(Purpose.EXIT, "PHASE_NOT_OPEN", self.now)
            return
        request = self._note(act)
        self._send(request, act.purpose)

    def _only_just_covered(self) -> bool:
        known = self.bracket.orders.values()
        right = all(w.request.side * self.held < 0 and w.purpose is not Purpose.EXIT for w in known)
        return right and sum(w.remaining for w in self.bracket.of(Purpose.STOP)) == abs(self.held) > 0

    def _note(self, want: Want) -> OrderRequest:
        side = -1 if self.held > 0 else 1
        stop = self.bracket.levels.terms().stop if want.purpose is Purpose.STOP else None
        return self._request(want.purpose, side, want.qty, stop.trigger if stop else None)

    def _request(self, purpose: Purpose, side: int, qty: int, stop: int | None) -> OrderRequest:
        self.last_id += 1
        request = OrderRequest(self.last_id, 0, self.now, side, qty, None, stop, purpose.value)
        self.bracket.sent(request, purpose)
        self.placed[self.last_id] = Placed(purpose, side, qty, stage="rejected", local=True)
        return request

    def _send(self, r: OrderRequest, purpose: Purpose) -> None:
        """Through the last door, if the broker is there; what is refused is known at once and told by the gateway."""
        if self.connected and self.door.room(r.side, r.qty, self._exposure(r.order_id)) is None:
            self.placed[r.order_id] = Placed(purpose, r.side, r.qty, stage="sent" if r.stop else "working")

    def _exposure(self, but: int) -> Exposure:
        working = {1: 0, -1: 0}
        for order_id, order in self.bracket.orders.items():
            if order_id != but:
                working[order.request.side] += order.remaining
        return Exposure(self.held, working[1], working[-1])

    def _check_want(self, want: Want) -> None:
        working = [p for p in self.placed.values() if p.live]
        if want.qty < 1 or want.qty > abs(self.held):
            raise Broken(f"{want.purpose.value} of {want.qty} lots against {self.held:+d}")
        if want.purpose is Purpose.EXIT and working:
            raise Broken("an exit was sent while another order could still trade")
        covered = sum(p.remaining for p in working if p.purpose is want.purpose)
        if covered + want.qty > abs(self.held):
            raise Broken(f"{want.purpose.value}s could trade {covered + want.qty} lots of {self.held:+d}")

    def enter(self, side: int, *, die: bool = False) -> None:
        qty = self.bounds.lots - side * self.held
        if any(p.live and p.purpose is Purpose.ENTRY for p in self.placed.values()):
            raise Broken("a second entry beside one that works")
        request = self._request(Purpose.ENTRY, side, qty, None)
        if not die:
            self._send(request, Purpose.ENTRY)

    def may_enter(self, side: int) -> bool:
        """The gate's rule, in the words of RiskGate: one entry, nothing to settle, room."""
        live = self.bracket.live
        if self.auction or not self.connected or not self.compared or Purpose.ENTRY in live or Purpose.EXIT in live:
            return False
        return not (self.held == 0 and live) and 0 <= side * self.held < self.bounds.lots

    # ---- what is told

    def untold(self, order_id: int) -> bool:
        """Whether the client does not know the order as it is."""
        order, known = self.placed[order_id], self.bracket.find(order_id)
        if known is None or order.traded != known.traded:
            return known is not None
        if order_id not in self.bracket.orders:
            return False
        return not order.live or (order.purpose is Purpose.STOP and RANKS[order.stage] > RANKS[known.stage])

    def tell(self, order_id: int) -> None:
        """A report of the order as it is."""
        order, known = self.placed[order_id], self.bracket.find(order_id)
        assert known is not None
        words = {"working": "partial" if order.traded else "accepted", "fired": "triggered"}
        report = OrderReport(order_id, 0, self.now, words.get(order.stage, order.stage), 0, None, order.traded, "")
        lots = self.bracket.on_report(known, report)
        if (again := self.bracket.find(order_id)) and self.bracket.on_report(again, report):
            raise Broken("a report that came twice counted twice")
        if lots:
            self.held += order.side * lots
            self._journal(order.side, order.purpose is Purpose.ENTRY, order_id)

    def adopt(self) -> None:
        """The broker wins: what orders do not explain is booked as it is."""
        if self.held != self.truth:
            side = 1 if self.truth > self.held else -1
            self.held = self.truth
            self._journal(side, False, 0)

    def _journal(self, side: int, entry: bool, order_id: int) -> None:
        before = [_fill(self.journal_side, True, 1, 1)] if self.journal_side else []
        self.journal_side = side_of([*before, _fill(side, entry, order_id, self.held)])

    def census(self) -> None:
        """Orders and position as the broker has them; an order that he does not know was never there."""
        for order_id in [i for i in self.placed if self.untold(i)]:
            self.tell(order_id)
        self.adopt()
        self.compared = True

    # ---- what becomes of the client

    def crash(self) -> None:
        """Another process: the bracket of the journal's orders, no plan before a census."""
        live = [Working(w.request, w.purpose, w.request.ts_ns, w.stage, w.traded)
                for w in self.bracket.orders.values()]
        ended = list(self.bracket.ended.values())
        self.bracket = self.make(PATIENCE, Levels(self.bounds.limits()))
        self.bracket.restore(live, ended, self.journal_side)
        for order in live:
            if order.request.stop is not None:
                self.bracket.levels.placed(-order.request.side, order.request.stop)
        self.compared = False
        self.acts, self.dies = 0, None
        for order_id, order in self.placed.items():     # what never got there is not known to be so any more
            self.placed[order_id] = order._replace(local=False)

    # ---- what the exchange does

    def trade(self, order_id: int, lots: int) -> None:
        order = self.placed[order_id]
        order = order._replace(traded=order.traded + lots)
        self.placed[order_id] = order if order.remaining else order._replace(stage="filled", cancelling=False)
        self._moved(order.side * lots, order.side if order.purpose is Purpose.ENTRY else 0, -order.side)

    def strange_trade(self, side: int) -> None:
        self.foreign += 1
        self._moved(side, 0, side)

    def _moved(self, lots: int, entered: int, opened: int) -> None:
        self.bet = entered or (opened if self.truth == 0 else self.bet)
        self.truth += lots
        if self.truth == 0:
            self.bet = 0

    # ---- what must hold

    def check(self) -> None:
        """In every state, whatever was told of it."""
        if abs(self.truth) > self.bounds.lots + self.foreign:
            raise Broken(f"a position of {self.truth:+d} lots, {self.bounds.lots} are allowed")
        if not self.compared:
            return
        if self.held and self.bracket.exit_reason is None and any(map(self._silent, self.bracket.of(Purpose.STOP))):
            raise Broken("a stop that was not confirmed, or fired and not filled, in time is taken for protection")
        if self.truth != self.held or any(map(self.untold, self.placed)):
            return
        if self.auction and self.connected and self._bare():
            raise Broken(f"{self.held:+d} are held through an auction without a stop")
        for purpose in (Purpose.STOP, Purpose.TARGET):
            legs = sum(w.remaining for w in self.bracket.of(purpose) if w.cancel_ns is None)
            if legs > abs(self.held):
                raise Broken(f"{purpose.value}s of {legs} lots stay beside {self.held:+d}")
        if not self.foreign and self.bet * self.held < 0 and self.bracket.exit_reason is None:
            raise Broken(f"the excess of both legs, {self.held:+d}, is kept")

    def _bare(self) -> bool:
        """Whether lots have no stop though one could be sent: nothing of ours could reverse them."""
        known = self.bracket.orders.values()
        right = all(w.request.side * self.held < 0 and w.purpose is not Purpose.EXIT for w in known)
        stops = sum(w.remaining for w in self.bracket.of(Purpose.STOP))
        return right and stops < abs(self.held) and not self._waits(self.bracket._retry_ns)

    def _silent(self, stop: Working) -> bool:
        return stop.stage != "accepted" and self.now - stop.since_ns > LIMIT_NS

    def settled(self) -> bool:
        """Flat with nothing left, or held and covered exactly; both sides agree, and time changes nothing."""
        if self.truth != self.held or not self.connected or not self.compared or any(map(self.untold, self.placed)):
            return False
        live = [p for p in self.placed.values() if p.live]
        if self.bracket.exit_reason or not self._covered(live):
            return False
        later = self.fork()
        later.now, later.acts = later.now + STEP_NS, 0
        later.tend()
        return later.acts == 0

    def _covered(self, live: list[Placed]) -> bool:
        if self.held == 0:
            return not live and not self.bracket.orders
        stops = sum(p.remaining for p in live if p.purpose is Purpose.STOP)
        targets = sum(p.remaining for p in live if p.purpose is Purpose.TARGET)
        wanted = abs(self.held) if self.bracket.levels.aims and not self.bracket._no_target else targets
        return (all(p.stage == "working" and not p.cancelling and p.side * self.held < 0 for p in live)
                and (stops, targets) == (abs(self.held), wanted)
                and all(p.purpose in (Purpose.STOP, Purpose.TARGET) for p in live))

    # ---- the same state, whatever its numbers

    def key(self) -> tuple[object, ...]:
        b, levels = self.bracket, self.bracket.levels
        orders = sorted(self._order_key(i) for i in self.placed if self._matters(i))
        best = levels._best if self.bounds.rises else 0
        return (tuple(orders), self.held, self.truth, self.bet, self.foreign, self.connected, self.compared,
                self.faults, self.rises, self.auction, self.auctions, self.journal_side, b.side,
                b.exit_reason is None, b._no_target, b._stale, self._waits(b._retry_ns), self._waits(b._target_ns),
                self._age(b._moved_ns), levels.side, levels._floor, best)

    def _matters(self, order_id: int) -> bool:
        return self.placed[order_id].live or order_id in self.bracket.orders or self.untold(order_id)

    def forget(self) -> None:
        """Orders that are over on both sides."""
        gone = [i for i in self.placed if not self._matters(i)]
        for order_id in gone:
            del self.placed[order_id]
            self.bracket.ended.pop(order_id, None)

    def _order_key(self, order_id: int) -> tuple[object, ...]:
        p, w = self.placed[order_id], self.bracket.orders.get(order_id)
        there = (p.purpose.value, p.side, p.qty, p.traded, p.stage, p.cancelling, p.local)
        if w is None:
            known = self.bracket.ended.get(order_id)
            return (*there, "ended", known.traded if known else -1, 0, 0, 0, 0)
        timed = w.purpose is Purpose.STOP and w.stage != "accepted"
        sent = w.purpose in (Purpose.ENTRY, Purpose.EXIT)
        return (*there, w.stage if w.purpose is Purpose.STOP else "", w.traded, self._age(w.since_ns) if timed else 0,
                self._age(w.request.ts_ns) if sent else 0, self._age(w.cancel_ns), w.request.stop or 0)

    def _age(self, ns: int | None) -> int:
        return 2 if ns is None else int(self.now > ns)

    def _waits(self, ns: int | None) -> bool:
        return ns is not None and self.now < ns


def _twin(thing: Any) -> Any:
    twin = object.__new__(type(thing))
    twin.__dict__.update(thing.__dict__)
    return twin


def _fill(side: int, entry: bool, order_id: int, position: int) -> Fill:
    return Fill(order_id, 0, 0, side, 1, ENTRY_TICKS, 0, 0, entry, position)
