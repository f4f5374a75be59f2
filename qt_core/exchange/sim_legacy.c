/* The old order calls: text for the account and the broker, the password at three different places. */
#include "sim.h"

#include <string.h>

#define AT_MARKET (-1.0)

static int number_of(qt_text_t text)
{
    char narrow[12];
    int i, n = 0;
    if (!text || sim_narrow(narrow, text, 9) <= 0)
        return -1;
    for (i = 0; narrow[i]; i++) {
        if (narrow[i] < '0' || narrow[i] > '9')
            return -1;
        n = n * 10 + (narrow[i] - '0');
    }
    return n;
}

/* the broker is its number, written out */
int sim_legacy_account(TConnectorAccountIdentifier *out, qt_text_t account, qt_text_t broker)
{
    memset(out, 0, sizeof *out);
    out->BrokerID = number_of(broker);
    out->AccountID = account;
    return account && out->BrokerID >= 0 ? NL_OK : NL_INVALID_ARGS;
}

/* ---- sending ---------------------------------------------------------------------------------------------- */

/* the export's own name goes along: fault scripts know calls by it */
#define send(...) send_as(__func__, __VA_ARGS__)
#define zero(...) zero_as(__func__, __VA_ARGS__)

static int64_t send_as(const char *function, qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                       qt_text_t exchange, int type, int side, double price, double stop, int32_t qty)
{
    TConnectorSendOrder order;
    int result = sim_send_request_as(function);
    memset(&order, 0, sizeof order);
    if (result == NL_OK)
        result = sim_legacy_account(&order.AccountID, account, broker);
    order.Version = 1;
    order.AssetID.Ticker = ticker;
    order.AssetID.Exchange = exchange;
    order.Password = password;
    order.OrderType = (uint8_t)type;
    order.OrderSide = (uint8_t)side;
    order.Price = price;
    order.StopPrice = stop;
    order.Quantity = qty;
    return sim_end64(result ? result : sim_send_order(&order));
}

SIM_EXPORT int64_t QT_STDCALL SendBuyOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                           qt_text_t exchange, double price, int32_t qty)
{
    return send(account, broker, password, ticker, exchange, QT_ORDER_LIMIT, QT_ORDER_BUY, price, AT_MARKET, qty);
}

SIM_EXPORT int64_t QT_STDCALL SendSellOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                            qt_text_t exchange, double price, int32_t qty)
{
    return send(account, broker, password, ticker, exchange, QT_ORDER_LIMIT, QT_ORDER_SELL, price, AT_MARKET, qty);
}

SIM_EXPORT int64_t QT_STDCALL SendMarketBuyOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                                 qt_text_t exchange, int32_t qty)
{
    return send(account, broker, password, ticker, exchange, QT_ORDER_MARKET, QT_ORDER_BUY, AT_MARKET, AT_MARKET, qty);
}

SIM_EXPORT int64_t QT_STDCALL SendMarketSellOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                                  qt_text_t exchange, int32_t qty)
{
    return send(account, broker, password, ticker, exchange, QT_ORDER_MARKET, QT_ORDER_SELL, AT_MARKET, AT_MARKET, qty);
}

SIM_EXPORT int64_t QT_STDCALL SendStopBuyOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                               qt_text_t exchange, double price, double stop_price, int32_t qty)
{
    return send(account, broker, password, ticker, exchange, QT_ORDER_STOP_LIMIT, QT_ORDER_BUY, price, stop_price, qty);
}

SIM_EXPORT int64_t QT_STDCALL SendStopSellOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                                qt_text_t exchange, double price, double stop_price, int32_t qty)
{
    return send(account, broker, password, ticker, exchange, QT_ORDER_STOP_LIMIT, QT_ORDER_SELL, price, stop_price, qty);
}

static int64_t zero_as(const char *function, qt_text_t account, qt_text_t broker, qt_text_t ticker, qt_text_t exchange,
                       qt_text_t password, double price)
{
    TConnectorZeroPosition position;
    int result = sim_send_request_as(function);
    memset(&position, 0, sizeof position);
    if (result == NL_OK)
        result = sim_legacy_account(&position.AccountID, account, broker);
    position.AssetID.Ticker = ticker;
    position.AssetID.Exchange = exchange;
    position.Password = password;
    position.Price = price;
    return sim_end64(result ? result : sim_zero_position(&position));
}

SIM_EXPORT int64_t QT_STDCALL SendZeroPosition(qt_text_t account, qt_text_t broker, qt_text_t ticker, qt_text_t exchange,
                                               qt_text_t password, double price)
{
    return zero(account, broker, ticker, exchange, password, price);
}

SIM_EXPORT int64_t QT_STDCALL SendZeroPositionAtMarket(qt_text_t account, qt_text_t broker, qt_text_t ticker,
                                                       qt_text_t exchange, qt_text_t password)
{
    return zero(account, broker, ticker, exchange, password, AT_MARKET);
}

