/* Positions: read in both families, listed, and closed. */
#include "sim.h"
#include "sim_bytes.h"

#include <string.h>

/* a record of Version 0 ends before its type */
static int position_type(int version, const uint8_t *type)
{
    return version == 0 || *type == QT_POSITION_DAY_TRADE || *type == QT_POSITION_CONSOLIDATED ? NL_OK : NL_INVALID_ARGS;
}

static int is_day_trade(int version, const uint8_t *type) { return version > 0 && *type == QT_POSITION_DAY_TRADE; }

/* ---- closing ------------------------------------------------------------------------------------------------ */

int64_t sim_zero_position(TConnectorZeroPosition *in)
{
    TConnectorSendOrder order;
    const sim_position_t *p = NULL;
    int64_t open, id;
    int account, result = sim_account_of(&in->AccountID, &account);
    if (result == NL_OK)
        result = position_type(in->Version, &in->PositionType);
    if (result == NL_OK)
        p = is_day_trade(in->Version, &in->PositionType) ? &sim.clients.today[account] : &sim.clients.positions[account];
    open = p ? p->open : 0;
    if (!open)
        return result ? result : NL_NO_POSITION;
    memset(&order, 0, sizeof order);
    order.Version = sim_since(41) ? 2 : 1;
    order.AccountID = in->AccountID;
    order.AssetID = in->AssetID;
    order.Password = in->Password;
    order.OrderType = in->Price < 0 ? QT_ORDER_MARKET : QT_ORDER_LIMIT;
    order.OrderSide = open > 0 ? QT_ORDER_SELL : QT_ORDER_BUY;
    order.Price = in->Price;
    order.StopPrice = -1;
    order.Quantity = open > 0 ? open : -open;
    id = sim_send_order(&order);
    if (id > 0 && in->Version >= 2)
        in->MessageID = order.MessageID;
    return id;
}

