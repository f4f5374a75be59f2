/* Life cycle and callback setters. */
#include "sim.h"

#include <string.h>

#define UNITS(literal) ((const uint16_t *)(literal))

sim_t sim = {.lock = SIM_MUTEX_INIT, .wake = SIM_COND_INIT,
             .config = {.seed = 1, .year = 2026, .month = 11, .day = 18, .start = INT64_C(37800) * SIM_SECOND_NS,
                        .open = INT64_C(32400) * SIM_SECOND_NS, .close = INT64_C(66600) * SIM_SECOND_NS, .until = -1,
                        .symbol = "WDOZ26", .alias = "WDOFUT", .tick_num = 1, .tick_den = 2, .multiplier = 10.0,
                        .start_price = 0.0, .speed = 1.0, .activity = 1.0, .pages = 500, .hold = 0}};

const uint16_t SIM_ACCOUNT_ID[] = u"1000001";
const uint16_t SIM_ACCOUNT_HOLDER[] = u"Jo\u00e3o da Simula\u00e7\u00e3o";
const uint16_t SIM_BROKER_NAME[] = u"Corretora Simulador";
const uint16_t SIM_EXCHANGE[] = u"F";

/* ---- the door ---------------------------------------------------------------------------------------- */

void sim_api_lock(void)
{
    qt_fetch_add(&sim.waiters, 1);
    sim_lock(&sim.lock);
    qt_fetch_add(&sim.waiters, -1);
}

int sim_end(int result)
{
    sim_unlock(&sim.lock);
    return result;
}

int sim_request(void)
{
    sim_api_lock();
    if (sim_on_connector())
        qt_count(&sim.stats.reentrant);
    return sim.running ? NL_OK : NL_NOT_INITIALIZED;
}

int sim_routing_request(void)
{
    int result = sim_request();
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

int sim_find(qt_text_t ticker, qt_text_t exchange, int *view)
{
    char name[SIM_TICKER_UNITS];
    if (!ticker || !ticker[0] || !exchange)
        return NL_INVALID_ARGS;
    if (sim_length(exchange) != 1 || !known_exchange(exchange[0]))
        return NL_EXCHANGE_UNKNOWN;
    if (exchange[0] != 'F' || sim_narrow(name, ticker, SIM_TICKER_UNITS) < 0)
        return NL_INVALID_TICKER;
    *view = strcmp(name, sim.config.alias) == 0;
    return *view || strcmp(name, sim.config.symbol) == 0 ? NL_OK : NL_INVALID_TICKER;
}

/* ---- life cycle ------------------------------------------------------------------------------------------ */

static void release(void)
{
    sim_market_close(&sim.market);
    sim_clients_close(&sim.clients);
    sim.n_commands = sim.n_messages = 0;
    memset(&sim.callbacks, 0, sizeof sim.callbacks);
    sim.running = sim.logged_in = 0;
}

static int start(qt_text_t key, qt_text_t user, qt_text_t password, const sim_callbacks_t *callbacks, int market_only)
{
    if (sim.running)
        return NL_INTERNAL_ERROR; /* one session at a time */
    if (!key || !user || !password)
        return NL_INVALID_ARGS;
    memset(&sim.stats, 0, sizeof sim.stats);
    sim_image_forget();
    if (sim_market_open(&sim.market, &sim.config) || sim_clients_open(&sim.clients, sim.config.seed)) {
        release();
        return NL_INTERNAL_ERROR;
    }
    sim.callbacks = *callbacks;
    sim.market_only = market_only;
    sim.held = sim.config.hold;
    sim.hist_order = 1;
    qt_store_release(&sim.stop_now, 0);
    sim.running = 1;
    if (sim_connector_start() == 0)
        return NL_OK;
    release();
    return NL_INTERNAL_ERROR;
}

SIM_EXPORT int32_t QT_STDCALL DLLInitializeLogin(qt_text_t key, qt_text_t user, qt_text_t password, TStateCallback state,
    TOrderHistoryCallback order_history, TOrderChangeCallback order_change, TAccountCallback account, TTradeCallback trade,
    TDailyCallback daily, TPriceBookCallback price_book, TOfferBookCallback offer, THistoryTradeCallback history,
    TProgressCallback progress, TTinyBookCallback tiny)
{
    sim_callbacks_t c = {.state = state, .order_history = order_history, .order_change = order_change, .account = account,
                         .trade = trade, .daily = daily, .offer = offer, .history = history, .progress = progress,
                         .tiny = tiny};
    (void)price_book;
    sim_request();
    return sim_end(start(key, user, password, &c, 0));
}

SIM_EXPORT int32_t QT_STDCALL DLLInitializeMarketLogin(qt_text_t key, qt_text_t user, qt_text_t password,
    TStateCallback state, TTradeCallback trade, TDailyCallback daily, TPriceBookCallback price_book, TOfferBookCallback offer,
    THistoryTradeCallback history, TProgressCallback progress, TTinyBookCallback tiny)
{
    sim_callbacks_t c = {.state = state, .trade = trade, .daily = daily, .offer = offer, .history = history,
                         .progress = progress, .tiny = tiny};
    (void)price_book;
    sim_request();
    return sim_end(start(key, user, password, &c, 1));
}

SIM_EXPORT int32_t QT_STDCALL DLLFinalize(void)
{
    int result = sim_request();
    if (result || sim_on_connector())
        return sim_end(result ? result : NL_INTERNAL_ERROR); /* a thread cannot wait for itself */
    qt_store_release(&sim.stop_now, 1);
    sim_cond_signal(&sim.wake);
    sim_unlock(&sim.lock);
    sim_thread_join(sim.thread); /* waits for a running callback */
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

SIM_EXPORT int32_t QT_STDCALL GetHealthStatus(int32_t *state)
{
    int result = sim_request();
    if (result == NL_OK && state)
        *state = 0;
    return sim_end(result);
}

/* ---- setters: before init they are refused, as the vendor's are ------------------------------------------------ */

#define SETTER(name, type, slot, other)                 \
    SIM_EXPORT int32_t QT_STDCALL name(type callback)   \
    {                                                   \
        int result = sim_request();                     \
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
SETTER(SetOrderChangeCallback, TOrderChangeCallback, order_change, order_change)
SETTER(SetOrderCallback, TOrderCallback, order, order)
SETTER(SetOrderHistoryCallback, TAccountIdCallback, order_history_loaded, order_history_loaded)
