/* The door between the vendor's callbacks and the ring: everything a trampoline needs, in plain C.
 *
 * One thread (the vendor's ConnectorThread) runs all of it; figures may be read from any thread. What comes in
 * is not trusted: each record becomes one event, or a refusal counted by kind. A refused or dropped
 * row of the positional offer book would leave every later position wrong in silence, so that side is marked
 * out of step instead: an OFFER row with pos = -1, which no consumer can resolve, until the next image. */
#ifndef QT_DOOR_H
#define QT_DOOR_H

#include "qt_clock.h"
#include "qt_price.h"
#include "qt_profit.h"
#include "qt_ring.h"
#include "qt_time.h"

#define QT_MAX_SYMBOLS 16
#define QT_TICKER_UNITS 24
#define QT_UNKNOWN_SYMBOL 0xFFFFu /* in INVALID_TICKER events about a text nobody registered */
#define QT_DEPTH_MAX 64           /* levels a side in one price-depth image */
#define QT_SECOND_NS INT64_C(1000000000)
#define QT_FUTURE_NS (12 * 3600 * QT_SECOND_NS) /* no clock fault explains an exchange stamp this far ahead */
#define QT_WALL_KEPT_NS INT64_C(1000000)        /* how long the distance of the clocks is kept */
#define QT_CLOCK_JUMP_NS (2 * QT_SECOND_NS)     /* no steered clock moves so far between two readings */
#define QT_BACK_RUN 16                          /* so many stamps agree: the newer one was wrong */
#define QT_NO_CHANNEL INT64_C(-1)               /* this channel never reported */

enum qt_pages { QT_PAGES_CLOSED = 0, QT_PAGES_OPEN = 1, QT_PAGES_LOST = 2 }; /* an offer image in several pages */

/* The first history request of a session may return only the tail of the day, so it is made to be thrown away. */
enum qt_history { QT_HISTORY_NONE = 0, QT_HISTORY_MUTED = 1, QT_HISTORY_WANTED = 2 };

typedef struct qt_symbol {
    uint16_t text[QT_TICKER_UNITS]; /* NUL-terminated ticker, as subscribed            */
    uint16_t exchange[4];           /* one letter                                      */
    qt_scale_t tick;                /* points per tick                                 */
    qt_scale_t step;                /* contracts per lot                               */
    double multiplier;              /* money per point and contract; 0 unknown         */
    int64_t last_ns;                /* exchange stamp of the last live trade, 0 none   */
    int64_t back_ns;                /* last stamp refused for running back             */
    int32_t back_run;               /* such refusals in a row that agree with another  */
    int32_t burst;                  /* price depth: between prepare and flush          */
    int32_t relook;                 /* price depth: a level was lost, read all again   */
    int32_t paging[2];              /* offer book, buy and sell: qt_pages              */
    int32_t broken[2];              /* offer book, buy and sell: a row was lost        */
    qt_atomic64_t history_mode;     /* qt_history: of the request under way            */
    qt_atomic64_t history_count;    /* sound trades it delivered                       */
    qt_atomic64_t history_first_ns; /* earliest of them, 0 none                        */
    qt_atomic64_t history_done;     /* 1: its last packet came, or 100 % of nothing    */
} qt_symbol_t;

typedef int64_t (*qt_clock_fn)(void);

typedef struct qt_door {
    qt_ring_t *ring; /* null: closed, callbacks only count */
    qt_clock_fn clock;     /* UTC ns; null: the wall clock */
    qt_atomic64_t wall_ahead_ns; /* believed distance of the wall clock from the monotonic one, 0 none yet */
    qt_atomic64_t wall_shift_ns; /* added to the wall clock: for tests of one that jumps                   */
    int64_t wall_read_ns;        /* monotonic; 0 never */
    TranslateTradeFn translate;
    GetPriceGroupFn price_group;
    GetPriceDepthSideCountFn side_count;
    GetTheoreticalValuesFn theoretical;
    FreePointerFn free_pointer;
    int64_t now_ns;      /* last event stamp: stamps never decrease */
    int32_t offset_s;    /* the vendor's local time, seconds east of UTC */
    int32_t depth;       /* price-depth levels read a side */
    int32_t timing;      /* 1: fill the histogram */
    int32_t one_sided;   /* 1: price depth calls every side "buy" (before 4.0.0.34), so both are read again */
    int32_t symbols;
    qt_symbol_t symbol[QT_MAX_SYMBOLS];
    qt_atomic64_t channel[QT_CHANNELS]; /* last result of each connection channel, QT_NO_CHANNEL before */
    qt_atomic64_t health;               /* last health state: its own thread */
    qt_atomic64_t pushed[QT_EV_KINDS];
    qt_atomic64_t refused[QT_REFUSALS];
    qt_atomic64_t images_dropped;       /* offer images that did not fit the ring */
    qt_atomic64_t closed;               /* callbacks met with the door closed */
    qt_atomic64_t took[64];             /* callbacks by log2 of their ns */
} qt_door_t;

