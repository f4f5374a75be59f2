# cython: language_level=3
"""Sums over the last seconds of event time in fixed memory, however many events a burst brings.

Time is cut into buckets of 100 ms, aligned in UTC. A window of W seconds at time t holds the events whose bucket
is at most W / 100 ms before the bucket of t: exactly [t - W, t) when t is on the grid, as decision instants are.
Integer sums, so nothing drifts. Update: O(1); time passing: one step per bucket, at most the window.
"""
from libc.math cimport NAN
from libc.stdint cimport int64_t
from libc.string cimport memset

cdef enum:
    BUCKET_NS = 100000000
    WINDOW_SERIES = 8       # one cache line per bucket
    WINDOW_SLOTS = 601      # 60 s and the bucket of t itself

cdef struct qt_window_t:
    int64_t head                                # newest bucket: floor(ts / 100 ms); -1 before the first event
    int64_t at                                  # its slot
    int64_t slots                               # buckets kept
    int64_t sum[WINDOW_SERIES]
    int64_t slot[WINDOW_SLOTS][WINDOW_SERIES]

cdef inline void window_init(qt_window_t* w, int64_t seconds) noexcept nogil:
    memset(w, 0, sizeof(qt_window_t))
    w.head = -1
    w.slots = seconds * 1000000000 // BUCKET_NS + 1

cdef inline void window_step(qt_window_t* w) noexcept nogil:
    cdef int k
    w.at += 1
    if w.at == w.slots:
        w.at = 0
    for k in range(WINDOW_SERIES):
        w.sum[k] -= w.slot[w.at][k]
        w.slot[w.at][k] = 0

cdef inline void window_roll(qt_window_t* w, int64_t ts_ns) noexcept nogil:
    """Lets time pass to ts_ns; earlier times change nothing."""
    cdef int64_t bucket = ts_ns // BUCKET_NS
    cdef int64_t steps = bucket - w.head
    if steps <= 0:
        return
    if steps > w.slots:
        steps = w.slots
    while steps > 0:
        window_step(w)
        steps -= 1
    w.head = bucket

cdef inline void window_add(qt_window_t* w, int series, int64_t value) noexcept nogil:
    """Adds to the current bucket; roll first."""
    w.slot[w.at][series] += value
    w.sum[series] += value

cdef inline double ratio(int64_t part, int64_t whole) noexcept nogil:
    """part / whole, NaN when there is no whole."""
    return <double>part / <double>whole if whole != 0 else NAN
