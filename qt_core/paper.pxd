# cython: language_level=3
"""Paper matching: our orders against the observed book, in event time, with latency and queue position."""
from libc.stdint cimport int32_t, int64_t

from qt_core._types cimport qt_event_t
from qt_core.market cimport Market

cdef enum:
    MAX_ORDERS = 64     # live orders at once
    MAX_REPORTS = 512   # reports between two drains
    REPORT_ROOM = 4     # an order is only touched while this many reports fit

cdef struct paper_order_t:
    int64_t id
    int64_t qty                 # lots
    int64_t traded              # lots filled, pessimistic book: the one that is reported
    int64_t traded_probable     # lots filled by now in the shadow books; never below the one above
    int64_t traded_optimistic
    int64_t arrive_ns           # event time at which the order (or the fired stop) reaches the market
    int64_t cancel_ns           # event time at which the cancel reaches the market, INT64_MAX none
    int64_t ahead               # lots before ours at the limit, -1 unknown (then only a trade-through fills)
    int64_t ahead_probable      # the same, shrunk by its share of cancellations
    int64_t shown               # lots last seen resting at the limit, less prints since; -1 unknown
    int32_t price               # limit in ticks, QT_NO_PRICE market
    int32_t stop                # trigger in ticks, QT_NO_PRICE none
    int32_t first_touch         # opposite quote when sent (or fired), QT_NO_PRICE none or beyond the limit
    int side                    # +1 buy, -1 sell
    int state                   # see paper.pyx

cdef struct paper_sweep_t:      # displayed lots that we took and the recording still shows
    int32_t touch               # quote when we took them; another quote clears the memory
    int32_t worst               # the farthest price that we reached
    int64_t lots                # taken at that price; everything nearer is gone

cdef struct paper_report_t:
    int64_t id
    int64_t ts_ns
    int64_t last_qty
    int64_t traded
    int64_t traded_probable
    int64_t traded_optimistic
    int64_t cost_probable       # sum of ticks x lots of these last_qty lots in the probable book
    int64_t cost_optimistic
    int32_t price               # ticks, QT_NO_PRICE when nothing was filled
    int status                  # index into STATUSES
    int text                    # index into TEXTS

cdef class PaperMatcher:
    # The Market is given to __init__. on_event and working are the contract with the engine.
    cdef Market market
    cdef public int64_t latency_ns          # order sent -> at the market; also stop fired -> at the market
    cdef public int64_t cancel_latency_ns   # cancel sent -> at the market
    cdef int64_t now_ns                     # event time, never backwards
    cdef readonly int64_t deferred          # steps put off because nobody drained the reports
    cdef paper_order_t orders[MAX_ORDERS]   # live orders, oldest first
    cdef int count
    cdef paper_report_t queue[MAX_REPORTS]
    cdef readonly int waiting               # reports that nobody has drained yet
    cdef paper_sweep_t swept[2]             # lots taken from the asks [0] and from the bids [1]

    cdef bint on_event(self, const qt_event_t* ev) noexcept nogil   # after the market applied it; True: reports wait
    cdef bint working(self) noexcept nogil                          # any live order, else the engine skips it
    cdef void _step(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil
    cdef void _arrive(self, paper_order_t* o) noexcept nogil
    cdef void _enter(self, paper_order_t* o) noexcept nogil
    cdef void _watch(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil
    cdef void _fire(self, paper_order_t* o) noexcept nogil
    cdef void _take(self, paper_order_t* o) noexcept nogil
    cdef void _rest(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil
    cdef void _print(self, paper_order_t* o, const qt_event_t* ev) noexcept nogil
    cdef void _queue_up(self, paper_order_t* o) noexcept nogil
    cdef void _requeue(self, paper_order_t* o) noexcept nogil
    cdef void _fill(self, paper_order_t* o, int64_t lots, int32_t price, int32_t probable) noexcept nogil
    cdef void _end(self, paper_order_t* o, int status, int text) noexcept nogil
    cdef void _report(self, paper_order_t* o, int status, int text) noexcept nogil
    cdef void _drop_ended(self) noexcept nogil
    cdef bint _in_session(self) noexcept nogil
    cdef int32_t _touch(self, int side) noexcept nogil
    cdef int64_t _shown(self, int side, int32_t price) noexcept nogil
    cdef int64_t _free(self, int side, int32_t price) noexcept nogil
    cdef void _forget(self, int side) noexcept nogil
    cdef void _remember(self, int side, int32_t price, int64_t lots) noexcept nogil
    cdef paper_order_t* _find(self, int64_t order_id) noexcept nogil
