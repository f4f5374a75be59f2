"""Volume of closed candles and the intensity of trading (features 29-36)."""
cimport cython
from libc.math cimport NAN
from libc.stdint cimport int64_t

from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.windows cimport (
    VOLUME, divided, qt_board_t, qt_window_reset, qt_window_slide, qt_window_std,
)
from qt_core.tape cimport Tape

cdef int64_t[3] SPANS = [20, 50, 100]
cdef int64_t MINUTE = 60_000_000_000
cdef int64_t UNKNOWN = -1


@cython.final
cdef class Volume:
    """Volume against its own past, and prints per second.

    Warm-up: n closed candles for ratios and z-scores; trade_intensity one minute after the first print; its ratio
    100 closes at which the intensity was known. More prints in a minute than the tape holds make it unknown (NaN,
    counted in `overflows`). From recorded candles the intensity is the candle's trades per second.
    Sums are integers of lots, so they do not drift and equal volumes deviate by exactly 0.
    """

    def __init__(self, Candles candles not None, Tape tape not None):
        self.candles = candles
        self.tape = tape
        self.reset()

    cdef void reset(self) noexcept nogil:
        cdef int i
        for i in range(3):
            qt_window_reset(&self.lots[i])
        self.oldest = 0
        self.samples = 0
        self.sampled_sum = 0

    cdef void on_close(self, qt_board_t* board, bint from_candles) noexcept nogil:
        cdef int64_t count = self.candles.count, n
        cdef const qt_candle_t* c = self.candles.last(0)
        cdef double* out = &board.value[VOLUME]
        cdef int i
        for i in range(3):
            n = SPANS[i]
            qt_window_slide(&self.lots[i], c.volume, self.candles.last(n).volume if count > n else 0)
            if count < n:
                continue
            out[i] = divided(board, VOLUME + i, <double>(c.volume * n), <double>self.lots[i].sum, 1.0)
            out[3 + i] = divided(board, VOLUME + 3 + i, <double>(c.volume * n - self.lots[i].sum) / <double>n,
                                 qt_window_std(&self.lots[i], n), 0.0)
        self._remember(c.trades if from_candles else self._minute(c.start_ns + self.candles.period_ns))

    cdef int64_t _minute(self, int64_t t_ns) noexcept nogil:
        """Prints with time > t - 60 s, UNKNOWN in the first minute. Instants never go back within a session."""
        cdef int64_t since = t_ns - MINUTE, kept = self.tape.count - self.tape.capacity
        cdef int64_t oldest = max(self.oldest, kept)
        cdef bint lost = self.oldest < kept     # prints were overwritten before they were seen to be old
        if self.tape.count == 0 or self.tape.first_ns > since:
            return UNKNOWN
        while oldest < self.tape.count and self.tape.ring[oldest & self.tape.mask].ts_ns <= since:
            oldest += 1
            lost = False        # a newer print is old, too, so the overwritten ones were
        if lost:
            self.overflows += 1
            return UNKNOWN
        self.oldest = oldest
        return self.tape.count - oldest

    cdef void _remember(self, int64_t found) noexcept nogil:
        if found == UNKNOWN:
            self.samples = 0
            self.sampled_sum = 0
            return
        self.sampled_sum += found
        if self.samples >= 100:
            self.sampled_sum -= self.sampled[(self.samples - 100) & 127]
        self.sampled[self.samples & 127] = found
        self.samples += 1

    cdef void sample(self, qt_board_t* board, int64_t t_ns, double* row, bint from_candles) noexcept nogil:
        if from_candles:
            self._intensity(board, row, self.candles.last(0).trades, <double>self.candles.period_ns * 1e-9)
        else:
            self._intensity(board, row, self._minute(t_ns), 60.0)

    cdef void _intensity(self, qt_board_t* board, double* row, int64_t found, double seconds) noexcept nogil:
        row[VOLUME + 6] = NAN
        row[VOLUME + 7] = NAN
        if found == UNKNOWN:
            return
        row[VOLUME + 6] = <double>found / seconds
        if self.samples >= 100:
            row[VOLUME + 7] = divided(board, VOLUME + 7, <double>(found * 100), <double>self.sampled_sum, 1.0)
