/* Market callbacks, called with clean narrow arguments or with dirt above them: then through a type that is wide in their place. */
#include "sim_garble.h"

static uint64_t noise = 1;

/* The callee may look at no bit that the argument's type does not have. On System V compilers take narrow arguments as extended
 * to 32 bits, so there only what lies above is dirty, and bits 8 to 15 of the flags that one calls a byte and another two. */
static int64_t dirt(uint64_t value, uint64_t clean)
{
    return (int64_t)((value & clean) | (sim_splitmix(&noise) & ~clean));
}

static int64_t dirty_flag(uint16_t flag)
{
#if defined(_WIN32)
    return dirt(flag, 0xFF);
#else
    return dirt(flag, 0xFFFF00FF);
#endif
}

static int64_t dirty_byte(uint8_t byte)
{
#if defined(_WIN32)
    return dirt(byte, 0xFF);
#else
    return dirt(byte, 0xFFFFFFFF);
#endif
}

int64_t sim_dirt(int32_t value) { return dirt((uint32_t)value, 0xFFFFFFFF); }

/* ---- book -------------------------------------------------------------------------------------------------- */

typedef void(QT_STDCALL *wide_offer_t)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, double, int64_t,
                                       int64_t, int64_t, int64_t, int64_t, qt_text_t, void *, void *);
typedef void(QT_STDCALL *first_offer_t)(TAssetIDRec, int32_t, int32_t, int32_t, sim_slot_t, int32_t, int64_t, double, uint16_t,
                                        uint16_t, uint16_t, uint16_t, uint16_t, qt_text_t, void *, void *);
typedef void(QT_STDCALL *first_price_t)(TAssetIDRec, int32_t, int32_t, int32_t, sim_slot_t, sim_slot_t, double, void *, void *);
typedef void(QT_STDCALL *wide_depth_t)(TConnectorAssetIdentifier, int64_t, int64_t, int64_t);
typedef void(QT_STDCALL *wide_tiny_t)(TAssetIDRec, double, int64_t, int64_t);
typedef void(QT_STDCALL *wide_price_t)(TAssetIDRec, int64_t, int64_t, int64_t, int64_t, int64_t, double, void *, void *);

static void call_dirty_offer(TAssetIDRec a, const sim_offer_call_t *x)
{
    wide_offer_t f = sim.live.offer_v2 ? SIM_AS(wide_offer_t, sim.live.offer_v2) : SIM_AS(wide_offer_t, sim.live.offer);
    int64_t qty = sim.live.offer_v2 ? x->qty : sim_dirt((int32_t)x->qty);
    f(a, sim_dirt(x->action), sim_dirt(x->position), sim_dirt(x->side), qty, sim_dirt(x->broker), x->id, x->price,
      dirty_flag(x->has_price), dirty_flag(x->has_qty), dirty_flag(x->has_date), dirty_flag(x->has_id),
      dirty_flag(x->has_broker), x->date, x->sells, x->buys);
}

static void call_clean_offer(TAssetIDRec a, const sim_offer_call_t *x)
{
    if (sim.live.offer_v2)
        sim.live.offer_v2(a, x->action, x->position, x->side, x->qty, x->broker, x->id, x->price, x->has_price, x->has_qty,
                          x->has_date, x->has_id, x->has_broker, x->date, x->sells, x->buys);
    else
        SIM_AS(first_offer_t, sim.live.offer)(a, x->action, x->position, x->side, sim_slot((int32_t)x->qty), x->broker, x->id,
                                              x->price, x->has_price, x->has_qty, x->has_date, x->has_id, x->has_broker,
                                              x->date, x->sells, x->buys);
}

void sim_call_offer(TAssetIDRec a, const sim_offer_call_t *x)
{
    sim_offer_call_t seen = *x;
    if (!sim.live.offer_v2 && !sim.live.offer)
        return;
    if (x->action != QT_BOOK_IMAGE) {
        seen.price = sim_seen_price(x->price);
        seen.qty = sim.live.offer_v2 ? sim_seen_qty(x->qty) : sim_seen_qty32((int32_t)x->qty);
        seen.position = sim_seen_position(x->position);
        seen.side = sim_seen_side(x->side);
        seen.action = sim_seen_type(x->action);
    }
    sim_dirty() ? call_dirty_offer(a, &seen) : call_clean_offer(a, &seen);
}