static inline int qt_refuse(qt_door_t *d, int why)
{
    qt_count(&d->refused[why]);
    return why;
}

/* ---- symbols ---- */

static inline int qt_text_equal(const uint16_t *a, const uint16_t *b, int units)
{
    int i = 0;
    while (i < units && a[i] == b[i] && a[i])
        i++;
    return i < units && a[i] == b[i];
}

/* index of a registered ticker, -1 unknown or empty */
static inline int qt_find_symbol(const qt_door_t *d, const uint16_t *text)
{
    int i;
    if (!text || !text[0])
        return -1;
    for (i = 0; i < d->symbols; i++)
        if (qt_text_equal(d->symbol[i].text, text, QT_TICKER_UNITS))
            return i;
    return -1;
}

/* ---- events ---- */

static inline int64_t qt_wall_distance(const qt_door_t *d)
{
    return qt_wall_ns() + qt_load_relaxed(&d->wall_shift_ns) - qt_mono_ns();
}

/* How far the wall clock has jumped away from the time that events go by; 0 when it is believed. */
static inline int64_t qt_clock_skew(const qt_door_t *d)
{
    int64_t kept = qt_load_relaxed(&d->wall_ahead_ns), jump = qt_wall_distance(d) - kept;
    return kept && (jump > QT_CLOCK_JUMP_NS || jump < -QT_CLOCK_JUMP_NS) ? jump : 0;
}

/* The distance of the two clocks, read anew. Small corrections are followed; a jump is not believed: time goes on by
 * the monotonic clock. Both the vendor's thread and the engine's keep it: either value is right. */
static inline int64_t qt_ahead(qt_door_t *d)
{
    if (!qt_clock_skew(d))
        qt_store_relaxed(&d->wall_ahead_ns, qt_wall_distance(d));
    return qt_load_relaxed(&d->wall_ahead_ns);
}

static inline int64_t qt_clock_now(qt_door_t *d) { return d->clock ? d->clock() : qt_ahead(d) + qt_mono_ns(); }

/* The wall clock at a monotonic instant: reading a clock is a third of a callback's cost, so in a burst the distance
 * between the two clocks is read once a millisecond, in which no steered clock drifts by a microsecond. */
static inline int64_t qt_wall_at(qt_door_t *d, int64_t mono_ns)
{
    if (!d->wall_read_ns || mono_ns - d->wall_read_ns >= QT_WALL_KEPT_NS) {
        (void)qt_ahead(d);
        d->wall_read_ns = mono_ns;
    }
    return mono_ns + qt_load_relaxed(&d->wall_ahead_ns);
}

static inline int64_t qt_stamp(qt_door_t *d, int64_t entered)
{
    int64_t t = d->clock ? d->clock() : qt_wall_at(d, entered);
    if (t > d->now_ns)
        d->now_ns = t;
    return d->now_ns;
}

static inline void qt_event_open(qt_door_t *d, qt_event_t *ev, int kind, int symbol, int64_t entered)
{
    memset(ev, 0, sizeof *ev);
    ev->recv_ns = entered;
    ev->ts_ns = qt_stamp(d, entered);
    ev->price = QT_NO_PRICE;
    ev->pos = -1;
    ev->kind = (uint8_t)kind;
    ev->symbol = (uint16_t)symbol;
}

static inline int qt_door_push(qt_door_t *d, const qt_event_t *ev)
{
    if (!qt_ring_try_push(d->ring, ev))
        return 0;
    qt_count(&d->pushed[ev->kind]);
    return 1;
}

/* the door is open; else the call is only counted */
static inline int qt_door_open(qt_door_t *d)
{
    if (d->ring)
        return 1;
    qt_count(&d->closed);
    return 0;
}

