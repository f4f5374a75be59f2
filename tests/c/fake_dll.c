/* A small stand-in for ProfitDLL: one connector thread, one queue, no market. It says fixed things, in the vendor's
 * order and layouts, with garbage where the vendor has garbage, and keeps a ledger of what it handed out.
 * -DFAKE_SIM adds a simulated exchange's side channel, -DFAKE_INCOMPLETE leaves TranslateTrade and SendOrder out,
 * -DFAKE_REFUSE refuses the login, -DFAKE_REAL has an account with real money instead of a simulator's. */
#include "qt_profit.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define DIRT (INT64_C(0x5A5A5A5A) << 32) /* above narrow arguments */
#define CHAR(x) ((uint16_t)(0xA500 | (x))) /* the vendor's Char: only the low byte means anything */

enum misbehaviour { HONEST, OVERRUN, ABSURD_QTY, ABSURD_SIDE, ABSURD_PRICE };
enum command { LOGIN, TICKER, OFFERS, DEPTH, HISTORY, ACCOUNTS, ORDER, GARBAGE, LOSE, STOP };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    int queue[256], in, out, running;
    uint16_t ticker[32], exchange[4];
    int login_result, market_result, broker_result, hang, histories, routing, sends, calls, last_type, last_side, misbehave;
    int64_t given, freed, wrong;
    TStateCallback state;
    TDailyCallback daily;
    TTinyBookCallback tiny;
    TProgressCallback progress;
    TTradeV2Callback trade, history;
    TOfferBookV2Callback offers;
    TPriceDepthCallback depth;
    TInvalidTickerCallback invalid;
    TOrderCallback order;
    TAccountCallback account;
    TAccountIdCallback order_history;
    TTheoreticalPriceCallback theoretical;
    TChangeStateTickerCallback phase;
} F = {.lock = PTHREAD_MUTEX_INITIALIZER, .wake = PTHREAD_COND_INITIALIZER, .market_result = 4, .broker_result = 5,
#if defined(FAKE_REFUSE)
    .login_result = 2,
#endif
};

static void post(int command)
{
    pthread_mutex_lock(&F.lock);
    F.queue[F.in++ & 255] = command;
    pthread_cond_signal(&F.wake);
    pthread_mutex_unlock(&F.lock);
}

/* ---- records that die with their callback ---- */

static TConnectorTrade now_trade;

static void fire_trade(TTradeV2Callback callback, int64_t n, uint32_t flags)
{
    uint16_t ticker[32];
    TConnectorAssetIdentifier asset = {0, ticker, F.exchange, 0};
    TConnectorTrade t = {0, {2026, 11, 1, 23, 10, 0, 0, 0}, 0, 5400.5, 3, 5400.5 * 3 * 10, 85, 120, 2};
    memcpy(ticker, F.ticker, sizeof ticker);
    t.TradeDate.wSecond = (uint16_t)(n / 10 % 60);
    t.TradeDate.wMilliseconds = (uint16_t)(n % 10 * 100);
    t.TradeNumber = (uint32_t)n;
    now_trade = t;
    callback(asset, &now_trade, flags);
    memset(&now_trade, 0xEE, sizeof now_trade); /* the handle is dead */
    memset(ticker, 0xEE, sizeof ticker);
}

static void fire_bad_trades(void)
{
    static const struct { double price; int64_t qty; double volume; uint8_t type; uint16_t month, hour; } bad[] = {
        {NAN, 3, 0, 2, 11, 11},       {-5.0, 3, 0, 2, 11, 11},  {5400.3, 3, 0, 2, 11, 11},
        {5400.5, 0, 0, 2, 11, 11},    {5400.5, INT64_C(181900000000000000), 0, 2, 11, 11},
        {5400.5, 3, 54325.0, 2, 11, 11}, {5400.5, 3, 0, 77, 11, 11}, {5400.5, 3, 0, 2, 13, 11},
        {5400.5, 3, 0, 2, 11, 9},     {5400.5, 3, 0, 2, 11, 11}};
    static const uint16_t nobody[] = {'N', 'O', 'N', 'E', 0}, empty[] = {0};
    TConnectorAssetIdentifier asset = {0, F.ticker, F.exchange, 0};
    size_t i;
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TConnectorTrade t = {0, {2026, bad[i].month, 1, 23, bad[i].hour, 0, 0, 0}, 9, bad[i].price, bad[i].qty,
                             bad[i].volume, 1, 2, bad[i].type};
        now_trade = t;
        F.trade(asset, i == 9 ? NULL : (void *)&now_trade, 0);
    }
    asset.Ticker = nobody;
    F.trade(asset, &now_trade, 0);
    asset.Ticker = empty;
    F.trade(asset, &now_trade, 0);
    asset.Ticker = NULL;
    F.trade(asset, &now_trade, 0);
}