/* ---- changing and cancelling ------------------------------------------------------------------------------------ */

/* the order of that account by its permanent id; NL_OK, or the code that refuses the request */
static int find(qt_text_t account, qt_text_t broker, qt_text_t cl_ord_id, const sim_client_order_t **o)
{
    TConnectorAccountIdentifier id;
    int index, result = sim_legacy_account(&id, account, broker);
    if (result == NL_OK)
        result = sim_account_of(&id, &index);
    if (result)
        return result;
    *o = sim_order_by_name(cl_ord_id);
    return *o && (*o)->account == index ? NL_OK : NL_NOT_FOUND;
}

/* The price of a waiting stop is its stop price; the limit keeps its distance. */
static int change(const sim_client_order_t *o, qt_text_t password, double price, int32_t qty)
{
    int32_t ticks = sim_ticks_of(price), limit = ticks;
    int64_t message;
    if (o->waiting && ticks != SIM_MARKET_PRICE)
        limit = ticks + (o->price - o->stop);
    return sim_change(o, password, limit, ticks, qty, &message);
}

SIM_EXPORT int32_t QT_STDCALL SendChangeOrder(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t cl_ord_id,
                                              double price, int32_t qty)
{
    const sim_client_order_t *o = NULL;
    int result = sim_routing_request();
    if (result == NL_OK)
        result = find(account, broker, cl_ord_id, &o);
    return sim_end(result ? result : change(o, password, price, qty));
}

SIM_EXPORT int32_t QT_STDCALL SendCancelOrder(qt_text_t account, qt_text_t broker, qt_text_t cl_ord_id, qt_text_t password)
{
    const sim_client_order_t *o = NULL;
    int64_t message;
    int result = sim_routing_request();
    if (result == NL_OK)
        result = find(account, broker, cl_ord_id, &o);
    return sim_end(result ? result : sim_cancel(o, password, &message));
}

SIM_EXPORT int32_t QT_STDCALL SendCancelOrders(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
                                               qt_text_t exchange)
{
    TConnectorAccountIdentifier id;
    int result = sim_routing_request();
    if (result == NL_OK)
        result = sim_legacy_account(&id, account, broker);
    return sim_end(result ? result : sim_cancel_all_of(&id, password, ticker, exchange));
}

SIM_EXPORT int32_t QT_STDCALL SendCancelAllOrders(qt_text_t account, qt_text_t broker, qt_text_t password)
{
    TConnectorAccountIdentifier id;
    int result = sim_routing_request();
    if (result == NL_OK)
        result = sim_legacy_account(&id, account, broker);
    return sim_end(result ? result : sim_cancel_all(&id, password));
}

/* ---- reading: the answers come through the old history callback ----------------------------------------------------- */

static int post_past(int account, int32_t first, int32_t last)
{
    sim_command_t c = {.kind = SIM_CMD_PAST_ORDERS};
    c.view = account;
    c.slot = first;
    c.qty = last;
    return sim_post_command(&c);
}

static int day_of(qt_text_t text, int64_t *utc_ns)
{
    char narrow[40];
    int has_time;
    return text && sim_narrow(narrow, text, 40) > 0 && sim_parse_date(narrow, utc_ns, &has_time) == 0 ? NL_OK
                                                                                                      : NL_INVALID_ARGS;
}

/* Only the current day has orders; a range that leaves it out is answered with none. */
SIM_EXPORT int32_t QT_STDCALL GetOrders(qt_text_t account, qt_text_t broker, qt_text_t start, qt_text_t end)
{
    TConnectorAccountIdentifier id;
    int64_t from = 0, to = 0;
    int index = 0, result = sim_routing_request();
    if (result == NL_OK)
        result = sim_legacy_account(&id, account, broker);
    if (result == NL_OK)
        result = sim_account_of(&id, &index);
    if (result == NL_OK)
        result = day_of(start, &from);
    if (result == NL_OK)
        result = day_of(end, &to);
    if (result || from > to)
        return sim_end(result ? result : NL_INVALID_ARGS);
    if (sim.market.now_ns < from || sim.market.now_ns >= to + SIM_DAY_NS)
        return sim_end(NL_OK);
    return sim_end(post_past(index, sim.clients.first_today, sim.clients.n_orders - 1));
}

static int get_one(const sim_client_order_t *o) { return o ? post_past(-1, o->slot, o->slot) : NL_NOT_FOUND; }

SIM_EXPORT int32_t QT_STDCALL GetOrder(qt_text_t cl_ord_id)
{
    int result = sim_routing_request();
    return sim_end(result ? result : get_one(sim_order_by_name(cl_ord_id)));
}

SIM_EXPORT int32_t QT_STDCALL GetOrderProfitID(int64_t local_id)
{
    int result = sim_routing_request();
    return sim_end(result ? result : get_one(sim_order_by_local_id(local_id)));
}
