# cython: language_level=3
"""Everything known of one symbol at the current event: book, best quote, tape, candles, phase."""
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport qt_event_t
from qt_core.book cimport Book
from qt_core.candles cimport Candles
from qt_core.tape cimport Tape

cdef class Market:
    cdef readonly Book book
    cdef readonly Tape tape
    cdef readonly Candles candles
    # Best quote: the newest of the last L1 event and the last consistent book (the one that moved last counts).
    cdef int32_t bid, ask           # ticks, QT_NO_PRICE unknown
    cdef int64_t bid_qty, ask_qty   # lots, 0 unknown
    cdef int64_t quote_ns           # event time of the last change of the quote, 0 never
    cdef int64_t book_ns            # event time of the last consistent book, 0 never
    cdef int64_t trade_ns           # event time of the last print, 0 never
    cdef int64_t now_ns             # event time of the current event
    cdef int64_t session_open_ns, session_close_ns   # of the current session; 0 outside one
    cdef int phase                  # qt_phase
    cdef int32_t last_price         # ticks of the last print, QT_NO_PRICE before the first