/* end of a callback that began at `entered` */
static inline void qt_door_timed(qt_door_t *d, int64_t entered)
{
    int bucket = 0;
    int64_t ns;
    if (!d->timing)
        return;
    for (ns = qt_mono_ns() - entered; ns > 1 && bucket < 63; ns >>= 1)
        bucket++;
    qt_count(&d->took[bucket]);
}

/* ---- quantities ---- */

static inline int qt_contracts(const qt_symbol_t *s, int64_t contracts, int64_t *lots)
{
    if (contracts < 0 || contracts > QT_MAX_LOTS)
        return QT_BAD_QTY;
    if (s->step.num != s->step.den)
        return qt_to_lots(s->step, (double)contracts, lots);
    *lots = contracts;
    return QT_OK;
}

static inline int qt_some_contracts(const qt_symbol_t *s, int64_t contracts, int64_t *lots)
{
    return contracts == 0 ? QT_BAD_QTY : qt_contracts(s, contracts, lots);
}

static inline int qt_signed_contracts(const qt_symbol_t *s, int64_t contracts, int64_t *lots)
{
    int why;
    if (contracts < -QT_MAX_LOTS)
        return QT_BAD_QTY;
    why = qt_contracts(s, contracts < 0 ? -contracts : contracts, lots);
    if (contracts < 0)
        *lots = -*lots;
    return why;
}

/* ---- trades ---- */

static inline int qt_trade_type_known(uint8_t type) { return type <= 18 || (type >= 32 && type <= 35); }

/* money must be price x contracts x multiplier; 0 says nothing. Catches a shifted layout at run time. */
static inline int qt_volume_fits(const qt_symbol_t *s, const TConnectorTrade *t)
{
    double due = t->Price * (double)t->Quantity * s->multiplier;
    return s->multiplier <= 0.0 || t->Volume == 0.0 || fabs(t->Volume - due) <= 1e-3 * due + 0.01;
}

/* A live stamp may not run back by more than a second, unless so many in a row agree that the earlier one lied. */
static inline int qt_trade_clock(qt_symbol_t *s, int64_t exch_ns, int64_t now_ns)
{
    if (exch_ns - now_ns > QT_FUTURE_NS)
        return QT_BAD_TIME;
    if (exch_ns < s->last_ns - QT_SECOND_NS) {
        s->back_run = exch_ns >= s->back_ns ? s->back_run + 1 : 1;
        s->back_ns = exch_ns;
        if (s->back_run <= QT_BACK_RUN)
            return QT_TIME_BACK;
        s->last_ns = exch_ns;
    }
    s->back_run = 0;
    s->back_ns = 0;
    if (exch_ns > s->last_ns)
        s->last_ns = exch_ns;
    return QT_OK;
}

/* fields of a translated trade -> ev; QT_OK or why it is refused */
static inline int qt_trade_event(qt_door_t *d, const TConnectorTrade *t, qt_event_t *ev)
{
    const qt_symbol_t *s = &d->symbol[ev->symbol];
    int why;
    if ((why = qt_to_ticks(s->tick, t->Price, &ev->price)) || (why = qt_some_contracts(s, t->Quantity, &ev->qty)))
        return why;
    if (!qt_trade_type_known(t->TradeType))
        return QT_BAD_TYPE;
    if (!qt_volume_fits(s, t))
        return QT_BAD_VOLUME;
    if ((why = qt_system_time_ns(&t->TradeDate, d->offset_s, &ev->exch_ns)))
        return why;
    ev->id = t->TradeNumber;
    ev->a = t->BuyAgent;
    ev->b = t->SellAgent;
    ev->code = t->TradeType;
    ev->side = t->TradeType == QT_TRADE_BUY ? QT_BID : t->TradeType == QT_TRADE_SELL ? QT_ASK : QT_NONE;
    return QT_OK;
}

/* reads the opaque handle; QT_OK or QT_NOT_TRANSLATED */
static inline int qt_translate(qt_door_t *d, void *handle, TConnectorTrade *t)
{
    memset(t, 0, sizeof *t); /* Version 0 */
    if (!handle || !d->translate || d->translate(handle, t) != NL_OK || t->TradeDate.wYear == 0)
        return QT_NOT_TRANSLATED;
    return QT_OK;
}

