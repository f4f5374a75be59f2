# cython: language_level=3
"""Calls about accounts and positions."""
from libc.stdint cimport int32_t

from qt_core cimport profit as p
from qt_core.market_calls cimport MarketCalls

ctypedef p.TConnectorAccountIdentifierOut AccountOut


cdef class AccountCalls(MarketCalls):
    cdef int32_t holder_pass(self, p.qt_holder_room_t* room) except? -1
