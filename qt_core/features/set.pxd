# cython: language_level=3
"""The 65 features of one symbol, updated by prints and closed candles, sampled into one row."""
from libc.stdint cimport int64_t

from qt_core._types cimport qt_event_t
from qt_core.candles cimport Candles, qt_candle_t
from qt_core.tape cimport Tape

cdef class FeatureSet:
    # Fields are the implementation's; these five are the contract with the engine.
    cdef void open_session(self, int64_t open_ns, int64_t close_ns) noexcept nogil   # close_ns = 0: unbounded session
    cdef void on_trade(self, const qt_event_t* ev) noexcept nogil                    # after tape.add and candles.add
    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil               # after candles.close_one
    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil                 # writes 65 float64, NaN where invalid
