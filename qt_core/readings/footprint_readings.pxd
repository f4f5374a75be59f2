# cython: language_level=3
"""Volume at price by aggressor, per closed candle and over the last twelve."""
from libc.stdint cimport int32_t, int64_t

from qt_core.candles cimport qt_candle_t
from qt_core.tape cimport qt_print_t

cdef enum:
    LEVELS = 2048       # prices kept per profile, a power of two; a wider one is unknown, never cut
    CANDLES = 12        # closed candles in the long profile
    FP_COLUMNS = 8

cdef struct qt_profile_t:           # price p sits in slot p & (LEVELS - 1)
    int64_t buy[LEVELS]             # lots, aggressor buyer
    int64_t sell[LEVELS]            # lots, aggressor seller
    int64_t total[LEVELS]           # lots, all prints
    int64_t bought                  # sums of buy and sell; right even when wide
    int64_t sold
    int32_t low                     # ticks; valid when used
    int32_t high
    bint used                       # it has prints
    bint wide                       # high - low outgrew LEVELS

cdef class FootprintReadings:
    cdef qt_profile_t* candles      # owned; CANDLES closed ones and the forming one
    cdef qt_profile_t* whole        # owned; the sum of the closed ones
    cdef int64_t closed             # candles closed in this session
    cdef double[FP_COLUMNS] row     # as of the last close
    cdef void open_session(self) noexcept nogil
    cdef void on_print(self, const qt_print_t* new) noexcept nogil
    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil
    cdef void sample(self, double* row) noexcept nogil      # writes the 8 of registry.FOOTPRINT
    cdef qt_profile_t* closed_candle(self, int64_t k) noexcept nogil
    cdef double delta(self, int64_t n) noexcept nogil
    cdef void merge(self) noexcept nogil
    cdef void write_profile(self, int32_t close) noexcept nogil
