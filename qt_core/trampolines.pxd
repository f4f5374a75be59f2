# cython: language_level=3
"""One function per vendor callback, and the door they share (one library per process)."""
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t, uint32_t

from qt_core._types cimport qt_scale_t
from qt_core.profit cimport (
    TAssetIDRec, TConnectorAccountIdentifier, TConnectorAssetIdentifier, TConnectorOrderIdentifier,
    TConnectorOrder, TConnectorOrderOut, TConnectorTradingMessageResult, qt_clock_fn, qt_text_t,
)
from qt_core.order_updates cimport qt_accounts_t, qt_update_ring_t
from qt_core.ring cimport qt_ring_t

cdef extern from "qt_door_book.h" nogil:
    const int QT_MAX_SYMBOLS, QT_TICKER_UNITS, QT_DEPTH_MAX, QT_BRASILIA_S, QT_UNKNOWN_SYMBOL
    const int64_t QT_NO_CHANNEL

    ctypedef struct qt_symbol_t:
        uint16_t text[24]
        uint16_t exchange[4]
        qt_scale_t tick
        qt_scale_t step
        double multiplier
        int64_t history_count
        int64_t history_first_ns
        int64_t history_done

    ctypedef struct qt_door_t:
        qt_ring_t* ring
        qt_clock_fn clock
        int64_t wall_shift_ns
        void* translate
        void* price_group
        void* side_count
        void* theoretical
        void* free_pointer
        int64_t now_ns
        int32_t offset_s
        int32_t depth
        int32_t timing
        int32_t one_sided
        int32_t symbols
        qt_symbol_t symbol[16]
        int64_t channel[4]
        int64_t health
        int64_t pushed[18]
        int64_t refused[12]
        int64_t images_dropped
        int64_t closed
        int64_t took[64]

    ctypedef struct qt_offer_t:
        int32_t action
        int32_t position
        int32_t side
        int32_t agent
        int64_t qty
        int64_t id
        double price
        uint8_t flags
        qt_text_t date

    int qt_door_open(qt_door_t* d)
    void qt_door_timed(qt_door_t* d, int64_t entered)
    int qt_refuse(qt_door_t* d, int why)
    int qt_find_symbol(const qt_door_t* d, const uint16_t* text)
    void qt_on_trade(
        qt_door_t* d, const TConnectorAssetIdentifier* asset, void* handle, uint32_t flags, int64_t entered)
    void qt_on_history(
        qt_door_t* d, const TConnectorAssetIdentifier* asset, void* handle, uint32_t flags, int64_t entered)
    void qt_on_tiny(qt_door_t* d, int symbol, double price, int32_t qty, int32_t side, int64_t entered)
    void qt_on_theoretical(qt_door_t* d, int symbol, double price, int64_t qty, int64_t entered)
    void qt_on_daily(
        qt_door_t* d, int symbol, qt_text_t date, double close, int32_t qty, int32_t trades, int64_t entered)
    void qt_on_phase(qt_door_t* d, int symbol, qt_text_t date, int32_t state, int64_t entered)
    void qt_on_notice(qt_door_t* d, int kind, int symbol, int32_t a, int32_t b, int64_t id, int64_t entered)
    void qt_on_progress(qt_door_t* d, int symbol, int32_t percent, int64_t entered)
    void qt_history_begin(qt_symbol_t* s, int mode)
    const int QT_HISTORY_MUTED, QT_HISTORY_WANTED
    void qt_on_state(qt_door_t* d, int32_t type, int32_t result, int64_t entered)
    void qt_on_offer(qt_door_t* d, int symbol, const qt_offer_t* o, int64_t entered)
    void qt_on_offer_array(qt_door_t* d, int symbol, int side, void* array, int64_t entered)
    void qt_on_depth(
        qt_door_t* d, int symbol, const TConnectorAssetIdentifier* asset, int side, int32_t position, int update,
        int64_t entered)