void sim_call_depth(TConnectorAssetIdentifier a, int side, int32_t position, int update)
{
    side = sim_seen_side(side);
    position = sim_seen_position(position);
    if (sim_dirty())
        SIM_AS(wide_depth_t, sim.live.depth)(a, dirty_byte((uint8_t)side), sim_dirt(position), dirty_byte((uint8_t)update));
    else
        sim.live.depth(a, (uint8_t)side, position, (uint8_t)update);
}

void sim_call_tiny(TAssetIDRec a, double price, int32_t qty, int32_t side)
{
    price = sim_seen_price(price);
    qty = sim_seen_qty32(qty);
    side = sim_seen_side(side);
    if (sim_dirty())
        SIM_AS(wide_tiny_t, sim.live.tiny)(a, price, sim_dirt(qty), sim_dirt(side));
    else
        sim.live.tiny(a, price, qty, side);
}

static void call_price_v2(TAssetIDRec a, const sim_price_call_t *x)
{
    if (sim_dirty())
        SIM_AS(wide_price_t, sim.live.price_book_v2)(a, sim_dirt(x->action), sim_dirt(x->position), sim_dirt(x->side), x->qty,
                                                     x->count, x->price, x->sells, x->buys);
    else
        sim.live.price_book_v2(a, x->action, x->position, x->side, x->qty, x->count, x->price, x->sells, x->buys);
}

static void call_price_v1(TAssetIDRec a, const sim_price_call_t *x)
{
    int32_t qty = (int32_t)x->qty;
    if (sim_dirty())
        SIM_AS(wide_price_t, sim.live.price_book)(a, sim_dirt(x->action), sim_dirt(x->position), sim_dirt(x->side),
                                                  sim_dirt(qty), sim_dirt(x->count), x->price, x->sells, x->buys);
    else
        SIM_AS(first_price_t, sim.live.price_book)(a, x->action, x->position, x->side, sim_slot(qty), sim_slot(x->count),
                                                   x->price, x->sells, x->buys);
}

void sim_call_price(TAssetIDRec a, const sim_price_call_t *x)
{
    sim.live.price_book_v2 ? call_price_v2(a, x) : call_price_v1(a, x);
}

/* ---- prints ------------------------------------------------------------------------------------------------ */

typedef void(QT_STDCALL *wide_trade_t)(TAssetIDRec, qt_text_t, int64_t, double, double, int64_t, int64_t, int64_t, int64_t,
                                       int64_t);
typedef void(QT_STDCALL *wide_past_t)(TAssetIDRec, qt_text_t, int64_t, double, double, int64_t, int64_t, int64_t, int64_t);
typedef void(QT_STDCALL *wide_trade_v2_t)(TConnectorAssetIdentifier, void *, int64_t);

static void call_live(TAssetIDRec a, qt_text_t date, const sim_trade_call_t *x)
{
    if (sim_dirty())
        SIM_AS(wide_trade_t, sim.live.trade)(a, date, sim_dirt((int32_t)x->number), x->price, x->money, sim_dirt(x->qty),
                                             sim_dirt(x->buyer), sim_dirt(x->seller), sim_dirt(x->type), dirty_flag(x->edit));
    else
        sim.live.trade(a, date, x->number, x->price, x->money, x->qty, x->buyer, x->seller, x->type, x->edit);
}

static void call_past(TAssetIDRec a, qt_text_t date, const sim_trade_call_t *x)
{
    if (sim_dirty())
        SIM_AS(wide_past_t, sim.live.history)(a, date, sim_dirt((int32_t)x->number), x->price, x->money, sim_dirt(x->qty),
                                              sim_dirt(x->buyer), sim_dirt(x->seller), sim_dirt(x->type));
    else
        sim.live.history(a, date, x->number, x->price, x->money, x->qty, x->buyer, x->seller, x->type);
}

