# cython: language_level=3
"""Volume of closed candles and the intensity of trading (features 29-36)."""
cimport cython
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles
from qt_core.features.windows cimport qt_board_t, qt_window_t
from qt_core.tape cimport Tape


@cython.final
cdef class Volume:
    cdef Candles candles
    cdef Tape tape
    cdef qt_window_t lots[3]        # over 20, 50, 100 candles
    cdef int64_t oldest             # number (0 = first) of the first print inside the last minute
    cdef int64_t sampled[128]       # ring: prints in the minute (candle mode: in the candle) at the last closes
    cdef int64_t samples            # closes in a row whose count is known
    cdef int64_t sampled_sum        # over the last 100 of them
    cdef readonly int64_t overflows  # times the minute held more prints than the tape
    cdef void reset(self) noexcept nogil
    cdef void on_close(self, qt_board_t* board, bint from_candles) noexcept nogil
    cdef void sample(self, qt_board_t* board, int64_t t_ns, double* row, bint from_candles) noexcept nogil
    cdef int64_t _minute(self, int64_t t_ns) noexcept nogil
    cdef void _remember(self, int64_t found) noexcept nogil
    cdef void _intensity(self, qt_board_t* board, double* row, int64_t found, double seconds) noexcept nogil
