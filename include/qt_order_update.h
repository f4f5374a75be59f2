/* What became of an order, texts included: one record of fixed size for each Order and TradingMessageResult callback,
 * in a ring of its own beside the events. And the accounts that were announced, once each.
 * Texts are UTF-16 units with a length and no terminator; what did not fit is cut and marked. */
#ifndef QT_ORDER_UPDATE_H
#define QT_ORDER_UPDATE_H

#include "qt_profit.h"
#include "qt_spsc.h"

#define QT_CL_ORD_UNITS 64
#define QT_ACCOUNT_UNITS 32
#define QT_SYMBOL_UNITS 24
#define QT_MESSAGE_UNITS 256
#define QT_NAME_UNITS 64
#define QT_MAX_ACCOUNTS 256

enum qt_update_source { QT_UPDATE_ORDER = 1, QT_UPDATE_MESSAGE = 2 };

#define QT_UPDATE_NONSENSE (-1) /* in `error`: the record held what no order can hold; nothing of it is passed on */

/* `cut`: which texts were longer than their room */
#define QT_CUT_CL_ORD 0x01u
#define QT_CUT_ACCOUNT 0x02u
#define QT_CUT_TICKER 0x04u
#define QT_CUT_TEXT 0x08u

typedef struct qt_order_update {
    int64_t ts_ns;      /* event time, UTC ns, as in qt_event_t                                  */
    int64_t recv_ns;    /* monotonic ns at callback entry                                        */
    int64_t local_id;   /* this session's; <= 0 unknown                                          */
    int64_t message_id; /* MESSAGE: what the send call wrote; else -1                            */
    int64_t event_id;   /* ORDER: the vendor's counter, 0 when its records lack it               */
    int64_t qty;        /* contracts                                                             */
    int64_t traded;     /* contracts executed so far: only its change is a fill                  */
    int64_t leaves;     /* contracts still working                                               */
    double price;       /* points, as sent; -1 at market                                         */
    double stop_price;  /* points; -1 when no stop                                               */
    double avg_price;   /* points over `traded`; 0 before the first fill                         */
    int32_t broker;     /* broker number                                                         */
    int32_t error;      /* NL_ code or QT_UPDATE_NONSENSE: only the ids are known; 0 all is read */
    uint8_t source;     /* qt_update_source                                                      */
    uint8_t side;       /* vendor's V1 number: 1 buy, 2 sell                                     */
    uint8_t type;       /* vendor's V1 number: 1 market, 2 limit, 4 stop-limit                   */
    uint8_t status;     /* vendor's order status                                                 */
    uint8_t validity;   /* vendor's validity                                                     */
    uint8_t result;     /* MESSAGE: stage of the routing message                                 */
    uint8_t cut;        /* QT_CUT_*                                                              */
    uint8_t exchange;   /* one letter, 0 unknown                                                 */
    uint16_t cl_ord_n, account_n, sub_account_n, ticker_n, text_n; /* units                      */
    uint16_t cl_ord_id[QT_CL_ORD_UNITS]; /* permanent id; empty early in an order's life         */
    uint16_t account[QT_ACCOUNT_UNITS];
    uint16_t sub_account[QT_ACCOUNT_UNITS];
    uint16_t ticker[QT_SYMBOL_UNITS];
    uint16_t text[QT_MESSAGE_UNITS]; /* why, in the broker's words                               */
    uint16_t spare[15];              /* 0                                                        */
} qt_order_update_t;

QT_STATIC_ASSERT(sizeof(qt_order_update_t) == 15 * QT_CACHE_LINE, "qt_order_update_t is fifteen cache lines");
QT_STATIC_ASSERT(offsetof(qt_order_update_t, price) == 64, "qt_order_update_t: eight words, then prices");
QT_STATIC_ASSERT(offsetof(qt_order_update_t, source) == 96, "qt_order_update_t: bytes after numbers");
QT_STATIC_ASSERT(offsetof(qt_order_update_t, cl_ord_id) == 114, "qt_order_update_t: texts come last");

typedef struct qt_account {
    int32_t broker;
    uint16_t account_n, name_n, holder_n; /* units */
    uint16_t account[QT_ACCOUNT_UNITS];
    uint16_t name[QT_NAME_UNITS]; /* the broker's */
    uint16_t holder[QT_NAME_UNITS];
} qt_account_t;