cdef extern from "qt_door_orders.h" nogil:
    ctypedef struct qt_order_room_t:
        TConnectorOrderOut record
        unsigned char guard[64]

    ctypedef struct qt_order_desk_t:
        qt_update_ring_t* ring
        qt_accounts_t* accounts
        void* details
        int64_t version
        int64_t unread
        int64_t nonsense
        int64_t overrun
        qt_order_room_t room
        uint16_t* text
        uint16_t* ticker
        uint16_t* exchange

    int32_t qt_read_details(qt_order_desk_t* k, const TConnectorOrderIdentifier* id)
    int qt_details_possible(const TConnectorOrderOut* o)
    int qt_listed_possible(const TConnectorOrder* o)
    void qt_on_order(qt_door_t* d, qt_order_desk_t* k, const TConnectorOrderIdentifier* id, int64_t entered)
    void qt_on_message(qt_door_t* d, qt_order_desk_t* k, const TConnectorTradingMessageResult* m, int64_t entered)
    void qt_on_account(
        qt_door_t* d, qt_order_desk_t* k, int32_t broker, qt_text_t name, qt_text_t account, qt_text_t holder,
        int64_t entered)

    int64_t qt_clock_now(qt_door_t* d)
    int64_t qt_clock_skew(const qt_door_t* d)

cdef extern from "qt_atomics.h" nogil:
    int64_t qt_load_relaxed(const int64_t* p)
    int64_t qt_load_acquire(const int64_t* p)
    void qt_store_relaxed(int64_t* p, int64_t v)


cdef extern from "pythread.h" nogil:
    unsigned long PyThread_get_thread_ident()     # needs no GIL


cdef qt_door_t* the_door() noexcept nogil
cdef bint may_call() noexcept nogil         # not on the callback thread; this one is noted as the caller
cdef int64_t ring_fill() noexcept nogil     # events waiting in the attached ring, 0 when none is attached

# Given to the library by dll.pyx; the table in trampolines.pyx says what each is.
cdef void __stdcall on_trade(TConnectorAssetIdentifier asset, void* trade, uint32_t flags) noexcept nogil
cdef void __stdcall on_history(TConnectorAssetIdentifier asset, void* trade, uint32_t flags) noexcept nogil
cdef void __stdcall on_offer_book(
    TAssetIDRec asset, int32_t action, int32_t position, int32_t side, int64_t qty, int32_t agent, int64_t offer_id,
    double price, uint16_t has_price, uint16_t has_qty, uint16_t has_date, uint16_t has_id, uint16_t has_agent,
    qt_text_t date, void* sells, void* buys) noexcept nogil
cdef void __stdcall on_price_depth(
    TConnectorAssetIdentifier asset, uint8_t side, int32_t position, uint8_t update) noexcept nogil
cdef void __stdcall on_daily(
    TAssetIDRec asset, qt_text_t date, double open_, double high, double low, double close, double volume,
    double settlement, double max_limit, double min_limit, double buyer_volume, double seller_volume, int32_t qty,
    int32_t trades, int32_t open_contracts, int32_t buyer_qty, int32_t seller_qty, int32_t buyer_trades,
    int32_t seller_trades) noexcept nogil
cdef void __stdcall on_tiny_book(TAssetIDRec asset, double price, int32_t qty, int32_t side) noexcept nogil
cdef void __stdcall on_theoretical(TAssetIDRec asset, double price, int64_t qty) noexcept nogil
cdef void __stdcall on_ticker_state(TAssetIDRec asset, qt_text_t date, int32_t state) noexcept nogil
cdef void __stdcall on_state(int32_t type, int32_t result) noexcept nogil
cdef void __stdcall on_progress(TAssetIDRec asset, int32_t percent) noexcept nogil
cdef void __stdcall on_invalid_ticker(TConnectorAssetIdentifier asset) noexcept nogil
cdef void __stdcall on_account(int32_t broker, qt_text_t name, qt_text_t account, qt_text_t holder) noexcept nogil
cdef void __stdcall on_order(TConnectorOrderIdentifier order) noexcept nogil
cdef void __stdcall on_message_result(const TConnectorTradingMessageResult* result) noexcept nogil
cdef void __stdcall on_order_history(TConnectorAccountIdentifier account) noexcept nogil
cdef void __stdcall on_health(int32_t state) noexcept nogil
