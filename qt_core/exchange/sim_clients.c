/* Our side's orders: the pipeline from the routing client to the book, stops, fills, the position.
 * Latencies are market time, drawn from a generator that the crowd never touches. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

enum stage { STAGE_PROXY, STAGE_SERVER, STAGE_ACCEPTED, STAGE_BOOK, STAGE_DEAD, STAGE_CANCELING, STAGE_CANCEL, STAGE_CHANGE };

#define MS INT64_C(1000000)
#define UNITS(literal) ((const uint16_t *)(literal))

static const uint16_t *const NO_TEXT = UNITS(u"");

int sim_clients_open(sim_clients_t *c, uint64_t seed)
{
    memset(c, 0, sizeof *c);
    c->orders = calloc(SIM_CLIENT_ORDERS, sizeof *c->orders);
    c->timers = calloc(SIM_TIMERS, sizeof *c->timers);
    sim_rng_seed(&c->rng, ~seed);
    return c->orders && c->timers ? 0 : -1;
}

void sim_clients_close(sim_clients_t *c)
{
    free(c->orders);
    free(c->timers);
    memset(c, 0, sizeof *c);
}

/* ---- timers ---------------------------------------------------------------------------------------- */

static int earlier(const sim_timer_t *a, const sim_timer_t *b)
{
    return a->ts_ns < b->ts_ns || (a->ts_ns == b->ts_ns && a->order_of < b->order_of);
}

static void swap(sim_timer_t *a, sim_timer_t *b)
{
    sim_timer_t t = *a;
    *a = *b;
    *b = t;
}

