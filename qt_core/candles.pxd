# cython: language_level=3
"""Closed candles of one session, built from prints on a fixed grid of event time."""
cimport cython
from libc.stdint cimport INT64_MAX, int32_t, int64_t

from qt_core._types cimport qt_event_t

cdef struct qt_candle_t:
    int64_t start_ns    # candle covers [start, start + period)
    int32_t open        # ticks
    int32_t high
    int32_t low
    int32_t close
    int64_t volume      # lots, all prints but auction
    int64_t buy         # lots, aggressor buyer; -1 unknown
    int64_t sell        # lots, aggressor seller; -1 unknown
    int64_t trades      # count; -1 unknown


@cython.final
cdef class Candles:
    cdef qt_candle_t* ring          # owned; the last `capacity` closed candles
    cdef int64_t mask
    cdef qt_candle_t forming        # the candle being built; enters no feature
    cdef bint is_forming
    cdef readonly int64_t period_ns
    cdef readonly int64_t count     # closed since the session opened
    cdef readonly int64_t capacity
    cdef void reset(self) noexcept nogil
    cdef void add(self, const qt_event_t* ev) noexcept nogil    # a print, session and auction already filtered
    # End of the forming candle; INT64_MAX before the first print.
    cdef int64_t next_end(self) noexcept nogil
    # Closes the forming candle, opens the next one flat, returns the closed one.
    cdef const qt_candle_t* close_one(self) noexcept nogil
    # Appends a closed candle that was built elsewhere.
    cdef const qt_candle_t* push(self, const qt_candle_t* candle) noexcept nogil
    cdef void _flat(self, int64_t start_ns, int32_t price) noexcept nogil
    cdef inline const qt_candle_t* last(self, int64_t k) noexcept nogil:
        """The k-th closed candle from the end, 0 = newest; valid for k < min(count, capacity)."""
        return &self.ring[(self.count - 1 - k) & self.mask]

cdef inline int64_t candle_end(Candles candles) noexcept nogil:
    """Candles.next_end, for callers in other modules that ask once an event."""
    return candles.forming.start_ns + candles.period_ns if candles.is_forming else INT64_MAX
