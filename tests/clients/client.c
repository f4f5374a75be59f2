/* A plain client: logs in, subscribes, asks for history, trades and shuts down, and prints everything it was told.
 *
 *     client PATH-OF-THE-LIBRARY
 *
 * Every step is taken while the market stands still, so that the transcript is the same on every machine. */
#include "says.h"

static const AssetId WDO = {0, (PWideChar)u"WDOZ26", (PWideChar)u"F", 0};
static const AssetId ALIAS = {0, (PWideChar)u"WDOFUT", (PWideChar)u"F", 0};
static const AccountId ACCOUNT = {0, 32003, (PWideChar)u"1000001", NULL, 0};

/* ---- doing things ----------------------------------------------------------------------------------------------- */

static void run_until(const char *clock)
{
    printf("> SIM_RunUntil %s\n", clock);
    did("SIM_RunUntil", SIM_RunUntil(clock));
}

static void set(const char *key, const char *value)
{
    printf("> SIM_Set %s %s\n", key, value);
    did("SIM_Set", SIM_Set(key, value));
}

static void figure(const char *name) { did(name, SIM_Stat(name)); }

static void ask(const char *what, int32_t(STDCALL *request)(PWideChar, PWideChar), const char *ticker, const char *exchange)
{
    uint16_t t[32], e[32];
    printf("> %s %s %s\n", what, ticker, exchange);
    did(what, request(widen(t, ticker), widen(e, exchange)));
}

