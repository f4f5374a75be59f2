/* The interface's rules as a client can see them, one line per rule: what is promised, and whether it was met.
 *
 *     conformance PATH-OF-THE-LIBRARY          exit 1 when a rule was broken
 *
 * The numbers are sections of the interface description. */
#include "host.h"
#include "rules.h"

#define WDO W("WDOZ26"), W("F")
#define CONTRACT contract("WDOZ26", "F")

/* ---- 5.1: before the initialiser ------------------------------------------------------------------------------------ */

static void before_login(void)
{
    SendOrderRec o = market_order(1, 1);
    int32_t health = 7;
    rule("5.1 a subscription before init is NL_NOT_INITIALIZED", SubscribeTicker(WDO) == NOT_INITIALIZED);
    rule("5.1 a send before init is the same code in 64 bits", SendOrder(&o) == (int64_t)NOT_INITIALIZED);
    rule("5.1 a count before init is the code, not a count", GetAccountCount() == NOT_INITIALIZED);
    rule("3.1 health before init is NL_NOT_INITIALIZED", GetHealthStatus(&health) == NOT_INITIALIZED);
    rule("3.1 finalize before init is NL_NOT_INITIALIZED", DLLFinalize() == NOT_INITIALIZED);
}

/* ---- 3.1, 7.1: a session without routing -------------------------------------------------------------------------- */

