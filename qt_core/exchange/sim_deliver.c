/* Calls the client back. Everything a callback is shown lives in one page of text and one record, and
 * both are overwritten when it returns, so that a pointer kept too long reads rubbish here as it would there. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

static struct {
    uint16_t ticker[SIM_TICKER_UNITS], exchange[2], date[32];
    sim_record_t record;
} shown;
static const sim_record_t *in_flight; /* the print whose handle is valid now */
static uint64_t handles;              /* how many handles were given out     */

/* Handles look like pointers and are never the same twice; only TranslateTrade knows what to do with one. */
static void *handle_now(void) { return (void *)(uintptr_t)((UINT64_C(0x5EED) << 32) + handles * 16); }

const sim_record_t *sim_handle_record(const void *handle)
{
    return in_flight && handle == handle_now() ? in_flight : NULL;
}

void sim_called(void)
{
    qt_count(&sim.stats.callbacks);
    in_flight = NULL;
    memset(&shown, 0xDD, sizeof shown);
}

static void show_ticker(int view)
{
    sim_widen(shown.ticker, view ? sim.config.alias : sim.config.symbol, SIM_TICKER_UNITS);
    shown.exchange[0] = 'F';
    shown.exchange[1] = 0;
}

void sim_asset(TAssetIDRec *a, int view)
{
    show_ticker(view);
    a->Ticker = shown.ticker;
    a->Bolsa = shown.exchange;
    a->Feed = 0;
}

void sim_connector_asset(TConnectorAssetIdentifier *a, int view)
{
    memset(a, 0, sizeof *a);
    show_ticker(view);
    a->Ticker = shown.ticker;
    a->Exchange = shown.exchange;
}

qt_text_t sim_shared_date(int64_t utc_ns)
{
    char text[32];
    sim_date_text(text, utc_ns);
    sim_widen(shown.date, text, 32);
    return shown.date;
}

/* ---- prints ------------------------------------------------------------------------------------ */

static void trade_v1(const sim_record_t *r, int view, TTradeCallback live, THistoryTradeCallback past)
{
    TAssetIDRec a;
    qt_text_t date = sim_shared_date(r->ts_ns);
    double money = sim_money((double)r->price * r->qty);
    sim_asset(&a, view);
    if (live)
        live(a, date, r->number, sim_points(r->price), money, r->qty, r->buyer, r->seller, r->type, 0);
    else
        past(a, date, r->number, sim_points(r->price), money, r->qty, r->buyer, r->seller, r->type);
    sim_called();
}

static void trade_v2(const sim_record_t *r, int view, TTradeV2Callback cb, uint32_t flags)
{
    TConnectorAssetIdentifier a;
    sim_connector_asset(&a, view);
    shown.record = *r;
    handles++;
    in_flight = &shown.record;
    cb(a, handle_now(), flags);
    sim_called();
}

static void deliver_trade(const sim_message_t *msg)
{
    const sim_record_t *r = &msg->u.trade;
    if (sim.live.trade_v2)
        trade_v2(r, msg->view, sim.live.trade_v2, 0);
    else if (sim.live.trade)
        trade_v1(r, msg->view, sim.live.trade, NULL);
    if (sim.live.cotation) {
        TAssetIDRec a;
        sim_asset(&a, msg->view);
        sim.live.cotation(a, sim_shared_date(r->ts_ns), r->number, sim_points(r->price));
        sim_called();
    }
}

static void progress(int view, int percent)
{
    TAssetIDRec a;
    if (!sim.live.progress)
        return;
    sim_asset(&a, view);
    sim.live.progress(a, percent);
    sim_called();
}

