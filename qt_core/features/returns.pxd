# cython: language_level=3
"""Returns and log returns over closed candles (features 11-20)."""
cimport cython
from qt_core.candles cimport Candles
from qt_core.features.windows cimport qt_board_t


@cython.final
cdef class Returns:
    cdef Candles candles
    cdef void on_close(self, qt_board_t* board) noexcept nogil
