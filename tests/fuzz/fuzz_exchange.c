/* The exchange under arbitrary calls: any settings, fault scripts, records of any version in buffers of exactly its size,
 * any order ids, dates and pointers, in a market that runs step by step. It neither crashes nor leaks, its book-keeping
 * agrees with itself, and what it calls back is called with sound handles. One session an input. */
#include "fuzz_exchange_world.h"

static int market_second;

/* ---- calls ---- */

static void remember(int64_t id)
{
    FUZZ_CHECK(id > 0 || id <= NL_HISTORY_PERIOD_LIMIT);
    if (id > 0)
        sent[n_sent++ % ORDERS] = id;
    if (n_sent > ORDERS)
        n_sent = ORDERS;
}

static void send(void)
{
    TConnectorSendOrder r, *p;
    uint8_t sort = fuzz_u8(&input);
    memset(&r, 0, sizeof r);
    r.Version = sort < 100 ? 2 : sort < 200 ? 1 : sort % 5;
    r.AccountID = any_account();
    r.AssetID = any_asset();
    r.Password = fuzz_text(&input, "secret", 0);
    r.OrderType = fuzz_u8(&input) % 6;
    r.OrderSide = fuzz_u8(&input) % 4;
    r.Price = fuzz_f64(&input);
    r.StopPrice = fuzz_f64(&input);
    r.Quantity = fuzz_i64(&input);
    p = (TConnectorSendOrder *)exact(&r, r.Version >= 2 ? sizeof r : sizeof r - 8);
    remember(SendOrder(p));
    free(p);
    drop_account(&r.AccountID);
    drop_asset(&r.AssetID);
    free((void *)(uintptr_t)r.Password);
}

static void change(void)
{
    TConnectorChangeOrder r, *p;
    uint16_t *name = fuzz_text(&input, "SIM000000000001", 0);
    memset(&r, 0, sizeof r);
    r.Version = fuzz_u8(&input) % 3;
    r.AccountID = any_account();
    r.OrderID = any_order_id(name);
    r.Price = fuzz_f64(&input);
    r.StopPrice = fuzz_f64(&input);
    r.Quantity = fuzz_i64(&input);
    p = (TConnectorChangeOrder *)exact(&r, r.Version >= 1 ? sizeof r : sizeof r - 8);
    SendChangeOrderV2(p);
    free(p);
    free(name);
    drop_account(&r.AccountID);
}

static void cancel(void)
{
    TConnectorCancelOrder r, *p;
    uint16_t *name = fuzz_text(&input, "SIM000000000001", 0);
    memset(&r, 0, sizeof r);
    r.Version = fuzz_u8(&input) % 3;
    r.AccountID = any_account();
    r.OrderID = any_order_id(name);
    p = (TConnectorCancelOrder *)exact(&r, r.Version >= 1 ? sizeof r : sizeof r - 8);
    SendCancelOrderV2(p);
    free(p);
    free(name);
    drop_account(&r.AccountID);
}

static void cancel_many(void)
{
    TConnectorCancelOrders one;
    TConnectorCancelAllOrders all;
    memset(&one, 0, sizeof one);
    memset(&all, 0, sizeof all);
    one.AccountID = all.AccountID = any_account();
    one.AssetID = any_asset();
    if (fuzz_u8(&input) & 1)
        SendCancelOrdersV2(&one);
    else
        SendCancelAllOrdersV2(&all);
    drop_account(&one.AccountID);
    drop_asset(&one.AssetID);
}

static void zero(void)
{
    static const size_t sizes[] = {88, 96, 104, 104};
    TConnectorZeroPosition r, *p;
    memset(&r, 0, sizeof r);
    r.Version = fuzz_u8(&input) % 4;
    r.AccountID = any_account();
    r.AssetID = any_asset();
    r.Price = fuzz_f64(&input);
    r.PositionType = fuzz_u8(&input) % 4;
    p = (TConnectorZeroPosition *)exact(&r, sizes[r.Version]);
    remember(SendZeroPositionV2(p));
    free(p);
    drop_account(&r.AccountID);
    drop_asset(&r.AssetID);
}

static void position(void)
{
    static const size_t sizes[] = {200, 208, 216, 216};
    TConnectorTradingAccountPosition r, *p;
    memset(&r, 0, sizeof r);
    r.Version = fuzz_u8(&input) % 4;
    r.AccountID = any_account();
    r.AssetID = any_asset();
    r.PositionType = fuzz_u8(&input) % 4;
    p = (TConnectorTradingAccountPosition *)exact(&r, sizes[r.Version]);
    GetPositionV2(p);
    free(p);
    drop_account(&r.AccountID);
    drop_asset(&r.AssetID);
}

