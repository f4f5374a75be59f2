/* Orders through the door: the two-pass reading of one order inside its callback, results of routing messages, accounts.
 *
 * Runs on the vendor's one callback thread. Out-records lie at their largest layout before guard bytes, and no length
 * that comes back is trusted: the second pass writes as many units as it likes, without a terminator, so the buffers
 * are twice as long as the longest text that is asked for. */
#ifndef QT_DOOR_ORDERS_H
#define QT_DOOR_ORDERS_H

#include "qt_door.h"
#include "qt_guard.h"
#include "qt_order_update.h"

#define QT_ASKED_TEXT 2048   /* units: a longer text is not read */
#define QT_ASKED_SYMBOL 128
#define QT_MAX_POINTS 1e9
#define QT_MAX_ORDER_QTY INT64_C(1000000000000) /* contracts: far above any order, far below garbage */

typedef struct qt_order_desk {
    qt_update_ring_t *ring; /* null: only the notice is passed on */
    qt_accounts_t *accounts;
    GetOrderDetailsFn details;
    qt_atomic64_t version;  /* of the order record: falls once when the library refuses it */
    qt_atomic64_t unread;   /* updates whose details the library did not give */
    qt_atomic64_t nonsense; /* updates with impossible contents */
    qt_atomic64_t overrun;  /* the library wrote behind the record */
    qt_order_room_t room;
    uint16_t text[2 * QT_ASKED_TEXT];
    uint16_t ticker[2 * QT_ASKED_SYMBOL];
    uint16_t exchange[2 * QT_ASKED_SYMBOL];
} qt_order_desk_t;

/* ---- reading one order ---- */

static inline int32_t qt_details_pass(qt_order_desk_t *k, const TConnectorOrderIdentifier *id)
{
    int32_t code;
    k->room.record.Version = (uint8_t)qt_load_relaxed(&k->version);
    k->room.record.OrderID = *id;
    k->room.record.OrderID.Version = 0;
    code = k->details(&k->room.record);
    if (code == NL_VERSION_NOT_SUPPORTED && k->room.record.Version > 0) { /* an older library: remembered */
        qt_store_relaxed(&k->version, k->room.record.Version - 1);
        return qt_details_pass(k, id);
    }
    return code;
}

/* a buffer for the second pass when the first told a believable length, else none: that text stays unread */
static inline uint16_t *qt_room(uint16_t *buffer, int32_t length, int32_t most)
{
    if (length <= 0 || length > most)
        return NULL;
    memset(buffer, 0, 2 * (size_t)most * sizeof *buffer);
    return buffer;
}

static inline int32_t qt_read_details(qt_order_desk_t *k, const TConnectorOrderIdentifier *id)
{
    TConnectorAssetIdentifierOut *asset = &k->room.record.AssetID;
    int32_t code;
    if (!k->details)
        return NL_NOT_IMPLEMENTED;
    memset(&k->room.record, 0, sizeof k->room.record);
    qt_guard_set(k->room.guard);
    code = qt_details_pass(k, id);
    if (code)
        return code;
    k->room.record.TextMessage = qt_room(k->text, k->room.record.TextMessageLength, QT_ASKED_TEXT);
    asset->Ticker = qt_room(k->ticker, asset->TickerLength, QT_ASKED_SYMBOL);
    asset->Exchange = qt_room(k->exchange, asset->ExchangeLength, QT_ASKED_SYMBOL);
    return qt_details_pass(k, id);
}

/* ---- what no order can hold ---- */

static inline int qt_points_possible(double p) { return p > -QT_MAX_POINTS && p < QT_MAX_POINTS; } /* NaN fails */
static inline int qt_count_possible(int64_t n) { return n >= 0 && n <= QT_MAX_ORDER_QTY; }

static inline int qt_order_possible(int64_t qty, int64_t traded, int64_t leaves, double price, double stop, double average)
{
    return qt_count_possible(qty) && qt_count_possible(traded) && qt_count_possible(leaves) && traded <= qty
        && qt_points_possible(price) && qt_points_possible(stop)
        && (!traded || (qt_points_possible(average) && average > 0.0));
}

static inline int qt_details_possible(const TConnectorOrderOut *o)
{
    return qt_order_possible(o->Quantity, o->TradedQuantity, o->LeavesQuantity, o->Price, o->StopPrice, o->AveragePrice);
}

static inline int qt_listed_possible(const TConnectorOrder *o)
{
    return qt_order_possible(o->Quantity, o->TradedQuantity, o->LeavesQuantity, o->Price, o->StopPrice, o->AveragePrice);
}

/* ---- copying out ---- */

