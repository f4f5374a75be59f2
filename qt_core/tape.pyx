"""The session's tape: the last trades, and who trades (broker totals and ranks)."""
cimport cython
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint32_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from qt_core._types cimport QT_TRADE_BUY, QT_TRADE_SELL, qt_event_t

import numpy as np

from qt_core._types import EVENT_DTYPE

PRINT_DTYPE = np.dtype(
    [("ts_ns", "<i8"), ("qty", "<i8"), ("price", "<i4"), ("buyer", "<i4"), ("seller", "<i4"), ("code", "u1"),
     ("side", "i1")],
    align=True,
)
assert PRINT_DTYPE.itemsize == sizeof(qt_print_t)


cdef void touch(qt_print_t* ring, int64_t capacity) noexcept nogil:
    """Writes to every page (4 KiB) now, so that no print pays for memory that the system gives lazily."""
    cdef int64_t i
    for i in range(0, capacity, 128):
        ring[i].ts_ns = -1


@cython.final
cdef class Tape:
    """Prints of one session in order, newest `capacity` kept; every print must have a positive quantity.

    A broker code <= 0 is unknown: the print counts, the brokers' totals and ranks do not take it, and
    `unknown_broker` remembers it so that readers can refuse what depends on it. A session with more than
    2,048 brokers is treated the same way.
    Memory: 32 bytes per print, allocated once. Cost of `add`: O(1).
    Raises ValueError if the capacity is not a power of two or below 128.
    """

    def __cinit__(self, int64_t capacity=1 << 18):
        if capacity < RECENT or capacity & (capacity - 1):
            raise ValueError(f"tape capacity {capacity} is not a power of two from {RECENT} up")
        self.capacity = capacity
        self.mask = capacity - 1
        self.broker_overflows = 0
        self.ring = <qt_print_t*>calloc(capacity, sizeof(qt_print_t))
        self.brokers = <qt_broker_t*>calloc(BROKERS, sizeof(qt_broker_t))
        self.buckets = <qt_bucket_t*>calloc(BUCKETS, sizeof(qt_bucket_t))
        if self.ring is NULL or self.brokers is NULL or self.buckets is NULL:
            raise MemoryError(f"no memory for a tape of {capacity} prints")
        touch(self.ring, capacity)
        self.reset()

    def __dealloc__(self):
        free(self.ring)
        free(self.brokers)
        free(self.buckets)

    cdef void reset(self) noexcept nogil:
        self.count = 0
        self.first_ns = 0
        self.unknown_broker = 0
        self.buyer_changes = 0
        self.seller_changes = 0
        self.broker_count = 0
        self.rank[0].size = 0
        self.rank[1].size = 0
        memset(self.buckets, 0, BUCKETS * sizeof(qt_bucket_t))
        memset(self.changed, 0, sizeof(self.changed))

    cdef void add(self, const qt_event_t* ev) noexcept nogil:
        cdef qt_print_t* p = &self.ring[self.count & self.mask]
        p.ts_ns = ev.ts_ns
        p.qty = ev.qty
        p.price = ev.price
        p.buyer = ev.a
        p.seller = ev.b
        p.code = ev.code
        p.side = ev.side * <int8_t>((ev.code == QT_TRADE_BUY) | (ev.code == QT_TRADE_SELL))   # no branch to mispredict
        if self.count == 0:
            self.first_ns = ev.ts_ns
        self._leave()
        self._follow(p)
        self.count += 1

    cdef void _follow(self, const qt_print_t* p) noexcept nogil:
        """Takes the print's brokers into totals, ranks and changes."""
        cdef int64_t slot = self.count & (RECENT - 1), before = (self.count - 1) & (RECENT - 1)
        cdef int32_t buyer = self._broker(p.buyer), seller = self._broker(p.seller)
        cdef bint first = self.count == 0
        cdef uint8_t buyer_moved = not first and self.recent[0][before] != buyer
        cdef uint8_t seller_moved = not first and self.recent[1][before] != seller
        if buyer < 0 or seller < 0:
            self.unknown_broker = self.count + 1
        self.recent[0][slot] = buyer
        self.recent[1][slot] = seller
        self.changed[slot] = buyer_moved | seller_moved << 1
        self.buyer_changes += buyer_moved
        self.seller_changes += seller_moved
        self._trade(0, buyer, p.qty)
        self._trade(1, seller, p.qty)

    cdef void _leave(self) noexcept nogil:
        """Takes the print that falls out of the last WINDOW out of net totals and changes."""
        cdef int64_t number = self.count - WINDOW
        cdef int64_t slot = number & (RECENT - 1)
        cdef int64_t qty
        if number < 0:
            return
        qty = self.ring[number & self.mask].qty
        if self.recent[0][slot] >= 0:
            self.brokers[self.recent[0][slot]].net -= qty
        if self.recent[1][slot] >= 0:
            self.brokers[self.recent[1][slot]].net += qty
        self.buyer_changes -= self.changed[slot] & 1
        self.seller_changes -= self.changed[slot] >> 1

    cdef void _trade(self, int side, int32_t who, int64_t qty) noexcept nogil:
        if who < 0:
            return
        self.brokers[who].total[side] += qty
        self.brokers[who].net += qty if side == 0 else -qty
        self._promote(side, who)

    cdef int32_t _broker(self, int32_t code) noexcept nogil:
        """Dense index of a broker, given on first sight; -1 when unknown or the table is full."""
        cdef uint32_t bucket = (<uint32_t>code * <uint32_t>2654435761) >> 19     # Knuth's multiplicative hash, 13 bits
        if code <= 0:
            return -1
        while self.buckets[bucket].code != code:
            if self.buckets[bucket].code == 0:
                return self._enter(code, bucket)
            bucket = (bucket + 1) & (BUCKETS - 1)
        return self.buckets[bucket].who

    cdef int32_t _enter(self, int32_t code, uint32_t bucket) noexcept nogil:
        cdef int32_t found = self.broker_count
        if self.broker_count == BROKERS:
            self.broker_overflows += 1
            return -1
        self.broker_count += 1
        memset(&self.brokers[found], 0, sizeof(qt_broker_t))
        self.brokers[found].code = code
        self.brokers[found].place[0] = TOP
        self.brokers[found].place[1] = TOP
        self.buckets[bucket].code = code
        self.buckets[bucket].who = found
        return found

    cdef bint _ahead(self, int side, int32_t one, int32_t other) noexcept nogil:
        cdef int64_t mine = self.brokers[one].total[side], theirs = self.brokers[other].total[side]
        return mine > theirs or (mine == theirs and self.brokers[one].code < self.brokers[other].code)

    cdef void _promote(self, int side, int32_t who) noexcept nogil:
        """Keeps the best TOP sorted. Totals only grow, so a broker only ever climbs."""
        cdef qt_rank_t* rank = &self.rank[side]
        cdef int32_t at = self.brokers[who].place[side]
        if at == TOP:
            if rank.size < TOP:
                at = rank.size
                rank.size += 1
            elif self._ahead(side, who, rank.who[TOP - 1]):
                at = TOP - 1
                self.brokers[rank.who[at]].place[side] = TOP
            else:
                return
        while at > 0 and self._ahead(side, who, rank.who[at - 1]):
            rank.who[at] = rank.who[at - 1]
            self.brokers[rank.who[at]].place[side] = at
            at -= 1
        rank.who[at] = who
        self.brokers[who].place[side] = at

    def clear(self) -> None:
        """Forgets the session."""
        self.reset()

    def extend(self, events) -> None:
        """Adds prints (EVENT_DTYPE rows of kind TRADE), as they stand."""
        cdef const unsigned char[::1] raw = np.ascontiguousarray(events, EVENT_DTYPE).view(np.uint8)
        cdef int64_t i
        for i in range(raw.shape[0] // <int64_t>sizeof(qt_event_t)):
            self.add(<const qt_event_t*>&raw[i * <int64_t>sizeof(qt_event_t)])

    def recent_prints(self, int64_t n):
        """Copy of the last min(n, count, capacity) prints, oldest first, as PRINT_DTYPE."""
        cdef int64_t k, size = max(0, min(n, self.count, self.capacity))
        out = np.empty(size, PRINT_DTYPE)
        cdef size_t address = out.ctypes.data
        for k in range(size):
            memcpy(&(<qt_print_t*>address)[size - 1 - k], self.last(k), sizeof(qt_print_t))
        return out

    def top(self, int side) -> list:
        """Best five (code, lots this session, net lots over the last 100 prints); side +1 buyers, -1 sellers."""
        cdef int which = 0 if side > 0 else 1
        found = []
        for i in range(self.rank[which].size):
            found.append(self.brokers[self.rank[which].who[i]])
        return [(b["code"], b["total"][which], b["net"]) for b in found]