static uint16_t *units(int32_t n) { return (uint16_t *)malloc(2 * (size_t)(n > 0 ? n : 1)); }

/* two passes, texts in buffers of exactly the told length */
static void details(void)
{
    TConnectorOrderOut o;
    uint16_t *name = fuzz_text(&input, "SIM000000000001", 0);
    memset(&o, 0, sizeof o);
    o.Version = fuzz_u8(&input) % 3;
    o.OrderID = any_order_id(name);
    if (GetOrderDetails(&o) == NL_OK) {
        o.TextMessage = units(o.TextMessageLength);
        o.AssetID.Ticker = units(o.AssetID.TickerLength);
        o.AssetID.Exchange = units(o.AssetID.ExchangeLength);
        GetOrderDetails(&o);
        free(o.TextMessage);
        free(o.AssetID.Ticker);
        free(o.AssetID.Exchange);
    }
    free(name);
}

static void list(void)
{
    TConnectorAccountIdentifier a = any_account();
    int32_t most = 1 + fuzz_u8(&input);
    EnumerateAllOrders(&a, fuzz_u8(&input) % 3, (intptr_t)&most, on_listed);
    HasOrdersInInterval(&a, any_moment(), any_moment());
    drop_account(&a);
}

static void accounts(void)
{
    int32_t skip = fuzz_pick(&input, 3), count = fuzz_pick(&input, 6);
    TConnectorAccountIdentifierOut *rows = (TConnectorAccountIdentifierOut *)calloc((size_t)(skip + count + 1), sizeof *rows);
    GetAccounts(fuzz_i32(&input), skip, count, rows);
    free(rows);
}

static void pointers(void)
{
    TConnectorTrade t;
    memset(&t, 0, sizeof t);
    FreePointer((void *)(uintptr_t)(uint64_t)fuzz_i64(&input), fuzz_i32(&input));
    FUZZ_CHECK(TranslateTrade(old_handle, &t) != NL_OK); /* not in its callback any more */
    TranslateTrade((void *)(uintptr_t)(uint64_t)fuzz_i64(&input), &t);
}

static void subscribe(void)
{
    TConnectorAssetIdentifier a = any_asset();
    switch (fuzz_pick(&input, 6)) {
    case 0: SubscribeTicker(a.Ticker, a.Exchange); break;
    case 1: UnsubscribeTicker(a.Ticker, a.Exchange); break;
    case 2: SubscribeOfferBook(a.Ticker, a.Exchange); break;
    case 3: UnsubscribeOfferBook(a.Ticker, a.Exchange); break;
    case 4: SubscribePriceDepth(&a); break;
    default: UnsubscribePriceDepth(&a); break;
    }
    drop_asset(&a);
}

static void look(void)
{
    TConnectorAssetIdentifier a = any_asset();
    TConnectorPriceGroup g;
    double price;
    int64_t qty;
    uint8_t side = fuzz_u8(&input);
    memset(&g, 0, sizeof g);
    GetPriceDepthSideCount(&a, side);
    GetPriceGroup(&a, side, fuzz_i32(&input), &g);
    GetTheoreticalValues(&a, &price, &qty);
    drop_asset(&a);
}

static void history(void)
{
    uint16_t *t = any_ticker(), *e = fuzz_text(&input, "F", 0);
    uint16_t *from = fuzz_text(&input, "18/11/2026 09:00:00", 0), *to = fuzz_text(&input, "18/11/2026 18:00:00", 0);
    GetHistoryTrades(t, e, from, to);
    free(t);
    free(e);
    free(from);
    free(to);
}

/* ---- the session ---- */

/* The market rests, so it may be read; in the night it goes on to the next day's first seconds. */
static void run_market(void)
{
    char clock[64];
    sim_civil_t next = sim_civil(sim.market.night_ns == SIM_NEVER ? 0 : sim.market.night_ns);
    market_second += fuzz_pick(&input, 3);
    if (sim.market.night_ns == SIM_NEVER)
        snprintf(clock, sizeof clock, "10:%02d:%02d.%03d", market_second / 60, market_second % 60, fuzz_u8(&input));
    else
        snprintf(clock, sizeof clock, "%04d-%02d-%02d 09:59:59", next.year, next.month, next.day);
    market_second = sim.market.night_ns == SIM_NEVER ? market_second : 0;
    SIM_RunUntil(clock);
    until_rest();
}

static void step(int what)
{
    switch (what) {
    case 0: case 1: case 2: send(); break;
    case 3: change(); break;
    case 4: cancel(); break;
    case 5: cancel_many(); break;
    case 6: zero(); break;
    case 7: position(); break;
    case 8: details(); break;
    case 9: list(); break;
    case 10: accounts(); pointers(); break;
    case 11: subscribe(); break;
    case 12: look(); break;
    case 13: history(); break;
    default: run_market(); break;
    }
}

