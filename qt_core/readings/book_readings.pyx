"""What the book says: spread, depth, walls, and what is added to and taken from the best prices.

The touch (best price and lots per side) is read from the book whenever an atomic group ended and the book is ready;
from quote events as long as the feed showed no book. Comparing it with the touch before gives what was added and what
left, as in Cont, Kukanov and Stoikov (2014), "The price impact of order book events". Across a change of source or an
image nothing is compared.
"""
from libc.math cimport NAN, isnan
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport QT_ASK, QT_BID, QT_EV_QUOTE, QT_F_FIRST, QT_F_LAST, QT_NO_PRICE, qt_event_t
from qt_core.market cimport Market
from qt_core.readings.windows cimport ratio, window_add, window_init, window_roll

cdef enum:
    FLOW_S = 10
    WALL_LEVELS = 10

cdef enum:  # columns of registry.BOOK
    SPREAD, MICROPRICE, TOUCH, BID_DEPTH, ASK_DEPTH, DEPTH_5, DEPTH_10
    BID_REPLENISH, ASK_REPLENISH, BID_CONSUME, ASK_CONSUME
    BID_WALL, ASK_WALL, BID_WALL_TICKS, ASK_WALL_TICKS
    BID_QUEUE_AGE, ASK_QUEUE_AGE, BOOK_AGE, QUOTE_AGE, COLUMNS

cdef enum:  # series of the flow window
    BID_ADDED, ASK_ADDED, BID_TAKEN, ASK_TAKEN

cdef double NS_PER_MS = 1e6


cdef inline double age_ms(int64_t t_ns, int64_t since_ns) noexcept nogil:
    return (t_ns - since_ns) / NS_PER_MS if since_ns > 0 else NAN


cdef inline bint unsized(qt_touch_t touch) noexcept nogil:
    """A price whose lots are unknown (quotes without sizes): nothing can be counted from it."""
    return touch.price != QT_NO_PRICE and touch.qty <= 0


