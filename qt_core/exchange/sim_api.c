/* Life cycle and callback setters. */
#include "sim_account_file.h"
#include "sim_faults.h"

#include <string.h>

sim_t sim = {.lock = SIM_MUTEX_INIT, .wake = SIM_COND_INIT,
             .config = {.seed = 1, .year = 2026, .month = 11, .day = 18, .days = 1, .n_holidays = -1,
                        .start = INT64_C(37800) * SIM_SECOND_NS,
                        .open = INT64_C(32400) * SIM_SECOND_NS, .close = INT64_C(66600) * SIM_SECOND_NS, .until = -1,
                        .symbol = "WDOZ26", .alias = "WDOFUT", .tick_num = 1, .tick_den = 2, .multiplier = 10.0,
                        .exchange = {'F', 0}, .lot = 1, .max_lot = 1000,
                        .orders_per_minute = 200, .orders_per_day = 10000, .oscillation = 10.0, .rejection_tunnel = 5.0,
                        .auction_tunnel = 1.5, .auction_s = 120,
                        .start_price = 0.0, .speed = 1.0, .activity = 1.0, .pages = 500, .hold = 0,
                        .version = 42, .accounts = 1, .frozen_ms = 5000}};

static sim_config_t before_login; /* what SIM_Set said, without the environment */

/* ---- the door ---------------------------------------------------------------------------------------- */

void sim_api_lock(void)
{
    qt_fetch_add(&sim.waiters, 1);
    sim_lock(&sim.lock);
    qt_fetch_add(&sim.waiters, -1);
}

int sim_end(int result)
{
    sim_keep();
    sim_unlock(&sim.lock);
    return result;
}

/* `function` is the export's name: a fault script may block it or make its answer up */
int sim_request_as(const char *function)
{
    sim_api_lock();
    if (sim_on_connector())
        qt_count(&sim.stats.reentrant);
    if (!sim.running)
        return NL_NOT_INITIALIZED;
    return sim.faulty && !sim_on_connector() ? sim_call_fault(function) : NL_OK;
}

int sim_routing_request_as(const char *function)
{
    int result = sim_request_as(function);
    if (result)
        return result;
    return sim.market_only ? NL_MARKET_ONLY : sim.logged_in ? NL_OK : NL_NO_LOGIN;
}

static int known_exchange(uint16_t letter)
{
    const char *p;
    for (p = "ABDEFKMNOPXY"; *p; p++)
        if (letter == (uint16_t)*p)
            return 1;
    return 0;
}

/* also the contract that expired last */
int sim_find_any(qt_text_t ticker, qt_text_t exchange, int *view)
{
    char name[SIM_TICKER_UNITS];
    if (!ticker || !ticker[0] || !exchange)
        return NL_INVALID_ARGS;
    if (sim_length(exchange) != 1 || !known_exchange(exchange[0]))
        return NL_EXCHANGE_UNKNOWN;
    if (exchange[0] != sim.config.exchange[0] || sim_narrow(name, ticker, SIM_TICKER_UNITS) < 0)
        return NL_INVALID_TICKER;
    for (*view = SIM_NAMES - 1; *view >= 0; --*view)
        if (!strcmp(name, sim_name(*view)))
            return NL_OK;
    return NL_INVALID_TICKER;
}

int sim_find(qt_text_t ticker, qt_text_t exchange, int *view)
{
    int result = sim_find_any(ticker, exchange, view);
    return result == NL_OK && *view == SIM_VIEW_EXPIRED ? NL_INVALID_TICKER : result;
}

/* ---- life cycle ------------------------------------------------------------------------------------------ */

static void release(void)
{
    sim_market_close(&sim.market);
    sim_clients_close(&sim.clients);
    sim.n_commands = sim.n_messages = 0;
    memset(&sim.callbacks, 0, sizeof sim.callbacks);
    sim.running = sim.logged_in = 0;
    if (sim.faulty)
        sim_session_release();
    sim_keep_close();
    sim.config = before_login;
}

static int64_t started_ns(const sim_config_t *c)
{
    int64_t start = sim_utc(c->year, c->month, c->day, c->start);
    return start < sim.market.until_ns ? start : sim.market.until_ns;
}

