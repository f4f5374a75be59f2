/* Reading orders: details in two passes, enumerations, the day's history. */
#include "sim_garble.h"

#include <string.h>

/* Two passes: without a buffer the length is told; with one, exactly that many units are written, no terminator. */
int sim_put_text(uint16_t *buffer, int32_t *length, qt_text_t text)
{
    int32_t n = sim_length(text);
    if (buffer && *length > 0) {
        if (*length < n)
            n = *length;
        memcpy(buffer, text, (size_t)n * sizeof *buffer);
    }
    *length = n;
    return n;
}

double sim_average_points(const sim_client_order_t *o) { return sim_mean_points((double)o->value_ticks, o->traded); }

static void put_record(TConnectorOrder *out, const sim_client_order_t *o, uint8_t version)
{
    memset(out, 0, sizeof *out);
    out->Version = version;
    out->OrderID.LocalOrderID = o->local_id;
    out->OrderID.ClOrderID = o->cl_ord_id;
    out->AccountID.BrokerID = SIM_BROKER_ID;
    out->AccountID.AccountID = SIM_ACCOUNT[o->account].id;
    out->AssetID.Ticker = o->ticker;
    out->AssetID.Exchange = sim.config.exchange;
    out->Quantity = o->qty;
    out->TradedQuantity = o->traded;
    out->LeavesQuantity = sim_order_is_over(o) ? 0 : o->qty - o->traded;
    out->Price = o->price_sent;
    out->StopPrice = o->stop_sent;
    out->AveragePrice = sim_average_points(o);
    out->OrderSide = o->side;
    out->OrderType = o->type;
    out->OrderStatus = o->status;
    out->Date = sim_system_time(o->created_ns);
    out->LastUpdate = sim_system_time(o->updated_ns);
    if (o->closed_ns)
        out->CloseDate = sim_system_time(o->closed_ns);
    out->ValidityDate = sim_system_time(sim_order_valid_ns(o));
    out->TextMessage = o->text;
    if (version >= 1)
        out->EventID = o->event_id;
}

/* from the quantity to the last date both records are laid out alike */
#define FIGURES_BYTES(type) (offsetof(type, ValidityDate) + sizeof(TSystemTime) - offsetof(type, Quantity))
QT_STATIC_ASSERT(FIGURES_BYTES(TConnectorOrder) == FIGURES_BYTES(TConnectorOrderOut), "figures of an order");

static void put_details(TConnectorOrderOut *out, const sim_client_order_t *o)
{
    TConnectorOrder record;
    put_record(&record, o, 1);
    memcpy((char *)out + offsetof(TConnectorOrderOut, Quantity), (char *)&record + offsetof(TConnectorOrder, Quantity),
           FIGURES_BYTES(TConnectorOrder));
    out->OrderID.LocalOrderID = o->local_id;
    sim_put_account(&out->AccountID, o->account);
    sim_put_text(out->AssetID.Ticker, &out->AssetID.TickerLength, o->ticker);
    sim_put_text(out->AssetID.Exchange, &out->AssetID.ExchangeLength, sim.config.exchange);
    out->AssetID.FeedType = 0;
    sim_put_text(out->TextMessage, &out->TextMessageLength, o->text);
    if (out->Version >= 1)
        out->EventID = o->event_id;
}

SIM_EXPORT int32_t QT_STDCALL GetOrderDetails(TConnectorOrderOut *order)
{
    const sim_client_order_t *o;
    sim_api_lock();
    if (!sim.running || sim.market_only)
        return sim_end(sim.running ? NL_MARKET_ONLY : NL_NOT_INITIALIZED);
    if (!order)
        return sim_end(NL_INVALID_ARGS);
    if (order->Version > 1 || order->AccountID.Version || order->AssetID.Version || order->OrderID.Version)
        return sim_end(NL_VERSION_NOT_SUPPORTED);
    if (!(o = sim_order_of(&order->OrderID)))
        return sim_end(NL_NOT_FOUND);
    put_details(order, o);
    if (sim.faulty)
        sim_garble_order(order);
    return sim_end(NL_OK);
}

typedef struct sim_walk { /* an enumeration: orders of one account created in [from, to] */
    int account;
    int64_t from, to;
    uint8_t version;
} sim_walk_t;

