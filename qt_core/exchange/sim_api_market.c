/* Market-data exports: subscriptions, history, and the accessors meant for use inside callbacks. */
#include "sim_garble.h"

#include <string.h>

/* Unknown tickers are accepted and answered through the invalid-ticker callback; a bad exchange is refused at once. */
int sim_post_view_as(const char *function, int kind, qt_text_t ticker, qt_text_t exchange, unsigned bit)
{
    sim_command_t c = {0};
    int result = sim_request_as(function);
    if (result == NL_OK)
        result = sim_find(ticker, exchange, &c.view);
    c.kind = kind;
    c.bit = bit;
    if (result == NL_INVALID_TICKER && !(bit == SIM_SUB_OFFER && sim_since(38))) { /* since then it refuses at once */
        c.kind = SIM_CMD_INVALID;
        sim_copy(c.ticker, ticker, SIM_TICKER_UNITS);
        result = NL_OK;
    }
    return sim_end(result ? result : sim_post_command(&c));
}

SIM_EXPORT int32_t QT_STDCALL SubscribeTicker(qt_text_t t, qt_text_t e)
{
    return sim_post_view(SIM_CMD_SUBSCRIBE, t, e, SIM_SUB_TICKER);
}

SIM_EXPORT int32_t QT_STDCALL UnsubscribeTicker(qt_text_t t, qt_text_t e)
{
    return sim_post_view(SIM_CMD_UNSUBSCRIBE, t, e, SIM_SUB_TICKER);
}

SIM_EXPORT int32_t QT_STDCALL SubscribeOfferBook(qt_text_t t, qt_text_t e)
{
    return sim_post_view(SIM_CMD_SUBSCRIBE, t, e, SIM_SUB_OFFER);
}

SIM_EXPORT int32_t QT_STDCALL UnsubscribeOfferBook(qt_text_t t, qt_text_t e)
{
    return sim_post_view(SIM_CMD_UNSUBSCRIBE, t, e, SIM_SUB_OFFER);
}

SIM_EXPORT int32_t QT_STDCALL SubscribePriceDepth(const TConnectorAssetIdentifier *a)
{
    if (!a || a->Version)
        return a ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_post_view(SIM_CMD_SUBSCRIBE, a->Ticker, a->Exchange, SIM_SUB_DEPTH);
}

SIM_EXPORT int32_t QT_STDCALL UnsubscribePriceDepth(const TConnectorAssetIdentifier *a)
{
    if (!a || a->Version)
        return a ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_post_view(SIM_CMD_UNSUBSCRIBE, a->Ticker, a->Exchange, SIM_SUB_DEPTH);
}

/* ---- history ------------------------------------------------------------------------------------------- */

static int parse(qt_text_t text, int64_t *ns, int *has_time)
{
    char narrow[40];
    if (!text || sim_narrow(narrow, text, 40) < 0)
        return -1;
    return sim_parse_date(narrow, ns, has_time);
}

SIM_EXPORT int32_t QT_STDCALL GetHistoryTrades(qt_text_t ticker, qt_text_t exchange, qt_text_t start, qt_text_t end)
{
    sim_command_t c = {0};
    int from_time = 0, to_time = 0, result = sim_request();
    if (result == NL_OK)
        result = sim_find_any(ticker, exchange, &c.view);
    c.kind = SIM_CMD_HISTORY;
    if (result == NL_INVALID_TICKER) {
        c.kind = SIM_CMD_INVALID;
        sim_copy(c.ticker, ticker, SIM_TICKER_UNITS);
        return sim_end(sim_post_command(&c));
    }
    if (result)
        return sim_end(result);
    if (parse(start, &c.from, &from_time) || parse(end, &c.to, &to_time) || c.to < c.from)
        return sim_end(NL_INVALID_ARGS);
    if (sim_since(41) && c.from < qt_load_acquire(&sim.clock_ns) - 30 * SIM_DAY_NS)
        return sim_end(NL_HISTORY_PERIOD_LIMIT);
    if (sim_since(42) && c.to - c.from >= 10 * SIM_DAY_NS)
        return sim_end(NL_INVALID_ARGS);
    c.empty = !from_time || !to_time; /* accepted, and answered with nothing */
    return sim_end(sim_post_command(&c));
}