static int start(qt_text_t key, qt_text_t user, qt_text_t password, const sim_callbacks_t *callbacks, int market_only)
{
    if (sim.running)
        return NL_INTERNAL_ERROR; /* one session at a time */
    if (!key || !user || !password)
        return NL_INVALID_ARGS;
    before_login = sim.config;
    if (sim_apply_environment(&sim.config)) {
        sim.config = before_login;
        return NL_INVALID_ARGS;
    }
    sim_play_settle(&sim.config);
    memset(&sim.stats, 0, sizeof sim.stats);
    sim_image_forget();
    sim_faults_arm();
    if (sim_session_claim())
        return NL_INTERNAL_ERROR;
    if (sim_keep_open()) {
        if (sim.faulty)
            sim_session_release();
        sim.config = before_login;
        return NL_INTERNAL_ERROR;
    }
    if (sim_market_open(&sim.market, &sim.config) || sim_clients_open(&sim.clients, sim.config.seed)) {
        release();
        return NL_INTERNAL_ERROR;
    }
    sim.started_ns = sim_keep_started_ns(started_ns(&sim.config));
    qt_store_release(&sim.clock_ns, sim.started_ns);
    if (sim.faulty)
        sim_faults_begin(sim.started_ns);
    sim.callbacks = *callbacks;
    sim.market_only = market_only;
    sim.held = sim.config.hold;
    sim.hold_ns = SIM_NEVER;
    sim.hist_order = 1;
    qt_store_release(&sim.stop_now, 0);
    sim.running = 1;
    if (sim_connector_start()) {
        release();
        return NL_INTERNAL_ERROR;
    }
    return sim_health_start() ? NL_INTERNAL_ERROR : NL_OK;
}

SIM_EXPORT int32_t QT_STDCALL DLLInitializeLogin(qt_text_t key, qt_text_t user, qt_text_t password, TStateCallback state,
    TOrderHistoryCallback order_history, TOrderChangeCallback order_change, TAccountCallback account, TTradeCallback trade,
    TDailyCallback daily, TPriceBookCallback price_book, TOfferBookCallback offer, THistoryTradeCallback history,
    TProgressCallback progress, TTinyBookCallback tiny)
{
    sim_callbacks_t c = {.state = state, .order_history = order_history, .order_change = order_change, .account = account,
                         .trade = trade, .daily = daily, .price_book = price_book, .offer = offer, .history = history,
                         .progress = progress, .tiny = tiny};
    sim_request();
    return sim_end(start(key, user, password, &c, 0));
}

SIM_EXPORT int32_t QT_STDCALL DLLInitializeMarketLogin(qt_text_t key, qt_text_t user, qt_text_t password,
    TStateCallback state, TTradeCallback trade, TDailyCallback daily, TPriceBookCallback price_book, TOfferBookCallback offer,
    THistoryTradeCallback history, TProgressCallback progress, TTinyBookCallback tiny)
{
    sim_callbacks_t c = {.state = state, .trade = trade, .daily = daily, .price_book = price_book, .offer = offer,
                         .history = history, .progress = progress, .tiny = tiny};
    sim_request();
    return sim_end(start(key, user, password, &c, 1));
}

SIM_EXPORT int32_t QT_STDCALL DLLFinalize(void)
{
    int result = sim_request();
    sim_point(SIM_POINT_FINALIZE);
    if (result || sim_on_connector())
        return sim_end(result ? result : NL_INTERNAL_ERROR); /* a thread cannot wait for itself */
    qt_store_release(&sim.stop_now, 1);
    sim_cond_signal(&sim.wake);
    sim_unlock(&sim.lock);
    if (sim.faulty)
        sim_finalize_hang();
    sim_thread_join(sim.thread); /* waits for a running callback */
    sim_health_stop();
    sim_api_lock();
    release();
    return sim_end(NL_OK);
}

SIM_EXPORT int32_t QT_STDCALL GetServerClock(double *date, int32_t *year, int32_t *month, int32_t *day, int32_t *hour,
    int32_t *minute, int32_t *second, int32_t *millisecond)
{
    int64_t now = qt_load_acquire(&sim.clock_ns);
    sim_civil_t c = sim_civil(now);
    int result = sim_request();
    if (result)
        return sim_end(result);
    if (date) /* days since 1899-12-30, local time */
        *date = 25569.0 + (double)(now - SIM_BRASILIA_NS) / (double)SIM_DAY_NS;
    if (year) *year = c.year;
    if (month) *month = c.month;
    if (day) *day = c.day;
    if (hour) *hour = c.hour;
    if (minute) *minute = c.minute;
    if (second) *second = c.second;
    if (millisecond) *millisecond = c.millisecond;
    return sim_end(NL_OK);
}

static int set_flag(int *flag, int32_t value)
{
    int result = sim_request();
    if (result == NL_OK)
        *flag = value != 0;
    return sim_end(result);
}

SIM_EXPORT int32_t QT_STDCALL SetEnabledHistOrder(int32_t enabled) { return set_flag(&sim.hist_order, enabled); }
SIM_EXPORT int32_t QT_STDCALL SetDayTrade(int32_t enabled) { return set_flag(&sim.day_trade, enabled); }

