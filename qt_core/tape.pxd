# cython: language_level=3
"""The session's tape: the last trades, and who trades (broker totals and ranks)."""
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t

from qt_core._types cimport qt_event_t

cdef struct qt_print_t:
    int64_t ts_ns       # event time
    int64_t qty         # lots
    int32_t price       # ticks
    int32_t buyer       # broker code, <= 0 unknown
    int32_t seller
    uint8_t code        # vendor trade type
    int8_t side         # aggressor, +1/-1/0

cdef class Tape:
    cdef qt_print_t* ring           # owned; the last `capacity` prints
    cdef int64_t mask
    cdef readonly int64_t count     # prints since the session opened
    cdef void reset(self) noexcept nogil
    cdef void add(self, const qt_event_t* ev) noexcept nogil
    cdef inline const qt_print_t* last(self, int64_t k) noexcept nogil:
        """The k-th print from the end, 0 = newest; valid for k < min(count, capacity)."""
        return &self.ring[(self.count - 1 - k) & self.mask]
