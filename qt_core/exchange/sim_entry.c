/* An order of ours reaches the exchange: it is refused, waits as a stop, or enters the book. */
#include "sim_account_file.h"
#include "sim_faults.h"
#include "sim_pipeline.h"

/* An order rests: its broker may have other ideas about it. */
static void rest(sim_client_order_t *o)
{
    int64_t wait = sim.faulty ? sim_admin_cancel(&o->refused) : -1;
    if (wait >= 0)
        sim_stage(o->slot, STAGE_ADMIN, sim.market.now_ns + wait, 0);
}

/* What did not trade goes no further. */
static void end_here(sim_client_order_t *o, const uint16_t *text)
{
    sim_order_tell(o, o->traded ? QT_STATUS_PARTIAL_CANCELED : QT_STATUS_REJECTED, text);
}

static void enter(sim_market_t *m, sim_client_order_t *o)
{
    int side = o->side == QT_ORDER_BUY ? SIM_BUY : SIM_SELL;
    int32_t limit = o->type == QT_ORDER_MARKET ? SIM_MARKET_PRICE : o->price, left = (int32_t)(o->qty - o->traded);
    int32_t now = o->slices ? sim_slice(m, o, left) : left;
    int64_t traded = o->traded;
    int32_t index = sim_market_enter(m, side, limit, now, SIM_BROKER_ID, o->slot + 1);
    if (index >= 0) {
        o->book_index = index;
        o->book_id = m->book.orders[index].id;
        if (o->traded == traded)
            sim_order_tell(o, sim_order_living(o), SIM_NO_TEXT);
        rest(o);
    } else if (index == SIM_SELF_TRADE)
        end_here(o, SIM_SELF_TRADE_TEXT);
    else if (index == SIM_OUT_OF_TUNNEL)
        end_here(o, UNITS(u"Saldo cancelado: ativo em leil\u00e3o por varia\u00e7\u00e3o de pre\u00e7o"));
    else if (now < left)
        sim_stage(o->slot, STAGE_BOOK, m->now_ns + o->slice_ns, 0);
    else if (o->traded < o->qty) /* nobody left to trade with, or a price off the ladder */
        end_here(o, UNITS(u"Sem contraparte no livro de ofertas"));
}

static int touched(const sim_client_order_t *o, int32_t price)
{
    if (price == SIM_MARKET_PRICE)
        return 0;
    return o->side == QT_ORDER_BUY ? price >= o->stop : price <= o->stop;
}

/* A print may touch several stops, and a stop that fires prints again: each is taken out before it enters. */
void sim_clients_touched(int32_t price)
{
    int32_t link;
    for (link = sim.clients.first_live; link && sim.clients.n_waiting; link = sim_order_at(link - 1)->after) {
        sim_client_order_t *o = sim_order_at(link - 1);
        if (!o->waiting || !touched(o, price))
            continue;
        sim_order_disarm(o);
        o->triggered = 1;
        sim_changed(o);
        sim_stage(o->slot, STAGE_BOOK, sim.market.now_ns, 0);
    }
}

static void wait_for_touch(sim_client_order_t *o)
{
    o->waiting = 1;
    sim.clients.n_waiting++;
    sim_order_tell(o, QT_STATUS_NEW, SIM_NO_TEXT);
    rest(o);
}

void sim_order_reach_exchange(sim_market_t *m, sim_client_order_t *o, int64_t message_id)
{
    const uint16_t *text = sim_refusal(m, o);
    if (!text && message_id) /* what fires, or returns to the book, was counted when it came */
        text = sim_rate_refusal(&sim.clients.rates, m->now_ns);
    if (message_id) { /* it comes from the client, not from a stop that fired */
        sim_tell_route(o, message_id, SIM_ROUTE_MARKET, NULL);
        sim_tell_route(o, message_id, text ? SIM_ROUTE_NO_MARKET : SIM_ROUTE_ACCEPTED, text);
    }
    if (text)
        sim_order_tell(o, o->traded ? QT_STATUS_PARTIAL_REJECTED : QT_STATUS_REJECTED, text);
    else if (o->type == QT_ORDER_STOP_LIMIT && !o->triggered && !touched(o, m->last_price))
        wait_for_touch(o);
    else {
        o->triggered = o->type == QT_ORDER_STOP_LIMIT;
        enter(m, o);
    }
}
