# cython: language_level=3
"""What the book says: spread, depth, walls, and what is added to and taken from the best prices."""
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport qt_event_t
from qt_core.market cimport Market
from qt_core.readings.windows cimport qt_window_t

cdef struct qt_touch_t:
    int32_t price       # ticks, QT_NO_PRICE unknown
    int64_t qty         # lots, 0 unknown
    int64_t since_ns    # event time of its last change of price

cdef class BookReadings:
    cdef Market market
    cdef qt_touch_t bid, ask
    cdef bint from_book             # the touch follows the book (else the quote)
    cdef int64_t started_ns         # event time of the first complete touch from this source, 0 none
    cdef qt_window_t flows          # lots added and taken per side, 10 s
    cdef void open_session(self) noexcept nogil
    cdef void on_event(self, const qt_event_t* ev) noexcept nogil     # LEVEL, ORDER, QUOTE, after the market
    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil  # writes the 19 of registry.BOOK
    cdef void restart_flows(self) noexcept nogil
    cdef void follow(self, int64_t ts_ns, bint from_book, qt_touch_t bid, qt_touch_t ask) noexcept nogil
    cdef void side_flow(self, qt_touch_t* old, const qt_touch_t* new, int side) noexcept nogil
    cdef void write_touch(self, double* row) noexcept nogil
    cdef void write_depth(self, double* row) noexcept nogil
    cdef void write_flows(self, int64_t t_ns, double* row) noexcept nogil
    cdef void write_wall(self, int side, double* ratio_out, double* ticks_out) noexcept nogil
