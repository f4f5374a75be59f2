# cython: language_level=3
"""Reading orders: one by its id, or all of an account."""
from qt_core.account_calls cimport AccountCalls
from qt_core.trampolines cimport qt_order_desk_t


cdef class OrderReading(AccountCalls):
    cdef qt_order_desk_t desk       # buffers of the command thread; the callback thread has its own
    cdef dict details_told(self, str cl_ord_id)
