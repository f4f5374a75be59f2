# cython: language_level=3
"""What the tape says: speed, size and sign of the prints, sweeps, absorption, and who trades."""
from libc.stdint cimport int8_t, int32_t, int64_t

from qt_core.market cimport Market
from qt_core.readings.windows cimport qt_window_t
from qt_core.tape cimport qt_print_t

cdef enum:
    PRINTS = 512                # ring of prints, a power of two above the longest window
    BROKER_SLOTS = 512          # open addressing; at most 200 brokers in 100 prints

cdef struct qt_small_print_t:
    int64_t qty         # lots
    int64_t flow        # lots, + aggressor buyer, - seller, 0 none
    int64_t large       # lots when large, else 0
    int32_t buyer       # broker code, <= 0 unknown
    int32_t seller

cdef struct qt_last_t:      # sums over the last n prints
    int64_t n
    int64_t lots
    int64_t flow        # B - S
    int64_t aggressed   # B + S
    int64_t large
    int64_t large_flow
    int64_t nameless    # prints with an unknown broker

cdef struct qt_sweep_t:     # a chain of aggressor prints of one side within 100 ms of its first
    int8_t side
    int32_t price       # ticks of its first print
    int64_t ts_ns
    int64_t extent      # ticks gone so far

cdef struct qt_broker_t:
    int32_t code        # 0 = free slot
    int64_t gross       # lots bought + sold
    int64_t net         # lots bought - sold

cdef class TapeReadings:
    cdef Market market
    cdef qt_small_print_t ring[PRINTS]
    cdef qt_broker_t brokers[BROKER_SLOTS]
    cdef qt_last_t last_50, last_100, last_500
    cdef qt_window_t short_window, long_window      # 10 s and 60 s
    cdef qt_sweep_t sweep
    cdef int64_t count          # prints of the session
    cdef int64_t run            # signed length of the current run
    cdef int64_t first_ns       # event time of the session's first print
    cdef int32_t price          # ticks of the last print
    cdef bint aggressors        # the session showed an aggressor
    cdef void open_session(self) noexcept nogil
    cdef void on_print(self, const qt_print_t* new) noexcept nogil     # the tape's newest
    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil    # writes the 17 of registry.TAPE
    cdef void add_last(self, qt_last_t* sums) noexcept nogil
    cdef int64_t extend_sweep(self, const qt_print_t* new) noexcept nogil
    cdef void add_windows(self, const qt_print_t* new) noexcept nogil
    cdef void write_windows(self, int64_t t_ns, double* row) noexcept nogil
    cdef void write_absorption(self, double* row) noexcept nogil
    cdef void write_last(self, double* row) noexcept nogil
    cdef void write_brokers(self, double* row) noexcept nogil
    cdef void count_broker(self, int32_t code, int64_t bought, int64_t sold) noexcept nogil