SIM_EXPORT int64_t QT_STDCALL SendZeroPositionV2(TConnectorZeroPosition *position)
{
    int result = sim_send_request();
    if (result == NL_OK && (!position || position->Version > (sim_since(41) ? 2 : 1)))
        result = position ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end64(result ? result : sim_zero_position(position));
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

double sim_mean_points(double value, int64_t qty)
{
    return qty ? value / (double)qty * sim.config.tick_num / sim.config.tick_den : 0.0;
}

static int64_t held(const sim_position_t *p) { return p->open < 0 ? -p->open : p->open; }

/* Without the day's orders the vendor's library cannot work a position out. */
static const sim_position_t *known_position(int account)
{
    static const sim_position_t nothing;
    return sim.hist_order ? &sim.clients.positions[account] : &nothing;
}

static const sim_position_t *known_day(int account)
{
    static const sim_position_t nothing;
    return sim.hist_order ? &sim.clients.today[account] : &nothing;
}

/* neither held nor traded today */
static int untouched(int account)
{
    return known_position(account)->fills == (sim.hist_order ? sim.clients.idle_fills[account] : 0);
}

/* p: what is held; day: what was traded today */
static void put_position(TConnectorTradingAccountPosition *out, const sim_position_t *p, const sim_position_t *day)
{
    out->OpenQuantity = held(p);
    out->OpenAveragePrice = sim_mean_points(p->open_value, held(p));
    out->OpenSide = p->open > 0 ? QT_POSITION_LONG : p->open < 0 ? QT_POSITION_SHORT : 200; /* flat: rubbish, as met live */
    out->DailyAverageSellPrice = sim_mean_points((double)day->sold_value, day->sold);
    out->DailySellQuantity = day->sold;
    out->DailyAverageBuyPrice = sim_mean_points((double)day->bought_value, day->bought);
    out->DailyBuyQuantity = day->bought;
    out->DailyQuantityD1 = out->DailyQuantityD2 = out->DailyQuantityD3 = 0;
    out->DailyQuantityBlocked = out->DailyQuantityPending = out->DailyQuantityAlloc = out->DailyQuantityProvision = 0;
    out->DailyQuantity = out->DailyQuantityAvailable = held(p);
    if (out->Version >= 2)
        out->EventID = p->event_id;
}

static int get_position(TConnectorTradingAccountPosition *out)
{
    static const sim_position_t nothing;
    int view = 0, account, found, today, result = sim_account_of(&out->AccountID, &account);
    if (result)
        return result;
    if (out->AssetID.Version)
        return NL_VERSION_NOT_SUPPORTED;
    if (position_type(out->Version, &out->PositionType))
        return NL_INVALID_ARGS;
    found = sim_find(out->AssetID.Ticker, out->AssetID.Exchange, &view) == NL_OK && !view;
    today = is_day_trade(out->Version, &out->PositionType);
    if (found)
        put_position(out, today ? known_day(account) : known_position(account), known_day(account));
    else /* another exchange or contract, or the continuous name: zeros and "all is well" */
        put_position(out, &nothing, &nothing);
    return found && untouched(account) ? NL_NO_POSITION : NL_OK;
}

SIM_EXPORT int32_t QT_STDCALL GetPositionV2(TConnectorTradingAccountPosition *position)
{
    int result = sim_routing_request();
    if (result == NL_OK && (!position || position->Version > 2))
        result = position ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    return sim_end(result ? result : get_position(position));
}

/* ---- the assets that an account holds or has traded ---------------------------------------------------------------- */

SIM_EXPORT int32_t QT_STDCALL EnumerateAllPositionAssets(const TConnectorAccountIdentifier *account, uint8_t version,
                                                         intptr_t param, TEnumAssetProc proc)
{
    TConnectorAssetIdentifier asset;
    uint16_t ticker[SIM_TICKER_UNITS], exchange[2] = {sim.config.exchange[0], 0};
    int index, result = sim_routing_request();
    if (result == NL_OK && (!proc || version))
        result = proc ? NL_VERSION_NOT_SUPPORTED : NL_INVALID_ARGS;
    if (result == NL_OK)
        result = sim_account_of(account, &index);
    if (result || untouched(index))
        return sim_end(result);
    sim_widen(ticker, sim.config.symbol, SIM_TICKER_UNITS);
    sim_unlock(&sim.lock); /* on the calling thread, without the lock */
    memset(&asset, 0, sizeof asset);
    asset.Ticker = ticker;
    asset.Exchange = exchange;
    proc(asset, param);
    return NL_OK;
}

/* ---- the block of the legacy call: unaligned, text of one byte per character ------------------------------------------ */

static uint8_t *put_i32(uint8_t *p, int64_t value)
{
    int32_t narrow = (int32_t)value;
    return sim_put(p, &narrow, sizeof narrow);
}

static uint8_t *put_f64(uint8_t *p, double value) { return sim_put(p, &value, sizeof value); }

static uint8_t *put_ansi(uint8_t *p, qt_text_t text)
{
    uint16_t n = (uint16_t)sim_length(text), i;
    p = sim_put(p, &n, sizeof n);
    for (i = 0; i < n; i++)
        *p++ = text[i] < 256 ? (uint8_t)text[i] : '?';
    return p;
}

static void put_block(uint8_t *p, int32_t size, int account, qt_text_t ticker, const sim_position_t *q,
                      const sim_position_t *day)
{
    uint8_t side = q->open > 0 ? QT_POSITION_LONG : q->open < 0 ? QT_POSITION_SHORT : 0;
    int i;
    p = put_i32(put_i32(p, 1), size);
    p = put_i32(p, SIM_BROKER_ID);
    p = put_ansi(p, SIM_ACCOUNT[account].id);
    p = put_ansi(p, SIM_ACCOUNT[account].holder);
    p = put_ansi(p, ticker);
    p = put_f64(put_i32(p, q->open), sim_mean_points(q->open_value, held(q)));
    p = put_i32(put_f64(p, sim_mean_points((double)day->sold_value, day->sold)), day->sold);
    p = put_i32(put_f64(p, sim_mean_points((double)day->bought_value, day->bought)), day->bought);
    for (i = 0; i < 7; i++) /* D+1, D+2, D+3, blocked, pending, allocated, provisioned */
        p = put_i32(p, 0);
    p = put_i32(put_i32(p, held(q)), held(q));
    *p = side;
}

enum { BLOCK_BYTES = 91 }; /* without the texts */

SIM_EXPORT void *QT_STDCALL GetPosition(qt_text_t account, qt_text_t broker, qt_text_t ticker, qt_text_t exchange)
{
    static const sim_position_t nothing; /* what the continuous name holds */
    TConnectorAccountIdentifier id;
    int index, view, result = sim_routing_request();
    int32_t size;
    uint8_t *block = NULL;
    if (result == NL_OK)
        result = sim_legacy_account(&id, account, broker);
    if (result == NL_OK)
        result = sim_account_of(&id, &index);
    if (result == NL_OK)
        result = sim_find(ticker, exchange, &view);
    if (result == NL_OK) {
        size = BLOCK_BYTES + sim_length(SIM_ACCOUNT[index].id) + sim_length(SIM_ACCOUNT[index].holder) + sim_length(ticker);
        block = sim_lend(size);
        if (block)
            put_block(block, size, index, ticker, view ? &nothing : known_position(index), view ? &nothing : known_day(index));
    }
    sim_unlock(&sim.lock);
    return block;
}
