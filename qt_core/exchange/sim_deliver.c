/* Calls the client back. Everything a callback is shown lives in one page of text and one record, and
 * both are overwritten when it returns, so that a pointer kept too long reads rubbish here as it would there. */
#include "sim_faults.h"
#include "sim_garble.h"

#include <stdlib.h>
#include <string.h>

static struct {
    uint16_t ticker[128], exchange[2], date[32]; /* more room than a ticker needs: a hostile one ends late */
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
    sim_page_scrub();
}

static void show_ticker(int view)
{
    sim_widen(shown.ticker, sim_name(view), SIM_TICKER_UNITS);
    shown.exchange[0] = sim.config.exchange[0];
    shown.exchange[1] = 0;
    if (sim.faulty)
        sim_seen_ticker(shown.ticker, (int)(sizeof shown.ticker / sizeof *shown.ticker));
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
    sim_widen(shown.date, sim_seen_date(text), 32);
    return shown.date;
}

/* ---- prints ------------------------------------------------------------------------------------ */

static void trade_v1(const sim_record_t *r, int view, int past)
{
    TAssetIDRec a;
    sim_asset(&a, view);
    sim_call_trade(a, sim_shared_date(r->ts_ns), r, past);
    sim_called();
}

static void trade_v2(const sim_record_t *r, int view, TTradeV2Callback cb, uint32_t flags)
{
    TConnectorAssetIdentifier a;
    sim_connector_asset(&a, view);
    shown.record = *r;
    handles++;
    in_flight = &shown.record;
    sim_call_trade_v2(cb, a, sim_seen_handle(handle_now()), flags);
    sim_called();
}

static void deliver_trade(const sim_message_t *msg)
{
    const sim_record_t *r = &msg->u.trade;
    if (sim.live.trade_v2)
        trade_v2(r, msg->view, sim.live.trade_v2, r->edit ? QT_TC_EDIT : 0);
    else if (sim.live.trade)
        trade_v1(r, msg->view, 0);
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
    int copies = sim.faulty ? sim_fault_copies(SIM_CB_PROGRESS) : 1;
    for (; copies > 0 && sim.live.progress; copies--) {
        if (sim.faulty)
            sim_garble_begin(SIM_CB_PROGRESS);
        sim_asset(&a, view);
        sim_call_progress(a, percent);
        sim_called();
        sim_garble_end();
    }
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
    if (sim.faulty && sim_unlimited())
        return;
    while (sim.backlog && (past || sim.config.speed != 1.0) && !qt_load_acquire(&sim.stop_now) && sim.backlog() > 16384)
        qt_sleep_ns(50000);
}

static void tell_past(const sim_record_t *r, int view, int last)
{
    wait_for_reader(1);
    if (sim.faulty)
        sim_garble_begin(SIM_CB_HISTORY);
    if (sim.live.history_v2)
        trade_v2(r, view, sim.live.history_v2, last ? QT_TC_LAST_PACKET : 0);
    else if (sim.live.history)
        trade_v1(r, view, 1);
}

static void tell_progress(int view, int empty)
{
    int i;
    progress(view, 0);
    for (i = 25; i < 100 && !empty; i += 25)
        progress(view, i == 75 ? 99 : i);
}

static void deliver_history(const sim_message_t *msg)
{
    const sim_market_t *m = &sim.market;
    int64_t i, first = first_at(m, msg->u.history.from), end = first_at(m, msg->u.history.to);
    int copies;
    if (!msg->view && first < m->first_of_contract)
        first = m->first_of_contract < end ? m->first_of_contract : end;
    while (end > first && !m->tape[end - 1].qty) /* cancelled */
        end--;
    if (msg->u.history.empty)
        first = end;
    if (msg->u.history.part != SIM_HISTORY_BURST)
        tell_progress(msg->view, first >= end);
    if (msg->u.history.part == SIM_HISTORY_HEAD)
        return;
    if (sim.faulty)
        first = sim_fault_history_first(msg->view, first, end);
    for (i = first; i < end && !qt_load_acquire(&sim.stop_now); i++) {
        sim_record_t r = m->tape[i];
        copies = !r.qty ? 0 : sim.faulty ? sim_fault_copies(SIM_CB_HISTORY) : 1;
        for (; copies > 0; copies--)
            tell_past(&r, msg->view, i + 1 == end);
    }
    progress(msg->view, 100);
}

/* ---- book ---------------------------------------------------------------------------------------- */

/* Most increments come without a date: the flag is off and the text is an old one. */
static void deliver_offer(const sim_message_t *msg)
{
    const sim_change_t *c = &msg->u.offer;
    sim_offer_call_t x;
    TAssetIDRec a;
    uint16_t add = c->action == SIM_ADDED, edit = c->action == SIM_EDITED;
    uint16_t dated = add && c->id % 32 == 0;
    qt_text_t date = sim_shared_date(dated ? c->ts_ns : INT64_C(631162800000000000)); /* 1990-01-01 */
    sim_asset(&a, msg->view);
    x = (sim_offer_call_t){c->action, c->position, c->side, c->broker, c->qty, c->id, sim_points(c->price),
                           add, add | edit, dated, add, add, date, NULL, NULL};
    sim_call_offer(a, &x);
    sim_called();
}

