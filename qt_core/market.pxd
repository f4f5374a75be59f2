# cython: language_level=3
"""Everything known of one symbol at the current event: book, best quote, tape, candles, phase."""
cimport cython
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport QT_F_EDIT, QT_TRADE_AUCTION, qt_event_t
from qt_core.book cimport Book
from qt_core.candles cimport Candles
from qt_core.tape cimport Tape

cdef struct qt_touch_t:             # one source's best quote
    int32_t bid, ask                # ticks, QT_NO_PRICE unknown or empty
    int64_t bid_qty, ask_qty        # lots, 0 unknown


@cython.final
cdef class Market:
    cdef readonly Book book
    cdef readonly Tape tape
    cdef readonly Candles candles
    # Best quote: the newest of the last L1 event and the last consistent book (the one that moved last counts).
    cdef readonly int32_t bid, ask           # ticks, QT_NO_PRICE unknown
    cdef readonly int64_t bid_qty, ask_qty   # lots, 0 unknown
    cdef readonly int64_t quote_ns           # event time of the last change of the quote, 0 never
    cdef readonly int64_t book_ns            # event time of the last consistent book, 0 never
    cdef readonly int64_t trade_ns           # event time of the last print, 0 never
    cdef readonly int64_t now_ns             # event time of the current event
    cdef readonly int64_t session_open_ns    # of the current session; 0 outside one
    cdef readonly int64_t session_close_ns   # 0 outside a session and in an unbounded one
    cdef readonly int phase                  # qt_phase
    cdef readonly int32_t last_price         # ticks of the session's last print, QT_NO_PRICE before the first
    cdef readonly int64_t crossed_quotes     # L1 events with bid > ask: not taken as the quote
    cdef qt_touch_t l1                       # the last L1 event, crossed or not
    cdef qt_touch_t top                      # the last consistent book

    cdef bint in_session(self) noexcept nogil                             # now is inside the current session
    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil   # close_ns 0: unbounded
    cdef void close_session(self) noexcept nogil
    cdef bint counts(self, const qt_event_t* ev) noexcept nogil           # a print for tape and candles
    cdef int apply(self, const qt_event_t* ev) noexcept nogil             # any resolved event; QT_OK or a refusal
    cdef void take_print(self, const qt_event_t* ev) noexcept nogil
    cdef void take_quote(self, const qt_event_t* ev) noexcept nogil
    cdef void end_group(self) noexcept nogil                              # what LAST on a book row does
    cdef void take_book(self) noexcept nogil                              # after a group ended
    cdef void adopt(self, const qt_touch_t* touch) noexcept nogil

cdef inline bint print_counts(Market market, const qt_event_t* ev) noexcept nogil:
    """Market.counts, for callers in other modules that ask once an event."""
    return not ev.flags & QT_F_EDIT and ev.code != QT_TRADE_AUCTION and market.session_open_ns != 0 \
        and (market.session_close_ns == 0 or market.now_ns < market.session_close_ns)
