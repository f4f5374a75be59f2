/* Sending, changing and cancelling orders. Requests answer at once; what becomes of them comes through the callbacks. */
#include "sim_account_file.h"
#include "sim_faults.h"

#include <string.h>

/* MessageID came with the records of 4.0.0.41 */
static int newest_send(void) { return sim_since(41) ? 2 : 1; }
static int newest_change(void) { return sim_since(41) ? 1 : 0; }

/* ---- sending --------------------------------------------------------------------------------------------- */

int32_t sim_ticks_of(double points)
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

static int64_t submit(sim_client_order_t *o)
{
    sim_command_t c = {.kind = SIM_CMD_ORDER};
    int result;
    c.slot = o->slot;
    if (sim.faulty)
        sim_send_early(o);
    result = sim_post_command(&c);
    if (result) /* nothing was queued: the order never was */
        sim_order_forget_last();
    else if (o->early)
        sim_wait_early(o);
    return result ? result : o->local_id;
}

static void fill_in(sim_client_order_t *o, const TConnectorSendOrder *in, uint8_t type, uint8_t side)
{
    o->type = type;
    o->side = side;
    o->qty = in->Quantity;
    o->price_sent = in->Price;
    o->stop_sent = in->StopPrice;
    o->price = type == QT_ORDER_MARKET ? SIM_MARKET_PRICE : sim_ticks_of(in->Price);
    o->stop = type == QT_ORDER_STOP_LIMIT ? sim_ticks_of(in->StopPrice) : SIM_MARKET_PRICE;
    sim_copy(o->ticker, in->AssetID.Ticker, SIM_TICKER_UNITS);
}

int64_t sim_send_order(TConnectorSendOrder *in)
{
    uint8_t type = 0, side = 0;
    sim_client_order_t *o;
    int view = 0, account = 0, result = sim_account_of(&in->AccountID, &account);
    if (result == NL_OK && in->AssetID.Version)
        result = NL_VERSION_NOT_SUPPORTED;
    if (result == NL_OK)
        result = sim_find_any(in->AssetID.Ticker, in->AssetID.Exchange, &view);
    if (result == NL_OK)
        result = decode(in, &type, &side);
    if (result || in->Quantity <= 0)
        return result ? result : NL_INVALID_ARGS;
    if (!(o = sim_order_new(account)))
        return NL_INTERNAL_ERROR;
    fill_in(o, in, type, side);
    o->alias = view == SIM_VIEW_ALIAS; /* a valid id, and then it dies: the real one does the same */
    o->doom = sim_password_refusal(in->Password);
    if (o->alias && !o->doom)
        o->doom = UNITS(u"Ordem inv\u00e1lida");
    if (in->Version >= 2)
        in->MessageID = o->message_id;
    return submit(o);
}

int sim_send_request_as(const char *function)
{
    qt_fetch_add(&sim.stats.sends, 1);
    if (sim.faulty)
        sim_meet_send();
    return sim_routing_request_as(function);
}

int64_t sim_end64(int64_t result)
{
    sim_keep();
    if (result > 0)
        sim_point(SIM_POINT_AFTER_SEND);
    sim_unlock(&sim.lock);
    return result;
}

SIM_EXPORT int64_t QT_STDCALL SendOrder(TConnectorSendOrder *order)
{
    int result = sim_send_request();
    if (result == NL_OK && (!order || order->Version > newest_send()))
        result = order ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end64(result ? result : sim_send_order(order));
}

/* ---- changing and cancelling --------------------------------------------------------------------------------- */

/* A wrong password is found out by the server, as everything else that is wrong with a request. */
static int post_order(int kind, const sim_client_order_t *o, qt_text_t password, sim_command_t c)
{
    c.kind = kind;
    c.slot = o->slot;
    c.doom = sim_password_refusal(password);
    sim_changed(NULL); /* it is on its way, and may outlive us */
    return sim_post_command(&c);
}