static void deliver_depth(const sim_message_t *msg)
{
    int one_side = msg->u.depth.side <= QT_BOOK_SELL;
    TConnectorAssetIdentifier a;
    if (!sim.live.depth)
        return;
    sim_connector_asset(&a, msg->view);
    sim_call_depth(a, one_side && !sim_since(34) ? QT_BOOK_BUY : msg->u.depth.side, /* as builds before .34 */
                   msg->u.depth.position, msg->u.depth.update);
    sim_called();
}

static void deliver_tiny(const sim_message_t *msg)
{
    TAssetIDRec a;
    if (!sim.live.tiny)
        return;
    sim_asset(&a, msg->view);
    sim_call_tiny(a, sim_points(msg->u.tiny.price), (int32_t)msg->u.tiny.qty, msg->u.tiny.side);
    sim_called();
}

/* ---- summaries ------------------------------------------------------------------------------------- */

static void deliver_daily(const sim_message_t *msg)
{
    TAssetIDRec a;
    if (!sim.live.daily || !sim_since(37)) /* older builds never fired it */
        return;
    sim_asset(&a, msg->view);
    sim_call_daily(a, sim_shared_date(msg->ts_ns), &sim.market.day);
    sim_called();
}

static void deliver_phase(const sim_message_t *msg)
{
    TAssetIDRec a;
    if (!sim.live.phase)
        return;
    sim_asset(&a, msg->view);
    sim_call_phase(a, sim_shared_date(msg->ts_ns), sim.market.phase);
    sim_called();
}

static void deliver_theoretical(const sim_message_t *msg)
{
    sim_cross_t cross = sim_theoretical(&sim.market);
    TAssetIDRec a;
    if (!sim.live.theoretical || cross.price == SIM_MARKET_PRICE)
        return;
    sim_asset(&a, msg->view);
    sim.live.theoretical(a, sim_seen_price(sim_points(cross.price)), cross.qty);
    sim_called();
}

static void deliver_invalid(const sim_message_t *msg)
{
    TConnectorAssetIdentifier a;
    if (!sim.live.invalid)
        return;
    sim_connector_asset(&a, 0);
    memcpy(shown.ticker, msg->u.ticker, sizeof msg->u.ticker);
    sim.live.invalid(a);
    sim_called();
}

static void deliver_state(const sim_message_t *msg)
{
    int warning = msg->u.state.channel == QT_CHANNEL_MARKET && msg->u.state.result > QT_MARKET_READY;
    if (!sim.live.state || (warning && !sim_since(39))) /* older builds have no word for a slow reader */
        return;
    sim_call_state(msg->u.state.channel, msg->u.state.result);
    sim_called();
}

void sim_deliver(const sim_message_t *msg)
{
    wait_for_reader(0);
    if (msg->ts_ns > qt_load_relaxed(&sim.clock_ns))
        qt_store_release(&sim.clock_ns, msg->ts_ns);
    switch (msg->kind) {
    case SIM_MSG_STATE: deliver_state(msg); break;
    case SIM_MSG_ACCOUNT: sim_deliver_account(msg); break;
    case SIM_MSG_TRADE: deliver_trade(msg); break;
    case SIM_MSG_OFFER: deliver_offer(msg); break;
    case SIM_MSG_IMAGE: sim_deliver_image(msg->view); break;
    case SIM_MSG_DEPTH: deliver_depth(msg); break;
    case SIM_MSG_TINY: deliver_tiny(msg); break;
    case SIM_MSG_DAILY: deliver_daily(msg); break;
    case SIM_MSG_PHASE: deliver_phase(msg); break;
    case SIM_MSG_THEORETICAL: deliver_theoretical(msg); break;
    case SIM_MSG_INVALID: deliver_invalid(msg); break;
    case SIM_MSG_HISTORY: deliver_history(msg); break;
    case SIM_MSG_ORDER: sim_deliver_order(msg->u.order.slot); break;
    case SIM_MSG_ORDER_HISTORY: sim_deliver_order_history(msg); break;
    case SIM_MSG_TICKER_INFO: sim_deliver_ticker_info(msg->view); break;
    case SIM_MSG_LAST_CLOSE: sim_deliver_last_close(msg->view); break;
    case SIM_MSG_ADJUST: sim_deliver_adjustments(msg->view); break;
    case SIM_MSG_PRICE: sim_deliver_price(msg); break;
    case SIM_MSG_PRICE_IMAGE: sim_deliver_price_image(msg->view); break;
    case SIM_MSG_PAST_ORDERS: sim_deliver_past_orders(msg); break;
    case SIM_MSG_ROUTE: sim_deliver_route(msg); break;
    case SIM_MSG_POSITION: sim_deliver_position(msg); break;
    case SIM_MSG_BROKER_ACCOUNTS: sim_deliver_broker_accounts(); break;
    default: break;
    }
}
