"""Returns and log returns over closed candles (features 11-20)."""
cimport cython
from libc.math cimport NAN
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles
from qt_core.features.windows cimport RETURNS, qt_board_t, qt_log_ratio

cdef int64_t[7] SPANS = [1, 2, 5, 10, 20, 50, 100]
cdef int64_t[3] LOG_SPANS = [1, 5, 20]


@cython.final
cdef class Returns:
    """returns_n = c_0 / c_n - 1 and log_returns_n = ln(c_0 / c_n); dimensionless.

    Warm-up: n + 1 closed candles, NaN before. No state of its own: closes are integer ticks in the candles.
    """

    def __init__(self, Candles candles not None):
        self.candles = candles

    cdef void on_close(self, qt_board_t* board) noexcept nogil:
        cdef double* out = &board.value[RETURNS]
        cdef int64_t count = self.candles.count, now = self.candles.last(0).close
        cdef int i
        for i in range(7):
            out[i] = <double>now / <double>self.candles.last(SPANS[i]).close - 1.0 if count > SPANS[i] else NAN
        for i in range(3):
            out[7 + i] = qt_log_ratio(now, self.candles.last(LOG_SPANS[i]).close) if count > LOG_SPANS[i] else NAN
