/* The ways of our orders, changes and cancels: from the routing client through the servers to the exchange. */
#include "sim_account_file.h"
#include "sim_faults.h"
#include "sim_pipeline.h"

/* A smaller quantity at the same price keeps the place in the queue; anything else goes to its end, a step later,
 * so that "replaced" can be read before what follows. */
static void change(sim_market_t *m, sim_client_order_t *o, const sim_timer_t *t)
{
    int keeps_place = o->book_id && t->price == o->price && t->qty < o->qty;
    const uint16_t *why = sim.faulty ? sim_refuse_change() : NULL;
    if (!why)
        why = sim_change_refusal(m, o, t->price, t->stop, t->qty);
    if (why) {
        sim_tell_route(o, t->message_id, SIM_ROUTE_NO_MARKET, why);
        sim_order_tell(o, o->status, why);
        return;
    }
    sim_tell_route(o, t->message_id, SIM_ROUTE_MARKET, NULL);
    sim_tell_route(o, t->message_id, SIM_ROUTE_ACCEPTED, NULL);
    o->qty = t->qty;
    o->price = t->price;
    o->price_sent = sim_points(t->price);
    if (o->waiting) {
        o->stop = t->stop;
        o->stop_sent = sim_points(t->stop);
    }
    if (keeps_place) {
        sim_book_begin(&m->book);
        sim_book_reduce(&m->book, o->book_index, (int32_t)(o->qty - o->traded));
        sim_publish(m);
    } else {
        sim_order_disarm(o);
        sim_order_leave_book(m, o);
        sim_stage(t->slot, STAGE_BOOK, m->now_ns, 0);
    }
    sim_order_tell(o, QT_STATUS_REPLACED, SIM_NO_TEXT);
}

/* Somebody trades with our order at its own price, outside the book. */
static void fill_at_limit(sim_market_t *m, sim_client_order_t *o)
{
    int32_t left = (int32_t)(o->qty - o->traded);
    sim_order_leave_book(m, o);
    sim_market_print(m, o->price, left, SIM_BROKER_ID, SIM_BROKER_ID, QT_TRADE_CROSS);
    sim_clients_filled(o->slot + 1, o->price, left, 0);
}

static int cancel_fails(sim_market_t *m, sim_client_order_t *o, int64_t message_id)
{
    const uint16_t *why = sim_refuse_cancel();
    if (why) {
        sim_tell_route(o, message_id, SIM_ROUTE_NO_MARKET, why);
        sim_order_tell(o, sim_order_living(o), why);
        return 1;
    }
    if (!o->book_id || !sim_lose_race())
        return 0;
    sim_tell_route(o, message_id, SIM_ROUTE_NO_MARKET, UNITS(u"Ordem j\u00e1 encerrada"));
    fill_at_limit(m, o);
    return 1;
}

static void cancel(sim_market_t *m, sim_client_order_t *o, int64_t message_id)
{
    if (sim.faulty && cancel_fails(m, o, message_id))
        return;
    sim_tell_route(o, message_id, SIM_ROUTE_MARKET, NULL);
    sim_tell_route(o, message_id, SIM_ROUTE_ACCEPTED, NULL);
    sim_order_leave_book(m, o);
    sim_order_tell(o, o->traded ? QT_STATUS_PARTIAL_CANCELED : QT_STATUS_CANCELED, SIM_NO_TEXT);
}

static void tell_sent(const sim_client_order_t *o, int64_t message_id)
{
    sim_tell_route(o, message_id, SIM_ROUTE_STARTING, NULL);
    sim_tell_route(o, message_id, SIM_ROUTE_PROXY, NULL);
    sim_tell_route(o, message_id, SIM_ROUTE_SERVER, NULL);
    sim_tell_route(o, message_id, SIM_ROUTE_BROKER, NULL);
}

static void come_too_late(const sim_client_order_t *o, const sim_timer_t *t)
{
    if (t->stage >= STAGE_CANCELING && t->message_id)
        sim_tell_route(o, t->message_id, SIM_ROUTE_NO_MARKET, UNITS(u"Ordem j\u00e1 encerrada"));
}

static void run_stage(sim_market_t *m, sim_timer_t t)
{
    sim_client_order_t *o = sim_order_at(t.slot);
    if (sim_order_is_over(o)) {
        come_too_late(o, &t);
        return;
    }
    switch (t.stage) {
    case STAGE_PROXY:
        sim_tell_route(o, t.message_id, SIM_ROUTE_STARTING, NULL);
        sim_order_tell(o, QT_STATUS_CLIENT_CREATED, UNITS(u"Enviando ordem ao HadesProxy"));
        break;
    case STAGE_SERVER:
        sim_tell_route(o, t.message_id, SIM_ROUTE_PROXY, NULL);
        sim_order_tell(o, QT_STATUS_CLIENT_CREATED, UNITS(u"Enviado ao servidor de ordens."));
        break;
    case STAGE_DEAD:
        sim_tell_route(o, t.message_id, o->unsent ? SIM_ROUTE_NO_PROXY : SIM_ROUTE_NO_SERVER, o->doom);
        sim_order_tell(o, QT_STATUS_NOT_CREATED, o->doom);
        break;
    case STAGE_ACCEPTED:
        sim_order_name(o);
        sim_tell_route(o, t.message_id, SIM_ROUTE_SERVER, NULL);
        sim_tell_route(o, t.message_id, SIM_ROUTE_BROKER, NULL);
        sim_order_tell(o, QT_STATUS_AT_ORDER_SERVER, SIM_NO_TEXT);
        break;
    case STAGE_BOOK: sim_order_reach_exchange(m, o, t.message_id); break;
    case STAGE_CANCELING:
        tell_sent(o, t.message_id);
        sim_order_tell(o, QT_STATUS_PENDING_CANCEL, SIM_NO_TEXT);
        break;
    case STAGE_CANCEL: cancel(m, o, t.message_id); break;
    case STAGE_CHANGING: tell_sent(o, t.message_id); break;
    case STAGE_REFUSED:
        sim_tell_route(o, t.message_id, SIM_ROUTE_NO_SERVER, t.doom);
        sim_order_tell(o, o->status, t.doom);
        break;
    case STAGE_ADMIN: sim_order_cancel_by_admin(m, o, o->refused); break;
    default: change(m, o, &t);
    }
}

