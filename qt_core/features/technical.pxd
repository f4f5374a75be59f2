# cython: language_level=3
"""Moving averages, momentum and place in the session (features 37-43)."""
cimport cython
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles
from qt_core.features.windows cimport qt_board_t


@cython.final
cdef class Technical:
    cdef Candles candles
    cdef int64_t closes[3]          # sums of the last 5, 20, 50 closes, ticks
    cdef void reset(self) noexcept nogil
    cdef void on_close(self, qt_board_t* board) noexcept nogil
    cdef void _momentum(self, qt_board_t* board) noexcept nogil