static int64_t first_at(const sim_market_t *m, int64_t ts_ns) /* index of the first print at or after */
{
    int64_t low = 0, high = m->n_tape;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (m->tape[middle].ts_ns < ts_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The present never waits at its own pace; what is past, and a hurried market, wait for a reader that lags. */
static void wait_for_reader(int past)
{
    while (sim.backlog && (past || sim.config.speed != 1.0) && !qt_load_acquire(&sim.stop_now) && sim.backlog() > 16384)
        qt_sleep_ns(50000);
}

void sim_deliver_history(const sim_message_t *msg)
{
    const sim_market_t *m = &sim.market;
    int64_t i, first = first_at(m, msg->u.history.from), end = first_at(m, msg->u.history.to);
    if (msg->u.history.empty)
        first = end;
    progress(msg->view, 0);
    for (i = 25; i < 100 && first < end; i += 25)
        progress(msg->view, i == 75 ? 99 : (int)i);
    for (i = first; i < end && !qt_load_acquire(&sim.stop_now); i++) {
        sim_record_t r = m->tape[i];
        wait_for_reader(1);
        if (sim.live.history_v2)
            trade_v2(&r, msg->view, sim.live.history_v2, i + 1 == end ? QT_TC_LAST_PACKET : 0);
        else if (sim.live.history)
            trade_v1(&r, msg->view, NULL, sim.live.history);
    }
    progress(msg->view, 100);
}

/* ---- book ---------------------------------------------------------------------------------------- */

/* Most increments come without a date: the flag is off and the text is an old one. */
static void deliver_offer(const sim_message_t *msg)
{
    const sim_change_t *c = &msg->u.offer;
    TAssetIDRec a;
    uint16_t add = c->action == SIM_ADDED, edit = c->action == SIM_EDITED;
    uint16_t dated = add && c->id % 32 == 0;
    qt_text_t date = sim_shared_date(dated ? c->ts_ns : INT64_C(631162800000000000)); /* 1990-01-01 */
    sim_asset(&a, msg->view);
    if (sim.live.offer_v2)
        sim.live.offer_v2(a, c->action, c->position, c->side, c->qty, c->broker, c->id, sim_points(c->price), add,
                          add | edit, dated, add, add, date, NULL, NULL);
    else if (sim.live.offer)
        sim.live.offer(a, c->action, c->position, c->side, c->qty, c->broker, c->id, sim_points(c->price), add, add | edit,
                       dated, add, add, date, NULL, NULL);
    sim_called();
}

static void deliver_depth(const sim_message_t *msg)
{
    TConnectorAssetIdentifier a;
    if (!sim.live.depth)
        return;
    sim_connector_asset(&a, msg->view);
    sim.live.depth(a, msg->u.depth.side, msg->u.depth.position, msg->u.depth.update);
    sim_called();
}

static void deliver_tiny(const sim_message_t *msg)
{
    TAssetIDRec a;
    if (!sim.live.tiny)
        return;
    sim_asset(&a, msg->view);
    sim.live.tiny(a, sim_points(msg->u.tiny.price), (int32_t)msg->u.tiny.qty, msg->u.tiny.side);
    sim_called();
}

/* ---- summaries ------------------------------------------------------------------------------------- */

static void deliver_daily(const sim_message_t *msg)
{
    const sim_day_t *d = &sim.market.day;
    double start = sim_points((int64_t)sim.market.flow.anchor);
    TAssetIDRec a;
    if (!sim.live.daily)
        return;
    sim_asset(&a, msg->view);
    sim.live.daily(a, sim_shared_date(msg->ts_ns), sim_points(d->open), sim_points(d->high), sim_points(d->low),
                   sim_points(d->close), d->volume, start, start * 1.1, start * 0.9, d->buyer_volume, d->seller_volume,
                   (int32_t)d->qty, (int32_t)d->trades, 0, (int32_t)d->buyer_qty, (int32_t)d->seller_qty,
                   (int32_t)d->buyer_trades, (int32_t)d->seller_trades);
    sim_called();
}

static void deliver_phase(const sim_message_t *msg)
{
    TAssetIDRec a;
    if (!sim.live.phase)
        return;
    sim_asset(&a, msg->view);
    sim.live.phase(a, sim_shared_date(msg->ts_ns), sim.market.phase);
    sim_called();
}

static void deliver_theoretical(const sim_message_t *msg)
{
    TAssetIDRec a;
    if (!sim.live.theoretical || sim.market.book.best[SIM_BUY] == SIM_MARKET_PRICE)
        return;
    sim_asset(&a, msg->view);
    sim.live.theoretical(a, sim_points(sim.market.book.best[SIM_BUY]), sim_book_level(&sim.market.book, sim.market.book.best[SIM_BUY])->qty);
    sim_called();
}

static void deliver_invalid(const sim_message_t *msg)
{
    TConnectorAssetIdentifier a;
    if (!sim.live.invalid)
        return;
    sim_connector_asset(&a, 0);
    memcpy(shown.ticker, msg->u.ticker, sizeof shown.ticker);
    sim.live.invalid(a);
    sim_called();
}

static void deliver_state(const sim_message_t *msg)
{
    if (!sim.live.state)
        return;
    sim.live.state(msg->u.state.channel, msg->u.state.result);
    sim_called();
}

static void deliver_account(void)
{
    uint16_t name[64], account[64], holder[64];
    if (!sim.live.account)
        return;
    sim_copy(name, SIM_BROKER_NAME, 64);
    sim_copy(account, SIM_ACCOUNT_ID, 64);
    sim_copy(holder, SIM_ACCOUNT_HOLDER, 64);
    sim.live.account(SIM_BROKER_ID, name, account, holder);
    sim_called();
}

static void deliver_order_history(void)
{
    TConnectorAccountIdentifier id;
    if (!sim.live.order_history_loaded)
        return;
    memset(&id, 0, sizeof id);
    id.BrokerID = SIM_BROKER_ID;
    id.AccountID = SIM_ACCOUNT_ID;
    sim.live.order_history_loaded(id);
    sim_called();
}

void sim_deliver(const sim_message_t *msg)
{
    wait_for_reader(0);
    if (msg->ts_ns > qt_load_relaxed(&sim.clock_ns))
        qt_store_release(&sim.clock_ns, msg->ts_ns);
    switch (msg->kind) {
    case SIM_MSG_STATE: deliver_state(msg); break;
    case SIM_MSG_ACCOUNT: deliver_account(); break;
    case SIM_MSG_TRADE: deliver_trade(msg); break;
    case SIM_MSG_OFFER: deliver_offer(msg); break;
    case SIM_MSG_IMAGE: sim_deliver_image(msg->view); break;
    case SIM_MSG_DEPTH: deliver_depth(msg); break;
    case SIM_MSG_TINY: deliver_tiny(msg); break;
    case SIM_MSG_DAILY: deliver_daily(msg); break;
    case SIM_MSG_PHASE: deliver_phase(msg); break;
    case SIM_MSG_THEORETICAL: deliver_theoretical(msg); break;
    case SIM_MSG_INVALID: deliver_invalid(msg); break;
    case SIM_MSG_HISTORY: sim_deliver_history(msg); break;
    case SIM_MSG_ORDER: sim_deliver_order(msg->u.order.slot); break;
    case SIM_MSG_ORDER_HISTORY: deliver_order_history(); break;
    default: break;
    }
}
