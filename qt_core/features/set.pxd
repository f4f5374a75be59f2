# cython: language_level=3
"""The 65 features of one symbol, updated by prints and closed candles, sampled into one row."""
cimport cython
from libc.stdint cimport int64_t, uint8_t

from qt_core._types cimport qt_event_t, qt_scale_t
from qt_core.candles cimport Candles, qt_candle_t
from qt_core.features.calendar cimport Calendar
from qt_core.features.flow cimport Flow
from qt_core.features.microstructure cimport Microstructure
from qt_core.features.returns cimport Returns
from qt_core.features.technical cimport Technical
from qt_core.features.volatility cimport Volatility
from qt_core.features.volume cimport Volume
from qt_core.features.windows cimport COLUMNS, qt_board_t
from qt_core.tape cimport Tape


@cython.final
cdef class FeatureSet:
    # Fields are the implementation's; these five are the contract with the engine.
    cdef readonly Tape tape
    cdef readonly Candles candles
    cdef Returns returns
    cdef Volatility volatility
    cdef Flow flow
    cdef Volume volume
    cdef Technical technical
    cdef Microstructure microstructure
    cdef Calendar calendar
    cdef qt_board_t board
    cdef qt_scale_t tick            # points per tick
    cdef qt_scale_t step            # contracts per lot
    cdef bint from_candles          # candles come from a file: no tape
    cdef double seen[COLUMNS]       # the row at the last sample
    cdef int64_t changed_ns[COLUMNS]    # instant at which a sample last differed from the one before
    cdef int64_t close_moved_ns     # end of the last candle whose close differed from the one before
    cdef int64_t sampled_ns         # instant of the last sample
    cdef uint8_t moves_with[COLUMNS]    # the watchdog's rule
    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil   # close_ns = 0: unbounded session
    cdef void on_trade(self, const qt_event_t* ev) noexcept nogil                    # after tape.add and candles.add
    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil               # after candles.close_one
    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil                 # 65 float64, NaN where invalid
    cdef void _watch(self, int64_t t_ns, const double* row) noexcept nogil
    cdef int _candle(self, int64_t start_ns, const double* ohlc, const double* flow, int64_t trades,
                     qt_candle_t* out) noexcept nogil
    cdef int64_t _lots(self, double qty) noexcept nogil
    cdef bint _stuck(self, int column, int64_t t_ns) noexcept nogil
