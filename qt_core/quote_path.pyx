"""The best prices at every change, as a client could have traded on them: kept for research, off in a run."""
cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport free, realloc

import numpy as np

from qt_core._types cimport (
    QT_EV_LEVEL, QT_EV_ORDER, QT_EV_QUOTE, QT_F_LAST, QT_NO_PRICE, QT_PHASE_OPEN, qt_event_t,
)
from qt_core.market cimport Market

cdef enum:
    FIRST_ROOM = 1 << 14    # changes, 256 KiB


@cython.final
cdef class QuotePath:
    """An engine's ``path`` is told of every event that it applied, and keeps each change of the best prices.

    A side is 0 where it was empty. Both are 0 outside the session and in any phase but continuous trading, from a
    gap until the next quote or whole book, while the book that quotes come from is out of step, and where bid and ask
    lock or cross, which no continuous market does. Memory grows by doubling, 16 bytes a change.
    """

    def __dealloc__(self):
        free(self.at)

    cdef void see(self, const qt_event_t* ev, Market market, bint gap) noexcept nogil:
        cdef int32_t bid = 0, ask = 0
        self.judge(ev, market, gap)
        if not self.blind and market.phase == QT_PHASE_OPEN and market.in_session():
            bid = 0 if market.bid == QT_NO_PRICE else market.bid
            ask = 0 if market.ask == QT_NO_PRICE else market.ask
            if bid >= ask > 0:
                bid = ask = 0
        if bid != self.last.bid or ask != self.last.ask:
            self.last.ts_ns, self.last.bid, self.last.ask = market.now_ns, bid, ask
            self.keep()

    cdef void judge(self, const qt_event_t* ev, Market market, bint gap) noexcept nogil:
        """Whether the market's quote still stands: a run would go on with the last good one, and watch its age."""
        if gap:
            self.blind = True
        elif ev.kind == QT_EV_QUOTE:
            self.blind = market.l1.ask != QT_NO_PRICE and market.l1.bid > market.l1.ask
        elif (ev.kind == QT_EV_LEVEL or ev.kind == QT_EV_ORDER) and ev.flags & QT_F_LAST:
            if market.book.ready():
                self.blind = False
            elif market.l1.bid == QT_NO_PRICE and market.l1.ask == QT_NO_PRICE:
                self.blind = True

    cdef void keep(self) noexcept nogil:
        cdef int64_t room = max(2 * self.room, <int64_t>FIRST_ROOM)
        cdef void* more
        if self.count == self.room:
            more = realloc(self.at, room * sizeof(qt_quote_t))
            if more == NULL:
                self.lost += 1
                return
            self.at = <qt_quote_t*>more
            self.room = room
        self.at[self.count] = self.last
        self.count += 1

    def take(self):
        """(ts_ns int64, bid int32, ask int32), (n,) each: the changes since the last call.

        Raises MemoryError when there was no room for some.
        """
        if self.lost:
            raise MemoryError(f"no room for {self.lost} changes of the quote")
        ts_out, bid_out, ask_out = (np.empty(self.count, kind) for kind in (np.int64, np.int32, np.int32))
        cdef int64_t[::1] ts = ts_out
        cdef int32_t[::1] bid = bid_out
        cdef int32_t[::1] ask = ask_out
        cdef int64_t i
        for i in range(self.count):
            ts[i], bid[i], ask[i] = self.at[i].ts_ns, self.at[i].bid, self.at[i].ask
        self.count = 0
        return ts_out, bid_out, ask_out
