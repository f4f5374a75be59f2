# cython: language_level=3
"""One symbol's book in integer ticks: a ladder of levels, and the orders on it when the feed names them."""
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport qt_event_t

cdef class Book:
    # Fields are the implementation's; this is the contract.
    cdef int apply(self, const qt_event_t* ev) noexcept nogil             # LEVEL or ORDER; QT_OK or a refusal
    cdef void reset(self) noexcept nogil
    cdef bint ready(self) noexcept nogil                                  # an image was completed and nothing broke since
    cdef int32_t best(self, int side) noexcept nogil                      # ticks, QT_NO_PRICE when empty; O(1)
    cdef int64_t qty_at(self, int side, int32_t ticks) noexcept nogil     # lots resting at a price; O(1)
    cdef int32_t orders_at(self, int side, int32_t ticks) noexcept nogil  # orders resting there, 0 unknown
    cdef int32_t next_level(self, int side, int32_t ticks) noexcept nogil # next non-empty price away from the market
    cdef int64_t depth(self, int side, int levels) noexcept nogil         # lots on the best n non-empty levels
    cdef bint crossed(self) noexcept nogil                                # best bid > best ask
