"""The state of one symbol: book, quote, tape, candles, phase and session, as of the last applied event."""
cimport cython

import numpy as np

from qt_core._types cimport (
    QT_ASK, QT_BID, QT_EV_LEVEL, QT_EV_ORDER, QT_EV_PHASE, QT_EV_QUOTE, QT_EV_TRADE, QT_F_LAST, QT_NO_PRICE,
    QT_OK, QT_PHASE_OPEN, qt_event_t,
)
from qt_core.book cimport Book
from qt_core.candles cimport Candles
from qt_core.tape cimport Tape

from qt_core._types import EVENT_DTYPE, NO_PRICE


@cython.final
cdef class Market:
    """One symbol's market in ticks and lots. Only the engine writes; everybody else reads.

    ``candle_ns`` is the candle period; ``window_bits`` and ``order_bits`` size the book (see Book).
    A crossed L1 quote is not taken: the last good one stays, and its age shows.
    """

    def __init__(self, int64_t candle_ns=5_000_000_000, int window_bits=17, int order_bits=17):
        self.book = Book(window_bits, order_bits)
        self.tape = Tape()
        self.candles = Candles(candle_ns)
        self.bid = self.ask = self.last_price = QT_NO_PRICE
        self.bid_qty = self.ask_qty = 0
        self.quote_ns = self.book_ns = self.trade_ns = self.now_ns = 0
        self.session_open_ns = self.session_close_ns = 0
        self.phase = QT_PHASE_OPEN
        self.crossed_quotes = 0
        self.l1.bid = self.l1.ask = self.top.bid = self.top.ask = QT_NO_PRICE
        self.l1.bid_qty = self.l1.ask_qty = self.top.bid_qty = self.top.ask_qty = 0

    # -- sessions

    cdef bint in_session(self) noexcept nogil:
        return self.session_open_ns != 0 and (self.session_close_ns == 0 or self.now_ns < self.session_close_ns)

    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil:
        """Tape, candles and last price begin anew; the book and the quote live on."""
        self.session_open_ns = open_ns
        self.session_close_ns = close_ns
        self.last_price = QT_NO_PRICE
        self.trade_ns = 0
        self.tape.reset()
        self.candles.reset()

    cdef void close_session(self) noexcept nogil:
        self.session_open_ns = 0
        self.session_close_ns = 0

    # -- events

    cdef int apply(self, const qt_event_t* ev) noexcept nogil:
        cdef int code
        if ev.kind == QT_EV_LEVEL or ev.kind == QT_EV_ORDER:
            code = self.book.apply(ev)
            if ev.flags & QT_F_LAST:
                self.take_book()
            return code
        if ev.kind == QT_EV_TRADE:
            if self.counts(ev):
                self.take_print(ev)
        elif ev.kind == QT_EV_QUOTE:
            self.take_quote(ev)
        elif ev.kind == QT_EV_PHASE:
            self.phase = ev.code
        return QT_OK

    cdef bint counts(self, const qt_event_t* ev) noexcept nogil:
        """Corrections, auction prints and prints outside the session enter neither tape nor candles."""
        return print_counts(self, ev)

    cdef void take_print(self, const qt_event_t* ev) noexcept nogil:
        self.tape.add(ev)
        self.candles.add(ev)
        self.last_price = ev.price
        self.trade_ns = self.now_ns

    cdef void take_quote(self, const qt_event_t* ev) noexcept nogil:
        cdef qt_touch_t touch
        cdef bint same
        touch.bid = ev.price
        touch.ask = ev.price2
        touch.bid_qty = ev.qty
        touch.ask_qty = ev.qty2
        same = touch.bid == self.l1.bid and touch.ask == self.l1.ask \
            and touch.bid_qty == self.l1.bid_qty and touch.ask_qty == self.l1.ask_qty
        self.l1 = touch
        if touch.ask != QT_NO_PRICE and touch.bid > touch.ask:
            self.crossed_quotes += 1
        elif not same:
            self.adopt(&touch)

    cdef void end_group(self) noexcept nogil:
        self.book.end_group()
        self.take_book()

    cdef void take_book(self) noexcept nogil:
        cdef qt_touch_t touch
        cdef bint same
        if not self.book.ready():
            return
        self.book_ns = self.now_ns
        touch.bid = self.book.best(QT_BID)
        touch.ask = self.book.best(QT_ASK)
        touch.bid_qty = self.book.qty_at(QT_BID, touch.bid) if touch.bid != QT_NO_PRICE else 0
        touch.ask_qty = self.book.qty_at(QT_ASK, touch.ask) if touch.ask != QT_NO_PRICE else 0
        same = touch.bid == self.top.bid and touch.ask == self.top.ask \
            and touch.bid_qty == self.top.bid_qty and touch.ask_qty == self.top.ask_qty
        if not same:
            self.top = touch
            self.adopt(&touch)

    cdef void adopt(self, const qt_touch_t* touch) noexcept nogil:
        self.bid = touch.bid
        self.ask = touch.ask
        self.bid_qty = touch.bid_qty
        self.ask_qty = touch.ask_qty
        self.quote_ns = self.now_ns

    # -- for readers and tests

    def depth(self, Py_ssize_t levels):
        """(bids, asks), best first: each int64 (n, 3) of ticks, lots, orders (0 unknown)."""
        return self.book.levels(QT_BID, levels), self.book.levels(QT_ASK, levels)

    @property
    def book_ready(self) -> bool:
        return self.book.ready()

    @property
    def is_open(self) -> bool:
        """Inside a session."""
        return self.in_session()

    def feed(self, events) -> int:
        """Applies resolved events (EVENT_DTYPE) without the engine's clockwork; returns how many were refused.

        For tests and tools: time is each event's stamp, sessions are what ``begin_session`` said.
        """
        if events.dtype != EVENT_DTYPE:
            raise ValueError(f"events have dtype {events.dtype}, not EVENT_DTYPE")
        cdef const unsigned char[::1] raw = np.ascontiguousarray(events).reshape(-1).view(np.uint8)
        cdef Py_ssize_t n = raw.shape[0] // <Py_ssize_t>sizeof(qt_event_t), i
        cdef int refused = 0
        if n == 0:
            return 0
        cdef const qt_event_t* rows = <const qt_event_t*>&raw[0]
        for i in range(n):
            self.now_ns = rows[i].ts_ns
            refused += self.apply(rows + i) != QT_OK
        return refused

    def begin_session(self, int64_t open_ns, int64_t close_ns=0) -> None:
        """Opens a session by hand (tests and tools); close_ns 0 means unbounded."""
        self.open_session(open_ns, close_ns)

    def snapshot(self) -> dict[str, int | None]:
        """Quote, last price and their times; unknown is None. Prices in ticks, quantities in lots."""
        def known(value, unknown):
            return None if value == unknown else value
        return {
            "now_ns": self.now_ns,
            "bid": known(self.bid, NO_PRICE), "bid_qty": known(self.bid_qty, 0),
            "ask": known(self.ask, NO_PRICE), "ask_qty": known(self.ask_qty, 0),
            "last_price": known(self.last_price, NO_PRICE),
            "quote_ns": known(self.quote_ns, 0), "book_ns": known(self.book_ns, 0),
            "trade_ns": known(self.trade_ns, 0), "phase": self.phase,
        }