typedef struct qt_accounts { /* rows are written once, then counted, then never changed */
    qt_atomic64_t count;
    qt_atomic64_t lost; /* announced when the table was full */
    qt_account_t row[QT_MAX_ACCOUNTS];
} qt_accounts_t;

/* ---- the ring ---- */

typedef qt_spsc_t qt_update_ring_t;

static inline int qt_updates_init(qt_update_ring_t *r, qt_order_update_t *slots, int64_t capacity)
{
    return qt_spsc_init(r, slots, capacity);
}

/* producer: the slot for the next record, zeroed, or NULL when full (then counted as dropped) */
static inline qt_order_update_t *qt_updates_try_claim(qt_update_ring_t *r)
{
    int64_t slot = qt_spsc_try_claim(r);
    qt_order_update_t *u = (qt_order_update_t *)r->slots + (slot < 0 ? 0 : slot);
    if (slot < 0)
        return NULL;
    memset(u, 0, sizeof *u);
    return u;
}

/* consumer: the i-th ready record; valid until popped */
static inline const qt_order_update_t *qt_updates_at(const qt_update_ring_t *r, int64_t i)
{
    return (const qt_order_update_t *)r->slots + qt_spsc_at(r, i);
}

/* ---- texts: the only reading of the vendor's pointers ---- */

/* Copies at most `room` of `units` units, up to a terminator; *cut gets `mark` when there was more. Units stored. */
static inline uint16_t qt_copy_units(uint16_t *to, int32_t room, const uint16_t *from, int64_t units, uint8_t mark, uint8_t *cut)
{
    int32_t i;
    if (!from)
        return 0;
    for (i = 0; i < room && i < units && from[i]; i++)
        to[i] = from[i];
    if (i == room && i < units && from[i])
        *cut |= mark;
    return (uint16_t)i;
}

/* the same for a text that ends where its terminator stands */
static inline uint16_t qt_copy_text(uint16_t *to, int32_t room, const uint16_t *from, uint8_t mark, uint8_t *cut)
{
    return qt_copy_units(to, room, from, INT64_MAX, mark, cut);
}

/* ---- accounts ---- */

static inline int qt_units_equal(const uint16_t *a, int a_n, const uint16_t *b, int b_n)
{
    return a_n == b_n && memcmp(a, b, (size_t)a_n * sizeof *a) == 0;
}

static inline const qt_account_t *qt_account_find(const qt_accounts_t *t, int32_t broker, const uint16_t *account, int units)
{
    int64_t i, n = qt_load_acquire(&t->count); /* pairs with the release in qt_account_note */
    for (i = 0; i < n; i++)
        if (t->row[i].broker == broker && qt_units_equal(t->row[i].account, t->row[i].account_n, account, units))
            return &t->row[i];
    return NULL;
}

/* Every reconnection announces them all again: each (broker, account) is kept once, as first told. */
static inline void qt_account_note(qt_accounts_t *t, int32_t broker, qt_text_t name, qt_text_t account, qt_text_t holder)
{
    int64_t n = qt_load_relaxed(&t->count);
    qt_account_t *row = &t->row[n < QT_MAX_ACCOUNTS ? n : 0];
    qt_account_t fresh;
    uint8_t cut = 0;
    memset(&fresh, 0, sizeof fresh);
    fresh.broker = broker;
    fresh.account_n = qt_copy_text(fresh.account, QT_ACCOUNT_UNITS, account, 1, &cut);
    fresh.name_n = qt_copy_text(fresh.name, QT_NAME_UNITS, name, 0, &cut);
    fresh.holder_n = qt_copy_text(fresh.holder, QT_NAME_UNITS, holder, 0, &cut);
    if (qt_account_find(t, broker, fresh.account, fresh.account_n))
        return;
    if (n >= QT_MAX_ACCOUNTS || cut || !fresh.account_n) { /* half a number names another account */
        qt_count(&t->lost);
        return;
    }
    *row = fresh;
    qt_store_release(&t->count, n + 1); /* pairs with the acquire in qt_account_find */
}

#endif