SIM_EXPORT int32_t QT_STDCALL SetEnabledLogToDebug(int32_t enabled) { return set_flag(&sim.log_to_debug, enabled); }

/* Before the login only; where the exchange is makes no difference here. */
SIM_EXPORT int32_t QT_STDCALL SetServerAndPort(qt_text_t server, qt_text_t port)
{
    int in_session = sim_request() == NL_OK;
    return sim_end(!in_session && server && port ? NL_OK : NL_INVALID_ARGS);
}

/* ---- setters: before init they are refused, as the vendor's are ------------------------------------------------ */

/* what came with a later version than the one spoken answers as if it were not there */
#define SETTER(name, type, slot, other) SETTER_SINCE(0, name, type, slot, other)
#define SETTER_SINCE(version, name, type, slot, other)                 \
    SIM_EXPORT int32_t QT_STDCALL name(type callback)   \
    {                                                   \
        int result = sim_request();                     \
        if (!sim_since(version))                        \
            result = NL_NOT_IMPLEMENTED;                \
        if (result == NL_OK) {                          \
            sim.callbacks.other = NULL;                 \
            sim.callbacks.slot = callback;              \
        }                                               \
        return sim_end(result);                         \
    }

SETTER(SetStateCallback, TStateCallback, state, state)
SETTER(SetTradeCallback, TTradeCallback, trade, trade_v2)
SETTER(SetTradeCallbackV2, TTradeV2Callback, trade_v2, trade)
SETTER(SetHistoryTradeCallback, THistoryTradeCallback, history, history_v2)
SETTER(SetHistoryTradeCallbackV2, TTradeV2Callback, history_v2, history)
SETTER(SetDailyCallback, TDailyCallback, daily, daily)
SETTER(SetTinyBookCallback, TTinyBookCallback, tiny, tiny)
SETTER(SetSerieProgressCallback, TProgressCallback, progress, progress)
SETTER(SetOfferBookCallback, TOfferBookCallback, offer, offer_v2)
SETTER(SetOfferBookCallbackV2, TOfferBookV2Callback, offer_v2, offer)
SETTER(SetPriceDepthCallback, TPriceDepthCallback, depth, depth)
SETTER(SetTheoreticalPriceCallback, TTheoreticalPriceCallback, theoretical, theoretical)
SETTER(SetChangeCotationCallback, TChangeCotationCallback, cotation, cotation)
SETTER(SetChangeStateTickerCallback, TChangeStateTickerCallback, phase, phase)
SETTER(SetInvalidTickerCallback, TInvalidTickerCallback, invalid, invalid)
SETTER(SetAccountCallback, TAccountCallback, account, account)
SETTER(SetPriceBookCallback, TPriceBookCallback, price_book, price_book_v2)
SETTER(SetPriceBookCallbackV2, TPriceBookV2Callback, price_book_v2, price_book)
SETTER(SetAssetListCallback, TAssetListCallback, asset_list, asset_list)
SETTER(SetAssetListInfoCallback, TAssetListInfoCallback, asset_info, asset_info_v2)
SETTER(SetAssetListInfoCallbackV2, TAssetListInfoV2Callback, asset_info_v2, asset_info)
SETTER(SetAdjustHistoryCallback, TAdjustHistoryCallback, adjust, adjust_v2)
SETTER(SetAdjustHistoryCallbackV2, TAdjustHistoryV2Callback, adjust_v2, adjust)
SETTER(SetBrokerSubAccountListChangedCallback, TAccountIdCallback, broker_sub_accounts, broker_sub_accounts)
SETTER(SetAssetPositionListCallback, TAssetPositionListCallback, positions, positions)
SETTER(SetBrokerAccountListChangedCallback, TBrokerAccountListCallback, broker_accounts, broker_accounts)
SETTER(SetOrderChangeCallback, TOrderChangeCallback, order_change, order_change_v2)
SETTER(SetOrderChangeCallbackV2, TOrderChangeV2Callback, order_change_v2, order_change)
SETTER(SetHistoryCallback, TOrderHistoryCallback, order_history, order_history_v2)
SETTER(SetHistoryCallbackV2, TOrderHistoryV2Callback, order_history_v2, order_history)
SETTER(SetOrderCallback, TOrderCallback, order, order)
SETTER(SetOrderHistoryCallback, TAccountIdCallback, order_history_loaded, order_history_loaded)
SETTER_SINCE(41, SetTradingMessageResultCallback, TTradingMessageResultCallback, routing, routing)
SETTER_SINCE(41, SetHealthCallback, THealthCallback, health, health)