/* ---- offer book ---- */

static unsigned char *put(unsigned char *p, const void *value, size_t bytes) { memcpy(p, value, bytes); return p + bytes; }

/* `n` entries around `base`, worst first; entry 1 has no date: the stride is not constant */
static void *offer_array(int n, double base, double step, uint32_t flags)
{
    static const char date[] = "23/11/2026 10:00:00.123";
    int32_t size = 8 + 4, i;
    unsigned char *data, *p;
    for (i = 0; i < n; i++)
        size += 30 + (i == 1 ? 0 : 23);
    p = data = malloc((size_t)size);
    p = put(p, &n, 4);
    p = put(p, &size, 4);
    for (i = 0; i < n; i++) {
        double price = base + step * i;
        int64_t qty = 10 + i, id = INT64_C(7000000000) + i;
        int32_t agent = 100 + i;
        uint16_t text = i == 1 ? 0 : 23;
        p = put(p, &price, 8);
        p = put(p, &qty, 8);
        p = put(p, &agent, 4);
        p = put(p, &id, 8);
        p = put(p, &text, 2);
        p = put(p, date, text);
    }
    put(p, &flags, 4);
    F.given++;
    return data;
}

typedef void (*dirty_offers)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, double, int64_t, int64_t,
                             int64_t, int64_t, int64_t, qt_text_t, void *, void *);

static void fire_offer(int action, int position, int side, int64_t qty, double price, int flags, void *sells, void *buys)
{
    static const uint16_t stale[] = {'3', '0', '/', '1', '2', '/', '1', '8', '9', '9', 0};
    TAssetIDRec asset = {F.ticker, F.exchange, 0};
    dirty_offers call;
    memcpy(&call, &F.offers, sizeof call);
    call(asset, action | DIRT, position | DIRT, side | DIRT, qty, 555 | DIRT, INT64_C(8000000001), price,
         CHAR(flags & 1), CHAR(flags >> 1 & 1), CHAR(0), CHAR(flags >> 2 & 1), CHAR(flags >> 3 & 1), stale, sells, buys);
}

static void fire_offers(void)
{
    fire_offer(4, -7, 99, 0, 0, 0, offer_array(3, 5402.0, -0.5, 2), offer_array(3, 5399.0, 0.5, 3));
    fire_offer(4, -7, 99, 0, 0, 0, offer_array(1, 5400.5, 0, 1), NULL); /* second page of the sells */
    fire_offer(0, 3, 0, 4, 5398.5, 15, NULL, NULL);                     /* an add at the worst end */
    fire_offer(1, 0, 1, -2, 9.9, 2, NULL, NULL);                        /* edit: two contracts less */
    fire_offer(2, 1, 0, 77, 1.0, 0, NULL, NULL);                        /* delete: everything but the place is leftovers */
}

static void fire_ticker(void)
{
    TAssetIDRec asset = {F.ticker, F.exchange, 0};
    static const uint16_t date[] = {'2', '3', '/', '1', '1', '/', '2', '0', '2', '6', ' ', '1', '0', ':', '0', '0', ':',
                                    '0', '0', ':', '5', '0', '0', 0};
    TConnectorAssetIdentifier bad = {0, F.ticker, F.exchange, 0};
    int64_t n;
    if (F.ticker[0] == 'X') {
        F.invalid(bad);
        return;
    }
    F.daily(asset, date, 5390, 5410, 5380, 5400, 1e9, 5391, 5700, 5100, 5e8, 5e8, 123456, 789, 5000, 1, 2, 3, 4);
    F.tiny(asset, 5400.0, 12, 0);
    F.tiny(asset, 5400.5, 7, 1);
    if (F.phase)
        F.phase(asset, date, 0);
    for (n = 1; n <= 5; n++)
        fire_trade(F.trade, 5000 + n, 0);
}

