"""Order flow of closed candles and of the tape (features 21-28)."""
cimport cython
from libc.math cimport NAN
from libc.stdint cimport int64_t

from qt_core._types cimport qt_to_points
from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.windows cimport (
    FLOW, RETURNS_1, divided, qt_board_t, qt_lane_last, qt_lane_push, qt_lane_reset, qt_sum,
)
from qt_core.tape cimport Tape

cdef int64_t[4] SPANS = [10, 20, 50, 100]


@cython.final
cdef class Flow:
    """Aggressor imbalances, signed volume, volume-weighted return and the turnover of brokers.

    The split of a candle is unknown (-1) only when the candle comes from a file without it; then every window that
    contains the candle is NaN. Prints without an aggressor (cross, RLP, unknown type) are in neither buy nor sell, and
    a window without any aggressor is degenerate, not unknown. Sums are integers of lots, so they do not drift.
    Warm-up: n closed candles, 21 for volume_weighted_return, 101 prints for agent_turnover; NaN before.
    """

    def __init__(self, Candles candles not None, Tape tape not None, tuple step):
        self.candles = candles
        self.tape = tape
        self.step.num, self.step.den = step
        self.reset()

    cdef void reset(self) noexcept nogil:
        cdef int i
        for i in range(5):
            self.net[i] = 0
            self.gross[i] = 0
        self.unknown = 0
        self.volume = 0
        qt_lane_reset(&self.weighted)

    cdef void on_close(self, qt_board_t* board) noexcept nogil:
        """After Returns: r_0 is read from its column."""
        cdef int64_t count = self.candles.count
        cdef const qt_candle_t* c = self.candles.last(0)
        cdef int i
        self._slide(c, count)
        for i in range(4):
            if count >= SPANS[i]:
                board.value[FLOW + i] = self._imbalance(board, i) if self.unknown <= count - SPANS[i] else NAN
        board.value[FLOW + 4] = self._imbalance(board, 4) if self.unknown == 0 else NAN
        board.value[FLOW + 5] = qt_to_points(self.step, c.buy - c.sell) if self.unknown < count else NAN
        if count > 1:
            qt_lane_push(&self.weighted, board.value[RETURNS_1] * <double>c.volume)
        if count > 20:
            board.value[FLOW + 6] = divided(
                board, FLOW + 6, qt_sum(qt_lane_last(&self.weighted, 20), 20), <double>self.volume, 0.0)

    cdef void _slide(self, const qt_candle_t* c, int64_t count) noexcept nogil:
        cdef const qt_candle_t* gone
        cdef int64_t buy = c.buy, sell = c.sell
        cdef int i
        if buy < 0 or sell < 0:
            self.unknown = count
            buy = 0
            sell = 0
        for i in range(5):
            self.net[i] += buy - sell
            self.gross[i] += buy + sell
        for i in range(4):
            if count <= SPANS[i]:
                break
            gone = self.candles.last(SPANS[i])
            if gone.buy >= 0 and gone.sell >= 0:
                self.net[i] -= gone.buy - gone.sell
                self.gross[i] -= gone.buy + gone.sell
        self.volume += c.volume
        if count > 20:
            self.volume -= self.candles.last(20).volume

    cdef double _imbalance(self, qt_board_t* board, int i) noexcept nogil:
        return divided(board, FLOW + i, <double>self.net[i], <double>self.gross[i], 0.0)

    cdef double turnover(self) noexcept nogil:
        """Share of the last 100 prints whose buyer changed, plus the same for the seller; NaN if a code is unknown."""
        if self.tape.count < 101 or not self.tape.knows_brokers(101):
            return NAN
        return <double>self.tape.buyer_changes / 100.0 + <double>self.tape.seller_changes / 100.0