cdef class BookReadings:
    """The 19 readings of registry.BOOK. Update: O(1). Sample: 20 levels walked. Memory: fixed."""

    def __cinit__(self, Market market not None):
        self.market = market
        self.open_session()

    cdef void open_session(self) noexcept nogil:
        self.bid.price = self.ask.price = QT_NO_PRICE
        self.bid.qty = self.ask.qty = 0
        self.bid.since_ns = self.ask.since_ns = 0
        self.from_book = False
        self.started_ns = 0
        window_init(&self.flows, FLOW_S)

    cdef void restart_flows(self) noexcept nogil:
        """What came before cannot be compared with what comes: an image, or lots unknown."""
        if self.started_ns > 0:
            self.started_ns = 0
            window_init(&self.flows, FLOW_S)

    cdef void on_event(self, const qt_event_t* ev) noexcept nogil:
        cdef qt_touch_t bid, ask
        bid.since_ns = ask.since_ns = 0
        if ev.kind == QT_EV_QUOTE:
            if self.market.book_ns > 0:
                return
            bid.price, bid.qty = self.market.bid, self.market.bid_qty
            ask.price, ask.qty = self.market.ask, self.market.ask_qty
            self.follow(self.market.now_ns, False, bid, ask)
            return
        if ev.flags & QT_F_FIRST:
            self.restart_flows()
        if ev.flags & QT_F_LAST and self.market.book.ready():
            bid.price, ask.price = self.market.book.best(QT_BID), self.market.book.best(QT_ASK)
            bid.qty = self.market.book.qty_at(QT_BID, bid.price) if bid.price != QT_NO_PRICE else 0
            ask.qty = self.market.book.qty_at(QT_ASK, ask.price) if ask.price != QT_NO_PRICE else 0
            self.follow(self.market.now_ns, True, bid, ask)

    cdef void follow(self, int64_t ts_ns, bint from_book, qt_touch_t bid, qt_touch_t ask) noexcept nogil:
        """Take over a touch; the same source and both sides known before: count what was added and what left."""
        if from_book != self.from_book:
            self.open_session()
            self.from_book = from_book
        elif unsized(bid) or unsized(ask):
            self.restart_flows()
        bid.since_ns = self.bid.since_ns if bid.price == self.bid.price else ts_ns
        ask.since_ns = self.ask.since_ns if ask.price == self.ask.price else ts_ns
        if self.started_ns > 0:
            window_roll(&self.flows, ts_ns)
            self.side_flow(&self.bid, &bid, QT_BID)
            self.side_flow(&self.ask, &ask, QT_ASK)
        elif bid.qty > 0 and ask.qty > 0:
            self.started_ns = ts_ns
        self.bid = bid
        self.ask = ask

    cdef void side_flow(self, qt_touch_t* old, const qt_touch_t* new, int side) noexcept nogil:
        """A better price adds its lots, a worse one means the old lots left, the same price counts the difference."""
        cdef int added = BID_ADDED if side == QT_BID else ASK_ADDED
        cdef int taken = BID_TAKEN if side == QT_BID else ASK_TAKEN
        cdef int64_t better = 0
        if old.price == QT_NO_PRICE or new.price == QT_NO_PRICE:
            better = (new.price != QT_NO_PRICE) - (old.price != QT_NO_PRICE)
        else:
            better = side * (<int64_t>new.price - old.price)
        if better > 0:
            window_add(&self.flows, added, new.qty)
        elif better < 0:
            window_add(&self.flows, taken, old.qty)
        elif new.qty > old.qty:
            window_add(&self.flows, added, new.qty - old.qty)
        else:
            window_add(&self.flows, taken, old.qty - new.qty)

    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil:
        cdef int k
        for k in range(COLUMNS):
            row[k] = NAN
        self.write_touch(row)
        if self.market.book.ready() and not self.market.book.crossed():
            self.write_depth(row)
        if self.started_ns > 0 and t_ns - self.started_ns >= FLOW_S * <int64_t>1000000000:
            self.write_flows(t_ns, row)
        if self.bid.price != QT_NO_PRICE:
            row[BID_QUEUE_AGE] = age_ms(t_ns, self.bid.since_ns)
        if self.ask.price != QT_NO_PRICE:
            row[ASK_QUEUE_AGE] = age_ms(t_ns, self.ask.since_ns)
        row[BOOK_AGE] = age_ms(t_ns, self.market.book_ns)
        row[QUOTE_AGE] = age_ms(t_ns, self.market.quote_ns)

    cdef void write_touch(self, double* row) noexcept nogil:
        cdef int64_t bid = self.market.bid_qty
        cdef int64_t ask = self.market.ask_qty
        if self.market.bid == QT_NO_PRICE or self.market.ask == QT_NO_PRICE or self.market.bid > self.market.ask:
            return
        row[SPREAD] = <int64_t>self.market.ask - self.market.bid
        if bid > 0 and ask > 0:
            row[TOUCH] = ratio(bid - ask, bid + ask)
            row[MICROPRICE] = 0.5 * row[SPREAD] * row[TOUCH]

    cdef void write_depth(self, double* row) noexcept nogil:
        cdef int64_t bid = self.market.book.depth(QT_BID, 5)
        cdef int64_t ask = self.market.book.depth(QT_ASK, 5)
        row[BID_DEPTH] = bid
        row[ASK_DEPTH] = ask
        row[DEPTH_5] = ratio(bid - ask, bid + ask)
        bid = self.market.book.depth(QT_BID, 10)
        ask = self.market.book.depth(QT_ASK, 10)
        row[DEPTH_10] = ratio(bid - ask, bid + ask)
        self.write_wall(QT_BID, &row[BID_WALL], &row[BID_WALL_TICKS])
        self.write_wall(QT_ASK, &row[ASK_WALL], &row[ASK_WALL_TICKS])

    cdef void write_wall(self, int side, double* ratio_out, double* ticks_out) noexcept nogil:
        cdef int32_t best = self.market.book.best(side)
        cdef int32_t price = best
        cdef int32_t at = best
        cdef int64_t lots, total = 0, largest = 0
        cdef int levels = 0
        while price != QT_NO_PRICE and levels < WALL_LEVELS:
            lots = self.market.book.qty_at(side, price)
            total += lots
            levels += 1
            if lots > largest:
                largest = lots
                at = price
            price = self.market.book.next_level(side, price)
        ratio_out[0] = ratio(largest * levels, total)
        if not isnan(ratio_out[0]):
            ticks_out[0] = side * (<int64_t>best - at)

    cdef void write_flows(self, int64_t t_ns, double* row) noexcept nogil:
        window_roll(&self.flows, t_ns)
        row[BID_REPLENISH] = self.flows.sum[BID_ADDED] / <double>FLOW_S
        row[ASK_REPLENISH] = self.flows.sum[ASK_ADDED] / <double>FLOW_S
        row[BID_CONSUME] = self.flows.sum[BID_TAKEN] / <double>FLOW_S
        row[ASK_CONSUME] = self.flows.sum[ASK_TAKEN] / <double>FLOW_S
