# cython: language_level=3
"""The event ring, opaque: only include/qt_ring.h touches an index."""
from libc.stdint cimport int64_t

from qt_core._types cimport qt_event_t

cdef extern from "qt_ring.h" nogil:
    ctypedef struct qt_ring_t:
        pass

    int qt_ring_init(qt_ring_t* r, qt_event_t* slots, int64_t capacity)   # capacity: a power of two; -1 if it is not
    int64_t qt_ring_capacity(const qt_ring_t* r)
    # producer's thread
    int qt_ring_try_push(qt_ring_t* r, const qt_event_t* ev)              # 1 stored, 0 dropped and counted
    int64_t qt_ring_free(qt_ring_t* r)
    # consumer's thread
    int64_t qt_ring_peek(qt_ring_t* r)                                    # events ready, perhaps fewer than by now
    int64_t qt_ring_peek_all(qt_ring_t* r)                                # all that are there now
    const qt_event_t* qt_ring_at(const qt_ring_t* r, int64_t i)           # the i-th ready event, valid until popped
    void qt_ring_pop(qt_ring_t* r, int64_t n)
    # any thread
    int64_t qt_ring_fill(const qt_ring_t* r)
    int64_t qt_ring_pushed(const qt_ring_t* r)
    int64_t qt_ring_dropped(const qt_ring_t* r)


cdef class Ring:
    cdef qt_ring_t* ptr     # never null, never moves; valid while this object lives
    cdef void* block        # the one allocation behind ptr and its slots
