# cython: language_level=3
"""Time for the engine: sessions, candle ends and samples fall due in order, before the event that brings them."""
from libc.stdint cimport int64_t

from qt_core.features.set cimport FeatureSet
from qt_core.market cimport Market
from qt_core.readings.set cimport ReadingSet

cdef extern from "qt_histogram.h" nogil:
    ctypedef struct qt_histogram_t:
        int64_t count
    void qt_histogram_add(qt_histogram_t* h, int64_t ns)
    int64_t qt_histogram_quantile(const qt_histogram_t* h, double q)

cdef enum:
    COLUMNS = 65        # features in a row

cdef enum:              # bits of due
    SAMPLE = 1
    REPORTS = 2
    NOTICE = 4
    PRICE = 8

cdef enum:              # what makes a sample due
    AT_CLOSE = 0
    AT_TRADE = 1
    AT_INTERVAL = 2

cdef struct qt_session_t:
    int64_t open_ns
    int64_t close_ns

cdef class Clockwork:
    cdef readonly Market market
    cdef readonly FeatureSet features        # None when switched off; so are the readings
    cdef readonly ReadingSet readings
    cdef readonly object row                 # float64 (65,): valid while due has DUE_SAMPLE
    cdef readonly object reading             # float64 (len(READINGS),)
    cdef double* row_at
    cdef double* reading_at
    cdef readonly int due                    # DUE_* bits of the last call
    cdef readonly int64_t sample_ns          # instant of the row
    cdef readonly int64_t sample_cost_ns     # event picked up -> row written, measured
    cdef readonly int64_t last_recv_ns       # recv_ns of the event that made the sample due
    cdef int mode                            # AT_*
    cdef int64_t interval_ns
    cdef qt_session_t* sessions              # owned; NULL = one unbounded session from the first event
    cdef int64_t session_count, session_at   # the current or next session
    cdef int64_t next_sample                 # next multiple of the interval
    cdef int64_t next_instant                # nothing falls due before it
    cdef int64_t picked_ns                   # monotonic time at which the current event was picked up
    cdef bint timed                          # rows are for now: measure what each costs
    cdef bint quiet                          # no samples: backfilling or releasing
    cdef int64_t samples, closed             # samples taken, candles closed
    cdef qt_histogram_t cost

    cdef bint pass_time(self, int64_t ts_ns) noexcept nogil          # instants <= ts_ns; False: stopped at a sample
    cdef bint instant(self, int64_t t_ns) noexcept nogil
    cdef void open_session(self, int64_t ts_ns) noexcept nogil
    cdef void plan(self) noexcept nogil
    cdef void sample(self, int64_t t_ns) noexcept nogil
