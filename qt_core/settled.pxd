# cython: language_level=3
"""Orders that an enumeration leaves out."""
from libc.stdint cimport int64_t, uint64_t

from qt_core cimport profit as p

cdef extern from "qt_settled.h" nogil:
    ctypedef struct qt_settled_t:
        void* slots
        int64_t used
    uint64_t qt_order_mark(const p.TConnectorOrder* o)
    int64_t qt_order_signed(const p.TConnectorOrder* o)
    int qt_settled_put(qt_settled_t* t, int64_t local_id, uint64_t mark)
    int qt_settled_holds(const qt_settled_t* t, int64_t local_id, uint64_t mark)


cdef class SettledOrders:
    cdef qt_settled_t table
