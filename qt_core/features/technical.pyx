"""Moving averages, momentum and place in the session (features 37-43)."""
cimport cython
from libc.math cimport sqrt
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles
from qt_core.features.windows cimport (
    RETURNS_5, RETURNS_20, RETURNS_50, TECHNICAL, VOLATILITY_20, VOLATILITY_50, divided, qt_board_t,
)

cdef int64_t[3] SPANS = [5, 20, 50]


@cython.final
cdef class Technical:
    """Ratios of moving averages, and returns measured in volatilities.

    Warm-up: 20 and 50 closed candles for the averages; the rest when the columns that they read are warm
    (21 and 51). Column 43, time_normalized, depends on the instant alone and is written by the calendar.
    """

    def __init__(self, Candles candles not None):
        self.candles = candles
        self.reset()

    cdef void reset(self) noexcept nogil:
        cdef int i
        for i in range(3):
            self.closes[i] = 0

    cdef void on_close(self, qt_board_t* board) noexcept nogil:
        """After Returns and Volatility: reads their columns."""
        cdef int64_t count = self.candles.count, now = self.candles.last(0).close
        cdef double* out = &board.value[TECHNICAL]
        cdef int i
        for i in range(3):
            self.closes[i] += now - (self.candles.last(SPANS[i]).close if count > SPANS[i] else 0)
        if count >= 20:
            out[0] = <double>(self.closes[0] * 4) / <double>self.closes[1] - 1.0
        if count >= 50:
            out[1] = <double>(self.closes[1] * 5) / <double>(self.closes[2] * 2) - 1.0
        self._momentum(board)

    cdef void _momentum(self, qt_board_t* board) noexcept nogil:
        cdef double* value = board.value
        cdef double fast = value[RETURNS_5], slow = value[RETURNS_20], long_run = value[RETURNS_50]
        cdef double volatility_20 = value[VOLATILITY_20], volatility_50 = value[VOLATILITY_50]
        cdef int column = TECHNICAL + 2
        value[column] = divided(board, column, fast / 5.0 - slow / 20.0, volatility_20, 0.0)
        value[column + 1] = divided(board, column + 1, slow / 20.0 - long_run / 50.0, volatility_50, 0.0)
        value[column + 2] = divided(board, column + 2, fast, volatility_20 * sqrt(5.0), 0.0)
        value[column + 3] = divided(board, column + 3, slow, volatility_50 * sqrt(20.0), 0.0)
