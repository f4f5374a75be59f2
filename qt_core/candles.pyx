"""Closed candles of one session, built from prints on a fixed grid of event time."""
cimport cython
from libc.stdint cimport int32_t, int64_t
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy

from qt_core._types cimport QT_TRADE_BUY, QT_TRADE_SELL, qt_event_t

import numpy as np

from qt_core._types import EVENT_DTYPE

CANDLE_DTYPE = np.dtype([
    ("start_ns", "<i8"), ("open", "<i4"), ("high", "<i4"), ("low", "<i4"), ("close", "<i4"),
    ("volume", "<i8"), ("buy", "<i8"), ("sell", "<i8"), ("trades", "<i8"),
])
assert CANDLE_DTYPE.itemsize == sizeof(qt_candle_t)


@cython.final
cdef class Candles:
    """Candles of `period_ns`, aligned to multiples of it in UTC, newest `capacity` closed ones kept.

    The caller says when time has passed (`next_end`, `close_one`); a candle without prints is flat at the last
    close, and before the first print there is none.
    Raises ValueError if the period is not positive or the capacity is not a power of two from 256 up.
    """

    def __cinit__(self, int64_t period_ns, int64_t capacity=512):
        if period_ns <= 0:
            raise ValueError(f"candle period {period_ns} ns is not positive")
        if capacity < 256 or capacity & (capacity - 1):
            raise ValueError(f"candle capacity {capacity} is not a power of two from 256 up")
        self.period_ns = period_ns
        self.capacity = capacity
        self.mask = capacity - 1
        self.ring = <qt_candle_t*>calloc(capacity, sizeof(qt_candle_t))
        if self.ring is NULL:
            raise MemoryError(f"no memory for {capacity} candles")
        self.reset()

    def __dealloc__(self):
        free(self.ring)

    cdef void reset(self) noexcept nogil:
        self.count = 0
        self.is_forming = False

    cdef void _flat(self, int64_t start_ns, int32_t price) noexcept nogil:
        self.forming.start_ns = start_ns
        self.forming.open = price
        self.forming.high = price
        self.forming.low = price
        self.forming.close = price
        self.forming.volume = 0
        self.forming.buy = 0
        self.forming.sell = 0
        self.forming.trades = 0

    cdef void add(self, const qt_event_t* ev) noexcept nogil:
        cdef qt_candle_t* c = &self.forming
        cdef int64_t aggressed
        if not self.is_forming:
            self._flat(ev.ts_ns - ev.ts_ns % self.period_ns, ev.price)
            self.is_forming = True
        if c.trades == 0:
            c.open = ev.price
            c.high = ev.price
            c.low = ev.price
        c.high = max(c.high, ev.price)
        c.low = min(c.low, ev.price)
        c.close = ev.price
        c.volume += ev.qty
        c.trades += 1
        # Only prints that the exchange marked as aggression have a side: not cross, RLP or unknown.
        # Arithmetic instead of branches: sides are as good as random to a branch predictor.
        aggressed = ev.qty * ((ev.code == QT_TRADE_BUY) | (ev.code == QT_TRADE_SELL))
        c.buy += aggressed * (ev.side > 0)
        c.sell += aggressed * (ev.side < 0)

    cdef int64_t next_end(self) noexcept nogil:
        return candle_end(self)

    cdef const qt_candle_t* push(self, const qt_candle_t* candle) noexcept nogil:
        cdef qt_candle_t* closed = &self.ring[self.count & self.mask]
        closed[0] = candle[0]
        self.count += 1
        return closed

    cdef const qt_candle_t* close_one(self) noexcept nogil:
        cdef const qt_candle_t* closed = self.push(&self.forming)
        self._flat(closed.start_ns + self.period_ns, closed.close)
        return closed

    def clear(self) -> None:
        """Forgets the session."""
        self.reset()

    def extend(self, events) -> None:
        """Adds prints (EVENT_DTYPE rows), closing candles whose end their times reach."""
        cdef const unsigned char[::1] raw = np.ascontiguousarray(events, EVENT_DTYPE).view(np.uint8)
        cdef const qt_event_t* ev
        cdef int64_t i
        for i in range(raw.shape[0] // <int64_t>sizeof(qt_event_t)):
            ev = <const qt_event_t*>&raw[i * <int64_t>sizeof(qt_event_t)]
            while self.next_end() <= ev.ts_ns:
                self.close_one()
            self.add(ev)

    def recent(self, int64_t n):
        """Copy of the last min(n, count, capacity) closed candles, oldest first, as CANDLE_DTYPE."""
        cdef int64_t k, size = max(0, min(n, self.count, self.capacity))
        out = np.empty(size, CANDLE_DTYPE)
        cdef size_t address = out.ctypes.data
        for k in range(size):
            memcpy(&(<qt_candle_t*>address)[size - 1 - k], self.last(k), sizeof(qt_candle_t))
        return out
