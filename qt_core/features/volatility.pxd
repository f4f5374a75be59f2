# cython: language_level=3
"""Volatility of closed candles (features 1-10)."""
cimport cython
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.windows cimport qt_board_t, qt_lane_t, qt_window_t


@cython.final
cdef class Volatility:
    cdef Candles candles
    cdef qt_window_t returns[5]  # r_k in units of 2^-53, over 10, 20, 50, 100, 200 candles
    cdef int64_t recent[256]    # ring of r_k in units of 2^-53
    cdef int64_t doubled        # number (1 = first) of the newest return that does not fit its unit, 0 none
    cdef qt_lane_t garman       # the Garman-Klass term of each candle
    cdef qt_window_t closes     # of the last 20 closes, ticks
    cdef void reset(self) noexcept nogil
    cdef void on_close(self, qt_board_t* board) noexcept nogil
    cdef void _slide(self, double r, int64_t known) noexcept nogil
    cdef double _deviation(self, int i, int64_t known) noexcept nogil
    cdef void _deviations(self, qt_board_t* board, int64_t known) noexcept nogil
    cdef double _band(self, qt_board_t* board) noexcept nogil
