# cython: language_level=3
"""The best prices at every change, as a client could have traded on them: kept for research, off in a run."""
cimport cython
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport qt_event_t
from qt_core.market cimport Market

cdef struct qt_quote_t:
    int64_t ts_ns       # event time of the change
    int32_t bid, ask    # ticks, 0 where nobody could trade


@cython.final
cdef class QuotePath:
    cdef qt_quote_t* at                # owned
    cdef int64_t count, room           # changes kept, and what there is memory for
    cdef readonly int64_t lost         # changes for which there was no memory
    cdef qt_quote_t last               # the last change
    cdef bint blind                    # the last quote is known to be out of date

    cdef void see(self, const qt_event_t* ev, Market market, bint gap) noexcept nogil   # after the event was applied
    cdef void judge(self, const qt_event_t* ev, Market market, bint gap) noexcept nogil
    cdef void keep(self) noexcept nogil
