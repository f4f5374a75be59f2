# cython: language_level=3
"""Order flow of closed candles and of the tape (features 21-28)."""
cimport cython
from libc.stdint cimport int64_t

from qt_core._types cimport qt_scale_t
from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.windows cimport qt_board_t, qt_lane_t
from qt_core.tape cimport Tape


@cython.final
cdef class Flow:
    cdef Candles candles
    cdef Tape tape
    cdef qt_scale_t step            # contracts per lot
    cdef int64_t net[5]             # buy - sell lots over 10, 20, 50, 100 candles and the session
    cdef int64_t gross[5]           # buy + sell
    cdef int64_t unknown            # number (1 = first) of the newest candle without a split, 0 none
    cdef int64_t volume             # lots over 20 candles
    cdef qt_lane_t weighted         # r_k V_k
    cdef void reset(self) noexcept nogil
    cdef void on_close(self, qt_board_t* board) noexcept nogil
    cdef void _slide(self, const qt_candle_t* c, int64_t count) noexcept nogil
    cdef double _imbalance(self, qt_board_t* board, int i) noexcept nogil
    cdef double turnover(self) noexcept nogil