/* faults that neither end the process nor take wall time */
static void any_faults(void)
{
    static const char *const faults[] = {
        "", "kind = \"drop\"\ncallback = \"order\"\nevery = 2", "kind = \"duplicate\"\ncallback = \"any\"\ncopies = 2",
        "kind = \"delay\"\ncallback = \"order\"\nseconds = 0.5", "kind = \"reorder\"\ncallback = \"any\"\nby = 3",
        "kind = \"early\"", "kind = \"outage\"\nchannel = \"all\"\nat = \"10:00:02\"\nseconds = 2",
        "kind = \"partial\"\nslices = 3", "kind = \"reject\"", "kind = \"cancel_race\"", "kind = \"cancel_reject\"",
        "kind = \"change_reject\"", "kind = \"admin_cancel\"", "kind = \"stuck\"", "kind = \"garbage\"",
        "kind = \"full_records\"", "kind = \"missing_date\"", "kind = \"stale_handle\"\ncallback = \"trade\"",
        "kind = \"swap\"\ncallback = \"trade\"", "kind = \"history_tail\"\ntrades = 3",
        "kind = \"absurd\"\ncallback = \"trade\"\nfield = \"price\"\nvalue = \"nan\"",
        "kind = \"flap\"\nfrom = \"10:00:01\"\nperiod = 0.5\ncount = 4", "kind = \"stall\"\nat = \"10:00:01\"\nseconds = 1"};
    char text[512] = "";
    int n = fuzz_pick(&input, 4);
    for (; n > 0; n--) {
        const char *fault = faults[fuzz_pick(&input, (int)(sizeof faults / sizeof faults[0]))];
        if (fault[0] && strlen(text) + strlen(fault) + 16 < sizeof text)
            strcat(strcat(strcat(text, "[[fault]]\n"), fault), "\n");
    }
    SIM_Faults(text);
}

static void settings(void)
{
    static const char *const base[][2] = {{"seed", "1"}, {"day", "2026-11-18"}, {"days", "1"}, {"open", "09:59:58"}, {"close", "10:10"},
        {"start", "10:00"}, {"until", "close"}, {"symbol", "WDOZ26"}, {"start_price", "0"}, {"speed", "0"}, {"activity", "1"},
        {"pages", "50"}, {"hold", "1"}, {"accounts", "1"}, {"version", "4.0.0.42"}};
    static const char *const other[][2] = {{"pages", "1"}, {"accounts", "4"}, {"version", "4.0.0.31"}, {"version", "4.0.0.38"},
        {"activity", "3"}, {"activity", "nan"}, {"close", "10:00:03"}, {"start", "09:00"}, {"close", "09:00"}, {"day", "2026-02-30"},
        {"start_price", "1"}, {"start_price", "1000000"}, {"seed", "18446744073709551615"}, {"speed", "-1"}, {"until", "10:00:01"},
        {"password", "secret"}, {"", ""}, {"days", "3"}, {"day", "2026-11-30"}, {"symbol", "WINV26"}};
    size_t i, n = fuzz_u8(&input) % 4;
    for (i = 0; i < sizeof base / sizeof base[0]; i++)
        SIM_Set(base[i][0], base[i][1]);
    SIM_Set("password", "");
    for (i = 0; i < n; i++) {
        int k = fuzz_pick(&input, (int)(sizeof other / sizeof other[0]));
        SIM_Set(other[k][0], other[k][1]);
    }
    any_faults();
}

static void login(void)
{
    static const uint16_t text[] = {'x', 0};
    int result = fuzz_u8(&input) < 230
        ? DLLInitializeLogin(text, text, text, on_state, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        : DLLInitializeMarketLogin(text, text, text, on_state, 0, 0, 0, 0, 0, 0, 0);
    FUZZ_CHECK(result <= 0);
    SetTradeCallbackV2(on_trade);
    SetHistoryTradeCallbackV2(on_trade);
    SetOfferBookCallbackV2(on_offer);
    SetPriceDepthCallback(on_depth);
    SetOrderCallback(on_order);
    until_rest();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int steps = 0;
    input.at = data;
    input.end = data + size;
    n_sent = market_second = 0;
    old_handle = NULL;
    settings();
    free_manner = fuzz_u8(&input) % 8;
    login();
    while (!fuzz_over(&input) && steps++ < MOST_STEPS)
        step(fuzz_pick(&input, 17));
    until_rest();
    check_ledger();
    DLLFinalize();
    return 0;
}
