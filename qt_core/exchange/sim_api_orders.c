/* Accounts, orders and positions. Requests answer at once; what becomes of them comes through the callbacks. */
#include "sim.h"

#include <string.h>

#define FIRST_LOCAL_ID INT64_C(126000000000000) /* 15 digits, as seen: a 32-bit result type loses them */

static int our_account(const TConnectorAccountIdentifier *a)
{
    if (!a)
        return NL_INVALID_ARGS;
    if (a->Version)
        return NL_VERSION_NOT_SUPPORTED;
    if (a->SubAccountID && a->SubAccountID[0])
        return NL_LICENSE_NOT_ALLOWED;
    return a->BrokerID == SIM_BROKER_ID && sim_same(a->AccountID, SIM_ACCOUNT_ID) ? NL_OK : NL_NOT_FOUND;
}

/* ---- accounts ------------------------------------------------------------------------------------------ */

SIM_EXPORT int32_t QT_STDCALL GetAccount(void)
{
    sim_command_t c = {.kind = SIM_CMD_ACCOUNTS};
    int result = sim_routing_request();
    return sim_end(result ? result : sim_post_command(&c));
}

SIM_EXPORT int32_t QT_STDCALL GetAccountCount(void)
{
    int result = sim_routing_request();
    return sim_end(result ? result : 1);
}

static void put_account(TConnectorAccountIdentifierOut *out)
{
    out->BrokerID = SIM_BROKER_ID;
    out->AccountIDLength = sim_length(SIM_ACCOUNT_ID);
    sim_copy(out->AccountID, SIM_ACCOUNT_ID, 100);
    out->SubAccountID[0] = 0;
    out->SubAccountIDLength = 0;
    out->Reserved = 0;
}

SIM_EXPORT int32_t QT_STDCALL GetAccounts(int32_t start_source, int32_t start_dest, int32_t count,
                                          TConnectorAccountIdentifierOut *accounts)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!accounts || start_source < 0 || start_dest < 0 || count < 0))
        result = NL_INVALID_ARGS;
    if (result || start_source > 0 || count == 0)
        return sim_end(result);
    if (accounts[start_dest].Version)
        return sim_end(NL_VERSION_NOT_SUPPORTED);
    put_account(&accounts[start_dest]);
    return sim_end(1);
}

/* ---- sending --------------------------------------------------------------------------------------------- */

static int32_t ticks_of(double points)
{
    double ticks = points * sim.config.tick_den / sim.config.tick_num, nearest = floor(ticks + 0.5);
    return points > 0.0 && points < 1e7 && fabs(ticks - nearest) < 1e-6 ? (int32_t)nearest : SIM_MARKET_PRICE;
}

/* Version 0 has its own numbers: limit 0, stop 1, market 2; buy 0, sell 1 */
static int decode(const TConnectorSendOrder *in, uint8_t *type, uint8_t *side)
{
    static const uint8_t old_types[3] = {QT_ORDER_LIMIT, QT_ORDER_STOP_LIMIT, QT_ORDER_MARKET};
    if (in->Version == 0 && in->OrderType < 3 && in->OrderSide < 2) {
        *type = old_types[in->OrderType];
        *side = in->OrderSide == QT_ORDER_V0_BUY ? QT_ORDER_BUY : QT_ORDER_SELL;
        return NL_OK;
    }
    *type = in->OrderType;
    *side = in->OrderSide;
    if (in->Version == 0 || *side < QT_ORDER_BUY || *side > QT_ORDER_SELL)
        return NL_INVALID_ARGS;
    return *type == QT_ORDER_MARKET || *type == QT_ORDER_LIMIT || *type == QT_ORDER_STOP_LIMIT ? NL_OK : NL_INVALID_ARGS;
}

static sim_client_order_t *new_order(void)
{
    sim_clients_t *c = &sim.clients;
    sim_client_order_t *o;
    if (c->n_orders == SIM_CLIENT_ORDERS)
        return NULL;
    o = &c->orders[c->n_orders++];
    memset(o, 0, sizeof *o);
    o->local_id = FIRST_LOCAL_ID + c->n_orders;
    o->message_id = c->n_orders;
    o->status = QT_STATUS_CLIENT_CREATED;
    o->text = (const uint16_t *)u"";
    o->created_ns = o->updated_ns = sim.market.now_ns;
    return o;
}

static int64_t submit(sim_client_order_t *o)
{
    sim_command_t c = {.kind = SIM_CMD_ORDER};
    int result;
    c.slot = (int32_t)(o - sim.clients.orders);
    result = sim_post_command(&c);
    if (result) /* nothing was queued: the order never was */
        sim.clients.n_orders--;
    return result ? result : o->local_id;
}

