/* Our side's orders as the exchange keeps them: states, fills, and what ends them; the broker's own trades. */
#include "sim_account_file.h"
#include "sim_pipeline.h"

#include <stdlib.h>
#include <string.h>

int sim_clients_open(sim_clients_t *c, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->timer_room = 4096;
    c->timers = malloc((size_t)c->timer_room * sizeof *c->timers);
    sim_rng_seed(&c->rng, ~seed);
    return c->timers ? 0 : -1;
}

void sim_clients_close(sim_clients_t *c)
{
    sim_orders_close(c);
    free(c->timers);
    memset(c, 0, sizeof *c);
}

void sim_clients_new_day(sim_clients_t *c)
{
    int i;
    memset(c->today, 0, sizeof c->today);
    for (i = 0; i < SIM_ACCOUNTS; i++)
        if (!c->positions[i].open)
            c->idle_fills[i] = c->positions[i].fills;
    c->first_today = c->n_orders;
    c->rates.today = 0;
    sim_changed(NULL);
}

void sim_order_disarm(sim_client_order_t *o)
{
    sim.clients.n_waiting -= o->waiting;
    o->waiting = 0;
}

static void tell_event(const sim_client_order_t *o)
{
    sim_message_t *msg;
    if (o->stuck)
        return;
    msg = sim_post(SIM_MSG_ORDER, 0);
    msg->u.order.slot = o->slot;
    msg->u.order.status = o->status;
}

void sim_order_tell(sim_client_order_t *o, int status, const uint16_t *text)
{
    int was_over = sim_order_is_over(o);
    o->status = (uint8_t)status;
    o->text = text;
    o->updated_ns = sim.market.now_ns;
    o->event_id = ++sim.clients.counter;
    if (sim_order_is_over(o)) {
        o->closed_ns = o->updated_ns;
        sim_order_disarm(o);
        if (!was_over)
            sim_order_leave_live(o);
    }
    sim_changed(o);
    tell_event(o);
}

int sim_order_living(const sim_client_order_t *o) { return o->traded ? QT_STATUS_PARTIAL : QT_STATUS_NEW; }

void sim_order_leave_book(sim_market_t *m, sim_client_order_t *o)
{
    if (!o->book_id)
        return;
    sim_book_begin(&m->book);
    sim_book_cancel(&m->book, o->book_index);
    sim_publish(m);
    o->book_id = 0;
}

void sim_tell_position(int account)
{
    sim_message_t *msg;
    if (!sim.callbacks.positions)
        return;
    msg = sim_post(SIM_MSG_POSITION, 0);
    msg->u.account.index = account;
    msg->u.account.event_id = sim.clients.positions[account].event_id;
}

void sim_clients_filled(int32_t owner, int32_t price, int32_t qty, int resting)
{
    sim_client_order_t *o;
    if (!owner)
        return;
    o = sim_order_at(owner - 1);
    o->traded += qty;
    o->value_ticks += (int64_t)price * qty;
    if (!resting)
        o->book_id = 0;
    sim_account_move(o->account, o->side == QT_ORDER_BUY ? qty : -(int64_t)qty, price);
    sim_order_tell(o, o->traded < o->qty ? QT_STATUS_PARTIAL : QT_STATUS_FILLED, SIM_NO_TEXT);
    sim_tell_position(o->account);
}

void sim_order_cancel_by_admin(sim_market_t *m, sim_client_order_t *o, const uint16_t *text)
{
    sim_order_leave_book(m, o);
    sim_order_tell(o, QT_STATUS_CANCELED_BY_ADMIN, text);
}

void sim_clients_self_trade(sim_market_t *m, int32_t owner)
{
    sim_client_order_t *o = sim_order_at(owner - 1);
    sim_order_leave_book(m, o);
    sim_order_tell(o, o->traded ? QT_STATUS_PARTIAL_CANCELED : QT_STATUS_CANCELED, SIM_SELF_TRADE_TEXT);
}

void sim_clients_closed(sim_market_t *m)
{
    int32_t link, next;
    for (link = sim.clients.first_live; link; link = next) {
        sim_client_order_t *o = sim_order_at(link - 1);
        next = o->after;
        if (!o->book_id && !o->waiting)
            continue;
        sim_order_leave_book(m, o);
        sim_order_tell(o, o->traded ? QT_STATUS_PARTIAL_EXPIRED : QT_STATUS_EXPIRED, SIM_NO_TEXT);
    }
}

static void cancel_all_by_admin(sim_market_t *m, int account)
{
    int32_t link, next;
    for (link = sim.clients.first_live; link; link = next) {
        sim_client_order_t *o = sim_order_at(link - 1);
        next = o->after;
        if (o->account == account)
            sim_order_cancel_by_admin(m, o, UNITS(u"Cancelada pela corretora"));
    }
}

/* What no order of ours did: the broker's desk buys or sells on our account, or closes it and all that works. */
void sim_clients_external(sim_market_t *m, int64_t qty, int flatten)
{
    if (flatten) {
        cancel_all_by_admin(m, 0);
        qty = -sim.clients.positions[0].open;
    }
    if (!qty || m->last_price == SIM_MARKET_PRICE)
        return;
    sim_market_print(m, m->last_price, (int32_t)(qty < 0 ? -qty : qty), SIM_BROKER_ID, SIM_BROKER_ID, QT_TRADE_CROSS);
    sim_account_move(0, qty, m->last_price);
    sim_tell_position(0);
}
