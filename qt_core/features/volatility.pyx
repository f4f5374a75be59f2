"""Volatility of closed candles (features 1-10)."""
cimport cython
from libc.math cimport M_LN2, NAN, sqrt
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.windows cimport (
    RETURNS_1, VOLATILITY, divided, qt_board_t, qt_lane_last, qt_lane_push, qt_lane_reset, qt_log_ratio, qt_sum,
    qt_window_reset, qt_window_slide, qt_window_std,
)

cdef int64_t[5] SPANS = [10, 20, 50, 100, 200]
cdef double UNITS = 9007199254740992.0      # 2^53


cdef double garman_klass(const qt_candle_t* c) noexcept nogil:
    """1/2 ln(h/l)^2 - (2 ln 2 - 1) ln(c/o)^2; at least 0.11 ln(h/l)^2, since open and close lie within the range."""
    cdef double spread, body
    if c.high == c.low:
        return 0.0
    spread = qt_log_ratio(c.high, c.low)
    body = qt_log_ratio(c.close, c.open)
    return 0.5 * spread * spread - (2.0 * M_LN2 - 1.0) * body * body


@cython.final
cdef class Volatility:
    """Standard deviations of one-candle returns, their ratios, Garman-Klass, and the place within Bollinger bands.

    Warm-up: n + 1 closed candles for n returns, 20 for volatility_gk and bb_position; NaN before.
    A return c_0 / c_1 - 1 below 1 in size, as float64 has it, is a whole multiple of 2^-53: its sums and squares are
    kept as integers and slide without any error. A price that doubled within a candle does not fit; until it has left
    the 200 candles, deviations are computed directly.
    Memory: 2 KB and a lane of 1,024 values. Cost per close: O(1).
    """

    def __init__(self, Candles candles not None):
        self.candles = candles
        self.reset()

    cdef void reset(self) noexcept nogil:
        cdef int i
        for i in range(5):
            qt_window_reset(&self.returns[i])
        qt_window_reset(&self.closes)
        qt_lane_reset(&self.garman)
        self.doubled = 0

    cdef void on_close(self, qt_board_t* board) noexcept nogil:
        """After Returns: r_0 is read from its column."""
        cdef int64_t count = self.candles.count
        cdef const qt_candle_t* c = self.candles.last(0)
        if count > 1:
            self._slide(board.value[RETURNS_1], count - 1)
            self._deviations(board, count - 1)
        qt_lane_push(&self.garman, garman_klass(c))
        qt_window_slide(&self.closes, c.close, self.candles.last(20).close if count > 20 else 0)
        if count >= 20:
            board.value[VOLATILITY + 8] = sqrt(qt_sum(qt_lane_last(&self.garman, 20), 20) / 20.0)
            board.value[VOLATILITY + 9] = self._band(board)

    cdef void _slide(self, double r, int64_t known) noexcept nogil:
        """Takes the known-th return into the windows."""
        cdef int64_t units = 0
        cdef int i
        if r < 1.0:
            units = <int64_t>(r * UNITS)
        else:
            self.doubled = known
        for i in range(5):
            qt_window_slide(&self.returns[i], units,
                            self.recent[(known - SPANS[i]) & 255] if known > SPANS[i] else 0)
        self.recent[known & 255] = units

    cdef double _deviation(self, int i, int64_t known) noexcept nogil:
        """Standard deviation of the last SPANS[i] returns; directly from the closes when one of them is too big."""
        cdef int64_t n = SPANS[i], k
        cdef double mean = 0.0, square = 0.0, d
        if self.doubled <= known - n:
            return qt_window_std(&self.returns[i], n) / UNITS
        for k in range(n):
            mean += (<double>self.candles.last(k).close / <double>self.candles.last(k + 1).close - 1.0) / <double>n
        for k in range(n):
            d = <double>self.candles.last(k).close / <double>self.candles.last(k + 1).close - 1.0 - mean
            square += d * d
        return sqrt(square / <double>(n - 1))

    cdef void _deviations(self, qt_board_t* board, int64_t known) noexcept nogil:
        cdef double shorter = NAN, found
        cdef int i
        for i in range(5):
            if known < SPANS[i]:
                return
            found = self._deviation(i, known)
            if i < 4:
                board.value[VOLATILITY + i] = found
            if i > 0:
                board.value[VOLATILITY + 3 + i] = divided(board, VOLATILITY + 3 + i, shorter, found, 1.0)
            shorter = found

    cdef double _band(self, qt_board_t* board) noexcept nogil:
        cdef int64_t above = 20 * <int64_t>self.candles.last(0).close - self.closes.sum
        return divided(board, VOLATILITY + 9, <double>above / 20.0, 2.0 * qt_window_std(&self.closes, 20), 0.0)