/* the body of the trade trampoline, on the vendor's thread */
static inline void qt_on_trade(qt_door_t *d, const TConnectorAssetIdentifier *asset, void *handle, uint32_t flags,
                               int64_t entered)
{
    qt_event_t ev; /* tick 1/8: the trampoline copies the callback's arguments into one stamped event */
    TConnectorTrade t;
    int symbol = qt_find_symbol(d, asset->Ticker), why = symbol < 0 ? QT_BAD_TICKER : QT_OK;
    if (!why && !(why = qt_translate(d, handle, &t))) {
        qt_event_open(d, &ev, QT_EV_TRADE, symbol, entered);
        ev.flags = (flags & QT_TC_EDIT) ? QT_F_EDIT : 0; /* a correction carries the old print's time */
        why = qt_trade_event(d, &t, &ev);
        if (!why && !ev.flags)
            why = qt_trade_clock(&d->symbol[symbol], ev.exch_ns, ev.ts_ns);
    }
    if (why)
        qt_refuse(d, why);
    else
        qt_door_push(d, &ev); /* tick 2/8: into the ring, or dropped and counted */
}

static inline void qt_history_note(qt_symbol_t *s, const qt_event_t *ev)
{
    int64_t first = qt_load_relaxed(&s->history_first_ns);
    qt_count(&s->history_count);
    if (!first || ev->exch_ns < first)
        qt_store_relaxed(&s->history_first_ns, ev->exch_ns);
}

/* Pushed unless muted; then the end of the request is told. */
static inline void qt_history_push(qt_door_t *d, const qt_event_t *ev)
{
    qt_symbol_t *s = &d->symbol[ev->symbol];
    if (qt_load_acquire(&s->history_mode) != QT_HISTORY_MUTED)
        qt_door_push(d, ev);
    if (ev->flags & QT_F_DONE)
        qt_store_release(&s->history_done, 1); /* pairs with the acquire of whoever asked */
}

/* The last packet of a request must arrive even if its trade is refused: then qty = 0 and price = QT_NO_PRICE. */
static inline void qt_on_history(qt_door_t *d, const TConnectorAssetIdentifier *asset, void *handle, uint32_t flags,
                                 int64_t entered)
{
    qt_event_t ev;
    TConnectorTrade t;
    int symbol = qt_find_symbol(d, asset->Ticker), why;
    if (symbol < 0) {
        qt_refuse(d, QT_BAD_TICKER);
        return;
    }
    qt_event_open(d, &ev, QT_EV_HISTORY, symbol, entered);
    ev.flags = (uint8_t)((flags & QT_TC_EDIT ? QT_F_EDIT : 0u) | (flags & QT_TC_LAST_PACKET ? QT_F_DONE : 0u));
    why = qt_translate(d, handle, &t);
    if (!why)
        why = qt_trade_event(d, &t, &ev);
    if (!why) {
        qt_history_note(&d->symbol[symbol], &ev);
    } else {
        qt_refuse(d, why);
        ev.price = QT_NO_PRICE;
        ev.qty = 0;
    }
    if (!why || (ev.flags & QT_F_DONE))
        qt_history_push(d, &ev);
}

/* 100 % of a request that delivered nothing is its end; otherwise the last packet is */
static inline void qt_on_progress(qt_door_t *d, int symbol, int32_t percent, int64_t entered)
{
    qt_symbol_t *s = &d->symbol[symbol];
    qt_event_t ev;
    qt_event_open(d, &ev, QT_EV_PROGRESS, symbol, entered);
    ev.a = percent;
    qt_door_push(d, &ev);
    if (percent < 100 || qt_load_acquire(&s->history_mode) == QT_HISTORY_NONE || qt_load_relaxed(&s->history_count))
        return;
    qt_event_open(d, &ev, QT_EV_HISTORY, symbol, entered);
    ev.flags = QT_F_DONE;
    if (!qt_load_relaxed(&s->history_done))
        qt_history_push(d, &ev);
}

/* before a request, while none is under way */
static inline void qt_history_begin(qt_symbol_t *s, int mode)
{
    qt_store_relaxed(&s->history_count, 0);
    qt_store_relaxed(&s->history_first_ns, 0);
    qt_store_relaxed(&s->history_done, 0);
    qt_store_release(&s->history_mode, mode); /* pairs with the acquires in qt_history_push and qt_on_progress */
}

/* ---- quotes, auction, daily ---- */