static void history(const char *from, const char *to)
{
    uint16_t start[32], end[32];
    printf("> GetHistoryTrades %s %s\n", from, to);
    did("GetHistoryTrades", GetHistoryTrades(WDO.ticker, WDO.exchange, widen(start, from), widen(end, to)));
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

static int64_t place(const AssetId *asset, int type, int side, double price, double stop_price, int64_t quantity)
{
    SendOrderRec o = {0};
    int64_t id;
    o.version = 2;
    o.account = ACCOUNT;
    o.asset = *asset;
    o.password = W("routing");
    o.type = (uint8_t)type;
    o.side = (uint8_t)side;
    o.price = price;
    o.stop = stop_price;
    o.quantity = quantity;
    o.message = -1;
    id = SendOrder(&o);
    printf("> SendOrder %d %d %s %s %" PRId64 " = %" PRId64 " message %" PRId64 "\n", type, side, number(price),
           number(stop_price), quantity, id, o.message);
    settle();
    return id;
}

static void change(int64_t id, double price, int64_t quantity)
{
    ChangeOrderRec c = {0};
    int32_t result;
    c.version = 1;
    c.account = ACCOUNT;
    c.order.local = id;
    c.password = W("routing");
    c.price = price;
    c.stop = -1;
    c.quantity = quantity;
    c.message = -1;
    result = SendChangeOrderV2(&c);
    printf("> SendChangeOrderV2 %s %" PRId64 " = %d message %" PRId64 "\n", number(price), quantity, result, c.message);
    settle();
}

static void cancel(int64_t id)
{
    CancelOrderRec c = {0};
    int32_t result;
    c.version = 1;
    c.account = ACCOUNT;
    c.order.local = id;
    c.password = W("routing");
    c.message = -1;
    result = SendCancelOrderV2(&c);
    printf("> SendCancelOrderV2 = %d message %" PRId64 "\n", result, c.message);
    settle();
}

static void cancel_everything(void)
{
    CancelOrdersRec some = {0};
    CancelAllRec all = {0};
    some.account = all.account = ACCOUNT;
    some.password = all.password = W("routing");
    some.asset = ALIAS;
    did("SendCancelOrdersV2 WDOFUT", SendCancelOrdersV2(&some));
    some.asset = WDO;
    did("SendCancelOrdersV2 WDOZ26", SendCancelOrdersV2(&some));
    run_until("10:30:05");
    place(&WDO, 2, 1, 5300.0, -1, 1);
    run_until("10:30:05.500");
    did("SendCancelAllOrdersV2", SendCancelAllOrdersV2(&all));
    run_until("10:30:06");
}

static void show_position(const AssetId *asset, const char *exchange_name)
{
    PositionRec p = {0};
    int32_t result;
    p.version = 2;
    p.account = ACCOUNT;
    p.asset = *asset;
    if (exchange_name[0] == 'B')
        p.asset.exchange = W("B");
    p.position_type = 1;
    result = GetPositionV2(&p);
    printf("> GetPositionV2 %s %s = %d\n", text(asset->ticker), exchange_name, result);
    printf("  open %" PRId64 " %s side %d sold %" PRId64 " %s bought %" PRId64 " %s\n", p.open, number(p.average), p.side, p.sold,
           number(p.sell_average), p.bought, number(p.buy_average));
    printf("  %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, p.d1, p.d2, p.d3, p.blocked,
           p.pending, p.allocated, p.provisioned);
    printf(" %" PRId64 " %" PRId64 " event %" PRId64 "\n", p.quantity, p.available, p.event);
}

static void zero_position(void)
{
    ZeroPositionRec z = {0};
    int64_t id;
    z.version = 2;
    z.account = ACCOUNT;
    z.asset = WDO;
    z.password = W("routing");
    z.price = -1;
    z.position_type = 1;
    z.message = -1;
    id = SendZeroPositionV2(&z);
    printf("> SendZeroPositionV2 = %" PRId64 " message %" PRId64 "\n", id, z.message);
    settle();
}

/* ---- the session --------------------------------------------------------------------------------------------------- */

static void log_in(void)
{
    set("seed", "20261118");
    set("hold", "1");
    set("speed", "0");
    set("activity", "0.5");
    set("pages", "400");
    did("DLLInitializeLogin",
        DLLInitializeLogin(W("key"), W("user"), W("password"), on_state, NULL, NULL, on_account, NULL, on_daily,
                           NULL, NULL, NULL, on_progress, on_tiny));
    did("SetEnabledHistOrder 1", SetEnabledHistOrder(1));
    did("SetTradeCallbackV2", SetTradeCallbackV2(on_trade));
    did("SetHistoryTradeCallbackV2", SetHistoryTradeCallbackV2(on_past));
    did("SetOfferBookCallbackV2", SetOfferBookCallbackV2(on_offer));
    did("SetPriceDepthCallback", SetPriceDepthCallback(on_depth));
    did("SetChangeStateTickerCallback", SetChangeStateTickerCallback(on_phase));
    did("SetInvalidTickerCallback", SetInvalidTickerCallback(on_invalid));
    did("SetOrderCallback", SetOrderCallback(on_order));
    did("SetOrderHistoryCallback", SetOrderHistoryCallback(on_loaded));
    did("SetTradingMessageResultCallback", SetTradingMessageResultCallback(on_message));
    did("SetAssetListInfoCallbackV2", SetAssetListInfoCallbackV2(on_info));
}

static void show_server(void)
{
    AccountIdOut out[2];
    double date = 0;
    int32_t c[7] = {0}, health = -1, n, result;
    memset(out, 0, sizeof out);
    result = GetServerClock(&date, &c[0], &c[1], &c[2], &c[3], &c[4], &c[5], &c[6]);
    printf("> GetServerClock = %d %s %d %d %d %d %d %d %d\n", result, number(date), c[0], c[1], c[2], c[3], c[4], c[5], c[6]);
    result = GetHealthStatus(&health);
    printf("> GetHealthStatus = %d %d\n", result, health);
    did("GetAccountCount", GetAccountCount());
    n = GetAccounts(0, 1, 1, out);
    printf("> GetAccounts = %d: %d %s %s %" PRId64 "\n", n, out[1].broker, text_of(out[1].account, out[1].account_length),
           text_of(out[1].sub, out[1].sub_length), out[1].reserved);
    did("GetAccount", GetAccount());
}

static void subscribe(void)
{
    ask("SubscribeTicker", SubscribeTicker, "WDOZ26", "F");
    ask("SubscribeTicker", SubscribeTicker, "ABCD3", "F");
    ask("SubscribeTicker", SubscribeTicker, "WDOZ26", "BMF");
    ask("SubscribeOfferBook", SubscribeOfferBook, "WDOZ26", "F");
    did("SubscribePriceDepth WDO", SubscribePriceDepth(&WDO));
    history("18/11/2026 10:29:50", "18/11/2026 10:30:00");
    history("18/11/2026", "18/11/2026");
    run_until("10:30:01");
    ask("SubscribeTicker", SubscribeTicker, "WDOFUT", "F");
    run_until("10:30:02");
    ask("UnsubscribeTicker", UnsubscribeTicker, "WDOFUT", "F");
    ask("UnsubscribeOfferBook", UnsubscribeOfferBook, "WDOZ26", "F");
}

static void show_names(void)
{
    TradingAccountOut d = {0};
    uint16_t broker[128], owner[128], name[64];
    int32_t first, second, n;
    d.version = 1;
    d.account = ACCOUNT;
    first = GetAccountDetails(&d);
    d.broker_name = broker;
    d.owner = owner;
    second = GetAccountDetails(&d);
    printf("> GetAccountDetails = %d %d %s %s %u %d\n", first, second, text_of(broker, d.broker_name_length),
           text_of(owner, d.owner_length), d.flags, d.type);
    n = GetAgentNameLength(3, 0);
    printf("> GetAgentName = %d", GetAgentName(n, 3, name, 0));
    printf(" %d %s\n", n, text_of(name, n));
    ask("RequestTickerInfo", RequestTickerInfo, "WDOZ26", "F");
}

/* The old family: words instead of numbers, texts for everything. */
static void trade_in_words(void)
{
    PWideChar broker = W("32003"), password = W("routing");
    uint16_t name[32];
    did("SetOrderChangeCallback", SetOrderChangeCallback(on_words));
    did("SendMarketBuyOrder", SendMarketBuyOrder(ACCOUNT.account, broker, password, WDO.ticker, WDO.exchange, 2));
    did("SendStopBuyOrder",
        SendStopBuyOrder(ACCOUNT.account, broker, password, WDO.ticker, WDO.exchange, 5600.0, 5550.0, 1));
    run_until("10:30:07.500");
    did("SendCancelOrder", SendCancelOrder(ACCOUNT.account, broker, widen(name, "SIM0000000009"), password));
    run_until("10:30:08");
}

static double best(uint8_t side)
{
    PriceGroup g = {0};
    int32_t result = GetPriceGroup(&WDO, side, 0, &g);
    printf("> best %d = %d %s %u %" PRId64 "\n", side, result, number(g.price), g.count, g.quantity);
    return g.price;
}

static void trade(void)
{
    double bid = best(0), ask = best(1);
    int64_t resting, stop_sell;
    show_position(&WDO, "F");
    place(&WDO, 1, 1, -1, -1, 3);
    resting = place(&WDO, 2, 1, bid - 5.0, -1, 4);
    stop_sell = place(&WDO, 4, 2, ask - 40.0, ask - 30.0, 2);
    place(&ALIAS, 1, 1, -1, -1, 1);
    place(&WDO, 2, 2, ask + 0.25, -1, 1);
    place(&WDO, 3, 1, ask, ask, 1);
    place(&WDO, 2, 1, bid, -1, 0);
    did("UnsubscribePriceDepth WDO", UnsubscribePriceDepth(&WDO));
    run_until("10:30:03");
    show_position(&WDO, "F");
    show_position(&WDO, "B");
    show_position(&ALIAS, "F");
    change(resting, bid - 6.0, 4);
    change(stop_sell, ask - 40.0, 1);
    run_until("10:30:03.500");
    cancel(resting);
    run_until("10:30:04");
    cancel(resting);
    cancel_everything();
    zero_position();
    run_until("10:30:07");
    show_position(&WDO, "F");
    zero_position();
}

static void look_back(void)
{
    SystemTime from = {2026, 11, 3, 18, 0, 0, 0, 0}, to = {2026, 11, 3, 18, 23, 59, 59, 999};
    did("HasOrdersInInterval", HasOrdersInInterval(&ACCOUNT, to, from));
    did("HasOrdersInInterval", HasOrdersInInterval(&ACCOUNT, from, to));
    did("HasOrdersInInterval", HasOrdersInInterval(&ACCOUNT, from, to));
    did("EnumerateAllOrders 1 7", EnumerateAllOrders(&ACCOUNT, 1, 7, on_enumerated));
}

int main(int argc, char **argv)
{
    if (argc != 2)
        stop("usage", "client LIBRARY");
    open_library(argv[1]);
    log_in();
    show_server();
    show_names();
    subscribe();
    trade();
    trade_in_words();
    look_back();
    did("DLLFinalize", DLLFinalize());
    figure("freepointer_leaks");
    figure("freepointer_faults");
    figure("reentrant");
    figure("stale_handles");
    figure("overflow");
    free(said);
    return 0;
}