static void translate(const sim_record_t *r, TConnectorTrade *out)
{
    out->TradeDate = sim_system_time(r->ts_ns);
    out->TradeNumber = r->number;
    out->Price = sim_points(r->price);
    out->Quantity = r->qty;
    out->Volume = sim_money((double)r->price * r->qty);
    out->BuyAgent = r->buyer;
    out->SellAgent = r->seller;
    out->TradeType = r->type;
}

SIM_EXPORT int32_t QT_STDCALL TranslateTrade(void *trade, TConnectorTrade *out)
{
    const sim_record_t *r = sim_on_connector() ? sim_handle_record(trade) : NULL;
    if (!out)
        return NL_INVALID_ARGS;
    if (!r) { /* kept after its callback, or taken to another thread */
        qt_fetch_add(&sim.stats.stale_handles, 1);
        return NL_INVALID_ARGS;
    }
    if (out->Version)
        return NL_VERSION_NOT_SUPPORTED;
    translate(r, out);
    if (sim.faulty)
        sim_garble_trade(out);
    return NL_OK;
}

/* ---- price depth ------------------------------------------------------------------------------------------ */

/* takes the lock; NL_OK when the asset is ours; thin: nobody trades it yet */
static int begin_asset(const TConnectorAssetIdentifier *a, int *thin)
{
    int view = 0, result;
    sim_api_lock();
    if (!sim.running)
        return NL_NOT_INITIALIZED;
    if (!a || a->Version)
        return a ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    result = sim_find(a->Ticker, a->Exchange, &view);
    *thin = view >= SIM_VIEWS;
    return result;
}

static int theoretical(void) { return sim_in_auction(sim.market.phase); }

SIM_EXPORT int32_t QT_STDCALL GetPriceDepthSideCount(const TConnectorAssetIdentifier *asset, uint8_t side)
{
    int thin = 0, result = begin_asset(asset, &thin);
    if (result == NL_OK && side > QT_BOOK_SELL)
        result = NL_INVALID_ARGS;
    else if (result == NL_OK && !thin)
        result = sim_book_level_count(&sim.market.book, side) + theoretical();
    return sim_end(result);
}

static int theoretical_group(TConnectorPriceGroup *group)
{
    group->Price = -INFINITY;
    group->Quantity = sim_theoretical(&sim.market).qty;
    group->Count = 0;
    group->PriceGroupFlags = QT_PG_THEORETICAL;
    return NL_OK;
}

static int level_group(int side, int32_t position, TConnectorPriceGroup *group)
{
    int32_t price = sim_book_level_at(&sim.market.book, side, position);
    const sim_level_t *level;
    if (price == SIM_MARKET_PRICE)
        return NL_OUT_OF_RANGE;
    level = sim_book_level(&sim.market.book, side, price);
    group->Price = sim_points(price);
    group->Quantity = level->qty;
    group->Count = (uint32_t)(level->count + level->more);
    group->PriceGroupFlags = 0;
    if (sim.faulty)
        sim_garble_group(group);
    return NL_OK;
}

SIM_EXPORT int32_t QT_STDCALL GetPriceGroup(const TConnectorAssetIdentifier *asset, uint8_t side, int32_t position,
                                            TConnectorPriceGroup *group)
{
    int thin = 0, result = begin_asset(asset, &thin);
    if (result)
        return sim_end(result);
    if (!group || side > QT_BOOK_SELL || position < 0 || thin)
        return sim_end(group && side <= QT_BOOK_SELL ? NL_OUT_OF_RANGE : NL_INVALID_ARGS);
    if (group->Version)
        return sim_end(NL_VERSION_NOT_SUPPORTED);
    if (theoretical() && position == 0)
        return sim_end(theoretical_group(group));
    return sim_end(level_group(side, position - theoretical(), group));
}

SIM_EXPORT int32_t QT_STDCALL GetTheoreticalValues(const TConnectorAssetIdentifier *asset, double *price, int64_t *qty)
{
    sim_cross_t cross = {SIM_MARKET_PRICE, 0, 0};
    int thin = 0, result = begin_asset(asset, &thin);
    if (result || !price || !qty)
        return sim_end(result ? result : NL_INVALID_ARGS);
    if (!thin)
        cross = sim_theoretical(&sim.market);
    *price = cross.price == SIM_MARKET_PRICE ? 0.0 : sim_points(cross.price);
    *qty = cross.qty;
    return sim_end(NL_OK);
}