static int wanted(const sim_walk_t *w, const sim_client_order_t *o)
{
    return !o->lost && o->account == w->account && o->created_ns >= w->from && o->created_ns <= w->to;
}

/* The record and everything it points to die when the callback returns. */
static int32_t show(const sim_walk_t *w, sim_client_order_t *o, TEnumOrderProc proc, intptr_t param)
{
    struct { uint16_t account[32], text[128]; } shown;
    TConnectorOrder record;
    int32_t go_on;
    put_record(&record, o, w->version);
    sim_copy(shown.account, record.AccountID.AccountID, 32);
    sim_copy(shown.text, o->text, 128);
    record.AccountID.AccountID = shown.account;
    record.TextMessage = shown.text;
    go_on = proc(&record, param);
    memset(&record, 0xDD, sizeof record);
    memset(&shown, 0xDD, sizeof shown);
    memset(o, 0xDD, sizeof *o);
    return go_on;
}

/* On the calling thread, one copy at a time; the lock is free while the client looks at it. Gives the lock back. */
static int enumerate(const sim_walk_t *w, TEnumOrderProc proc, intptr_t param)
{
    sim_client_order_t copy;
    int32_t slot, go_on = 1;
    for (slot = 0; go_on && sim.running && slot < sim.clients.n_orders; slot++) {
        if (!wanted(w, sim_order_at(slot)))
            continue;
        copy = *sim_order_at(slot);
        sim_unlock(&sim.lock);
        go_on = show(w, &copy, proc, param);
        sim_api_lock();
    }
    return sim_end(NL_OK);
}

static int begin_walk(sim_walk_t *w, const TConnectorAccountIdentifier *account, TEnumOrderProc proc)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!proc || w->version > 1))
        result = proc ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return result ? result : sim_account_of(account, &w->account);
}

SIM_EXPORT int32_t QT_STDCALL EnumerateAllOrders(const TConnectorAccountIdentifier *account, uint8_t version, intptr_t param,
                                                 TEnumOrderProc proc)
{
    sim_walk_t w = {.to = INT64_MAX, .version = version};
    int result = begin_walk(&w, account, proc);
    w.from = sim.market.day_from_ns;
    return result ? sim_end(result) : enumerate(&w, proc, param);
}

static int interval(const TSystemTime *start, const TSystemTime *end, int64_t *from, int64_t *to)
{
    *from = sim_utc_of_system(start);
    *to = sim_utc_of_system(end);
    if (*from == SIM_NO_TIME || *to == SIM_NO_TIME)
        return NL_INVALID_ARGS;
    return *from > *to || *to - SIM_DAY_NS > sim.market.now_ns ? NL_OUT_OF_RANGE : NL_OK; /* the day counts, not the hour */
}

SIM_EXPORT int32_t QT_STDCALL EnumerateOrdersByInterval(const TConnectorAccountIdentifier *account, uint8_t version,
                                                        TSystemTime start, TSystemTime end, intptr_t param, TEnumOrderProc proc)
{
    sim_walk_t w = {.version = version};
    int result = begin_walk(&w, account, proc);
    if (result == NL_OK)
        result = interval(&start, &end, &w.from, &w.to);
    return result ? sim_end(result) : enumerate(&w, proc, param);
}

SIM_EXPORT int32_t QT_STDCALL HasOrdersInInterval(const TConnectorAccountIdentifier *account, TSystemTime start, TSystemTime end)
{
    sim_command_t c = {.kind = SIM_CMD_ORDER_HISTORY};
    int64_t from, to;
    int index, result = sim_routing_request();
    if (result == NL_OK)
        result = sim_account_of(account, &index);
    if (result == NL_OK)
        result = interval(&start, &end, &from, &to);
    if (result || sim.clients.history[index])
        return sim_end(result || sim.clients.history[index] == SIM_HISTORY_LOADED ? result : NL_WAITING_SERVER);
    sim.clients.history[index] = SIM_HISTORY_ASKED;
    c.slot = index;
    result = sim_post_command(&c); /* the order-history callback says when to ask again */
    return sim_end(result ? result : NL_WAITING_SERVER);
}