/* one side of the best quote; price 0 with quantity 0 is an empty side */
static inline void qt_on_tiny(qt_door_t *d, int symbol, double price, int32_t qty, int32_t side, int64_t entered)
{
    qt_event_t ev;
    const qt_symbol_t *s = &d->symbol[symbol];
    int why = QT_OK;
    qt_event_open(d, &ev, QT_EV_TINY, symbol, entered);
    if (side != QT_BOOK_BUY && side != QT_BOOK_SELL)
        why = QT_BAD_TYPE;
    else if (price != 0.0 || qty != 0)
        (void)((why = qt_to_ticks(s->tick, price, &ev.price)) || (why = qt_contracts(s, qty, &ev.qty)));
    ev.side = side == QT_BOOK_BUY ? QT_BID : QT_ASK;
    if (why)
        qt_refuse(d, why);
    else
        qt_door_push(d, &ev);
}

/* price and quantity of an auction; no auction is price <= 0 or infinite with quantity 0 */
static inline void qt_on_theoretical(qt_door_t *d, int symbol, double price, int64_t qty, int64_t entered)
{
    qt_event_t ev;
    const qt_symbol_t *s = &d->symbol[symbol];
    int why = QT_OK;
    qt_event_open(d, &ev, QT_EV_THEORETICAL, symbol, entered);
    if (qty != 0)
        (void)((why = qt_to_ticks(s->tick, price, &ev.price)) || (why = qt_contracts(s, qty, &ev.qty)));
    if (why)
        qt_refuse(d, why);
    else
        qt_door_push(d, &ev);
}

/* the day so far; close 0 before the first trade */
static inline void qt_on_daily(qt_door_t *d, int symbol, const uint16_t *date, double close, int32_t qty,
                               int32_t trades, int64_t entered)
{
    qt_event_t ev;
    const qt_symbol_t *s = &d->symbol[symbol];
    int why = QT_OK;
    qt_event_open(d, &ev, QT_EV_DAILY, symbol, entered);
    if (close != 0.0)
        why = qt_to_ticks(s->tick, close, &ev.price);
    if (!why)
        why = trades < 0 ? QT_BAD_QTY : qt_contracts(s, qty, &ev.qty);
    if (qt_parse_time(date, d->offset_s, &ev.exch_ns))
        ev.exch_ns = 0; /* a date without time is no instant; the figures stand */
    ev.id = trades;
    if (why)
        qt_refuse(d, why);
    else
        qt_door_push(d, &ev);
}

static inline int qt_phase_known(int32_t state)
{
    return state == QT_PHASE_OPEN || state == QT_PHASE_FROZEN || state == QT_PHASE_INHIBITED ||
           state == QT_PHASE_AUCTION || state == QT_PHASE_CLOSED || state == QT_PHASE_PRE_CLOSING ||
           state == QT_PHASE_PRE_OPENING;
}

static inline void qt_on_phase(qt_door_t *d, int symbol, const uint16_t *date, int32_t state, int64_t entered)
{
    qt_event_t ev;
    if (!qt_phase_known(state)) {
        qt_refuse(d, QT_BAD_TYPE);
        return;
    }
    qt_event_open(d, &ev, QT_EV_PHASE, symbol, entered);
    ev.code = (uint8_t)state;
    if (qt_parse_time(date, d->offset_s, &ev.exch_ns))
        ev.exch_ns = 0; /* given only for some states */
    qt_door_push(d, &ev);
}

/* ---- notices ---- */

/* connection, progress, accounts, orders: two small numbers and an id */
static inline void qt_on_notice(qt_door_t *d, int kind, int symbol, int32_t a, int32_t b, int64_t id, int64_t entered)
{
    qt_event_t ev;
    qt_event_open(d, &ev, kind, symbol, entered);
    ev.a = a;
    ev.b = b;
    ev.id = id;
    qt_door_push(d, &ev);
}

static inline void qt_on_state(qt_door_t *d, int32_t type, int32_t result, int64_t entered)
{
    if (type < 0 || type >= QT_CHANNELS) {
        qt_refuse(d, QT_BAD_TYPE);
        return;
    }
    qt_store_release(&d->channel[type], result); /* pairs with the acquire of whoever waits for the login */
    qt_on_notice(d, QT_EV_STATE, 0, type, result, 0, entered);
}

#endif
