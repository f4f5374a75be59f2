# cython: language_level=3
"""Mirror of include/qt_order_update.h: order updates and announced accounts, opaque to all but their reader."""
from libc.stdint cimport int32_t, int64_t, uint8_t, uint16_t

cdef extern from "qt_order_update.h" nogil:
    const int QT_UPDATE_ORDER, QT_UPDATE_MESSAGE, QT_CUT_TEXT, QT_CUT_CL_ORD, QT_CUT_ACCOUNT, QT_CUT_TICKER
    const int QT_MAX_ACCOUNTS

    ctypedef struct qt_update_ring_t:
        pass

    ctypedef struct qt_order_update_t:
        int64_t ts_ns
        int64_t recv_ns
        int64_t local_id
        int64_t message_id
        int64_t event_id
        int64_t qty
        int64_t traded
        int64_t leaves
        double price
        double stop_price
        double avg_price
        int32_t broker
        int32_t error
        uint8_t source
        uint8_t side
        uint8_t type
        uint8_t status
        uint8_t validity
        uint8_t result
        uint8_t cut
        uint8_t exchange
        uint16_t cl_ord_n
        uint16_t account_n
        uint16_t sub_account_n
        uint16_t ticker_n
        uint16_t text_n
        uint16_t* cl_ord_id
        uint16_t* account
        uint16_t* sub_account
        uint16_t* ticker
        uint16_t* text

    ctypedef struct qt_account_t:
        int32_t broker
        uint16_t account_n
        uint16_t name_n
        uint16_t holder_n
        uint16_t* account
        uint16_t* name
        uint16_t* holder

    ctypedef struct qt_accounts_t:
        int64_t count
        int64_t lost
        qt_account_t* row

    int qt_updates_init(qt_update_ring_t* r, qt_order_update_t* slots, int64_t capacity)
    const qt_order_update_t* qt_updates_at(const qt_update_ring_t* r, int64_t i)
    int64_t qt_spsc_capacity(const qt_update_ring_t* r)
    int64_t qt_spsc_peek_all(qt_update_ring_t* r)
    void qt_spsc_pop(qt_update_ring_t* r, int64_t n)
    int64_t qt_spsc_fill(const qt_update_ring_t* r)
    int64_t qt_spsc_pushed(const qt_update_ring_t* r)
    int64_t qt_spsc_dropped(const qt_update_ring_t* r)

cdef extern from "qt_atomics.h" nogil:
    int64_t qt_load_relaxed(const int64_t* p)
    int64_t qt_load_acquire(const int64_t* p)


cdef class OrderUpdates:
    cdef qt_update_ring_t* ptr      # never null, never moves; valid while this object lives
    cdef qt_accounts_t* table       # the same
    cdef void* block                # the one allocation behind both