/* price and stop in ticks */
int sim_change(const sim_client_order_t *o, qt_text_t password, int32_t price, int32_t stop, int64_t qty, int64_t *message)
{
    sim_command_t c = {0};
    if (sim_order_is_over(o) || o->type == QT_ORDER_MARKET || qty <= 0 || qty > INT32_MAX)
        return NL_INVALID_ARGS;
    c.price = price;
    c.stop = stop;
    c.qty = (int32_t)qty;
    *message = c.message_id = ++sim.clients.n_messages;
    return post_order(SIM_CMD_CHANGE, o, password, c);
}

/* the order of a request, or why there is none */
static int order_meant(const TConnectorAccountIdentifier *by, const TConnectorOrderIdentifier *id, const sim_client_order_t **o)
{
    int account, result = sim_account_of(by, &account);
    if (result || id->Version)
        return result ? result : NL_VERSION_NOT_SUPPORTED;
    *o = sim_order_of(id);
    return *o && (*o)->account == account ? NL_OK : NL_NOT_FOUND;
}

static int change_order(TConnectorChangeOrder *in)
{
    const sim_client_order_t *o;
    int64_t message;
    int result = order_meant(&in->AccountID, &in->OrderID, &o);
    if (result)
        return result;
    if (o->type == QT_ORDER_STOP_LIMIT)
        return NL_INVALID_ARGS; /* as the vendor's simulator account */
    result = sim_change(o, in->Password, sim_ticks_of(in->Price), SIM_MARKET_PRICE, in->Quantity, &message);
    if (result == NL_OK && in->Version >= 1)
        in->MessageID = message;
    return result;
}

SIM_EXPORT int32_t QT_STDCALL SendChangeOrderV2(TConnectorChangeOrder *order)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!order || order->Version > newest_change()))
        result = order ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : change_order(order));
}

int sim_cancel(const sim_client_order_t *o, qt_text_t password, int64_t *message)
{
    sim_command_t c = {0};
    int result;
    if (sim_order_is_over(o))
        return NL_INVALID_ARGS;
    *message = c.message_id = ++sim.clients.n_messages;
    sim_point(SIM_POINT_BEFORE_CANCEL);
    result = post_order(SIM_CMD_CANCEL, o, password, c);
    sim_point(SIM_POINT_AFTER_CANCEL);
    return result;
}

static int cancel_order(TConnectorCancelOrder *in)
{
    const sim_client_order_t *o;
    int64_t message;
    int result = order_meant(&in->AccountID, &in->OrderID, &o);
    if (result)
        return result;
    result = sim_cancel(o, in->Password, &message);
    if (result == NL_OK && in->Version >= 1)
        in->MessageID = message;
    return result;
}

SIM_EXPORT int32_t QT_STDCALL SendCancelOrderV2(TConnectorCancelOrder *order)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!order || order->Version > newest_change()))
        result = order ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : cancel_order(order));
}

/* Before the open the server refuses this one. */
int sim_cancel_all(const TConnectorAccountIdentifier *id, qt_text_t password)
{
    int32_t link, next;
    int64_t message;
    int account, result = sim_account_of(id, &account);
    if (result == NL_OK && sim.market.phase != QT_PHASE_OPEN)
        result = NL_INVALID_ARGS;
    for (link = sim.clients.first_live; link && result == NL_OK; link = next) {
        const sim_client_order_t *o = sim_order_at(link - 1);
        next = o->after;
        if (o->account == account)
            result = sim_cancel(o, password, &message);
    }
    return result;
}

/* Nothing rests under the continuous name. */
int sim_cancel_all_of(const TConnectorAccountIdentifier *id, qt_text_t password, qt_text_t ticker, qt_text_t exchange)
{
    int view, result = sim_find(ticker, exchange, &view);
    if (result == NL_OK && view)
        result = NL_INVALID_ARGS;
    return result ? result : sim_cancel_all(id, password);
}

SIM_EXPORT int32_t QT_STDCALL SendCancelOrdersV2(TConnectorCancelOrders *o)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!o || o->Version || o->AssetID.Version))
        result = o ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : sim_cancel_all_of(&o->AccountID, o->Password, o->AssetID.Ticker, o->AssetID.Exchange));
}

SIM_EXPORT int32_t QT_STDCALL SendCancelAllOrdersV2(TConnectorCancelAllOrders *o)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!o || o->Version))
        result = o ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : sim_cancel_all(&o->AccountID, o->Password));
}
