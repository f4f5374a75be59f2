# cython: language_level=3
"""Calls about market data."""
from qt_core cimport profit as p
from qt_core.library cimport Library


cdef class MarketCalls(Library):
    cdef int ticker_call(self, str name, p.TickerFn function, str ticker, str exchange) except -1
    cdef int depth_call(self, str name, p.SubscribePriceDepthFn function, str ticker, str exchange) except -1