static void fire_depth(void)
{
    TConnectorAssetIdentifier asset = {0, F.ticker, F.exchange, 0};
    F.depth(asset, 254, 0, 4);
    F.depth(asset, 0, 1, 1);
    F.depth(asset, 0, 0, 5);
    F.depth(asset, 0, 0, 1);
    F.depth(asset, 0, 0, 6);
    F.depth(asset, 1, 0, 7);
}

/* the first request of a session returns only the tail */
static void fire_history(void)
{
    TAssetIDRec asset = {F.ticker, F.exchange, 0};
    int64_t n;
    F.progress(asset, 50);
    for (n = F.histories == 1 ? 90 : 1; n <= 100; n++)
        fire_trade(F.history, n, n == 100 ? 2u : 0u);
    F.progress(asset, 100);
}

static void fire_login(void)
{
    F.state(0, F.login_result);
    if (F.login_result)
        return;
    F.state(3, 0);
    F.state(2, 1);
    F.state(2, 2);
    F.state(2, F.market_result);
    if (!F.routing)
        return;
    F.state(1, 2);
    F.state(1, F.broker_result);
}

#if defined(FAKE_REAL)
static const uint16_t account_name[] = {'R', '1', '2', '3', 0}, broker_name[] = {'C', 'o', 'r', 'r', 'e', 't', 'o', 'r', 'a', 0};
enum { BROKER = 90 };
#else
static const uint16_t account_name[] = {'S', 'i', 'm', 0}, broker_name[] = {'S', 'i', 'm', 0};
enum { BROKER = 32003 };
#endif

static void fire_account(void)
{
    TConnectorAccountIdentifier id = {0, BROKER, account_name, NULL, 0};
    F.account(BROKER, broker_name, account_name, account_name);
    if (F.order_history)
        F.order_history(id);
}

static void fire_order(void)
{
    TConnectorOrderIdentifier id = {0, INT64_C(126000000000001), NULL};
    F.order(id);
}

static void lose_connection(void)
{
    F.state(2, 0);
    F.state(2, 5);
}

static void obey(int command)
{
    switch (command) {
    case LOGIN:
        fire_login();
#if defined(FAKE_REAL)
        fire_account(); /* the vendor announces them after the login, unasked */
#endif
        break;
    case TICKER: fire_ticker(); break;
    case OFFERS: fire_offers(); break;
    case DEPTH: fire_depth(); break;
    case HISTORY: fire_history(); break;
    case ACCOUNTS: fire_account(); break;
    case ORDER: fire_order(); break;
    case GARBAGE: fire_bad_trades(); break;
    case LOSE: lose_connection(); break;
    default: break;
    }
}

static void *connector(void *unused)
{
    int command = LOGIN;
    (void)unused;
    while (command != STOP) {
        pthread_mutex_lock(&F.lock);
        while (F.in == F.out)
            pthread_cond_wait(&F.wake, &F.lock);
        command = F.queue[F.out++ & 255];
        pthread_mutex_unlock(&F.lock);
        obey(command);
    }
    return NULL;
}

/* ---- exports ---- */

static void copy_text(uint16_t *to, qt_text_t from, int units)
{
    int i;
    for (i = 0; i < units - 1 && from[i]; i++)
        to[i] = from[i];
    to[i] = 0;
}

static int32_t begin(TStateCallback state, TDailyCallback daily, TProgressCallback progress, TTinyBookCallback tiny)
{
    F.state = state;
    F.daily = daily;
    F.progress = progress;
    F.tiny = tiny;
    F.histories = 0;
    F.running = 1;
    pthread_create(&F.thread, NULL, connector, NULL);
    post(LOGIN);
    return NL_OK;
}