static int64_t send_order(TConnectorSendOrder *in)
{
    uint8_t type = 0, side = 0;
    sim_client_order_t *o;
    int view = 0, result = our_account(&in->AccountID);
    if (result == NL_OK && in->AssetID.Version)
        result = NL_VERSION_NOT_SUPPORTED;
    if (result == NL_OK)
        result = sim_find(in->AssetID.Ticker, in->AssetID.Exchange, &view);
    if (result == NL_OK)
        result = decode(in, &type, &side);
    if (result || in->Quantity <= 0)
        return result ? result : NL_INVALID_ARGS;
    if (!(o = new_order()))
        return NL_INTERNAL_ERROR;
    o->type = type;
    o->side = side;
    o->alias = (uint8_t)view; /* a valid id, and then it dies: the real one does the same */
    o->qty = in->Quantity;
    o->price_sent = in->Price;
    o->stop_sent = in->StopPrice;
    o->price = type == QT_ORDER_MARKET ? SIM_MARKET_PRICE : ticks_of(in->Price);
    o->stop = type == QT_ORDER_STOP_LIMIT ? ticks_of(in->StopPrice) : SIM_MARKET_PRICE;
    sim_copy(o->ticker, in->AssetID.Ticker, SIM_TICKER_UNITS);
    if (in->Version >= 2)
        in->MessageID = o->message_id;
    return submit(o);
}

static int64_t end64(int64_t result)
{
    sim_unlock(&sim.lock);
    return result;
}

SIM_EXPORT int64_t QT_STDCALL SendOrder(TConnectorSendOrder *order)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!order || order->Version > 2))
        result = order ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return end64(result ? result : send_order(order));
}

/* ---- changing and cancelling --------------------------------------------------------------------------------- */

static sim_client_order_t *order_of(const TConnectorOrderIdentifier *id)
{
    sim_client_order_t *o;
    int32_t i;
    if (id->LocalOrderID > FIRST_LOCAL_ID && id->LocalOrderID <= FIRST_LOCAL_ID + sim.clients.n_orders)
        return &sim.clients.orders[id->LocalOrderID - FIRST_LOCAL_ID - 1];
    for (i = 0; i < sim.clients.n_orders && id->ClOrderID && id->ClOrderID[0]; i++) {
        o = &sim.clients.orders[i];
        if (sim_same(o->cl_ord_id, id->ClOrderID))
            return o;
    }
    return NULL;
}

static int post_order(int kind, const sim_client_order_t *o, int32_t price, int32_t stop, int64_t qty)
{
    sim_command_t c = {.kind = kind};
    c.slot = (int32_t)(o - sim.clients.orders);
    c.price = price;
    c.stop = stop;
    c.qty = (int32_t)qty;
    return sim_post_command(&c);
}

static int change_order(TConnectorChangeOrder *in)
{
    const sim_client_order_t *o;
    int result = our_account(&in->AccountID);
    if (result)
        return result;
    if (!(o = order_of(&in->OrderID)))
        return NL_NOT_FOUND;
    if (sim_order_is_over(o) || o->type != QT_ORDER_LIMIT || in->Quantity <= 0 || in->Quantity > INT32_MAX)
        return NL_INVALID_ARGS; /* the simulator account of the vendor refuses stop-limit changes too */
    if (in->Version >= 1)
        in->MessageID = ++sim.clients.counter;
    return post_order(SIM_CMD_CHANGE, o, ticks_of(in->Price), ticks_of(in->StopPrice), in->Quantity);
}

SIM_EXPORT int32_t QT_STDCALL SendChangeOrderV2(TConnectorChangeOrder *order)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!order || order->Version > 1))
        result = order ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : change_order(order));
}

static int cancel_order(TConnectorCancelOrder *in)
{
    const sim_client_order_t *o;
    int result = our_account(&in->AccountID);
    if (result)
        return result;
    if (!(o = order_of(&in->OrderID)))
        return NL_NOT_FOUND;
    if (sim_order_is_over(o))
        return NL_INVALID_ARGS;
    if (in->Version >= 1)
        in->MessageID = ++sim.clients.counter;
    return post_order(SIM_CMD_CANCEL, o, 0, 0, 0);
}

SIM_EXPORT int32_t QT_STDCALL SendCancelOrderV2(TConnectorCancelOrder *order)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!order || order->Version > 1))
        result = order ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : cancel_order(order));
}

static int cancel_all(const TConnectorAccountIdentifier *account)
{
    int32_t i;
    int result = our_account(account);
    if (result == NL_OK && sim.market.phase != QT_PHASE_OPEN)
        result = NL_INVALID_ARGS;
    for (i = 0; i < sim.clients.n_orders && result == NL_OK; i++)
        if (!sim_order_is_over(&sim.clients.orders[i]))
            result = post_order(SIM_CMD_CANCEL, &sim.clients.orders[i], 0, 0, 0);
    return result;
}