static void market_session(void)
{
    SendOrderRec o = market_order(1, 1);
    PositionRec p = position(1);
    AccountId account = my_account();
    int32_t result = DLLInitializeMarketLogin(W("key"), W("user"), W("password"), on_state, NULL, NULL, NULL, NULL, NULL,
                                              on_progress, NULL);
    rule("3.1 init answers NL_OK at once", result == OK);
    settle();
    rule("7.1 login and activation are told first, then the market", !strcmp(seen.states, "0:0 3:0 2:1 2:2 2:4 "));
    rule("3.1 a market login says nothing of routing", !strstr(seen.states, "1:"));
    rule("5.1 a send in a market login is NL_MARKET_ONLY", SendOrder(&o) == (int64_t)MARKET_ONLY);
    rule("5.1 accounts in a market login are NL_MARKET_ONLY", GetAccountCount() == MARKET_ONLY);
    rule("5.1 positions in a market login are NL_MARKET_ONLY", GetPositionV2(&p) == MARKET_ONLY);
    rule("5.1 enumerations in a market login are NL_MARKET_ONLY", EnumerateAllOrders(&account, 1, 0, on_enumerated) == MARKET_ONLY);
    result = DLLInitializeMarketLogin(W("key"), W("user"), W("password"), on_state, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
    rule("7.1 a second init during a session is refused", result != OK);
    rule("7.5 finalize answers NL_OK", DLLFinalize() == OK);
    rule("5.1 after finalize all is NL_NOT_INITIALIZED", SubscribeTicker(WDO) == NOT_INITIALIZED);
}

/* ---- 3.3: the full login and its accounts ------------------------------------------------------------------------- */

static void full_login(void)
{
    memset(&seen, 0, sizeof seen);
    rule("3.1 a full init answers NL_OK at once",
         DLLInitializeLogin(W("key"), W("user"), W("password"), on_state, NULL, NULL, on_account, NULL, NULL, NULL, NULL, NULL,
                            on_progress, on_tiny) == OK);
    rule("3.6 setters are taken after init",
         SetTradeCallbackV2(on_trade) == OK && SetHistoryTradeCallbackV2(on_past) == OK && SetOfferBookCallbackV2(on_offer) == OK &&
             SetPriceDepthCallback(on_depth) == OK && SetInvalidTickerCallback(on_invalid) == OK &&
             SetOrderCallback(on_order) == OK && SetOrderHistoryCallback(on_loaded) == OK);
    settle();
    rule("7.1 routing passes 1, 2 and 4 before 5", in_order(seen.states, "1:1 ", "1:2 ", "1:4 ", "1:5 "));
    rule("3.3 the account is told by its callback, accents in UTF-16", seen.accounts == 1 && seen.accented);
}

static void accounts(void)
{
    AccountIdOut out[3];
    TradingAccountOut d = {0};
    AccountId account = my_account();
    uint16_t broker[128], owner[128];
    memset(out, 0, sizeof out);
    memset(&out[2], 0xEE, sizeof out[2]);
    rule("3.3 the count is a count", GetAccountCount() == 1);
    rule("3.3 accounts are written from the given place on", GetAccounts(0, 1, 1, out) == 1 && out[1].account_length == 7 &&
                                                                 out[0].account_length == 0);
    rule("2 records are written at their size and no further", ((uint8_t *)&out[2])[0] == 0xEE);
    rule("3.3 beyond the list there are none", GetAccounts(1, 0, 1, out) == 0);
    out[0].version = 9;
    rule("1.6 an unknown Version is NL_VERSION_NOT_SUPPORTED", GetAccounts(0, 0, 1, out) == VERSION_NOT_SUPPORTED);
    rule("3.3 sub-accounts are not licensed", GetSubAccountCount(&account) == LICENSE_NOT_ALLOWED);
    d.version = 1;
    d.account = account;
    rule("1.6 the first pass tells lengths", GetAccountDetails(&d) == OK && d.broker_name_length > 0 && d.owner_length > 0);
    memset(broker, 0xEE, sizeof broker);
    d.broker_name = broker;
    d.owner = owner;
    rule("1.6 the second pass writes texts", GetAccountDetails(&d) == OK && broker[0] == 'C');
    rule("14 the second pass writes Length units, no terminator", broker[d.broker_name_length] == 0xEEEE);
    memset(broker, 0xEE, sizeof broker);
    d.broker_name_length = 3;
    rule("14 a shorter buffer gets no more than it holds", GetAccountDetails(&d) == OK && broker[2] != 0xEEEE && broker[3] == 0xEEEE);
    rule("5.4 the account is enabled", d.flags & 2);
}

/* ---- 3.2, 6: market data -------------------------------------------------------------------------------------------- */

static void names(void)
{
    AssetId wrong = contract("WDOZ26", "F");
    int32_t before = seen.invalid;
    rule("3.2 an unknown ticker is accepted", SubscribeTicker(W("XYZW9"), W("F")) == OK);
    settle();
    rule("4.2 and answered by the invalid-ticker callback", seen.invalid == before + 1);
    rule("5.1 a word for an exchange is NL_EXCHANGE_UNKNOWN", SubscribeTicker(W("WDOZ26"), W("BMF")) == EXCHANGE_UNKNOWN);
    wrong.version = 3;
    rule("1.6 an asset of an unknown Version is refused", SubscribePriceDepth(&wrong) == VERSION_NOT_SUPPORTED);
}

static void history_rules(void)
{
    int64_t first;
    rule("3.2 history before SubscribeTicker is accepted", past("18/11/2026 10:29:00", "18/11/2026 10:29:30") == OK);
    rule("3.2 and empty, at 100 per cent", seen.past == 0 && seen.percent == 100);
    SubscribeTicker(WDO);
    settle();
    rule("3.2 history without a time of day is accepted and empty", past("18/11/2026", "18/11/2026") == OK && seen.past == 0);
    rule("3.2 older than 30 days is NL_HISTORY_PERIOD_LIMIT", past("01/10/2026 09:00:00", "02/10/2026 09:00:00") == PERIOD_LIMIT);
    rule("3.2 ten days of WDO are NL_INVALID_ARGS", past("01/11/2026 09:00:00", "18/11/2026 10:00:00") == INVALID_ARGS);
    rule("3.2 dates out of order are refused", past("18/11/2026 10:29:30", "18/11/2026 10:29:00") != OK);
    past("18/11/2026 10:29:00", "18/11/2026 10:29:30");
    first = seen.past;
    rule("3.2 prints of the asked time come, the end exclusive", first > 0 && seen.past_outside == 0);
    rule("4.2 the last print carries the flag, no other", seen.last_flags == 1 && seen.last_flag_at == seen.past);
    past("18/11/2026 10:29:00", "18/11/2026 10:29:30");
    rule("3.2 asking again delivers the same again", seen.past == first);
}

static void prints(void)
{
    int64_t stale;
    Trade t = {0};
    SIM_RunUntil("10:30:10");
    settle();
    stale = SIM_Stat("stale_handles");
    rule("3.2 a ticker's subscription starts prints and best quotes", seen.trades > 3 && seen.tiny > 2);
    rule("3.2 and no book", seen.offers == 0 && seen.depths == 0);
    rule("4.2 every print is translated inside its callback", seen.translate_failures == 0);
    rule("4.2 volume is money: price x quantity x 10", seen.wrong_volume == 0);
    rule("7.2 trade numbers grow", seen.numbers_back == 0);
    rule("2 a trade is written at its 64 bytes and no further", seen.guard_hit == 0);
    rule("4.2 a handle kept is refused in a later callback", seen.stale_taken == 0);
    rule("4.2 and outside of callbacks", TranslateTrade(seen.handle, &t) != OK);
    rule("12 and counted", SIM_Stat("stale_handles") == stale + 1);
    rule("1.3 text shown to a callback is overwritten afterwards", seen.kept_text && seen.kept_text[0] != 'W');
}

static void offer_book(void)
{
    int64_t faults = SIM_Stat("freepointer_faults");
    rule("6 the offer book is subscribed to by a call of its own", SubscribeOfferBook(WDO) == OK);
    settle();
    rule("6.1 it begins with the whole book, in pages", seen.pages > 1 && seen.first_pages == 2 && seen.last_pages == 2);
    rule("6.1 every array is walked to its very end", seen.bad_walks == 0);
    rule("6.1 entries run from the worst price to the best", seen.unsorted == 0 && seen.best[0] < seen.best[1]);
    rule("6.1 an array is taken back once, at its size", seen.free_failures == 0);
    rule("6.1 not twice, and not at another size", seen.second_frees == 0 && seen.wrong_sizes == 0);
    rule("12 the faults are counted, nothing is left out",
         SIM_Stat("freepointer_faults") == faults + 2 && SIM_Stat("freepointer_leaks") == 0);
    SIM_RunUntil("10:30:12");
    settle();
    rule("6.2 then come single changes", seen.changes > 10 && seen.bad_positions == 0);
    rule("6.2 undated changes bear an old date", seen.undated > 0 && seen.undated_fresh == 0);
}

static void depth(void)
{
    AssetId a = CONTRACT;
    PriceGroup g = {0};
    int32_t bids, asks;
    rule("5.8 price depth is subscribed to by a call of its own", SubscribePriceDepth(&a) == OK);
    settle();
    rule("5.8 it begins with the full book of side 254", seen.depths == 1 && seen.last_depth == 4 && seen.last_side == 254);
    bids = GetPriceDepthSideCount(&a, 0);
    asks = GetPriceDepthSideCount(&a, 1);
    rule("3.2 the sides have levels", bids > 10 && asks > 10);
    rule("3.2 position 0 is the best, and no level lies beyond the last",
         GetPriceGroup(&a, 0, 0, &g) == OK && GetPriceGroup(&a, 0, bids, &g) == OUT_OF_RANGE);
    rule("5.1 a negative position is NL_OUT_OF_RANGE", GetPriceGroup(&a, 1, -1, &g) == OUT_OF_RANGE);
    g.version = 7;
    rule("1.6 a price group of an unknown Version is refused", GetPriceGroup(&a, 0, 0, &g) == VERSION_NOT_SUPPORTED);
    rule("3.2 levels get worse with the position", levels_sorted(&a));
    UnsubscribeOfferBook(WDO);
    UnsubscribePriceDepth(&a);
    settle();
}

static void facts(void)
{
    double close = 0.0;
    uint16_t name[64] = {0};
    int32_t n = GetAgentNameLength(3, 0);
    rule("3.2 an agent's name has a length", n > 0 && n < 60);
    rule("3.2 and is copied, its length told", GetAgentName(n, 3, name, 0) == n && name[0] != 0);
    rule("5.1 an unknown agent is NL_NOT_FOUND", GetAgentNameLength(987654, 0) == NOT_FOUND);
    rule("3.2 the last close is asked for twice", GetLastDailyClose(WDO, &close, 0) == WAITING_SERVER);
    settle();
    rule("3.2 and there the second time", GetLastDailyClose(WDO, &close, 0) == OK && close > 0.0);
}

/* ---- 3.4, 7.4: orders ------------------------------------------------------------------------------------------------- */

static void send_versions(void)
{
    SendOrderRec o = market_order(1, 1);
    PositionRec p = position(1);
    rule("3.4 never traded is NL_NO_POSITION", GetPositionV2(&p) == NO_POSITION);
    o.version = 3;
    rule("1.6 a send of an unknown Version is refused", SendOrder(&o) == (int64_t)VERSION_NOT_SUPPORTED);
    o = market_order(1, 0);
    rule("3.4 no quantity is refused", SendOrder(&o) < 0);
    o = market_order(1, 1);
    o.account.account = W("7");
    rule("3.4 another account is refused", SendOrder(&o) < 0);
    o = market_order(3, 1);
    rule("5.4 a plain stop cannot be sent", SendOrder(&o) < 0);
}

static int64_t life(const SendOrderRec *order)
{
    SendOrderRec o = *order;
    int64_t id;
    seen.history[0] = 0;
    id = SendOrder(&o);
    SIM_RunUntil(next_second());
    settle();
    return id;
}

static void orders(void)
{
    SendOrderRec o = market_order(1, 2);
    int64_t id = life(&o);
    PositionRec p = position(2);
    rule("3.4 ids need 64 bits", id > INT64_C(1) << 40);
    rule("7.4 a market order passes 203, 203, 201, 2", in_order(seen.history, "203- ", "203- ", "201+ ", "2+ "));
    rule("7.4 its permanent id is empty in the first two", !strncmp(seen.history, "203- 203- ", 10));
    rule("7.4 details in two passes inside the callback", seen.detail_failures == 0);
    rule("3.4 the position is long", GetPositionV2(&p) == OK && p.open == 2 && p.side == 1);
    p = position(1);
    p.position_type = 0;
    rule("3.4 Version 1 and later want a position type", GetPositionV2(&p) == INVALID_ARGS);
    o = market_order(1, 1);
    o.asset = contract("WDOFUT", "F");
    rule("3.4 the continuous name gets an id", life(&o) > 0);
    rule("3.4 and dies: 204", strstr(seen.history, "204") && !strcmp(seen.text, "\"Ordem inv\xC3\xA1lida\""));
    o = limit_order(1, price_of(0) + 0.25, 1);
    life(&o);
    rule("3.4 a price off the tick is rejected with a text", strstr(seen.history, "8+") && strlen(seen.text) > 4);
}

static void changes(void)
{
    SendOrderRec o = limit_order(1, price_of(0) - 10.0, 3);
    ChangeOrderRec c = {0};
    CancelOrderRec x = {0};
    int64_t id = life(&o);
    rule("7.4 a resting order ends in 0", ends_with(seen.history, "0+ "));
    c.version = x.version = 1;
    c.account = x.account = my_account();
    c.order.local = x.order.local = id;
    c.password = x.password = W("routing");
    c.price = price_of(0) - 11.0;
    c.stop = -1;
    c.quantity = 2;
    c.message = x.message = -1;
    seen.history[0] = 0;
    rule("3.4 a change is taken, its message id told", SendChangeOrderV2(&c) == OK && c.message > 0);
    run_a_second();
    rule("5.4 replaced means it lives on", in_order(seen.history, "5+ ", "0+ ", "", ""));
    rule("3.4 a cancel is taken", SendCancelOrderV2(&x) == OK && x.message > 0);
    run_a_second();
    rule("7.4 and ends it: 4", ends_with(seen.history, "4+ "));
    rule("3.4 what is over cannot be cancelled", SendCancelOrderV2(&x) != OK);
    x.order.local = 77;
    rule("5.1 an unknown order is NL_NOT_FOUND", SendCancelOrderV2(&x) == NOT_FOUND);
    o = limit_order(2, price_of(0) - 40.0, 1);
    o.type = 4;
    o.stop = price_of(0) - 30.0;
    c.order.local = life(&o);
    rule("3.4 a live stop-limit cannot be changed", SendChangeOrderV2(&c) == INVALID_ARGS);
}

static void flat_again(void)
{
    ZeroPositionRec z = {0};
    CancelAllRec all = {0};
    PositionRec p = position(1);
    all.account = z.account = my_account();
    all.password = z.password = W("routing");
    rule("3.4 cancel all is taken", SendCancelAllOrdersV2(&all) == OK);
    run_a_second();
    z.version = 2;
    z.asset = CONTRACT;
    z.price = -1;
    z.position_type = 1;
    rule("3.4 zero position answers with an order", SendZeroPositionV2(&z) > 0 && z.message > 0);
    run_a_second();
    rule("14 flat after trading: NL_OK, no quantity, side 200", GetPositionV2(&p) == OK && p.open == 0 && p.side == 200);
    p.asset.exchange = W("B");
    rule("3.4 another exchange reads zeros and NL_OK", GetPositionV2(&p) == OK && p.bought == 0);
    rule("5.1 nothing to zero is NL_NO_POSITION", SendZeroPositionV2(&z) == (int64_t)NO_POSITION);
}

static void look_back(void)
{
    SystemTime from = {2026, 11, 3, 18, 0, 0, 0, 0}, to = {2026, 11, 3, 18, 23, 59, 59, 999};
    AccountId account = my_account();
    int64_t n = SIM_Stat("orders");
    rule("3.4 an interval the wrong way round is NL_OUT_OF_RANGE", HasOrdersInInterval(&account, to, from) == OUT_OF_RANGE);
    rule("3.4 the first question is NL_WAITING_SERVER", HasOrdersInInterval(&account, from, to) == WAITING_SERVER);
    settle();
    rule("4.2 then the order-history callback speaks", seen.loaded == 1);
    rule("3.4 and the second question is NL_OK", HasOrdersInInterval(&account, from, to) == OK);
    rule("3.4 enumeration tells every order, on this thread", EnumerateAllOrders(&account, 1, 5, on_enumerated) == OK &&
                                                                  seen.enumerated == n && seen.param == 5);
    seen.enumerated = 0;
    EnumerateAllOrders(&account, 1, 0, on_enumerated);
    rule("3.4 zero from the callback ends it", seen.enumerated == 1);
    rule("1.6 records of an unknown Version are refused", EnumerateAllOrders(&account, 9, 5, on_enumerated) == VERSION_NOT_SUPPORTED);
}

static void legacy(void)
{
    AccountId a = my_account();
    const uint8_t *block;
    int32_t n = 0, size = 0;
    rule("3.5 the old calls send too",
         SendMarketBuyOrder(a.account, W("32003"), W("routing"), W("WDOZ26"), W("F"), 1) > INT64_C(1) << 40);
    run_a_second();
    block = GetPosition(a.account, W("32003"), W("WDOZ26"), W("F"));
    if (block) {
        memcpy(&n, block, 4);
        memcpy(&size, block + 4, 4);
    }
    rule("3.5 the position block tells its size", n == 1 && size > 91 && size < 400);
    rule("3.5 and is given back like a book's array", block && FreePointer((void *)(uintptr_t)block, size) == OK);
}

static void at_the_end(void)
{
    int64_t callbacks;
    seen.ask_inside = 1;
    GetAccount();
    settle();
    rule("4.3 a request inside a callback is noticed", SIM_Stat("reentrant") == 1);
    callbacks = seen.tiny + seen.trades;
    rule("7.5 finalize answers NL_OK", DLLFinalize() == OK);
    rule("7.5 and nothing is said afterwards", callbacks == seen.tiny + seen.trades);
    rule("6.1 no array is left out", SIM_Stat("freepointer_leaks") == 0);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        stop("usage", "conformance LIBRARY");
    open_library(argv[1]);
    SIM_Set("hold", "1");
    SIM_Set("speed", "0");
    SIM_Set("pages", "300");
    before_login();
    market_session();
    full_login();
    accounts();
    names();
    history_rules();
    prints();
    offer_book();
    depth();
    facts();
    send_versions();
    orders();
    changes();
    flat_again();
    look_back();
    legacy();
    at_the_end();
    printf("%d rules, %d broken\n", rules, broken);
    return broken != 0;
}
