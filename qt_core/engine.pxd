# cython: language_level=3
"""Step 3: events are refused, resolved and applied in one order, for live and replay alike."""
cimport cython
from libc.stdint cimport int32_t, int64_t, uint16_t, uint64_t

from qt_core._types cimport QT_EV_KINDS, QT_REFUSALS, qt_event_t
from qt_core.clockwork cimport Clockwork
from qt_core.offers cimport Offers
from qt_core.paper cimport PaperMatcher
from qt_core.quote_path cimport QuotePath
from qt_core.ring cimport Ring, qt_ring_t


@cython.final
cdef class Engine(Clockwork):
    cdef readonly PaperMatcher paper         # None when switched off
    cdef readonly Offers offers
    cdef public Ring sink                    # resolved events for the recorder; None = off
    cdef public QuotePath path               # every change of the best prices, for research; None = off
    cdef readonly int64_t seq                # resolved events applied
    cdef uint16_t symbol
    # warm start
    cdef qt_event_t* held                    # owned while the gate is shut: live events that wait for the history
    cdef int64_t held_count
    cdef bint gated                          # backfilling
    cdef readonly bint gap                   # from GAP to FILLED: history is collected, not applied
    cdef qt_event_t* staged                  # owned during a gap: the history collected
    cdef int64_t staged_count
    cdef readonly int64_t last_print_ns      # the latest print's exchange time, UTC ns; 0 none
    cdef int64_t last_print_id
    cdef uint64_t* numbers                   # owned: names of the last prints, by their numbers' low bits
    cdef int64_t last_trade_id               # highest of the session that opened at ids_of_ns
    cdef int64_t ids_of_ns
    cdef bint positional                     # the book comes from OFFER events
    # the array that feed was given last: a replay gives the same one again for every row
    cdef object batch                        # None: it was not contiguous, so it was copied
    cdef object batch_bytes                  # keeps its memory
    cdef const qt_event_t* batch_at
    cdef Py_ssize_t batch_size
    # rare events for Python
    cdef qt_event_t* notice                  # owned
    cdef int notice_count
    # counters
    cdef int64_t kinds[QT_EV_KINDS]          # applied, by kind after resolution
    cdef int64_t refusals[QT_REFUSALS]
    cdef int64_t edits, auctions, off_session, other_symbol, duplicates, stray_history, history
    cdef int64_t held_dropped, notices_lost, ring_lost, late
    cdef qt_ring_t* drained                  # the ring whose drops were seen
    cdef int64_t drops_seen
    cdef bint watching                       # until the market reaches one of these prices
    cdef int32_t bid_floor, ask_ceiling      # ticks
    cdef int64_t woken                       # 1: whoever waits on the ring has something else to do

    cdef bint take(self, const qt_event_t* ev) noexcept nogil        # one event; False: stopped before applying it
    cdef void pick(self, const qt_event_t* ev) noexcept nogil
    cdef int check(self, const qt_event_t* ev) noexcept nogil
    cdef int check_time(self, int64_t ts_ns) noexcept nogil
    cdef void apply(self, qt_event_t* ev) noexcept nogil
    cdef void apply_offer(self, qt_event_t* ev) noexcept nogil
    cdef void complete_quote(self, qt_event_t* ev) noexcept nogil
    cdef void update(self, qt_event_t* ev, bint settles) noexcept nogil
    cdef void see_prices(self) noexcept nogil
    cdef void count(self, const qt_event_t* ev, bint printed, int code) noexcept nogil
    cdef int64_t known_id(self) noexcept nogil
    cdef void tell(self, const qt_event_t* ev) noexcept nogil
    cdef void gate(self, const qt_event_t* ev) noexcept nogil
    cdef void backfill(self, const qt_event_t* ev) noexcept nogil
    cdef void hold(self, const qt_event_t* ev) noexcept nogil
    cdef void release(self, const qt_event_t* marker) noexcept nogil
    cdef void release_held(self) noexcept nogil
    cdef void resume_samples(self) noexcept nogil
    cdef void close_gate(self) noexcept nogil
    cdef bint is_new(self, const qt_event_t* ev) noexcept nogil
    cdef bint was_told(self, const qt_event_t* ev, int64_t told_ns, int64_t told_id) noexcept nogil
    cdef bint repeated(self, const qt_event_t* ev) noexcept nogil
    cdef void shut(self) noexcept nogil
    cdef void stage(self, const qt_event_t* ev) noexcept nogil
    cdef void fill(self, const qt_event_t* control) noexcept nogil
    cdef void restore(self, qt_event_t* ev) noexcept nogil
    cdef void lose(self, int64_t events) noexcept nogil
    cdef void spoil(self, qt_event_t* row) noexcept nogil
    cdef int open_batch(self, object events) except -1
    cdef Py_ssize_t run(self, const qt_event_t* events, Py_ssize_t start, Py_ssize_t end) noexcept nogil
    cdef int64_t pull(self, qt_ring_t* ring, int64_t max_events) noexcept nogil
    cdef void see_drops(self, qt_ring_t* ring) noexcept nogil
    cdef bint await_events(self, qt_ring_t* ring, int64_t spin, int64_t yielding, int64_t sleep,
                           int64_t limit) noexcept nogil
