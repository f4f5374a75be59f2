/* One market event: 64 bytes, one cache line. The same record travels from the
 * vendor's callback to the recorder; NumPy sees it as qt_core.EVENT_DTYPE. */
#ifndef QT_EVENT_H
#define QT_EVENT_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
#define QT_STATIC_ASSERT(cond, msg) static_assert(cond, msg)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define QT_STATIC_ASSERT(cond, msg) _Static_assert(cond, msg)
#else
#define QT_ASSERT_NAME(line) qt_assert_##line
#define QT_ASSERT_LINE(cond, line) extern char QT_ASSERT_NAME(line)[(cond) ? 1 : -1]
#define QT_STATIC_ASSERT(cond, msg) QT_ASSERT_LINE(cond, __LINE__)
#endif

#define QT_CACHE_LINE 64
#define QT_NO_PRICE INT32_MIN /* "no such price": empty side, market order, unknown */

enum qt_event_kind {
    QT_EV_NONE = 0,
    QT_EV_TRADE = 1,       /* a print on the tape                                        */
    QT_EV_LEVEL = 2,       /* L2 book row: price is a level, qty its new total           */
    QT_EV_ORDER = 3,       /* L3 book row: id is an order, qty its new remaining         */
    QT_EV_OFFER = 4,       /* vendor's positional offer-book change, before resolution   */
    QT_EV_QUOTE = 5,       /* L1: price/qty = bid, price2/qty2 = ask                     */
    QT_EV_TINY = 6,        /* vendor's one-sided best quote: side, price, qty            */
    QT_EV_CLOCK = 7,       /* time passes without market events                          */
    QT_EV_PHASE = 8,       /* trading phase of the symbol: code = qt_phase               */
    QT_EV_THEORETICAL = 9, /* auction: price, qty; information, not a price              */
    QT_EV_DAILY = 10,      /* daily summary: price = close, qty = contracts, id = trades */
    QT_EV_STATE = 11,      /* connection: a = channel, b = result                        */
    QT_EV_INVALID_TICKER = 12,
    QT_EV_PROGRESS = 13,   /* history download: a = percent                              */
    QT_EV_HISTORY = 14,    /* a trade answered to a history request, before the gate     */
    QT_EV_ACCOUNT = 15,    /* accounts were announced: a = broker                        */
    QT_EV_ORDER_UPDATE = 16, /* something changed in our order: id = local id            */
    QT_EV_CONTROL = 17,    /* an operator's act that changes decisions: code = qt_control */
    QT_EV_KINDS = 18
};

/* QT_EV_TRADE and QT_EV_HISTORY: code = vendor trade type (ABI 5.3), side = aggressor */
enum qt_trade_type { QT_TRADE_CROSS = 1, QT_TRADE_BUY = 2, QT_TRADE_SELL = 3, QT_TRADE_AUCTION = 4,
                     QT_TRADE_RLP = 13, QT_TRADE_UNKNOWN = 32 };

/* LEVEL, ORDER and OFFER: code = vendor action number */
enum qt_book_action { QT_BOOK_ADD = 0, QT_BOOK_EDIT = 1, QT_BOOK_DELETE = 2,
                      QT_BOOK_DELETE_FROM = 3, QT_BOOK_IMAGE = 4 };

enum qt_phase { QT_PHASE_OPEN = 0, QT_PHASE_FROZEN = 2, QT_PHASE_INHIBITED = 3, QT_PHASE_AUCTION = 4,
                QT_PHASE_CLOSED = 6, QT_PHASE_PRE_CLOSING = 10, QT_PHASE_PRE_OPENING = 13 };

enum qt_control { QT_CONTROL_HALT = 1, QT_CONTROL_RESUME = 2, QT_CONTROL_REDUCE = 3, QT_CONTROL_STOP = 4,
                  QT_CONTROL_STALE = 5, QT_CONTROL_FRESH = 6,
                  QT_CONTROL_GAP = 7,      /* prints are missed from here: market events wait, time stands still */
                  QT_CONTROL_FILLED = 8,   /* history told them: they are applied, then what waited              */
                  QT_CONTROL_MODEL = 9 };  /* another model serves from here: a = its key                         */

enum qt_side { QT_ASK = -1, QT_NONE = 0, QT_BID = 1 };

/* flags */
#define QT_F_LAST 0x01u      /* ends an atomic group: the book is consistent after it    */
#define QT_F_FIRST 0x02u     /* first row of an image: clears both sides (LEVEL, ORDER),
                                or the named side (OFFER)                                */
#define QT_F_EDIT 0x04u      /* trade: the exchange corrected an earlier print           */
#define QT_F_HAS_PRICE 0x08u /* OFFER edits: which fields the vendor sent                */
#define QT_F_HAS_QTY 0x10u
#define QT_F_HAS_ID 0x20u
#define QT_F_HAS_AGENT 0x40u
#define QT_F_DONE 0x80u      /* HISTORY: last packet of the request                      */

typedef struct qt_event {
    int64_t ts_ns;   /* event time, UTC ns: what every decision is made from             */
    int64_t exch_ns; /* the exchange's own stamp, UTC ns, 0 unknown                      */
    int64_t recv_ns; /* monotonic ns at callback entry; measures, never decides; 0 replay */
    int64_t qty;     /* lots (instrument.qty_step); LEVEL/ORDER: new total; OFFER edit:
                        signed difference; 0 unknown in QUOTE                             */
    union {
        int64_t id;   /* trade number, order id                                          */
        int64_t qty2; /* QUOTE: ask lots                                                 */
    };
    int32_t price; /* ticks                                                              */
    union {
        int32_t a;        /* TRADE buyer, ORDER/OFFER agent, STATE channel               */
        int32_t price2;   /* QUOTE: ask ticks                                            */
    };
    int32_t b;       /* TRADE seller, LEVEL order count, STATE result                    */
    int32_t pos;     /* book rows: index from the best, 0 = best; -1 unknown             */
    uint8_t kind;    /* qt_event_kind                                                    */
    uint8_t code;    /* trade type, book action, phase, control                          */
    int8_t side;     /* qt_side; trades: aggressor                                       */
    uint8_t flags;   /* QT_F_*                                                           */
    uint16_t symbol; /* index into the subscribed symbols                                */
    uint16_t spare;  /* 0                                                                */
} qt_event_t;

QT_STATIC_ASSERT(sizeof(qt_event_t) == QT_CACHE_LINE, "qt_event_t is one cache line");
QT_STATIC_ASSERT(offsetof(qt_event_t, price) == 40, "qt_event_t: five words, then ticks");
QT_STATIC_ASSERT(offsetof(qt_event_t, kind) == 56, "qt_event_t: bytes come last");

#endif
