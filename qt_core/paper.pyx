"""Our orders against the observed market, without touching it.

Time is event time only. An order sent at t reaches the market at t + latency: it meets the book as it stands after
the first event with ``ts >= t + latency`` has been applied, or as it stands when time is said to have passed that
instant without an event (``advance``). A cancel takes effect at the first event with ``ts >=
t + cancel_latency``, before that event can fill the order; a cancel never overtakes its own order.

**Taking.** A marketable order takes the opposite quote and walks the ladder beyond it up to its limit. The quote
overrides the ladder at the touch; a quantity of 0 at the touch means unknown and counts as enough. What we took stays
displayed in the recording, so it is remembered and not taken twice until the touch moves. A market order that finds
no opposite quote on arrival is rejected (NO_LIQUIDITY); the rest of one that ran out of liquidity, and a fired stop,
wait for the next quote.

**Resting.** Our place in the queue is what rests at the price on arrival. Only prints at that price by the opposite
aggressor consume it; cancellations ahead never help. A print beyond the limit, or an opposite quote at or beyond it,
proves that the level is gone: then at most the lots printed or displayed fill, at our limit. Where the quantity at the
price is not known, only such a trade-through fills. RLP, cross, auction and corrected prints fill and trigger nothing.

**Stops.** A stop fires on a print at or through it, or when the whole market is through it (buy: bid >= stop, sell:
ask <= stop), also on arrival. It is then a limit or market order that needs the latency once more.

**Phases.** Nothing fills or fires in an auction or another phase that is not open: a resting order waits and queues up
anew, at the end, when the market opens. Outside the session, or once the phase is closed, an arriving order is
rejected and a live one is cancelled (SESSION_CLOSED).

**Three figures.** Reports and positions follow the pessimistic book described above. Every fill is also priced by two
shadows: *probable* pays the touch on arrival for all lots (no walking), *optimistic* also the quote at the time of
sending (no latency), if that was better; both get our limit where we rested. All three price the same lots, so
pessimistic <= probable <= optimistic holds fill by fill. The shadows keep count of the lots that they would have filled
by now (``traded_probable``: cancellations shrink the queue in proportion; ``traded_optimistic``: a print at the limit
fills); an order that ends unfilled ends in the shadows too, and the difference in these counts is what was missed.
"""
from typing import NamedTuple

import numpy as np

from libc.stdint cimport INT64_MAX, int32_t, int64_t
from libc.string cimport memset

from qt_core._types cimport (
    QT_ASK, QT_BID, QT_EV_CLOCK, QT_EV_TRADE, QT_F_EDIT, QT_MAX_LOTS, QT_NO_PRICE, QT_PHASE_CLOSED, QT_PHASE_OPEN,
    QT_TRADE_BUY, QT_TRADE_SELL, QT_TRADE_UNKNOWN, qt_event_t,
)
from qt_core.market cimport Market


cdef enum:  # states of an order
    ENDED = 0
    SENT = 1      # on its way to the market
    PARKED = 2    # accepted, the market is not open
    STOPPED = 3   # accepted stop, not fired
    FIRED = 4     # fired stop on its way
    RESTING = 5   # limit in the queue
    TAKING = 6    # market order waiting for liquidity

cdef enum:  # indices into STATUSES
    ACCEPTED = 0
    PARTIAL = 1
    FILLED = 2
    CANCELLED = 3
    REJECTED = 4
    TRIGGERED = 5

cdef enum:  # indices into TEXTS
    NO_TEXT = 0
    NO_LIQUIDITY = 1
    SESSION_CLOSED = 2

STATUSES = ("accepted", "partial", "filled", "cancelled", "rejected", "triggered")
TEXTS = ("", "NO_LIQUIDITY", "SESSION_CLOSED")

#: A send was seen filled after 73 ms and a cancel confirmed after 73 to 589 ms (vendor's routing, simulated account).
LATENCY_NS = 75_000_000
CANCEL_LATENCY_NS = 150_000_000


class PaperReport(NamedTuple):
    """One report. Prices in ticks (None: nothing filled), quantities in lots, costs in ticks x lots of ``last_qty``."""

    order_id: int
    ts_ns: int
    status: str
    last_qty: int
    price: int | None
    traded: int
    cost_probable: int
    cost_optimistic: int
    traded_probable: int
    traded_optimistic: int
    text: str


