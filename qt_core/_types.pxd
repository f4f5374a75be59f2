# cython: language_level=3
"""Mirror of include/qt_event.h and qt_price.h: the words every compiled module speaks."""
from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t, uint16_t

cdef extern from "qt_event.h" nogil:
    ctypedef struct qt_event_t:
        int64_t ts_ns      # event time, UTC ns
        int64_t exch_ns    # exchange stamp, UTC ns, 0 unknown
        int64_t recv_ns    # monotonic ns at callback entry, 0 in replay
        int64_t qty        # lots; book rows: new total; OFFER edit: difference
        int64_t id         # trade number, order id
        int64_t qty2       # QUOTE: ask lots (shares storage with id)
        int32_t price      # ticks
        int32_t a          # buyer, agent, channel
        int32_t price2     # QUOTE: ask ticks (shares storage with a)
        int32_t b          # seller, order count, result
        int32_t pos        # book rows: index from the best, -1 unknown
        uint8_t kind       # qt_event_kind
        uint8_t code       # trade type, book action, phase, control
        int8_t side        # +1 bid/buyer, -1 ask/seller, 0 none
        uint8_t flags      # QT_F_*
        uint16_t symbol
        uint16_t spare

    const int32_t QT_NO_PRICE

    # qt_event_kind
    const int QT_EV_NONE, QT_EV_TRADE, QT_EV_LEVEL, QT_EV_ORDER, QT_EV_OFFER, QT_EV_QUOTE, QT_EV_TINY
    const int QT_EV_CLOCK, QT_EV_PHASE, QT_EV_THEORETICAL, QT_EV_DAILY, QT_EV_STATE, QT_EV_INVALID_TICKER
    const int QT_EV_PROGRESS, QT_EV_HISTORY, QT_EV_ACCOUNT, QT_EV_ORDER_UPDATE, QT_EV_CONTROL, QT_EV_KINDS
    # qt_trade_type
    const int QT_TRADE_CROSS, QT_TRADE_BUY, QT_TRADE_SELL, QT_TRADE_AUCTION, QT_TRADE_RLP, QT_TRADE_UNKNOWN
    # qt_book_action
    const int QT_BOOK_ADD, QT_BOOK_EDIT, QT_BOOK_DELETE, QT_BOOK_DELETE_FROM, QT_BOOK_IMAGE
    # qt_phase
    const int QT_PHASE_OPEN, QT_PHASE_FROZEN, QT_PHASE_INHIBITED, QT_PHASE_AUCTION, QT_PHASE_CLOSED
    const int QT_PHASE_PRE_CLOSING, QT_PHASE_PRE_OPENING
    # qt_control
    const int QT_CONTROL_HALT, QT_CONTROL_RESUME, QT_CONTROL_REDUCE, QT_CONTROL_STOP
    const int QT_CONTROL_STALE, QT_CONTROL_FRESH, QT_CONTROL_GAP, QT_CONTROL_FILLED, QT_CONTROL_MODEL
    # qt_side
    const int QT_ASK, QT_NONE, QT_BID
    # flags
    const int QT_F_LAST, QT_F_FIRST, QT_F_EDIT, QT_F_HAS_PRICE, QT_F_HAS_QTY, QT_F_HAS_ID, QT_F_HAS_AGENT, QT_F_DONE

cdef extern from "qt_price.h" nogil:
    ctypedef struct qt_scale_t:
        int32_t num        # one step = num / den
        int32_t den

    const int QT_OK, QT_BAD_PRICE, QT_OFF_TICK, QT_BAD_QTY, QT_BAD_TICKER, QT_BAD_TYPE, QT_TIME_BACK, QT_BAD_TIME
    const int QT_NOT_TRANSLATED, QT_BAD_POSITION, QT_OUTSIDE_LADDER, QT_BAD_VOLUME, QT_REFUSALS
    const int64_t QT_MAX_LOTS
    int qt_to_ticks(qt_scale_t s, double points, int32_t *ticks)
    double qt_to_points(qt_scale_t s, int64_t ticks)
    int qt_to_lots(qt_scale_t s, double qty, int64_t *lots)

cdef extern from "qt_clock.h" nogil:
    int64_t qt_mono_ns()
    int64_t qt_wall_ns()
    void qt_sleep_ns(int64_t ns)
    void qt_yield()