EXPORT int32_t DLLInitializeLogin(qt_text_t key, qt_text_t user, qt_text_t password, TStateCallback state,
    TOrderHistoryCallback a, TOrderChangeCallback b, TAccountCallback account, TTradeCallback c, TDailyCallback daily,
    TPriceBookCallback d, TOfferBookCallback e, THistoryTradeCallback f, TProgressCallback progress, TTinyBookCallback tiny)
{
    (void)user, (void)password;
    F.account = account;
    F.routing = 1;
    if (a || b || c || d || e || f) /* the slots take the old signatures for ever: what has a newer one stays out of them */
        return NL_INVALID_ARGS;
    return key[0] ? begin(state, daily, progress, tiny) : NL_NO_LICENSE;
}

EXPORT int32_t DLLInitializeMarketLogin(qt_text_t key, qt_text_t user, qt_text_t password, TStateCallback state,
    TTradeCallback a, TDailyCallback daily, TPriceBookCallback b, TOfferBookCallback c, THistoryTradeCallback d,
    TProgressCallback progress, TTinyBookCallback tiny)
{
    (void)user, (void)password;
    F.routing = 0;
    if (!key[0])
        return NL_NO_LICENSE;
    return a || b || c || d ? NL_INVALID_ARGS : begin(state, daily, progress, tiny);
}

EXPORT int32_t DLLFinalize(void)
{
    if (!F.running)
        return NL_NOT_INITIALIZED;
    if (F.hang)
        for (;;)
            pthread_cond_wait(&F.wake, &F.lock);
    post(STOP);
    pthread_join(F.thread, NULL);
    F.running = 0;
    return NL_OK;
}

#define SETTER(name, type, field) EXPORT int32_t name(type callback) { F.field = callback; return NL_OK; }
SETTER(SetStateCallback, TStateCallback, state)
SETTER(SetTradeCallbackV2, TTradeV2Callback, trade)
SETTER(SetHistoryTradeCallbackV2, TTradeV2Callback, history)
SETTER(SetOfferBookCallbackV2, TOfferBookV2Callback, offers)
SETTER(SetPriceDepthCallback, TPriceDepthCallback, depth)
SETTER(SetInvalidTickerCallback, TInvalidTickerCallback, invalid)
SETTER(SetDailyCallback, TDailyCallback, daily)
SETTER(SetTinyBookCallback, TTinyBookCallback, tiny)
SETTER(SetSerieProgressCallback, TProgressCallback, progress)
SETTER(SetOrderCallback, TOrderCallback, order)
SETTER(SetOrderHistoryCallback, TAccountIdCallback, order_history)
SETTER(SetAccountCallback, TAccountCallback, account)
SETTER(SetTheoreticalPriceCallback, TTheoreticalPriceCallback, theoretical)
SETTER(SetChangeStateTickerCallback, TChangeStateTickerCallback, phase)

static int32_t request(qt_text_t ticker, qt_text_t exchange, int command)
{
    if (!F.running)
        return NL_NOT_INITIALIZED;
    if (exchange[0] != 'F' || exchange[1])
        return NL_EXCHANGE_UNKNOWN;
    copy_text(F.ticker, ticker, 32);
    copy_text(F.exchange, exchange, 4);
    post(command);
    return NL_OK;
}

EXPORT int32_t SubscribeTicker(qt_text_t t, qt_text_t e) { return request(t, e, TICKER); }
EXPORT int32_t SubscribeOfferBook(qt_text_t t, qt_text_t e) { return request(t, e, OFFERS); }
EXPORT int32_t UnsubscribeTicker(qt_text_t t, qt_text_t e) { (void)t; (void)e; return NL_OK; }
EXPORT int32_t UnsubscribeOfferBook(qt_text_t t, qt_text_t e) { (void)t; (void)e; return NL_OK; }
EXPORT int32_t SubscribePriceDepth(const TConnectorAssetIdentifier *a) { return request(a->Ticker, a->Exchange, DEPTH); }
EXPORT int32_t UnsubscribePriceDepth(const TConnectorAssetIdentifier *a) { (void)a; return NL_OK; }
EXPORT int32_t GetPriceDepthSideCount(const TConnectorAssetIdentifier *a, uint8_t side) { (void)a; return side == 0 ? 3 : 2; }

