# cython: language_level=3
"""The vendor's positional offer book, resolved into order rows."""
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport qt_event_t
from qt_core.book cimport Book

cdef struct qt_offer_t:
    int64_t id         # the vendor's, or ours (negative) where the vendor sent none or one that is in use
    int64_t qty        # lots remaining
    int32_t price      # ticks, QT_NO_PRICE: an order without a price, in the list but not in the book
    int32_t agent      # broker, -1 unknown

cdef struct qt_offer_list_t:
    int32_t* handles   # into Offers.pool, worst first, best last
    int32_t size
    bint loading       # inside an image
    bint stale         # out of step with the vendor: waits for an image
    bint skipping      # the rest of an image that did not fit

cdef class Offers:
    cdef Book book                 # where the resolved rows go
    cdef qt_offer_list_t lists[2]  # 0 bids, 1 asks
    cdef qt_offer_t* pool          # owned
    cdef int32_t* free_handles     # owned; a stack
    cdef int32_t free_count
    cdef int32_t capacity          # entries a side
    cdef qt_event_t* out           # owned; the rows of the last resolve()
    cdef int64_t out_count
    cdef int64_t next_id           # the next synthetic id
    cdef readonly int64_t refused  # events that did not fit the list

    cdef int resolve(self, const qt_event_t* ev) noexcept nogil     # OFFER into out[:out_count]; QT_OK or a refusal
    cdef bint settled(self) noexcept nogil                          # the last row of an event may end a group
    cdef void lose(self) noexcept nogil                             # events were lost: both sides are out of step
    cdef bint in_step(self) noexcept nogil                          # no side is stale or loading
    cdef void reset(self) noexcept nogil

    cdef int image(self, const qt_event_t* ev, int s) noexcept nogil
    cdef int change(self, const qt_event_t* ev, int s) noexcept nogil
    cdef int insert(self, const qt_event_t* ev, int s, int32_t index) noexcept nogil
    cdef int edit(self, const qt_event_t* ev, int s, int32_t index) noexcept nogil
    cdef bint fits(self, int s, int32_t below, int32_t above, int32_t price) noexcept nogil
    cdef void remove_from(self, const qt_event_t* ev, int s, int32_t index, int32_t count) noexcept nogil
    cdef void mark_stale(self, int s) noexcept nogil
    cdef int64_t own_id(self, const qt_event_t* ev, bint given) noexcept nogil
    cdef void emit(self, const qt_event_t* ev, const qt_offer_t* offer, int code, int32_t pos) noexcept nogil
