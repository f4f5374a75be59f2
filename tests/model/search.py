"""Every state that can be reached, and from each the way home. Breadth first: a counterexample is a shortest one."""
from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from model.world import STEP_NS, Bounds, Broken, Maker, World

from qt_app.orders.bracket import Bracket
from qt_app.risk.intent import Purpose

#: What costs one of the bounds' faults; everything else may happen at any time, as often as it likes.
FAULTS = (
    "an order is rejected",
    "a cancel is lost",
    "an order is cancelled that nobody asked for",
    "the connection is lost: nothing is told, sends are refused, cancels are lost, orders trade on",
    "somebody else trades a lot in the account",
    "the client dies between any two acts of a turn and restarts from its journal",
    "the client dies between an intent's record and its send",
)

INVARIANTS = (
    "the position is never larger than MAX_POSITION and what somebody else traded",
    "no leg and no exit is larger than the position that it reduces",
    "stops, and targets, that could still trade are never more than the position when one is sent",
    "once fills are told, no leg whose cancel was not asked for covers more than is held",
    "an exit is sent when nothing else of ours could trade",
    "an entry is sent when no other works",
    "a plan repeated at the same instant asks for nothing; a report repeated counts nothing",
    "what both legs filled is never kept",
    "a stop that was not confirmed, or fired and not filled, in time is not relied upon",
    "in an auction, no stop is taken away for an exit that cannot be sent, and one that went is replaced",
    "from every state, with no further fault, all comes to flat or covered exactly, with nothing left over",
)

#: Rounds within which everything must be in order: the exchange answers, a census looks, a step of time passes.
HOME = 12

Act = Callable[[World], Any]
Key = tuple[Any, ...]


@dataclass
class Result:
    """What was seen. ``trace`` leads to what is ``broken``; both are empty when nothing is."""

    bounds: Bounds
    states: int = 0
    transitions: int = 0
    depth: int = 0
    home: int = 0           # most rounds that a state needed
    seconds: float = 0.0
    broken: str = ""
    trace: tuple[str, ...] = ()


@dataclass
class Search:
    """A run over one world; stops at the first thing that is broken."""

    bounds: Bounds
    make: Maker = Bracket
    parents: dict[Key, tuple[Key | None, str]] = field(default_factory=dict)
    rounds: dict[Key, int] = field(default_factory=dict)    # states known to come home, and in how many rounds

    def run(self) -> Result:
        began = perf_counter()
        result = Result(self.bounds)
        first = World(self.bounds, self.make)
        self.parents[first.key()] = None, ""
        queue = deque([(first, first.key(), 0)])
        try:
            while queue:
                world, key, depth = queue.popleft()
                result.depth = depth
                for label, after in self._following(world, key, result):
                    reached = after.key()
                    if reached not in self.parents:
                        self.parents[reached] = key, label
                        self._way_home(after, reached, result)
                        queue.append((after, reached, depth + 1))
        except _Found as found:
            result.broken, result.trace = found.what, found.trace
        result.states, result.seconds = len(self.parents), perf_counter() - began
        return result

    def _following(self, world: World, key: Key, result: Result) -> Iterator[tuple[str, World]]:
        for label, act in steps(world):
            for told, after in variants(world, label, act):
                result.transitions += 1
                try:
                    yield told, after()
                except Broken as broken:
                    raise _Found(str(broken), (*self._trace(key), told)) from broken

    def _way_home(self, world: World, key: Key, result: Result) -> None:
        """With no further fault and every answer given, all is in order within HOME rounds."""
        path: list[Key] = []
        try:
            for here, settled in going_home(world):
                if settled or here in self.rounds:
                    break
                path.append(here)
        except Broken as broken:
            raise _Found(str(broken), (*self._trace(key), "and every answer comes")) from broken
        self.rounds.setdefault(here, 0)
        for n, passed in enumerate(reversed(path), self.rounds[here] + 1):
            self.rounds[passed] = n
            result.home = max(result.home, n)

    def _trace(self, key: Key | None) -> tuple[str, ...]:
        labels: list[str] = []
        while key is not None:
            key, label = self.parents[key]
            labels.append(label)
        return tuple(reversed(labels[:-1]))


class _Found(Exception):
    def __init__(self, what: str, trace: tuple[str, ...]) -> None:
        super().__init__(what)
        self.what, self.trace = what, trace


def _left(w: World) -> str:
    live = [f"{p.purpose.value} {p.side * p.remaining:+d}" for p in w.placed.values() if p.live]
    return "working " + (", ".join(live) or "nothing")


def going_home(world: World) -> Iterator[tuple[Key, bool]]:
    """Round by round with no further fault: where it is, and whether all is in order; Broken when it is not in time."""
    v = world.fork()
    v.faults = 0
    for _ in range(HOME + 1):
        yield v.key(), v.settled()
        home_round(v)
    raise Broken(f"after {HOME} rounds without a fault: position {v.truth:+d} (known {v.held:+d}), {_left(v)}")


def home_round(w: World) -> None:
    """The broker is there and answers until there is nothing to answer: orders arrive, cancels and exits are done."""
    w.connected, w.auction = True, False
    look(w)
    while answer(w):
        look(w)
    w.now += STEP_NS
    w.tend()
    _done(w)