static void schedule(sim_timer_t t)
{
    sim_clients_t *c = &sim.clients;
    int32_t i = c->n_timers;
    if (i == SIM_TIMERS) {
        qt_count(&sim.stats.overflow);
        return;
    }
    t.order_of = c->counter++;
    c->timers[c->n_timers++] = t;
    for (; i > 0 && earlier(&c->timers[i], &c->timers[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&c->timers[i], &c->timers[(i - 1) / 2]);
}

static sim_timer_t pop_timer(sim_clients_t *c)
{
    sim_timer_t first = c->timers[0];
    int32_t i = 0;
    c->timers[0] = c->timers[--c->n_timers];
    for (;;) {
        int32_t child = 2 * i + 1;
        if (child + 1 < c->n_timers && earlier(&c->timers[child + 1], &c->timers[child]))
            child++;
        if (child >= c->n_timers || !earlier(&c->timers[child], &c->timers[i]))
            return first;
        swap(&c->timers[i], &c->timers[child]);
        i = child;
    }
}

int64_t sim_clients_next(const sim_clients_t *c) { return c->n_timers ? c->timers[0].ts_ns : SIM_NEVER; }

static int64_t later(int64_t now, int64_t least_ms, int64_t spread_ms)
{
    return now + least_ms * MS + (int64_t)(sim_uniform(&sim.clients.rng) * (double)(spread_ms * MS));
}

/* ---- states -------------------------------------------------------------------------------------------- */

int sim_order_is_over(const sim_client_order_t *o)
{
    switch (o->status) {
    case QT_STATUS_FILLED:
    case QT_STATUS_DONE_FOR_DAY:
    case QT_STATUS_CANCELED:
    case QT_STATUS_REJECTED:
    case QT_STATUS_EXPIRED:
    case QT_STATUS_PARTIAL_CANCELED:
    case QT_STATUS_PARTIAL_EXPIRED:
    case QT_STATUS_PARTIAL_REJECTED:
    case QT_STATUS_NOT_CREATED:
    case QT_STATUS_CANCELED_BY_ADMIN: return 1;
    default: return 0;
    }
}

static int32_t slot_of(const sim_client_order_t *o) { return (int32_t)(o - sim.clients.orders); }

static void tell(sim_client_order_t *o, int status, const uint16_t *text)
{
    o->status = (uint8_t)status;
    o->text = text;
    o->updated_ns = sim.market.now_ns;
    o->event_id = ++sim.clients.counter;
    if (sim_order_is_over(o)) {
        o->closed_ns = o->updated_ns;
        sim.clients.n_waiting -= o->waiting;
        o->waiting = 0;
    }
    sim_post(SIM_MSG_ORDER, 0)->u.order.slot = slot_of(o);
}

static int living(const sim_client_order_t *o) { return o->traded ? QT_STATUS_PARTIAL : QT_STATUS_NEW; }

static void leave_book(sim_market_t *m, sim_client_order_t *o)
{
    if (!o->book_id)
        return;
    sim_book_begin(&m->book);
    sim_book_cancel(&m->book, o->book_index);
    sim_publish(m);
    o->book_id = 0;
}

/* ---- position ---------------------------------------------------------------------------------------------- */

static void move_position(sim_position_t *p, int64_t signed_qty, int32_t price)
{
    int64_t qty = signed_qty < 0 ? -signed_qty : signed_qty, held = p->open < 0 ? -p->open : p->open;
    int64_t closed = (p->open > 0) == (signed_qty > 0) || !p->open ? 0 : (qty < held ? qty : held);
    if (signed_qty > 0) {
        p->bought += qty;
        p->bought_value += (double)price * (double)qty;
    } else {
        p->sold += qty;
        p->sold_value += (double)price * (double)qty;
    }
    if (closed) /* closing leaves the average price of the rest alone */
        p->open_value -= p->open_value * (double)closed / (double)held;
    p->open_value += (double)price * (double)(qty - closed);
    p->open += signed_qty;
    p->event_id++;
}

void sim_clients_filled(int32_t owner, int32_t price, int32_t qty, int resting)
{
    sim_client_order_t *o;
    if (!owner)
        return;
    o = &sim.clients.orders[owner - 1];
    o->traded += qty;
    o->value += (double)price * qty;
    if (!resting)
        o->book_id = 0;
    move_position(&sim.clients.position, o->side == QT_ORDER_BUY ? qty : -(int64_t)qty, price);
    tell(o, o->traded < o->qty ? QT_STATUS_PARTIAL : QT_STATUS_FILLED, NO_TEXT);
}

/* ---- into the book ------------------------------------------------------------------------------------------- */

static void enter(sim_market_t *m, sim_client_order_t *o)
{
    int side = o->side == QT_ORDER_BUY ? SIM_BUY : SIM_SELL;
    int32_t limit = o->type == QT_ORDER_MARKET ? SIM_MARKET_PRICE : o->price;
    int64_t traded = o->traded;
    int32_t index = sim_market_enter(m, side, limit, (int32_t)(o->qty - o->traded), SIM_BROKER_ID, slot_of(o) + 1);
    if (index >= 0) {
        o->book_index = index;
        o->book_id = m->book.orders[index].id;
        if (o->traded == traded)
            tell(o, living(o), NO_TEXT);
    } else if (o->traded < o->qty) /* nobody left to trade with, or a price off the ladder */
        tell(o, o->traded ? QT_STATUS_PARTIAL_CANCELED : QT_STATUS_REJECTED, UNITS(u"Sem contraparte no livro de ofertas"));
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
    int32_t i;
    for (i = 0; i < sim.clients.n_orders && sim.clients.n_waiting; i++) {
        sim_client_order_t *o = &sim.clients.orders[i];
        sim_timer_t t = {0};
        if (!o->waiting || !touched(o, price))
            continue;
        o->waiting = 0;
        sim.clients.n_waiting--;
        t.ts_ns = sim.market.now_ns;
        t.slot = i;
        t.stage = STAGE_BOOK;
        schedule(t);
    }
}

static const uint16_t *refusal(const sim_market_t *m, const sim_client_order_t *o)
{
    if (m->phase != QT_PHASE_OPEN)
        return UNITS(u"Mercado fechado para negocia\u00e7\u00e3o");
    if (o->qty <= 0 || o->qty > 1000)
        return UNITS(u"Quantidade inv\u00e1lida para o lote do ativo");
    if (o->type != QT_ORDER_MARKET && (o->price == SIM_MARKET_PRICE || !sim_book_inside(&m->book, o->price)))
        return UNITS(u"Pre\u00e7o fora do tick ou dos limites do ativo");
    if (o->type == QT_ORDER_STOP_LIMIT && o->stop == SIM_MARKET_PRICE)
        return UNITS(u"Pre\u00e7o de disparo inv\u00e1lido");
    return NULL;
}

static void reach_exchange(sim_market_t *m, sim_client_order_t *o)
{
    const uint16_t *text = refusal(m, o);
    if (text)
        tell(o, o->traded ? QT_STATUS_PARTIAL_REJECTED : QT_STATUS_REJECTED, text);
    else if (o->type == QT_ORDER_STOP_LIMIT && !o->waiting && o->status == QT_STATUS_AT_ORDER_SERVER &&
             !touched(o, m->last_price)) {
        o->waiting = 1;
        sim.clients.n_waiting++;
        tell(o, QT_STATUS_NEW, NO_TEXT);
    } else
        enter(m, o);
}

/* ---- pipeline ------------------------------------------------------------------------------------------------ */

static void name_order(sim_client_order_t *o)
{
    char text[24] = "SIM0000000000", *p = text + 12;
    int64_t n = slot_of(o) + 1;
    for (; n; n /= 10)
        *p-- = (char)('0' + n % 10);
    sim_widen(o->cl_ord_id, text, 24);
}

static void stage(int32_t slot, int what, int64_t ts_ns)
{
    sim_timer_t t = {0};
    t.ts_ns = ts_ns;
    t.slot = slot;
    t.stage = what;
    schedule(t);
}

/* A smaller quantity at the same price keeps the place in the queue; anything else goes to its end, a step later,
 * so that "replaced" can be read before what follows. */
static void change(sim_market_t *m, sim_client_order_t *o, const sim_timer_t *t)
{
    int keeps_place = o->book_id && t->price == o->price && t->qty < o->qty;
    if (!o->book_id || t->qty <= o->traded || t->qty > 1000 || !sim_book_inside(&m->book, t->price)) {
        tell(o, o->status, UNITS(u"Altera\u00e7\u00e3o rejeitada"));
        return;
    }
    o->qty = t->qty;
    o->price = t->price;
    o->price_sent = sim_points(t->price);
    if (keeps_place) {
        sim_book_begin(&m->book);
        sim_book_reduce(&m->book, o->book_index, (int32_t)(o->qty - o->traded));
        sim_publish(m);
    } else {
        leave_book(m, o);
        stage(t->slot, STAGE_BOOK, m->now_ns);
    }
    tell(o, QT_STATUS_REPLACED, NO_TEXT);
}

static void cancel(sim_market_t *m, sim_client_order_t *o)
{
    leave_book(m, o);
    tell(o, o->traded ? QT_STATUS_PARTIAL_CANCELED : QT_STATUS_CANCELED, NO_TEXT);
}

void sim_clients_step(sim_market_t *m)
{
    sim_timer_t t = pop_timer(&sim.clients);
    sim_client_order_t *o = &sim.clients.orders[t.slot];
    if (sim_order_is_over(o))
        return;
    switch (t.stage) {
    case STAGE_PROXY: tell(o, QT_STATUS_CLIENT_CREATED, UNITS(u"Enviando ordem ao HadesProxy")); break;
    case STAGE_SERVER: tell(o, QT_STATUS_CLIENT_CREATED, UNITS(u"Enviado ao servidor de ordens.")); break;
    case STAGE_DEAD: tell(o, QT_STATUS_NOT_CREATED, UNITS(u"Ordem inv\u00e1lida")); break;
    case STAGE_ACCEPTED:
        name_order(o);
        tell(o, QT_STATUS_AT_ORDER_SERVER, NO_TEXT);
        break;
    case STAGE_BOOK: reach_exchange(m, o); break;
    case STAGE_CANCELING: tell(o, QT_STATUS_PENDING_CANCEL, NO_TEXT); break;
    case STAGE_CANCEL: cancel(m, o); break;
    default: change(m, o, &t);
    }
}

/* first event about 20 ms after the send, at the exchange after some 50 to 80 ms */
static void start_order(sim_market_t *m, int32_t slot)
{
    sim_client_order_t *o = &sim.clients.orders[slot];
    int64_t t = later(m->now_ns, 17, 6);
    o->created_ns = o->updated_ns = m->now_ns;
    stage(slot, STAGE_PROXY, t);
    stage(slot, STAGE_SERVER, t = later(t, 3, 4));
    if (o->alias) {
        stage(slot, STAGE_DEAD, later(t, 10, 10));
        return;
    }
    stage(slot, STAGE_ACCEPTED, t = later(t, 8, 10));
    stage(slot, STAGE_BOOK, later(t, 20, 25));
}

static void start_cancel(sim_market_t *m, int32_t slot)
{
    int64_t t = later(m->now_ns, 25, 10);
    stage(slot, STAGE_CANCELING, t);
    stage(slot, STAGE_CANCEL, later(t, 40, 60));
}

void sim_clients_command(sim_market_t *m, const sim_command_t *c)
{
    sim_timer_t t = {0};
    if (c->kind == SIM_CMD_ORDER)
        start_order(m, c->slot);
    else if (c->kind == SIM_CMD_CANCEL)
        start_cancel(m, c->slot);
    else if (c->kind == SIM_CMD_CHANGE) {
        t.ts_ns = later(m->now_ns, 50, 50);
        t.slot = c->slot;
        t.stage = STAGE_CHANGE;
        t.price = c->price;
        t.stop = c->stop;
        t.qty = c->qty;
        schedule(t);
    }
}

void sim_clients_closed(sim_market_t *m)
{
    int32_t i;
    for (i = 0; i < sim.clients.n_orders; i++) {
        sim_client_order_t *o = &sim.clients.orders[i];
        if (sim_order_is_over(o) || !(o->book_id || o->waiting))
            continue;
        leave_book(m, o);
        tell(o, o->traded ? QT_STATUS_PARTIAL_EXPIRED : QT_STATUS_EXPIRED, NO_TEXT);
    }
}