cdef inline bint _beyond(int side, int32_t price, int32_t limit) noexcept nogil:
    """Whether a price is worse than the limit for an order of this side; a market order has no limit."""
    return limit != QT_NO_PRICE and side * (price - limit) > 0


cdef inline bint _regular(const qt_event_t* ev) noexcept nogil:
    """Whether a print came through the book: an aggressor's, or one of a tape that tells no types."""
    if ev.kind != QT_EV_TRADE or ev.flags & QT_F_EDIT:
        return False
    return ev.code == QT_TRADE_BUY or ev.code == QT_TRADE_SELL or ev.code == QT_TRADE_UNKNOWN


cdef class PaperMatcher:
    """Up to 64 live orders of one symbol; no allocation after start.

    ``submit``, ``cancel`` and ``reports`` belong to the thread that feeds the engine, between two calls of it.
    """

    def __init__(self, Market market not None, *, int64_t latency_ns=LATENCY_NS,
                 int64_t cancel_latency_ns=CANCEL_LATENCY_NS):
        if latency_ns < 0 or cancel_latency_ns < 0:
            raise ValueError(f"latency {latency_ns} ns / {cancel_latency_ns} ns is negative; give 0 or more")
        self.market = market
        self.latency_ns = latency_ns
        self.cancel_latency_ns = cancel_latency_ns
        self.now_ns = 0
        self.count = 0
        self.waiting = 0
        self.deferred = 0
        for i in range(2):
            self.swept[i].touch = self.swept[i].worst = QT_NO_PRICE
            self.swept[i].lots = 0

    # Python's side

    @property
    def live(self) -> int:
        """Orders that are not ended."""
        return self.count

    def submit(self, int64_t order_id, int side, int64_t qty, int32_t price_ticks, int32_t stop_ticks, int64_t now_ns):
        """Send an order; NO_PRICE as price means market, as stop no stop.

        Raises ValueError for a side that is not +1 or -1, a quantity or price out of range, an id that is live, or
        when 64 orders are live.
        """
        cdef paper_order_t* o
        if side != QT_BID and side != QT_ASK:
            raise ValueError(f"order {order_id}: side {side} is neither +1 (buy) nor -1 (sell)")
        if not 0 < qty <= QT_MAX_LOTS:
            raise ValueError(f"order {order_id}: quantity {qty} lots is out of range; give 1 or more")
        for ticks in (price_ticks, stop_ticks):
            if ticks != QT_NO_PRICE and ticks <= 0:
                raise ValueError(f"order {order_id}: price {ticks} ticks is not positive")
        if self._find(order_id) is not NULL:
            raise ValueError(f"order {order_id} is live already; give every order its own id")
        if self.count == MAX_ORDERS:
            raise ValueError(f"order {order_id}: {MAX_ORDERS} orders are live; cancel some first")
        o = &self.orders[self.count]
        self.count += 1
        o.id, o.side, o.qty, o.price, o.stop = order_id, side, qty, price_ticks, stop_ticks
        o.traded = o.traded_probable = o.traded_optimistic = 0
        o.arrive_ns, o.cancel_ns = now_ns + self.latency_ns, INT64_MAX
        o.ahead = o.ahead_probable = o.shown = -1
        o.first_touch = self._touch(-side) if stop_ticks == QT_NO_PRICE else QT_NO_PRICE
        o.state = SENT

    def cancel(self, int64_t order_id, int64_t now_ns) -> bool:
        """Ask for a cancel; False when no such order is live. A report says how the race with a fill ended."""
        cdef paper_order_t* o = self._find(order_id)
        if o is NULL:
            return False
        o.cancel_ns = min(o.cancel_ns, now_ns + self.cancel_latency_ns)
        return True

    def reports(self) -> list[PaperReport]:
        """Reports since the last call, oldest first."""
        out = [PaperReport(r.id, r.ts_ns, STATUSES[r.status], r.last_qty, None if r.price == QT_NO_PRICE else r.price,
                           r.traded, r.cost_probable, r.cost_optimistic, r.traded_probable, r.traded_optimistic,
                           TEXTS[r.text])
               for r in self.queue[:self.waiting]]
        self.waiting = 0
        return out

    def advance(self, int64_t ts_ns) -> None:
        """Time passes without an event: what arrived by then meets the book as it stands."""
        cdef qt_event_t ev
        memset(&ev, 0, sizeof(ev))
        ev.kind = QT_EV_CLOCK
        ev.ts_ns = ts_ns
        self.now_ns = max(self.now_ns, ts_ns)
        if self.count > 0:
            self.on_event(&ev)

    def ahead(self, int64_t order_id) -> int | None:
        """Lots before a resting order, pessimistic; None when it does not rest or the queue is unknown."""
        cdef paper_order_t* o = self._find(order_id)
        if o is NULL or o.state != RESTING or o.ahead < 0:
            return None
        return o.ahead

    def feed(self, events) -> None:
        """Applies events (EVENT_DTYPE) one by one to the market, as the engine would. For tests and tools."""
        cdef const unsigned char[::1] raw = np.ascontiguousarray(events).view(np.uint8).reshape(-1)
        cdef Py_ssize_t i, n = raw.shape[0] // <Py_ssize_t>sizeof(qt_event_t)
        cdef const qt_event_t* ev
        for i in range(n):
            ev = <const qt_event_t*>&raw[0] + i
            self.market.now_ns = ev.ts_ns
            self.market.apply(ev)
            self.on_event(ev)

    # the engine's side

    cdef bint working(self) noexcept nogil:
        return self.count > 0

    cdef bint on_event(self, const qt_event_t* ev) noexcept nogil:
        cdef int i
        cdef bint ended = False
        self.now_ns = max(self.now_ns, self.market.now_ns)
        self._forget(QT_ASK)
        self._forget(QT_BID)
        for i in range(self.count):
            if self.waiting > MAX_REPORTS - REPORT_ROOM:
                self.deferred += 1
                break
            self._step(&self.orders[i], ev)
            ended |= self.orders[i].state == ENDED
        if ended:
            self._drop_ended()
        return self.waiting > 0

    cdef void _step(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil:
        """One order, one event: cancel, session, arrival, then what its state asks for."""
        cdef int64_t now = self.now_ns
        cdef bint travelling = o.state == SENT or (o.state == FIRED and o.arrive_ns < o.cancel_ns)
        if o.cancel_ns <= now and not travelling:
            self._end(o, CANCELLED, NO_TEXT)
        elif (o.state == SENT or o.state == FIRED) and o.arrive_ns > now:
            return
        elif not self._in_session():
            self._end(o, REJECTED if o.state == SENT else CANCELLED, SESSION_CLOSED)
        elif o.state == SENT or o.state == FIRED:
            self._arrive(o)
            if o.state != ENDED and o.cancel_ns <= now:
                self._end(o, CANCELLED, NO_TEXT)
        elif self.market.phase != QT_PHASE_OPEN:
            if o.state == RESTING:
                o.state = PARKED
        elif o.state == PARKED:
            self._enter(o)
        elif o.state == STOPPED:
            self._watch(o, ev)
        elif o.state == RESTING:
            self._rest(o, ev)
        elif o.state == TAKING:
            self._take(o)

    cdef void _arrive(self, paper_order_t* o) noexcept nogil:
        """An order reaches the market, or a fired stop does."""
        cdef bint fresh = o.state == SENT
        cdef bint is_open = self.market.phase == QT_PHASE_OPEN
        if fresh and o.stop != QT_NO_PRICE:
            o.state = STOPPED
            self._report(o, ACCEPTED, NO_TEXT)
            if is_open:
                self._watch(o, NULL)
            return
        if fresh:
            if is_open and o.price == QT_NO_PRICE and self._touch(-o.side) == QT_NO_PRICE:
                self._end(o, REJECTED, NO_LIQUIDITY)
                return
            self._report(o, ACCEPTED, NO_TEXT)
        if is_open:
            self._enter(o)
        else:
            o.state = PARKED

    cdef void _enter(self, paper_order_t* o) noexcept nogil:
        """Take what is marketable; the rest queues up (limit) or waits (market)."""
        o.state = TAKING
        self._take(o)
        if o.state == TAKING and o.price != QT_NO_PRICE:
            o.state = RESTING
            self._queue_up(o)

    cdef void _watch(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil:
        """Fire a stop that the market reached; ev is NULL on arrival, when the last print counts."""
        cdef int32_t through = self._touch(o.side)
        cdef int32_t last = QT_NO_PRICE
        if ev is NULL:
            last = self.market.last_price
        elif _regular(ev):
            last = ev.price
        if (last != QT_NO_PRICE and o.side * (last - o.stop) >= 0) or (
                through != QT_NO_PRICE and o.side * (through - o.stop) >= 0):
            self._fire(o)

    cdef void _fire(self, paper_order_t* o) noexcept nogil:
        o.state = FIRED
        o.arrive_ns = self.now_ns + self.latency_ns
        o.first_touch = self._touch(-o.side)
        self._report(o, TRIGGERED, NO_TEXT)

    cdef void _take(self, paper_order_t* o) noexcept nogil:
        """Walk the opposite side from the touch to the limit."""
        cdef int32_t touch = self._touch(-o.side)
        cdef int32_t price = touch
        cdef int64_t lots
        while price != QT_NO_PRICE and not _beyond(o.side, price, o.price):
            lots = min(self._free(-o.side, price), o.qty - o.traded)
            if lots > 0:
                self._remember(-o.side, price, lots)
                self._fill(o, lots, price, touch)
            if o.state == ENDED or self.waiting > MAX_REPORTS - 2 or not self.market.book.ready():
                return
            price = self.market.book.next_level(-o.side, price)

    cdef void _rest(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil:
        """A limit order in the queue sees one event."""
        cdef int32_t touch = self._touch(-o.side)
        cdef int64_t lots
        if _regular(ev):
            self._print(o, ev)
        elif touch != QT_NO_PRICE and not _beyond(o.side, touch, o.price):
            o.ahead = o.ahead_probable = 0
            o.traded_optimistic = o.qty
            lots = min(self._free(-o.side, touch), o.qty - o.traded)
            if lots > 0:
                self._remember(-o.side, touch, lots)
                self._fill(o, lots, o.price, o.price)
        elif o.state == RESTING:
            self._requeue(o)

    cdef void _print(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil:
        """A print at the limit consumes the queue, one beyond it proves that the queue is gone."""
        cdef int64_t through = o.side * (<int64_t>o.price - ev.price)
        cdef int64_t lots = ev.qty
        cdef int64_t probable = ev.qty
        if through < 0:
            return
        o.traded_optimistic = o.qty
        if through > 0:
            o.ahead = o.ahead_probable = 0
        elif ev.side != -o.side or o.ahead < 0:
            return
        else:
            lots = ev.qty - o.ahead
            probable = ev.qty - o.ahead_probable
            o.ahead = max(0, o.ahead - ev.qty)
            o.ahead_probable = max(0, o.ahead_probable - ev.qty)
            o.shown = max(0, o.shown - ev.qty)
        if probable > 0:
            o.traded_probable = min(o.qty, o.traded_probable + probable)
        if lots > 0:
            self._fill(o, min(lots, o.qty - o.traded), o.price, o.price)

    cdef void _queue_up(self, paper_order_t* o) noexcept nogil:
        """Join the end of the queue at our limit."""
        cdef int32_t own = self._touch(o.side)
        o.shown = self._shown(o.side, o.price)
        if own == QT_NO_PRICE or o.side * (o.price - own) > 0:
            o.shown = 0  # we are the best price: nobody before us
        o.ahead = o.ahead_probable = o.shown

    cdef void _requeue(self, paper_order_t* o) noexcept nogil:
        """Learn an unknown queue; let cancellations shrink the probable one in proportion.

        A decrease that no print explains is taken as cancelled evenly over the level. If the book shows a print before
        the tape does, the probable queue shrinks twice: an error towards the optimistic side, in this figure only.
        """
        cdef int64_t shown = self._shown(o.side, o.price)
        if shown < 0:
            return
        if o.ahead < 0:
            o.ahead = o.ahead_probable = shown
        elif o.shown > shown:
            o.ahead_probable -= o.ahead_probable * (o.shown - shown) // o.shown
        o.shown = shown

    # shared steps

    cdef void _fill(self, paper_order_t* o, int64_t lots, int32_t price, int32_t probable) noexcept nogil:
        """Book lots at a price in the pessimistic book, and price them in the shadows."""
        cdef int32_t optimistic = probable
        cdef paper_report_t* r
        if o.first_touch != QT_NO_PRICE and not _beyond(o.side, o.first_touch, o.price):
            if o.side * (optimistic - o.first_touch) > 0:
                optimistic = o.first_touch
        o.traded += lots
        o.traded_probable = max(o.traded, o.traded_probable)
        o.traded_optimistic = max(o.traded_probable, o.traded_optimistic)
        self._report(o, FILLED if o.traded == o.qty else PARTIAL, NO_TEXT)
        r = &self.queue[self.waiting - 1]
        r.last_qty = lots
        r.price = price
        r.cost_probable = lots * probable
        r.cost_optimistic = lots * optimistic
        if o.traded == o.qty:
            o.state = ENDED

    cdef void _end(self, paper_order_t* o, int status, int text) noexcept nogil:
        self._report(o, status, text)
        o.state = ENDED

    cdef void _report(self, paper_order_t* o, int status, int text) noexcept nogil:
        cdef paper_report_t* r = &self.queue[self.waiting]
        self.waiting += 1
        r.id, r.ts_ns, r.status, r.text = o.id, self.now_ns, status, text
        r.traded, r.traded_probable, r.traded_optimistic = o.traded, o.traded_probable, o.traded_optimistic
        r.last_qty = r.cost_probable = r.cost_optimistic = 0
        r.price = QT_NO_PRICE

    cdef void _drop_ended(self) noexcept nogil:
        """Close the gaps; the order of the others stays."""
        cdef int i, kept = 0
        for i in range(self.count):
            if self.orders[i].state != ENDED:
                if kept != i:
                    self.orders[kept] = self.orders[i]
                kept += 1
        self.count = kept

    cdef bint _in_session(self) noexcept nogil:
        cdef int64_t close = self.market.session_close_ns
        if self.market.session_open_ns == 0 or self.market.phase == QT_PHASE_CLOSED:
            return False
        return close == 0 or self.now_ns < close

    cdef int32_t _touch(self, int side) noexcept nogil:
        return self.market.bid if side == QT_BID else self.market.ask

    cdef int64_t _shown(self, int side, int32_t price) noexcept nogil:
        """Lots displayed at a price: the quote at the touch, else the ladder; -1 unknown."""
        cdef int64_t lots = 0
        if price == self._touch(side):
            lots = self.market.bid_qty if side == QT_BID else self.market.ask_qty
        if lots > 0:
            return lots
        if not self.market.book.ready():
            return -1
        lots = self.market.book.qty_at(side, price)
        return -1 if lots == 0 and price == self._touch(side) else lots

    cdef int64_t _free(self, int side, int32_t price) noexcept nogil:
        """Lots displayed at a price that we did not take already; an unknown touch is enough for anything."""
        cdef paper_sweep_t* s = &self.swept[side == QT_BID]
        cdef int64_t lots = self._shown(side, price)
        if lots < 0:
            lots = QT_MAX_LOTS * 2
        if s.worst == QT_NO_PRICE or side * (s.worst - price) > 0:
            return lots  # farther than we ever reached
        return max(0, lots - s.lots) if price == s.worst else 0

    cdef void _forget(self, int side) noexcept nogil:
        """The touch moved: what is displayed now was not taken by us."""
        cdef paper_sweep_t* s = &self.swept[side == QT_BID]
        cdef int32_t touch = self._touch(side)
        if s.touch != touch:
            s.touch = touch
            s.worst = QT_NO_PRICE
            s.lots = 0

    cdef void _remember(self, int side, int32_t price, int64_t lots) noexcept nogil:
        cdef paper_sweep_t* s = &self.swept[side == QT_BID]
        s.lots = s.lots + lots if s.worst == price else lots
        s.worst = price

    cdef paper_order_t* _find(self, int64_t order_id) noexcept nogil:
        cdef int i
        for i in range(self.count):
            if self.orders[i].id == order_id:
                return &self.orders[i]
        return NULL
