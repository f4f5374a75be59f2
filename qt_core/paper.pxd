# cython: language_level=3
"""Paper matching: our orders against the observed book, in event time, with latency and queue position."""
from libc.stdint cimport int64_t

from qt_core._types cimport qt_event_t
from qt_core.market cimport Market

cdef class PaperMatcher:
    # Fields are the implementation's; this is the contract with the engine. The Market is given to __init__.
    cdef bint on_event(self, const qt_event_t* ev) noexcept nogil   # after the market applied it; True when reports wait
    cdef bint working(self) noexcept nogil                          # any live order (else the engine skips the call)