EXPORT int32_t GetPriceGroup(const TConnectorAssetIdentifier *a, uint8_t side, int32_t position, TConnectorPriceGroup *g)
{
    (void)a;
    if (g->Version != 0)
        return NL_VERSION_NOT_SUPPORTED;
    g->Price = side == 0 ? 5400.0 - 0.5 * position : 5400.5 + 0.5 * position;
    g->Count = 4;
    g->Quantity = INT64_C(20) + position;
    g->PriceGroupFlags = 0;
    return NL_OK;
}

EXPORT int32_t GetTheoreticalValues(const TConnectorAssetIdentifier *a, double *price, int64_t *qty)
{
    (void)a;
    *price = 5401.0;
    *qty = 33;
    return NL_OK;
}

EXPORT int32_t GetHistoryTrades(qt_text_t t, qt_text_t e, qt_text_t start, qt_text_t end)
{
    (void)start, (void)end;
    F.histories++;
    return request(t, e, HISTORY);
}

EXPORT int32_t FreePointer(void *p, int32_t size)
{
    int32_t own;
    memcpy(&own, (char *)p + 4, 4);
    F.wrong += own != size;
    F.freed++;
    free(p);
    return NL_OK;
}

EXPORT int32_t GetServerClock(double *t, int32_t *y, int32_t *m, int32_t *d, int32_t *h, int32_t *mi, int32_t *s, int32_t *ms)
{
    *t = 46349.5;
    *y = 2026, *m = 11, *d = 23, *h = 12, *mi = 0, *s = 1, *ms = 234;
    return NL_OK;
}

EXPORT int32_t GetAccount(void) { post(ACCOUNTS); return NL_OK; }
EXPORT int32_t GetAccountCount(void) { return F.misbehave == ABSURD_QTY ? 1 << 30 : F.misbehave == OVERRUN ? 200 : 2; }
EXPORT int32_t GetAccounts(int32_t source, int32_t dest, int32_t count, TConnectorAccountIdentifierOut *out)
{
    static const uint16_t text[] = {'A', 0xE7, '1', '#'}; /* no terminator within the length */
    int32_t i;
    for (i = 0; i < count; i++) {
        out[dest + i].BrokerID = 32003 + (count > 2 ? i : 0);
        memcpy(out[dest + i].AccountID, text, sizeof text);
        out[dest + i].AccountIDLength = 3;
    }
    return source + count;
}

#if !defined(FAKE_INCOMPLETE)
EXPORT int32_t TranslateTrade(void *trade, TConnectorTrade *out)
{
    if (out->Version != 0)
        return NL_VERSION_NOT_SUPPORTED;
    *out = *(const TConnectorTrade *)trade;
    return NL_OK;
}

EXPORT int64_t SendOrder(TConnectorSendOrder *o)
{
    F.calls++;
    if (o->Version == 2 || o->Version == 0)
        return NL_VERSION_NOT_SUPPORTED;
    F.sends++;
    F.last_type = o->OrderType;
    F.last_side = o->OrderSide;
    post(ORDER);
    return o->Quantity > 1000 ? NL_INVALID_ARGS : INT64_C(126000000000001);
}
#endif

EXPORT int32_t SendChangeOrderV2(TConnectorChangeOrder *o) { o->MessageID = 5; return NL_OK; }
EXPORT int32_t SendCancelOrderV2(TConnectorCancelOrder *o) { return o->OrderID.LocalOrderID > 0 ? NL_OK : NL_NOT_FOUND; }
EXPORT int32_t SendCancelOrdersV2(TConnectorCancelOrders *o) { (void)o; return NL_OK; }
EXPORT int32_t SendCancelAllOrdersV2(TConnectorCancelAllOrders *o) { (void)o; return NL_OK; }
EXPORT int64_t SendZeroPositionV2(TConnectorZeroPosition *o) { o->MessageID = 6; return INT64_C(126000000000002); }

