/* Order events in both families: an identifier to ask about, or the old callbacks with words for types and statuses. */
#include "sim_garble.h"

#include <string.h>

static const uint16_t *status_word(int status)
{
    switch (status) {
    case QT_STATUS_NEW: return UNITS(u"New");
    case QT_STATUS_PARTIAL: return UNITS(u"PartiallyFilled");
    case QT_STATUS_FILLED: return UNITS(u"Filled");
    case QT_STATUS_DONE_FOR_DAY: return UNITS(u"DoneForDay");
    case QT_STATUS_CANCELED: return UNITS(u"Canceled");
    case QT_STATUS_REPLACED: return UNITS(u"Replaced");
    case QT_STATUS_PENDING_CANCEL: return UNITS(u"PendingCancel");
    case QT_STATUS_REJECTED: return UNITS(u"Rejected");
    case QT_STATUS_EXPIRED: return UNITS(u"Expired");
    case QT_STATUS_PARTIAL_CANCELED: return UNITS(u"PartiallyFilledCanceled");
    case QT_STATUS_PARTIAL_EXPIRED: return UNITS(u"PartiallyFilledExpired");
    case QT_STATUS_PARTIAL_REJECTED: return UNITS(u"PartiallyFilledRejected");
    case QT_STATUS_AT_ORDER_SERVER: return UNITS(u"HadesCreated");
    case QT_STATUS_CLIENT_CREATED: return UNITS(u"ClientCreated");
    case QT_STATUS_NOT_CREATED: return UNITS(u"OrderNotCreated");
    default: return UNITS(u"Unknown");
    }
}

static const uint16_t *type_word(int type)
{
    return type == QT_ORDER_MARKET ? UNITS(u"Market") : type == QT_ORDER_LIMIT ? UNITS(u"Limit") : UNITS(u"StopLimit");
}

/* what the four old callbacks share */
typedef struct words {
    TAssetIDRec asset;
    int32_t qty, traded, leaves, side;
    double average;
    qt_text_t type, account, holder, name, status, date, updated, closed, valid, text;
} words_t;

static void put_words(words_t *w, const sim_client_order_t *o)
{
    sim_asset(&w->asset, o->alias);
    if (sim.config.days > 1) /* it may be of another contract */
        w->asset.Ticker = sim_shown(o->ticker);
    w->qty = (int32_t)o->qty;
    w->traded = (int32_t)o->traded;
    w->leaves = sim_order_is_over(o) ? 0 : (int32_t)(o->qty - o->traded);
    w->side = o->side;
    w->average = sim_average_points(o);
    w->type = sim_shown(type_word(o->type));
    w->account = sim_shown(SIM_ACCOUNT[o->account].id);
    w->holder = sim_shown(SIM_ACCOUNT[o->account].holder);
    w->name = sim_shown(o->cl_ord_id);
    w->status = sim_shown(status_word(o->status));
    w->date = sim_shown_date(o->created_ns);
    w->updated = sim_shown_date(o->updated_ns);
    w->closed = sim_shown_date(o->closed_ns);
    w->valid = sim_shown_date(sim_order_valid_ns(o));
    w->text = sim_shown(o->text);
}

/* ---- the four old callbacks ------------------------------------------------------------------------------------ */

#define COUNTS(f) f(SIM_BROKER_ID), f(w->qty), f(w->traded), f(w->leaves), f(w->side)
#define PRICES o->price_sent, o->stop_sent, w->average, o->local_id
#define WORDS w->type, w->account, w->holder, w->name, w->status, w->date
#define DATES w->updated, w->closed, w->valid
#define CLEAN(value) (value)

typedef void(QT_STDCALL *wide_past_t)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, double, double, double, int64_t,
                                      qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t);
typedef void(QT_STDCALL *wide_change_t)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, double, double, double, int64_t,
                                        qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t);
typedef void(QT_STDCALL *wide_past_v2_t)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, double, double, double,
                                         int64_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t,
                                         qt_text_t, qt_text_t);
typedef void(QT_STDCALL *wide_change_v2_t)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, double, double,
                                           double, int64_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t,
                                           qt_text_t, qt_text_t, qt_text_t, qt_text_t);

static void call_change(TOrderChangeCallback f, const words_t *w, const sim_client_order_t *o)
{
    if (sim_dirty())
        SIM_AS(wide_change_t, f)(w->asset, COUNTS(sim_dirt), PRICES, WORDS, w->text);
    else
        f(w->asset, COUNTS(CLEAN), PRICES, WORDS, w->text);
}

static void call_change_v2(TOrderChangeV2Callback f, const words_t *w, const sim_client_order_t *o)
{
    if (sim_dirty())
        SIM_AS(wide_change_v2_t, f)(w->asset, COUNTS(sim_dirt), sim_dirt(QT_VALID_DAY), PRICES, WORDS, DATES, w->text);
    else
        f(w->asset, COUNTS(CLEAN), QT_VALID_DAY, PRICES, WORDS, DATES, w->text);
}

static void call_past(TOrderHistoryCallback f, const words_t *w, const sim_client_order_t *o)
{
    if (sim_dirty())
        SIM_AS(wide_past_t, f)(w->asset, COUNTS(sim_dirt), PRICES, WORDS);
    else
        f(w->asset, COUNTS(CLEAN), PRICES, WORDS);
}

static void call_past_v2(TOrderHistoryV2Callback f, const words_t *w, const sim_client_order_t *o)
{
    if (sim_dirty())
        SIM_AS(wide_past_v2_t, f)(w->asset, COUNTS(sim_dirt), sim_dirt(QT_VALID_DAY), PRICES, WORDS, DATES);
    else
        f(w->asset, COUNTS(CLEAN), QT_VALID_DAY, PRICES, WORDS, DATES);
}

static void deliver_change(const sim_client_order_t *o)
{
    words_t w;
    put_words(&w, o);
    if (sim.live.order_change_v2)
        call_change_v2(sim.live.order_change_v2, &w, o);
    else
        call_change(sim.live.order_change, &w, o);
    sim_called();
}

static void deliver_past(const sim_client_order_t *o)
{
    words_t w;
    put_words(&w, o);
    if (sim.live.order_history_v2)
        call_past_v2(sim.live.order_history_v2, &w, o);
    else
        call_past(sim.live.order_history, &w, o);
    sim_called();
}

void sim_deliver_past_orders(const sim_message_t *msg)
{
    int32_t slot, end = msg->u.past.last + 1;
    for (slot = msg->u.past.first; slot < end && (sim.live.order_history || sim.live.order_history_v2); slot++)
        if (!sim_order_at(slot)->lost && (msg->u.past.account < 0 || sim_order_at(slot)->account == msg->u.past.account))
            deliver_past(sim_order_at(slot));
}

void sim_deliver_order_event(int32_t slot)
{
    const sim_client_order_t *o = sim_order_at(slot);
    TConnectorOrderIdentifier id;
    if (!sim.live.order)
        return;
    memset(&id, 0, sizeof id);
    id.LocalOrderID = o->local_id;
    id.ClOrderID = sim_shown(o->cl_ord_id);
    sim.live.order(id);
    sim_called();
}

void sim_deliver_order(int32_t slot)
{
    sim_deliver_order_event(slot);
    if (sim.live.order_change || sim.live.order_change_v2)
        deliver_change(sim_order_at(slot));
}
