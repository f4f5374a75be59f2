# cython: language_level=3
"""The session's tape: the last trades, and who trades (broker totals and ranks)."""
cimport cython
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t

from qt_core._types cimport qt_event_t

cdef enum:
    RECENT = 128        # small rings of the newest prints, a power of two above the window
    WINDOW = 100        # prints over which brokers are net buyers or sellers, and change
    TOP = 5             # ranks kept per side
    BROKERS = 2048      # distinct brokers per session; B3 has about a hundred
    BUCKETS = 8192      # open addressing, a quarter full at most

cdef struct qt_print_t:
    int64_t ts_ns       # event time
    int64_t qty         # lots
    int32_t price       # ticks
    int32_t buyer       # broker code, <= 0 unknown
    int32_t seller
    uint8_t code        # vendor trade type
    int8_t side         # aggressor, +1/-1/0; only BUY and SELL prints have one

cdef struct qt_broker_t:
    int64_t total[2]    # lots bought, sold this session
    int64_t net         # lots bought - sold over the last WINDOW prints
    int32_t place[2]    # rank among buyers, sellers; TOP when not ranked
    int32_t code

cdef struct qt_bucket_t:
    int32_t code        # 0 empty
    int32_t who         # dense broker index

cdef struct qt_rank_t:
    int32_t size        # brokers ranked, <= TOP
    int32_t who[TOP]    # dense broker indices, most lots first, ties by lower code


@cython.final
cdef class Tape:
    cdef qt_print_t* ring           # owned; the last `capacity` prints
    cdef int64_t mask
    cdef readonly int64_t count     # prints since the session opened
    cdef readonly int64_t capacity
    cdef readonly int64_t first_ns          # event time of the session's first print, 0 before it
    cdef readonly int64_t unknown_broker    # number (1 = first) of the newest print that lacks a broker, 0 none
    cdef readonly int64_t broker_overflows  # broker codes that found no place in the table, since creation
    cdef readonly int64_t buyer_changes     # over the last WINDOW prints, each against the print before it
    cdef readonly int64_t seller_changes
    cdef qt_broker_t* brokers       # owned; dense, in order of appearance
    cdef readonly int32_t broker_count
    cdef qt_bucket_t* buckets       # owned; open addressing by code
    cdef qt_rank_t rank[2]          # buyers, sellers
    cdef int32_t recent[2][RECENT]  # broker index of the newest prints' buyer and seller, -1 unknown
    cdef uint8_t changed[RECENT]    # bit 0: buyer differs from the print before, bit 1: seller
    cdef void reset(self) noexcept nogil
    cdef void add(self, const qt_event_t* ev) noexcept nogil
    cdef int32_t _broker(self, int32_t code) noexcept nogil
    cdef int32_t _enter(self, int32_t code, uint32_t bucket) noexcept nogil
    cdef void _follow(self, const qt_print_t* p) noexcept nogil
    cdef void _trade(self, int side, int32_t who, int64_t qty) noexcept nogil
    cdef void _leave(self) noexcept nogil
    cdef void _promote(self, int side, int32_t who) noexcept nogil
    cdef bint _ahead(self, int side, int32_t one, int32_t other) noexcept nogil
    cdef inline const qt_print_t* last(self, int64_t k) noexcept nogil:
        """The k-th print from the end, 0 = newest; valid for k < min(count, capacity)."""
        return &self.ring[(self.count - 1 - k) & self.mask]

    cdef inline bint knows_brokers(self, int64_t n) noexcept nogil:
        """True when the last n prints name both brokers; n = count asks for the whole session."""
        return self.unknown_broker <= self.count - n
