"""Cancels everything of one contract in one account and closes its position: no market data, no model, no books.

The broker's list and position alone say what is there and what came of each step. An exit is sent only while nothing
works, and the next one only after the list has shown the end of the one before: nothing can be closed twice. An exit
that the list never shows keeps everything waiting until the time is over, and a person is told.
"""
from __future__ import annotations

import queue
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import TypeVar

from qt_app.errors import TimedOutError
from qt_app.instruments import Instrument
from qt_app.orders.errand import AMBIGUOUS
from qt_app.orders.router import OrderRow, Router, Wire
from qt_core.nl import DllError
from qt_core.vendor import TERMINAL, OrderStatus

T = TypeVar("T")

LOOK_S = 0.2
#: An unanswered cancel is repeated, an exit that does not trade is cancelled and sent anew, after this long.
CANCEL_AGAIN_S = 2.0
EXIT_S = 5.0
CLOSE_AGAIN_S = 1.0
#: How often in a row the broker must say that nothing is left.
PROOFS = 3
#: How often one look reads again while fills go on.
READINGS = 5


@dataclass(frozen=True, slots=True)
class Left:
    """What the broker shows: contracts (signed) and orders that have not ended."""

    position: int
    working: tuple[OrderRow, ...]

    @property
    def nothing(self) -> bool:
        return self.position == 0 and not self.working

    def words(self, symbol: str) -> str:
        orders = f"{len(self.working)} order{'' if len(self.working) == 1 else 's'} working"
        return f"position {self.position:+d} {symbol}, {orders}"


@dataclass(slots=True)
class Exit:
    """An order that closes; without a local id its send did not say whether it arrived."""

    local_id: int
    sent_s: float
    over: bool = False      # the list has shown its end


@dataclass(slots=True)
class Sweep:
    """One emergency. ``say`` is told each step; ``run`` returns what was left at the start."""

    router: Router
    contract: Instrument
    say: Callable[[str], None]
    clock: Callable[[], float] = monotonic
    rest: Callable[[float], None] = sleep
    _asked: dict[tuple[int, str], float] = field(default_factory=dict)   # when each order's cancel was last asked for
    _exits: list[Exit] = field(default_factory=list)
    _known: set[tuple[int, str]] = field(default_factory=set)    # orders that were there before the exit was sent
    _told: str = ""
    _refused: bool = False      # the last call certainly had no effect
    _in_vain: bool = False      # the broker's own closing was refused
    _close_s: float = float("-inf")

    def run(self, timeout_s: float) -> Left:
        """Until the broker has confirmed twice that nothing is left. Raises TimedOutError that says what remains."""
        end_s, proofs = self.clock() + timeout_s, 0
        first: Left | None = None
        left: Left | None = None
        while self.clock() < end_s:
            left = self._try(self._look, end_s) or left
            if left is not None:
                first = first or left
                proofs = proofs + 1 if left.nothing else 0
                if proofs >= PROOFS:
                    self.say(f"confirmed: the broker holds no position and no order of {self.contract.symbol}")
                    return first
                self._act(left, end_s)
            self.rest(LOOK_S)
        remains = "the broker did not answer" if left is None else left.words(self.contract.symbol)
        raise TimedOutError(f"not confirmed within {timeout_s:g} s; what remains: {remains}; close it in the broker's "
                            "own terminal, or repeat `qt halt --emergency` with a longer --timeout")

    # ---- seeing

    def _look(self) -> Left:
        """On the command thread: the list, between two equal positions."""
        before = self.router.holding()
        for _ in range(READINGS):
            rows = [row for row in self.router.orders().rows if row.ticker == self.contract.symbol]
            after = self.router.holding()
            if before == after:
                self._follow(rows)
                return Left(after.qty, tuple(row for row in rows if row.status not in TERMINAL))
            before = after
        raise ConnectionError("fills go on while the broker is asked")

    def _follow(self, rows: list[OrderRow]) -> None:
        """What became of the exit; one without a name is the order that was not there before."""
        for order in self._exits:
            for row in rows:
                if not order.local_id and _name(row) not in self._known:
                    order.local_id = row.local_id
                if row.local_id == order.local_id:
                    order.over = order.over or row.status in TERMINAL
        if not self._exits or self._exits[-1].over:
            self._known = {_name(row) for row in rows}

    # ---- acting

    def _act(self, left: Left, end_s: float) -> None:
        waiting = {order.local_id for order in self._exits if self.clock() - order.sent_s < EXIT_S}
        for row in left.working:
            if row.local_id not in waiting:
                self._cancel(row, end_s)
        rested = self.clock() - self._close_s > CLOSE_AGAIN_S
        if not left.working and left.position and rested and all(order.over for order in self._exits):
            self._close(left.position, end_s)

    def _cancel(self, row: OrderRow, end_s: float) -> None:
        name = _name(row)
        if self.clock() - self._asked.get(name, float("-inf")) < CANCEL_AGAIN_S:
            return
        again = name in self._asked
        self._asked[name] = self.clock()
        self.say(f"cancelling order {row.cl_ord_id or row.local_id} ({_words(row)})" + (", again" if again else ""))
        self._try(lambda: self.router.cancel(row.local_id, row.cl_ord_id), end_s)

    def _close(self, position: int, end_s: float) -> None:
        """The broker's own closing first; when that was in vain, a market order of the position's size."""
        side = "sell" if position > 0 else "buy"
        what = f"closing position {position:+d} {self.contract.symbol}"
        self._close_s = self.clock()
        if not self._in_vain and not self._exits:
            self.say(f"{what} at market")
            sent = self._try(self.router.zero, end_s)
            self._in_vain = sent is None and self._refused
        else:
            self.say(f"{what} with a market order: {side} {abs(position)}")
            sent = self._try(lambda: self.router.send(Wire(side, "market", abs(position))), end_s)
        if sent is not None or not self._refused:
            self._exits.append(Exit(0 if sent is None else sent[0], self.clock()))

    def _try(self, work: Callable[[], T], end_s: float) -> T | None:
        """A call on the command thread; None when it failed or does not come back, which is told."""
        self._refused = False
        answers: queue.SimpleQueue[T | Exception] = queue.SimpleQueue()

        def call() -> None:
            try:
                answers.put(work())
            except Exception as error:  # noqa: BLE001 - told below, on the caller's thread
                answers.put(error)

        self.router.post(call)
        try:
            answer = answers.get(timeout=max(0.01, end_s - self.clock()))
        except queue.Empty:
            self._tell_once("a call into the library does not return")
            return None
        if isinstance(answer, Exception):
            self._refused = isinstance(answer, ValueError) or (
                isinstance(answer, DllError) and answer.code not in AMBIGUOUS)
            self._tell_once(f"refused: {answer}" if isinstance(answer, DllError) else str(answer))
            return None
        return answer

    def _tell_once(self, words: str) -> None:
        if words != self._told:
            self._told = words
            self.say(words)


def _name(row: OrderRow) -> tuple[int, str]:
    return row.local_id, row.cl_ord_id


def _words(row: OrderRow) -> str:
    side, prices = ("buy" if row.side == 1 else "sell"), ""
    if row.stop_price > 0:
        prices = f", stop {row.stop_price:g}"
    elif row.price > 0:
        prices = f" at {row.price:g}"
    known = row.status in set(OrderStatus)
    status = OrderStatus(row.status).name.lower().replace("_", " ") if known else f"status {row.status}"
    return f"{side} {row.qty - row.traded}{prices}, {status}"