EXPORT int32_t GetPositionV2(TConnectorTradingAccountPosition *p)
{
    if (p->AssetID.Ticker[0] == 'N')
        return NL_NO_POSITION;
    if (F.misbehave == OVERRUN)
        ((unsigned char *)p)[sizeof *p] = 1;
    p->OpenQuantity = p->AssetID.Ticker[0] == 'S' ? 2 : 0;
    p->OpenSide = p->OpenQuantity ? 2 : 200; /* flat: garbage */
    p->OpenAveragePrice = F.misbehave == ABSURD_PRICE ? NAN : 5400.25;
    if (F.misbehave == ABSURD_SIDE)
        p->OpenSide = 200;
    if (F.misbehave == ABSURD_QTY)
        p->OpenQuantity = INT64_C(181900000000000000);
    return NL_OK;
}

EXPORT int32_t GetOrderDetails(TConnectorOrderOut *o)
{
    static const uint16_t text[] = {'L', 'o', 't', 'e', ' ', 0xE9}, ticker[] = {'W', 'D', 'O', 'Z', '2', '6'};
    if (o->TextMessage) /* second pass: the units, no terminator */
        memcpy(o->TextMessage, text, sizeof text);
    if (o->AssetID.Ticker)
        memcpy(o->AssetID.Ticker, ticker, sizeof ticker);
    o->TextMessageLength = 6;
    o->AssetID.TickerLength = 6;
    o->OrderStatus = 8;
    o->Quantity = F.misbehave == ABSURD_QTY ? -1 : INT64_C(1) << 33;
    if (F.misbehave == OVERRUN)
        ((unsigned char *)o)[sizeof *o] = 1;
    return NL_OK;
}

EXPORT int32_t EnumerateAllOrders(const TConnectorAccountIdentifier *a, uint8_t version, intptr_t param, TEnumOrderProc proc)
{
    static const uint16_t id[] = {'c', '1', 0}, ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0};
    TConnectorOrder o;
    (void)version;
    memset(&o, 0, sizeof o);
    o.OrderID.LocalOrderID = 7;
    o.OrderID.ClOrderID = id;
    o.AccountID = *a;
    o.AssetID.Ticker = ticker;
    o.Quantity = 3;
    o.TradedQuantity = F.misbehave == ABSURD_QTY ? 4 : 0;
    if (proc(&o, param))
        proc(&o, param);
    return NL_OK;
}

EXPORT int32_t HasOrdersInInterval(const TConnectorAccountIdentifier *a, TSystemTime s, TSystemTime e)
{
    (void)a, (void)s, (void)e;
    return NL_OK;
}
EXPORT int32_t SetEnabledHistOrder(int32_t on) { (void)on; return NL_OK; }
EXPORT int32_t SetDayTrade(int32_t on) { (void)on; return NL_OK; }

/* ---- the test's own side channel ---- */

EXPORT void fake_login(int32_t login, int32_t market) { F.login_result = login; F.market_result = market; }
EXPORT void fake_broker(int32_t result) { F.broker_result = result; }
EXPORT void fake_post(int32_t command) { post(command); }
EXPORT void fake_hang(int32_t on) { F.hang = on; }
EXPORT int64_t fake_ledger(int32_t which) { return which == 0 ? F.given : which == 1 ? F.freed : F.wrong; }
EXPORT int32_t fake_order(int32_t which)
{
    return which == 0 ? F.last_type : which == 1 ? F.last_side : which == 2 ? F.sends : F.calls;
}
EXPORT void fake_misbehave(int32_t how) { F.misbehave = how; }
EXPORT void fake_state(TStateCallback callback) { F.state = callback; }

#if defined(FAKE_SIM)
EXPORT int32_t SIM_Set(const char *key, const char *value) { return strcmp(key, "seed") || !value[0] ? -1 : 0; }
EXPORT int64_t SIM_ClockNs(void) { return INT64_C(1795446000000000000); } /* 2026-11-23 12:00 at the exchange */
EXPORT int64_t SIM_Stat(const char *name) { return (int64_t)strlen(name); }
EXPORT const char *SIM_Version(void) { return "fake 1"; }
#endif