void sim_call_trade(TAssetIDRec a, qt_text_t date, const sim_record_t *r, int past)
{
    double money = sim_money((double)r->price * r->qty);
    int swapped = sim_seen_swapped();
    sim_trade_call_t x = {sim_seen_number(r->number), sim_seen_price(sim_points(r->price)), swapped ? r->qty : money,
                          swapped ? (int32_t)money : sim_seen_qty32(r->qty), r->buyer, r->seller, sim_seen_type(r->type), r->edit};
    past ? call_past(a, date, &x) : call_live(a, date, &x);
}

void sim_call_trade_v2(TTradeV2Callback callback, TConnectorAssetIdentifier a, void *handle, uint32_t flags)
{
    if (sim_dirty())
        SIM_AS(wide_trade_v2_t, callback)(a, handle, sim_dirt((int32_t)flags));
    else
        callback(a, handle, flags);
}
/* ---- the rest ---------------------------------------------------------------------------------------------- */

typedef void(QT_STDCALL *wide_state_t)(int64_t, int64_t);
typedef void(QT_STDCALL *wide_account_t)(int64_t, qt_text_t, qt_text_t, qt_text_t);
typedef void(QT_STDCALL *wide_progress_t)(TAssetIDRec, int64_t);
typedef void(QT_STDCALL *wide_phase_t)(TAssetIDRec, qt_text_t, int64_t);
typedef void(QT_STDCALL *wide_daily_t)(TAssetIDRec, qt_text_t, double, double, double, double, double, double, double, double,
                                       double, double, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t, int64_t);

void sim_call_state(int32_t channel, int32_t result)
{
    if (sim_dirty())
        SIM_AS(wide_state_t, sim.live.state)(sim_dirt(channel), sim_dirt(result));
    else
        sim.live.state(channel, result);
}

void sim_call_account(int32_t broker, qt_text_t name, qt_text_t account, qt_text_t holder)
{
    if (sim_dirty())
        SIM_AS(wide_account_t, sim.live.account)(sim_dirt(broker), name, account, holder);
    else
        sim.live.account(broker, name, account, holder);
}

void sim_call_progress(TAssetIDRec a, int32_t percent)
{
    if (sim_dirty())
        SIM_AS(wide_progress_t, sim.live.progress)(a, sim_dirt(percent));
    else
        sim.live.progress(a, percent);
}

void sim_call_phase(TAssetIDRec a, qt_text_t date, int32_t phase)
{
    if (sim_dirty())
        SIM_AS(wide_phase_t, sim.live.phase)(a, date, sim_dirt(phase));
    else
        sim.live.phase(a, date, phase);
}

void sim_call_daily(TAssetIDRec a, qt_text_t date, const sim_day_t *d)
{
    double open = sim_points(d->open), high = sim_points(d->high), low = sim_points(d->low);
    double close = sim_seen_price(sim_points(d->close)), start = sim_points(sim.market.reference);
    double top = sim_points(sim_highest_of_day(&sim.market)), bottom = sim_points(sim_lowest_of_day(&sim.market));
    int32_t qty = (int32_t)d->qty, trades = (int32_t)d->trades, bought = (int32_t)d->buyer_qty, sold = (int32_t)d->seller_qty;
    int32_t buys = (int32_t)d->buyer_trades, sells = (int32_t)d->seller_trades;
    if (sim_dirty())
        SIM_AS(wide_daily_t, sim.live.daily)(a, date, open, high, low, close, d->volume, start, top, bottom, d->buyer_volume,
                                             d->seller_volume, sim_dirt(qty), sim_dirt(trades), sim_dirt(0), sim_dirt(bought),
                                             sim_dirt(sold), sim_dirt(buys), sim_dirt(sells));
    else
        sim.live.daily(a, date, open, high, low, close, d->volume, start, top, bottom, d->buyer_volume, d->seller_volume, qty,
                       trades, 0, bought, sold, buys, sells);
}
