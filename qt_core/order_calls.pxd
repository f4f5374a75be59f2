# cython: language_level=3
"""Calls that send, change and cancel orders."""
from libc.stdint cimport int32_t

from qt_core.order_reading cimport OrderReading

ctypedef int32_t (__stdcall *FlagFn)(int32_t) noexcept nogil


cdef class OrderCalls(OrderReading):
    cdef int flag_call(self, str name, FlagFn function, bint on) except -1