SIM_EXPORT int32_t QT_STDCALL SendCancelOrdersV2(TConnectorCancelOrders *orders)
{
    int view, result = sim_routing_request();
    if (result == NL_OK && (!orders || orders->Version))
        result = orders ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    if (result == NL_OK)
        result = sim_find(orders->AssetID.Ticker, orders->AssetID.Exchange, &view);
    if (result == NL_OK && view) /* nothing rests under the continuous name */
        result = NL_INVALID_ARGS;
    return sim_end(result ? result : cancel_all(&orders->AccountID));
}

SIM_EXPORT int32_t QT_STDCALL SendCancelAllOrdersV2(TConnectorCancelAllOrders *orders)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!orders || orders->Version))
        result = orders ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : cancel_all(&orders->AccountID));
}

/* ---- position ---------------------------------------------------------------------------------------------- */

static int64_t zero_position(TConnectorZeroPosition *in)
{
    TConnectorSendOrder order;
    int64_t open = sim.clients.position.open, id;
    int result = our_account(&in->AccountID);
    if (result || !open)
        return result ? result : NL_NO_POSITION;
    if (in->Version >= 1 && in->PositionType != QT_POSITION_DAY_TRADE && in->PositionType != QT_POSITION_CONSOLIDATED)
        return NL_INVALID_ARGS;
    memset(&order, 0, sizeof order);
    order.Version = 2;
    order.AccountID = in->AccountID;
    order.AssetID = in->AssetID;
    order.OrderType = in->Price < 0 ? QT_ORDER_MARKET : QT_ORDER_LIMIT;
    order.OrderSide = open > 0 ? QT_ORDER_SELL : QT_ORDER_BUY;
    order.Price = in->Price;
    order.StopPrice = -1;
    order.Quantity = open > 0 ? open : -open;
    id = send_order(&order);
    if (id > 0 && in->Version >= 2)
        in->MessageID = order.MessageID;
    return id;
}

SIM_EXPORT int64_t QT_STDCALL SendZeroPositionV2(TConnectorZeroPosition *position)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!position || position->Version > 2))
        result = position ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return end64(result ? result : zero_position(position));
}

static double mean_points(double value, int64_t qty)
{
    return qty ? value / (double)qty * sim.config.tick_num / sim.config.tick_den : 0.0;
}

static void put_position(TConnectorTradingAccountPosition *out, const sim_position_t *p)
{
    int64_t open = p->open < 0 ? -p->open : p->open;
    out->OpenQuantity = open;
    out->OpenAveragePrice = mean_points(p->open_value, open);
    out->OpenSide = p->open > 0 ? QT_POSITION_LONG : p->open < 0 ? QT_POSITION_SHORT : 200; /* flat: rubbish, as met live */
    out->DailyAverageSellPrice = mean_points(p->sold_value, p->sold);
    out->DailySellQuantity = p->sold;
    out->DailyAverageBuyPrice = mean_points(p->bought_value, p->bought);
    out->DailyBuyQuantity = p->bought;
    out->DailyQuantityD1 = out->DailyQuantityD2 = out->DailyQuantityD3 = 0;
    out->DailyQuantityBlocked = out->DailyQuantityPending = out->DailyQuantityAlloc = out->DailyQuantityProvision = 0;
    out->DailyQuantity = out->DailyQuantityAvailable = open;
    if (out->Version >= 2)
        out->EventID = p->event_id;
}

static int get_position(TConnectorTradingAccountPosition *out)
{
    static const sim_position_t nothing;
    const sim_position_t *p = &sim.clients.position;
    int view = 0, found, result = our_account(&out->AccountID);
    if (result)
        return result;
    if (out->AssetID.Version)
        return NL_VERSION_NOT_SUPPORTED;
    if (out->Version >= 1 && out->PositionType != QT_POSITION_DAY_TRADE && out->PositionType != QT_POSITION_CONSOLIDATED)
        return NL_INVALID_ARGS;
    found = sim_find(out->AssetID.Ticker, out->AssetID.Exchange, &view) == NL_OK && !view;
    put_position(out, found ? p : &nothing); /* another exchange, or the continuous name: zeros and "all is well" */
    return found && !p->bought && !p->sold ? NL_NO_POSITION : NL_OK;
}

SIM_EXPORT int32_t QT_STDCALL GetPositionV2(TConnectorTradingAccountPosition *position)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!position || position->Version > 2))
        result = position ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : get_position(position));
}

/* ---- reading orders --------------------------------------------------------------------------------------------- */

/* Two passes: without a buffer the length is told; with one, exactly that many units are written, no terminator. */
static int put_text(uint16_t *buffer, int32_t *length, qt_text_t text)
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

