# cython: language_level=3
"""A native thread that fires a trade callback: for the benchmark."""
from libc.stdint cimport int32_t, int64_t

from qt_core.ring cimport Ring, qt_ring_t

cdef extern from "qt_histogram.h" nogil:
    ctypedef struct qt_histogram_t:
        int64_t count
    int64_t qt_histogram_quantile(const qt_histogram_t* h, double q)

cdef extern from "qt_firehose.h" nogil:
    ctypedef void (*TTradeV2Callback)()
    ctypedef struct qt_hose_t:
        TTradeV2Callback callback
        const qt_ring_t* ring
        int64_t count
        int64_t gap_ns
        int32_t rests
        int32_t timed
        int64_t begun_ns
        int64_t ended_ns
        qt_histogram_t took
    qt_ring_t* qt_plain_ring
    void qt_plain_trade()
    void qt_plain_stamped_trade()
    void qt_hose_translate()
    int qt_hose_start(qt_hose_t* h)
    void qt_hose_join(qt_hose_t* h)
    int64_t qt_hose_drain(qt_ring_t* r, int64_t count)

cdef class Hose:
    cdef qt_hose_t hose
    cdef Ring ring           # kept while the thread may look at it
    cdef bint running
    cdef bint fired