static inline void qt_copy_order_texts(qt_order_desk_t *k, qt_order_update_t *u)
{
    const TConnectorOrderOut *o = &k->room.record;
    int unread = o->TextMessageLength > 0 && !o->TextMessage;
    u->account_n = qt_copy_units(u->account, QT_ACCOUNT_UNITS, o->AccountID.AccountID,
                                 o->AccountID.AccountIDLength > 100 ? 100 : o->AccountID.AccountIDLength, QT_CUT_ACCOUNT, &u->cut);
    u->sub_account_n = qt_copy_units(u->sub_account, QT_ACCOUNT_UNITS, o->AccountID.SubAccountID,
                                     o->AccountID.SubAccountIDLength > 100 ? 100 : o->AccountID.SubAccountIDLength,
                                     QT_CUT_ACCOUNT, &u->cut);
    u->ticker_n = qt_copy_units(u->ticker, QT_SYMBOL_UNITS, o->AssetID.Ticker, o->AssetID.TickerLength, QT_CUT_TICKER, &u->cut);
    u->text_n = qt_copy_units(u->text, QT_MESSAGE_UNITS, o->TextMessage, o->TextMessageLength, QT_CUT_TEXT, &u->cut);
    if (unread)
        u->cut |= QT_CUT_TEXT;
    if (o->AssetID.Exchange && o->AssetID.ExchangeLength == 1 && k->exchange[0] < 128)
        u->exchange = (uint8_t)k->exchange[0];
}

static inline void qt_copy_order(qt_order_desk_t *k, qt_order_update_t *u)
{
    const TConnectorOrderOut *o = &k->room.record;
    if (u->local_id <= 0)
        u->local_id = o->OrderID.LocalOrderID;
    u->broker = o->AccountID.BrokerID;
    u->event_id = o->Version >= 1 ? o->EventID : 0;
    u->qty = o->Quantity;
    u->traded = o->TradedQuantity;
    u->leaves = o->LeavesQuantity;
    u->price = o->Price;
    u->stop_price = o->StopPrice;
    u->avg_price = o->TradedQuantity ? o->AveragePrice : 0.0; /* nothing is known before the first fill */
    u->side = o->OrderSide;
    u->type = o->OrderType;
    u->status = o->OrderStatus;
    u->validity = o->ValidityType;
    qt_copy_order_texts(k, u);
}

static inline int32_t qt_fill_order(qt_order_desk_t *k, const TConnectorOrderIdentifier *id, qt_order_update_t *u)
{
    int32_t code = qt_read_details(k, id);
    if (code) {
        qt_count(&k->unread);
        return code;
    }
    if (!qt_guard_whole(k->room.guard)) {
        qt_count(&k->overrun);
        return QT_UPDATE_NONSENSE;
    }
    if (!qt_details_possible(&k->room.record)) {
        qt_count(&k->nonsense);
        return QT_UPDATE_NONSENSE;
    }
    qt_copy_order(k, u);
    return 0;
}

/* ---- callbacks ---- */

/* a zeroed record with its stamps, ids and source, or NULL: no ring, or full */
static inline qt_order_update_t *qt_update_open(qt_door_t *d, qt_order_desk_t *k, int source,
                                                const TConnectorOrderIdentifier *id, int64_t entered)
{
    qt_order_update_t *u = k->ring ? qt_updates_try_claim(k->ring) : NULL;
    if (!u)
        return NULL;
    u->source = (uint8_t)source;
    u->recv_ns = entered;
    u->ts_ns = qt_stamp(d, entered);
    u->local_id = id->LocalOrderID;
    u->message_id = -1;
    u->price = u->stop_price = -1.0;
    u->cl_ord_n = qt_copy_text(u->cl_ord_id, QT_CL_ORD_UNITS, id->ClOrderID, QT_CUT_CL_ORD, &u->cut);
    return u;
}

/* the event that wakes the reader: a = source, b = 1 when the record behind it was lost */
static inline void qt_update_told(qt_door_t *d, qt_order_desk_t *k, const qt_order_update_t *u, int source, int64_t local_id,
                                  int64_t entered)
{
    if (u)
        qt_spsc_publish(k->ring);
    qt_on_notice(d, QT_EV_ORDER_UPDATE, 0, source, k->ring && !u, local_id, entered);
}

static inline void qt_on_order(qt_door_t *d, qt_order_desk_t *k, const TConnectorOrderIdentifier *id, int64_t entered)
{
    qt_order_update_t *u = qt_update_open(d, k, QT_UPDATE_ORDER, id, entered);
    if (u)
        u->error = qt_fill_order(k, id, u);
    qt_update_told(d, k, u, QT_UPDATE_ORDER, u ? u->local_id : id->LocalOrderID, entered);
}

static inline void qt_on_message(qt_door_t *d, qt_order_desk_t *k, const TConnectorTradingMessageResult *m, int64_t entered)
{
    qt_order_update_t *u;
    if (!m) {
        qt_refuse(d, QT_NOT_TRANSLATED);
        return;
    }
    u = qt_update_open(d, k, QT_UPDATE_MESSAGE, &m->OrderID, entered);
    if (u) {
        u->message_id = m->MessageID;
        u->broker = m->BrokerID;
        u->result = m->ResultCode;
        u->text_n = qt_copy_units(u->text, QT_MESSAGE_UNITS, m->Message, m->MessageLength, QT_CUT_TEXT, &u->cut);
    }
    qt_update_told(d, k, u, QT_UPDATE_MESSAGE, m->OrderID.LocalOrderID, entered);
}

static inline void qt_on_account(qt_door_t *d, qt_order_desk_t *k, int32_t broker, qt_text_t name, qt_text_t account,
                                 qt_text_t holder, int64_t entered)
{
    if (k->accounts)
        qt_account_note(k->accounts, broker, name, account, holder);
    qt_on_notice(d, QT_EV_ACCOUNT, 0, broker, 0, 0, entered);
}

#endif