static double average_points(const sim_client_order_t *o) { return mean_points(o->value, o->traded); }

static void put_details(TConnectorOrderOut *out, const sim_client_order_t *o)
{
    static const TSystemTime none;
    out->OrderID.LocalOrderID = o->local_id;
    put_account(&out->AccountID);
    put_text(out->AssetID.Ticker, &out->AssetID.TickerLength, o->ticker);
    put_text(out->AssetID.Exchange, &out->AssetID.ExchangeLength, SIM_EXCHANGE);
    out->AssetID.FeedType = 0;
    out->Quantity = o->qty;
    out->TradedQuantity = o->traded;
    out->LeavesQuantity = sim_order_is_over(o) ? 0 : o->qty - o->traded;
    out->Price = o->price_sent;
    out->StopPrice = o->stop_sent;
    out->AveragePrice = average_points(o);
    out->OrderSide = o->side;
    out->OrderType = o->type;
    out->OrderStatus = o->status;
    out->ValidityType = QT_VALID_DAY;
    out->Date = sim_system_time(o->created_ns);
    out->LastUpdate = sim_system_time(o->updated_ns);
    out->CloseDate = o->closed_ns ? sim_system_time(o->closed_ns) : none;
    out->ValidityDate = sim_system_time(sim.market.close_ns);
    put_text(out->TextMessage, &out->TextMessageLength, o->text);
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
    if (!(o = order_of(&order->OrderID)))
        return sim_end(NL_NOT_FOUND);
    put_details(order, o);
    return sim_end(NL_OK);
}

static void put_record(TConnectorOrder *out, const sim_client_order_t *o, uint8_t version)
{
    memset(out, 0, sizeof *out);
    out->Version = version;
    out->OrderID.LocalOrderID = o->local_id;
    out->OrderID.ClOrderID = o->cl_ord_id;
    out->AccountID.BrokerID = SIM_BROKER_ID;
    out->AccountID.AccountID = SIM_ACCOUNT_ID;
    out->AssetID.Ticker = o->ticker;
    out->AssetID.Exchange = SIM_EXCHANGE;
    out->Quantity = o->qty;
    out->TradedQuantity = o->traded;
    out->LeavesQuantity = sim_order_is_over(o) ? 0 : o->qty - o->traded;
    out->Price = o->price_sent;
    out->StopPrice = o->stop_sent;
    out->AveragePrice = average_points(o);
    out->OrderSide = o->side;
    out->OrderType = o->type;
    out->OrderStatus = o->status;
    out->Date = sim_system_time(o->created_ns);
    out->LastUpdate = sim_system_time(o->updated_ns);
    if (o->closed_ns)
        out->CloseDate = sim_system_time(o->closed_ns);
    out->ValidityDate = sim_system_time(sim.market.close_ns);
    out->TextMessage = o->text;
    out->EventID = o->event_id;
}

/* On the calling thread, one copy at a time; the lock is free while the client looks at it. */
SIM_EXPORT int32_t QT_STDCALL EnumerateAllOrders(const TConnectorAccountIdentifier *account, uint8_t version, intptr_t param,
                                                 TEnumOrderProc proc)
{
    sim_client_order_t copy;
    TConnectorOrder record;
    int32_t i, go_on = 1;
    int result = sim_routing_request();
    if (result == NL_OK && (!proc || version > 1))
        result = proc ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    if (result == NL_OK)
        result = our_account(account);
    for (i = 0; result == NL_OK && go_on && i < sim.clients.n_orders; i++) {
        copy = sim.clients.orders[i];
        sim_unlock(&sim.lock);
        put_record(&record, &copy, version);
        go_on = proc(&record, param);
        memset(&record, 0xDD, sizeof record);
        sim_api_lock();
    }
    return sim_end(result);
}

SIM_EXPORT int32_t QT_STDCALL HasOrdersInInterval(const TConnectorAccountIdentifier *account, TSystemTime start, TSystemTime end)
{
    sim_command_t c = {.kind = SIM_CMD_ORDER_HISTORY};
    int64_t from = sim_utc_of_system(&start), to = sim_utc_of_system(&end);
    int result = sim_routing_request();
    if (result == NL_OK)
        result = our_account(account);
    if (result == NL_OK && (from == SIM_NO_TIME || to == SIM_NO_TIME))
        result = NL_INVALID_ARGS;
    if (result == NL_OK && (from > to || to - SIM_DAY_NS > sim.market.now_ns)) /* the day counts, not the time of day */
        result = NL_OUT_OF_RANGE;
    if (result || sim.clients.history_loaded)
        return sim_end(result);
    result = sim_post_command(&c); /* the order-history callback says when to ask again */
    return sim_end(result ? result : NL_WAITING_SERVER);
}
