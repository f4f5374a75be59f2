"""Python's view of one single-producer single-consumer ring of events."""
from libc.stdint cimport int64_t, uint8_t, uintptr_t
from libc.stdlib cimport free, malloc
from libc.string cimport memcpy, memset

import numpy as np

from qt_core._types import EVENT_DTYPE as _EVENT_DTYPE

cdef enum:
    LINE = 64   # QT_CACHE_LINE


cdef inline void* aligned(void* p) noexcept nogil:
    return <void*> ((<uintptr_t> p + (LINE - 1)) & ~<uintptr_t> (LINE - 1))


cdef class Ring:
    """Events between one producer thread and one consumer thread; full means drop and count.

    capacity: slots, a power of two. All memory is taken and touched here, none later.
    Raises ValueError when capacity is not a power of two, MemoryError when there is no room.
    """

    def __cinit__(self, int64_t capacity=1 << 17):
        if capacity < 2 or capacity & (capacity - 1) or capacity > 1 << 30:
            raise ValueError(f"ring capacity {capacity} is not a power of two between 2 and 2**30")
        cdef size_t header = (sizeof(qt_ring_t) + LINE - 1) // LINE * LINE
        cdef size_t total = header + capacity * sizeof(qt_event_t) + LINE
        self.block = malloc(total)
        if self.block == NULL:
            raise MemoryError(f"no room for a ring of {capacity} events")
        memset(self.block, 0, total)   # touch every page now, not in the first callback that reaches it
        self.ptr = <qt_ring_t*> aligned(self.block)
        qt_ring_init(self.ptr, <qt_event_t*> (<char*> self.ptr + header), capacity)

    def __dealloc__(self):
        free(self.block)

    @property
    def capacity(self) -> int:
        """Slots."""
        return qt_ring_capacity(self.ptr)

    @property
    def fill(self) -> int:
        """Events waiting; exact only when both sides rest."""
        return qt_ring_fill(self.ptr)

    @property
    def pushed(self) -> int:
        """Events stored since the start."""
        return qt_ring_pushed(self.ptr)

    @property
    def dropped(self) -> int:
        """Events refused since the start because the ring was full."""
        return qt_ring_dropped(self.ptr)

    def push(self, events) -> int:
        """Copies events (EVENT_DTYPE, one dimension) in; returns how many fitted, the others are counted dropped."""
        if events.dtype != _EVENT_DTYPE:
            raise ValueError(f"events have dtype {events.dtype}, not EVENT_DTYPE")
        cdef const uint8_t[::1] raw = np.ascontiguousarray(events).reshape(-1).view(np.uint8)
        cdef int64_t n = raw.shape[0] // <int64_t> sizeof(qt_event_t), i, stored = 0
        cdef const qt_event_t* source
        if n == 0:
            return 0
        source = <const qt_event_t*> &raw[0]
        with nogil:
            for i in range(n):
                stored += qt_ring_try_push(self.ptr, source + i)
        return stored

    def pop(self, int64_t max_events=4096):
        """Takes up to max_events out, oldest first, as a new array of EVENT_DTYPE."""
        cdef int64_t ready = qt_ring_peek_all(self.ptr), i
        cdef int64_t n = max(0, min(ready, max_events))
        out = np.empty(n, dtype=_EVENT_DTYPE)
        if n == 0:
            return out
        cdef uint8_t[::1] raw = out.view(np.uint8)
        cdef qt_event_t* target = <qt_event_t*> &raw[0]
        with nogil:
            for i in range(n):
                memcpy(target + i, qt_ring_at(self.ptr, i), sizeof(qt_event_t))
            qt_ring_pop(self.ptr, n)
        return out
