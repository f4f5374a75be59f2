"""The agents' own inputs: book, tape and footprint readings, computed beside the 65 from the same events."""
from libc.stdint cimport int64_t

from qt_core._types cimport QT_EV_LEVEL, QT_EV_ORDER, QT_EV_QUOTE, QT_EV_TRADE, qt_event_t
from qt_core.candles cimport qt_candle_t
from qt_core.market cimport Market
from qt_core.readings.book_readings cimport BookReadings
from qt_core.readings.footprint_readings cimport FootprintReadings
from qt_core.readings.tape_readings cimport TapeReadings

from qt_core.readings import registry

cdef enum:
    BOOK_COLUMNS = 19
    TAPE_COLUMNS = 17
    FOOTPRINT_COLUMNS = 8


cdef class ReadingSet:
    """Joins the three families into one row in the order of registry.READINGS.

    The engine calls it after the market applied an event, at each candle close and at each sample. Only prints that
    the market's tape accepted count (auction and out-of-session prints are filtered there). No allocation after
    __init__. Raises TypeError when ``market`` is None.
    """

    def __init__(self, Market market not None):
        counts = len(registry.BOOK), len(registry.TAPE), len(registry.FOOTPRINT)
        assert counts == (BOOK_COLUMNS, TAPE_COLUMNS, FOOTPRINT_COLUMNS), counts
        self.market = market
        self.book = BookReadings(market)
        self.tape = TapeReadings(market)
        self.footprint = FootprintReadings()
        self.prints = 0

    cdef void open_session(self) noexcept nogil:
        self.book.open_session()
        self.tape.open_session()
        self.footprint.open_session()
        self.prints = 0

    cdef void on_event(self, const qt_event_t* ev) noexcept nogil:
        if ev.kind == QT_EV_TRADE:
            if self.market.tape.count != self.prints:
                self.prints = self.market.tape.count
                self.tape.on_print(self.market.tape.last(0))
                self.footprint.on_print(self.market.tape.last(0))
        elif ev.kind == QT_EV_LEVEL or ev.kind == QT_EV_ORDER or ev.kind == QT_EV_QUOTE:
            self.book.on_event(ev)

    cdef void on_close(self, const qt_candle_t* candle) noexcept nogil:
        self.footprint.on_close(candle)

    cdef void sample(self, int64_t t_ns, double* row) noexcept nogil:
        self.book.sample(t_ns, row)
        self.tape.sample(t_ns, row + BOOK_COLUMNS)
        self.footprint.sample(row + BOOK_COLUMNS + TAPE_COLUMNS)