def answer(w: World) -> bool:
    """Whether the exchange had something to do."""
    busy = False
    for order_id, order in list(w.placed.items()):
        if order.live and order.cancelling:
            _end(w, order_id, "cancelled")
        elif order.live and order.purpose is Purpose.EXIT:
            w.trade(order_id, order.remaining)
        elif order.stage == "sent":
            _set(w, order_id, stage="working")
        else:
            continue
        busy = True
    return busy


def look(w: World) -> None:
    w.census()
    w.tend()
    _done(w)


# ---- what may happen next

def steps(w: World) -> Iterator[tuple[str, Act]]:
    yield from _client_steps(w)
    for order_id, order in w.placed.items():
        name = f"{order.purpose.value} {order.side * order.qty:+d}"
        if w.untold(order_id) and (w.connected or order.local):
            traded = f", {order.traded} traded" if order.traded else ""
            yield f"told: {name} is {order.stage}{traded}", _then_tend(lambda v, i=order_id: v.tell(i))
        if order.live:
            yield from _exchange_steps(w, order_id, name)
    if w.faults:
        yield from _fault_steps(w)


def _client_steps(w: World) -> Iterator[tuple[str, Act]]:
    yield "time passes", _pass
    side = w.bounds.side if w.held == 0 else 1 if w.held > 0 else -1
    if w.may_enter(side):
        yield "a decision enters", _then_tend(lambda v: v.enter(side))
    if w.held and w.bracket.exit_reason is None:
        yield "a decision leaves", _then_tend(lambda v: v.bracket.want_exit("OPPOSITE_DECISION"))
    if w.connected and (not w.compared or w.truth != w.held):
        yield "a census", _then_tend(World.census)
    if not w.connected:
        yield "the connection returns", _return
    if w.auction:
        yield "the auction ends", _auction(begins=False)
    elif w.auctions < w.bounds.auctions:
        yield "an auction begins", _auction(begins=True)
    if w.held and w.rises < w.bounds.rises:
        yield "the market moves our way", _rise


def _exchange_steps(w: World, order_id: int, name: str) -> Iterator[tuple[str, Act]]:
    order = w.placed[order_id]
    fresh = order.stage == ("sent" if order.purpose is Purpose.STOP else "working") and not order.traded
    if fresh and w.faults:
        yield f"exchange: {name} REJECTED", _fault(lambda v: _end(v, order_id, "rejected"))
    if order.stage == "sent":
        yield f"exchange: {name} accepted", lambda v: _set(v, order_id, stage="working")
    elif w.auction:
        pass
    elif order.purpose is Purpose.STOP and order.stage == "working":
        yield f"exchange: {name} fires", lambda v: _set(v, order_id, stage="fired")
    else:
        yield f"exchange: {name} trades a lot", lambda v: v.trade(order_id, 1)
    if order.cancelling:
        if order.stage != "sent":
            yield f"exchange: {name} cancelled", lambda v: _end(v, order_id, "cancelled")
        if w.faults:
            yield f"the cancel of {name} is LOST", _fault(lambda v: _set(v, order_id, cancelling=False))
    elif order.stage == "working" and w.faults:
        yield f"exchange: {name} cancelled UNASKED", _fault(lambda v: _end(v, order_id, "cancelled"))


def _fault_steps(w: World) -> Iterator[tuple[str, Act]]:
    if w.connected:
        yield "the connection is LOST", _fault(lambda v: setattr(v, "connected", False))
    for side in (1, -1):
        yield f"SOMEBODY ELSE trades {side:+d}", _fault(lambda v, s=side: v.strange_trade(s))
    yield "CRASH", _fault(World.crash)
    side = w.bounds.side if w.held == 0 else 1 if w.held > 0 else -1
    if w.may_enter(side):
        yield "a decision enters, CRASH before the send", _fault(lambda v: (v.enter(side, die=True), v.crash()))


def variants(w: World, label: str, act: Act) -> Iterator[tuple[str, Callable[[], World]]]:
    """The step, and each way in which the client dies in the turn that it calls for."""
    after = w.fork()
    after.acts = 0

    def whole() -> World:
        act(after)
        return _done(after)

    yield label, whole
    if after.faults and not after.dies:
        for i in range(after.acts):
            for amid in (False, True):
                yield (f"{label}; CRASH {'amid' if amid else 'before'} act {i + 1}",
                       lambda n=i, m=amid: _dying(w, act, (n, m)))


def _dying(w: World, act: Act, where: tuple[int, bool]) -> World:
    v = w.fork()
    v.dies = where
    act(v)
    v.faults -= 1
    v.crash()
    return _done(v)


def _done(w: World) -> World:
    w.forget()
    w.check()
    return w


def _then_tend(act: Act) -> Act:
    def both(w: World) -> None:
        act(w)
        w.tend()
    return both


def _fault(act: Act) -> Act:
    def spend(w: World) -> None:
        w.faults -= 1
        act(w)
    return spend


def _pass(w: World) -> None:
    w.now += STEP_NS
    w.tend()


def _return(w: World) -> None:
    w.connected = True
    w.census()
    w.tend()


def _auction(*, begins: bool) -> Act:
    def turn(w: World) -> None:
        w.auction = begins
        w.auctions += begins
        w.tend()
    return turn


def _rise(w: World) -> None:
    w.rises += 1
    w.tend()


def _set(w: World, order_id: int, **values: Any) -> None:
    w.placed[order_id] = w.placed[order_id]._replace(**values)


def _end(w: World, order_id: int, stage: str) -> None:
    _set(w, order_id, stage=stage, cancelling=False)
