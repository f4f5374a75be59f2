"""Volatility of closed candles (features 1-10)."""
from libc.math cimport M_LN2, NAN, sqrt
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.windows cimport (
    RETURNS_1, VOLATILITY, divided, qt_board_t, qt_lane_last, qt_lane_push, qt_lane_reset, qt_log_ratio, qt_moments_add,
    qt_moments_std, qt_moments_t, qt_sum, qt_window_slide, qt_window_std,
)

cdef int64_t[5] SPANS = [10, 20, 50, 100, 200]


cdef double garman_klass(const qt_candle_t* c) noexcept nogil:
    """1/2 ln(h/l)^2 - (2 ln 2 - 1) ln(c/o)^2; at least 0.11 ln(h/l)^2, since open and close lie within the range."""
    cdef double spread, body
    if c.high == c.low:
        return 0.0
    spread = qt_log_ratio(c.high, c.low)
    body = qt_log_ratio(c.close, c.open)
    return 0.5 * spread * spread - (2.0 * M_LN2 - 1.0) * body * body


cdef class Volatility:
    """Standard deviations of one-candle returns, their ratios, Garman-Klass, and the place within Bollinger bands.

    Warm-up: n + 1 closed candles for n returns, 20 for volatility_gk and bb_position; NaN before.
    The deviations are recomputed from the returns at each close, about the newest ten's mean: every longer window
    contains those ten, which bounds the cancellation. Memory: two lanes of 1,024 values. Cost: 200 returns per close.
    """

    def __init__(self, Candles candles not None):
        self.candles = candles
        self.reset()

    cdef void reset(self) noexcept nogil:
        qt_lane_reset(&self.returns)
        qt_lane_reset(&self.garman)
        self.closes.sum = 0
        self.closes.square = 0

    cdef void on_close(self, qt_board_t* board) noexcept nogil:
        """After Returns: r_0 is read from its column."""
        cdef int64_t count = self.candles.count
        cdef const qt_candle_t* c = self.candles.last(0)
        if count > 1:
            qt_lane_push(&self.returns, board.value[RETURNS_1])
        qt_lane_push(&self.garman, garman_klass(c))
        qt_window_slide(&self.closes, c.close, self.candles.last(20).close if count > 20 else 0)
        self._deviations(board, count - 1)
        if count >= 20:
            board.value[VOLATILITY + 8] = sqrt(qt_sum(qt_lane_last(&self.garman, 20), 20) / 20.0)
            board.value[VOLATILITY + 9] = self._band(board)

    cdef void _deviations(self, qt_board_t* board, int64_t known) noexcept nogil:
        cdef double[5] found
        cdef qt_moments_t m
        cdef double shift
        cdef int64_t done = 0
        cdef int i
        if known < 10:
            return
        shift = qt_sum(qt_lane_last(&self.returns, 10), 10) / 10.0
        m.sum = 0.0
        m.square = 0.0
        for i in range(5):
            if known < SPANS[i]:
                break
            qt_moments_add(&m, qt_lane_last(&self.returns, SPANS[i]), SPANS[i] - done, shift)
            done = SPANS[i]
            found[i] = qt_moments_std(m, done)
            if i < 4:
                board.value[VOLATILITY + i] = found[i]
            if i > 0:
                board.value[VOLATILITY + 3 + i] = divided(board, VOLATILITY + 3 + i, found[i - 1], found[i], 1.0)

    cdef double _band(self, qt_board_t* board) noexcept nogil:
        cdef int64_t above = 20 * <int64_t>self.candles.last(0).close - self.closes.sum
        return divided(board, VOLATILITY + 9, <double>above / 20.0, 2.0 * qt_window_std(self.closes, 20), 0.0)