void sim_clients_step(sim_market_t *m)
{
    run_stage(m, sim_timer_pop(&sim.clients));
    sim_changed(NULL);
}

/* The stages that are told before the send returns happen at once, whatever the clock says. */
static void come(const sim_client_order_t *o, int what, int64_t ts_ns, int number)
{
    sim_command_t c = {.kind = SIM_CMD_STAGE};
    if (number > o->early) {
        sim_stage(o->slot, what, ts_ns, o->message_id);
        return;
    }
    c.slot = o->slot;
    c.qty = what;
    if (sim_post_command(&c)) /* each is told before the next happens */
        qt_count(&sim.stats.overflow);
}

static void come_early(sim_market_t *m, const sim_command_t *c)
{
    sim_client_order_t *o = sim_order_at(c->slot);
    sim_timer_t t = {0};
    t.slot = c->slot;
    t.stage = c->qty;
    t.message_id = o->message_id;
    o->arrived++;
    run_stage(m, t);
}

/* first event about 20 ms after the send, at the exchange after some 50 to 80 ms */
static void start_order(sim_market_t *m, int32_t slot)
{
    sim_client_order_t *o = sim_order_at(slot);
    int64_t t = sim_later(m->now_ns, 17, 6);
    o->created_ns = o->updated_ns = m->now_ns;
    if (sim.faulty)
        sim_meet_order(o);
    if (o->stuck > 1)
        return;
    come(o, STAGE_PROXY, t, 1);
    come(o, STAGE_SERVER, t = sim_later(t, 3, 4), 2);
    if (o->doom) {
        come(o, STAGE_DEAD, sim_later(t, 10, 10), 3);
        return;
    }
    come(o, STAGE_ACCEPTED, t = sim_later(t, 8, 10), 3);
    come(o, STAGE_BOOK, sim_later(t, 20, 25), 4);
}

static void start_cancel(sim_market_t *m, const sim_command_t *c)
{
    int64_t t = sim_later(m->now_ns, 25, 10);
    sim_stage(c->slot, STAGE_CANCELING, t, c->message_id);
    sim_stage(c->slot, STAGE_CANCEL, sim_later(t, 40, 60), c->message_id);
}

/* a stage with all that the command brings */
static void stage_values(const sim_command_t *c, int what, int64_t ts_ns)
{
    sim_timer_t t = {0};
    t.ts_ns = ts_ns;
    t.slot = c->slot;
    t.stage = what;
    t.price = c->price;
    t.stop = c->stop;
    t.qty = c->qty;
    t.message_id = c->message_id;
    t.doom = c->doom;
    sim_schedule(t);
}

static void start_change(sim_market_t *m, const sim_command_t *c)
{
    int64_t t = sim_later(m->now_ns, 50, 50);
    sim_stage(c->slot, STAGE_CHANGING, m->now_ns + 25 * SIM_MS_NS, c->message_id);
    stage_values(c, STAGE_CHANGE, t);
}

static void start_refusal(sim_market_t *m, const sim_command_t *c)
{
    stage_values(c, STAGE_REFUSED, sim_later(m->now_ns, 25, 10));
}

void sim_clients_command(sim_market_t *m, const sim_command_t *c)
{
    sim_changed(NULL); /* what was a command is under way now */
    if (c->kind == SIM_CMD_ORDER)
        start_order(m, c->slot);
    else if (c->kind == SIM_CMD_STAGE)
        come_early(m, c);
    else if (sim.faulty && (sim_routing_lost() || sim_order_at(c->slot)->stuck > 1))
        return; /* it went nowhere, and nobody will say so */
    else if (c->doom)
        start_refusal(m, c);
    else if (c->kind == SIM_CMD_CANCEL)
        start_cancel(m, c);
    else if (c->kind == SIM_CMD_CHANGE)
        start_change(m, c);
}

/* What had left the client reaches the book, as far as it had not been there. */
void sim_clients_resume(sim_client_order_t *o)
{
    if (!o->cl_ord_id[0]) {
        sim_order_name(o);
        o->status = QT_STATUS_AT_ORDER_SERVER;
    }
    sim_stage(o->slot, STAGE_BOOK, sim.market.now_ns, 0);
}
