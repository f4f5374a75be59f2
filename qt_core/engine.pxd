# cython: language_level=3
"""Step 3: time passes, instants fall due, events are resolved and applied, in one order for live and replay."""
from libc.stdint cimport int64_t, uint16_t

from qt_core._types cimport QT_EV_KINDS, QT_REFUSALS, qt_event_t
from qt_core.features.set cimport FeatureSet
from qt_core.market cimport Market
from qt_core.offers cimport Offers
from qt_core.paper cimport PaperMatcher
from qt_core.readings.set cimport ReadingSet
from qt_core.ring cimport Ring, qt_ring_t

cdef extern from "qt_histogram.h" nogil:
    ctypedef struct qt_histogram_t:
        int64_t count
    void qt_histogram_add(qt_histogram_t* h, int64_t ns)
    int64_t qt_histogram_quantile(const qt_histogram_t* h, double q)

cdef struct qt_session_t:
    int64_t open_ns
    int64_t close_ns

cdef class Engine:
    cdef readonly Market market
    cdef readonly FeatureSet features        # None when switched off; so are the next two
    cdef readonly ReadingSet readings
    cdef readonly PaperMatcher paper
    cdef readonly Offers offers
    cdef public Ring sink                    # resolved events for the recorder; None = off
    cdef readonly object row                 # float64 (65,): valid while due has DUE_SAMPLE
    cdef readonly object reading             # float64 (len(READINGS),)
    cdef double* row_at
    cdef double* reading_at
    cdef readonly int due                    # DUE_* bits of the last call
    cdef readonly int64_t seq                # resolved events applied
    cdef readonly int64_t sample_ns          # instant of the row
    cdef readonly int64_t sample_cost_ns     # event picked up -> row written, measured
    cdef readonly int64_t last_recv_ns       # recv_ns of the event that made the sample due
    cdef uint16_t symbol
    # time
    cdef int mode                            # what makes a sample due
    cdef int64_t interval_ns
    cdef qt_session_t* sessions              # owned; NULL = one unbounded session from the first event
    cdef int64_t session_count, session_at   # the current or next session
    cdef int64_t next_sample                 # next multiple of the interval
    cdef int64_t next_instant                # nothing falls due before it
    cdef int64_t picked_ns
    # warm start
    cdef qt_event_t* held                    # owned while the gate is shut: live events that wait for the history
    cdef int64_t held_count
    cdef bint gated                          # backfilling
    cdef bint quiet                          # no samples: backfilling or releasing
    cdef int64_t last_trade_id
    cdef bint positional                     # the book comes from OFFER events
    # rare events for Python
    cdef qt_event_t* notice                  # owned
    cdef int notice_count
    # counters
    cdef int64_t kinds[QT_EV_KINDS]          # applied, by kind after resolution
    cdef int64_t refusals[QT_REFUSALS]
    cdef int64_t edits, auctions, off_session, other_symbol, duplicates, stray_history, history
    cdef int64_t held_dropped, notices_lost, ring_lost, samples, closed
    cdef qt_ring_t* drained                  # the ring whose drops were seen
    cdef int64_t drops_seen
    cdef qt_histogram_t cost

    cdef bint take(self, const qt_event_t* ev) noexcept nogil        # one event; False: stopped before applying it
    cdef int check(self, const qt_event_t* ev) noexcept nogil
    cdef int check_time(self, int64_t ts_ns) noexcept nogil
    cdef void apply(self, qt_event_t* ev) noexcept nogil
    cdef void apply_offer(self, qt_event_t* ev) noexcept nogil
    cdef void complete_quote(self, qt_event_t* ev) noexcept nogil
    cdef void update(self, qt_event_t* ev, bint settles) noexcept nogil
    cdef void count(self, const qt_event_t* ev, bint printed, int code) noexcept nogil
    cdef void tell(self, const qt_event_t* ev) noexcept nogil
    cdef bint pass_time(self, int64_t ts_ns) noexcept nogil          # instants <= ts_ns; False: stopped at a sample
    cdef bint instant(self, int64_t t_ns) noexcept nogil
    cdef void open_session(self, int64_t ts_ns) noexcept nogil
    cdef void plan(self) noexcept nogil
    cdef void sample(self, int64_t t_ns) noexcept nogil
    cdef void gate(self, const qt_event_t* ev) noexcept nogil
    cdef void backfill(self, const qt_event_t* ev) noexcept nogil
    cdef void hold(self, const qt_event_t* ev) noexcept nogil
    cdef void release(self, const qt_event_t* marker) noexcept nogil
    cdef void lose(self, int64_t events) noexcept nogil
    cdef void spoil(self, qt_event_t* row) noexcept nogil
    cdef Py_ssize_t run(self, const qt_event_t* events, Py_ssize_t start, Py_ssize_t end) noexcept nogil
    cdef int64_t pull(self, qt_ring_t* ring, int64_t max_events) noexcept nogil
    cdef void see_drops(self, qt_ring_t* ring) noexcept nogil
    cdef bint await_events(self, qt_ring_t* ring, int64_t spin, int64_t yielding, int64_t sleep,
                           int64_t limit) noexcept nogil
