# cython: language_level=3
"""The agents' own inputs: book, tape and footprint readings, computed beside the 65 from the same events."""
from libc.stdint cimport int64_t

from qt_core._types cimport qt_event_t
from qt_core.candles cimport qt_candle_t
from qt_core.market cimport Market
from qt_core.readings.book_readings cimport BookReadings
from qt_core.readings.footprint_readings cimport FootprintReadings
from qt_core.readings.tape_readings cimport TapeReadings

cdef class ReadingSet:
    cdef Market market
    cdef BookReadings book
    cdef TapeReadings tape
    cdef FootprintReadings footprint
    cdef int64_t prints     # of the session, as the tape counted them at the last event
    cdef void open_session(self) noexcept nogil
    cdef void on_event(self, const qt_event_t* ev) noexcept nogil       # after the market applied it
    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil
    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil    # writes len(READINGS) values, NaN where unknown
