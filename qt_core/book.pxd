# cython: language_level=3
"""One symbol's book in integer ticks: a ladder of levels, and the orders on it when the feed names them."""
from libc.stdint cimport int8_t, int32_t, int64_t, uint64_t

from qt_core._types cimport qt_event_t

cdef extern from "qt_ladder.h" nogil:
    ctypedef struct qt_level_t:
        int64_t qty        # lots, 0 = empty
        int32_t orders     # 0 unknown
    ctypedef struct qt_ladder_side_t:
        int32_t best       # ticks, QT_NO_PRICE when empty
        int32_t count      # non-empty levels
    ctypedef struct qt_ladder_t:
        qt_ladder_side_t side[2]
        int64_t lo         # first tick of the window
        int32_t size       # ticks in the window
        int32_t placed
    size_t qt_ladder_bytes(int bits)
    int qt_ladder_init(qt_ladder_t* l, void* memory, int bits)
    int qt_side_index(int side)
    bint qt_ladder_inside(const qt_ladder_t* l, int64_t ticks)
    qt_level_t* qt_ladder_level(const qt_ladder_t* l, int s, int32_t ticks)
    void qt_ladder_set(qt_ladder_t* l, int s, int32_t ticks, int64_t qty, int32_t orders)
    int32_t qt_ladder_worse(const qt_ladder_t* l, int s, int32_t ticks)
    int32_t qt_ladder_below(const qt_ladder_t* l, int s, int64_t ticks)
    int32_t qt_ladder_above(const qt_ladder_t* l, int s, int64_t ticks)
    void qt_ladder_clear(qt_ladder_t* l, int s)
    int64_t qt_ladder_origin(const qt_ladder_t* l, int32_t centre)
    void qt_ladder_move(qt_ladder_t* l, int64_t lo)

cdef extern from "qt_orders.h" nogil:
    ctypedef struct qt_order_t:
        int64_t id
        int64_t qty        # lots remaining
        int32_t price      # ticks
        int32_t side
    ctypedef struct qt_orders_t:
        qt_order_t* slots
        int64_t mask
        int64_t count
        int64_t capacity
    size_t qt_orders_bytes(int bits)
    void qt_orders_init(qt_orders_t* t, void* memory, int bits)
    qt_order_t* qt_orders_find(const qt_orders_t* t, int64_t id)
    qt_order_t* qt_orders_add(qt_orders_t* t, int64_t id)
    void qt_orders_remove(qt_orders_t* t, qt_order_t* order)
    void qt_orders_clear(qt_orders_t* t)

cdef class Book:
    cdef qt_ladder_t ladder        # levels of both sides
    cdef qt_orders_t orders        # resting orders by id (L3)
    cdef void* ladder_memory       # owned
    cdef void* orders_memory       # owned
    cdef int64_t known_lo, known_hi  # ticks whose levels were never outside the window since the last image
    cdef int rows                  # kind of the rows since the last image: QT_EV_LEVEL, QT_EV_ORDER, 0 none yet
    cdef bint loading              # inside an image
    cdef bint imaged               # this feed sends images
    cdef bint group_open           # a group has begun and not ended
    cdef bint group_bad            # a row of the open group was refused
    cdef bint started              # the first complete group was seen
    cdef bint consistent           # bid <= ask at the end of the last group
    cdef int broken                # bit 0 bids, bit 1 asks: out of step with the feed
    cdef readonly int64_t crossings  # groups that ended crossed
    cdef readonly int64_t outside    # rows refused because their price lies outside the window
    cdef readonly int64_t refused    # other refused rows
    cdef readonly int64_t moves      # times the window moved

    cdef int apply(self, const qt_event_t* ev) noexcept nogil               # LEVEL or ORDER; QT_OK or a refusal
    cdef void reset(self) noexcept nogil
    cdef bint ready(self) noexcept nogil                # complete, in step, not crossed, between groups
    cdef int32_t best(self, int side) noexcept nogil    # ticks, QT_NO_PRICE when empty; O(1)
    cdef int64_t qty_at(self, int side, int32_t ticks) noexcept nogil       # lots resting at a price; O(1)
    cdef int32_t orders_at(self, int side, int32_t ticks) noexcept nogil    # orders resting there, 0 unknown
    cdef int32_t next_level(self, int side, int32_t ticks) noexcept nogil   # next non-empty price from the market
    cdef int64_t depth(self, int side, int levels) noexcept nogil           # lots on the best n non-empty levels
    cdef bint crossed(self) noexcept nogil              # best bid > best ask
    cdef bint locked(self) noexcept nogil               # best bid >= best ask
    cdef void end_group(self) noexcept nogil            # what a row with LAST does after it is applied
    cdef bint has_order(self, int64_t order_id) noexcept nogil
    # a row that this book refuses (so that a replay breaks where we did); False when both sides are empty
    cdef bint breaking_row(self, int side, qt_event_t* out) noexcept nogil

    cdef int row(self, const qt_event_t* ev) noexcept nogil
    cdef void begin_image(self) noexcept nogil
    cdef int level(self, const qt_event_t* ev) noexcept nogil
    cdef int best_levels(self, int s, int64_t count) noexcept nogil
    cdef int order(self, const qt_event_t* ev) noexcept nogil
    cdef int add_order(self, const qt_event_t* ev) noexcept nogil
    cdef int place(self, int32_t ticks) noexcept nogil
    cdef void shift_level(self, int side, int32_t ticks, int64_t qty, int orders) noexcept nogil
    cdef void follow(self) noexcept nogil
    cdef void restore_orders(self, int64_t old_lo) noexcept nogil
