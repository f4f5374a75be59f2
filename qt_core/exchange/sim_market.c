/* One instrument's session: the crowd's acts reach the book, prints reach the tape, phases follow the clock. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define PRE_OPENING_NS (INT64_C(300) * SIM_SECOND_NS)
#define AUCTION_PRINTS 40

static int32_t opening_ticks(const sim_config_t *c)
{
    double usual = c->tick_num == 5 ? 130000.0 : 5400.0, points = c->start_price > 0.0 ? c->start_price : usual;
    return (int32_t)floor(points * c->tick_den / c->tick_num + 0.5);
}

static int64_t at(const sim_config_t *c, int64_t ns_of_day) { return sim_utc(c->year, c->month, c->day, ns_of_day); }

/* The tape's memory is touched now, so that a long session does not grow. */
static int open_tape(sim_market_t *m, const sim_config_t *c)
{
    double room = 1.5 * SIM_PRINTS_PER_DAY * c->activity + 65536.0;
    m->tape_room = (int64_t)(room < 1.6e7 ? room : 1.6e7);
    m->tape = malloc((size_t)m->tape_room * sizeof *m->tape);
    if (!m->tape)
        return -1;
    memset(m->tape, 0xFF, (size_t)m->tape_room * sizeof *m->tape); /* zeros would come as untouched pages */
    return 0;
}

int sim_market_open(sim_market_t *m, const sim_config_t *c)
{
    memset(m, 0, sizeof *m);
    m->open_ns = at(c, c->open);
    m->close_ns = at(c, c->close);
    m->until_ns = c->until < 0 ? m->close_ns : at(c, c->until);
    m->pre_ns = m->open_ns - PRE_OPENING_NS;
    m->now_ns = c->start < c->open ? at(c, c->start) : m->open_ns;
    m->phase = m->now_ns >= m->pre_ns && m->now_ns < m->open_ns ? QT_PHASE_PRE_OPENING : QT_PHASE_CLOSED;
    m->opening_ns = m->now_ns > m->pre_ns ? m->now_ns : m->pre_ns;
    m->last_price = SIM_MARKET_PRICE;
    m->day.open = m->day.high = m->day.low = m->day.close = SIM_MARKET_PRICE;
    m->tiny[0].price = m->tiny[1].price = SIM_MARKET_PRICE;
    if (open_tape(m, c) || sim_book_open(&m->book, opening_ticks(c)))
        return -1;
    sim_flow_init(&m->flow, c->seed, c->activity, opening_ticks(c), m->open_ns);
    return 0;
}

void sim_market_close(sim_market_t *m)
{
    sim_book_close(&m->book);
    free(m->tape);
    m->tape = NULL;
    m->n_tape = 0;
}

/* ---- prints ------------------------------------------------------------------------------------ */

static int grow_tape(sim_market_t *m)
{
    sim_record_t *more = realloc(m->tape, (size_t)m->tape_room * 2 * sizeof *more);
    if (!more)
        return -1;
    m->tape = more;
    m->tape_room *= 2;
    return 0;
}

static void sum_up(sim_market_t *m, const sim_record_t *r)
{
    sim_day_t *d = &m->day;
    double money = sim_money((double)r->price * r->qty);
    if (d->open == SIM_MARKET_PRICE)
        d->open = d->high = d->low = r->price;
    if (r->type != QT_TRADE_RLP && r->price > d->high) /* retail prints never make an extreme */
        d->high = r->price;
    if (r->type != QT_TRADE_RLP && r->price < d->low)
        d->low = r->price;
    d->close = r->price;
    d->qty += r->qty;
    d->trades++;
    d->volume += money;
    d->buyer_qty += r->type == QT_TRADE_BUY ? r->qty : 0;
    d->buyer_trades += r->type == QT_TRADE_BUY;
    d->buyer_volume += r->type == QT_TRADE_BUY ? money : 0.0;
    d->seller_qty += r->type == QT_TRADE_SELL ? r->qty : 0;
    d->seller_trades += r->type == QT_TRADE_SELL;
    d->seller_volume += r->type == QT_TRADE_SELL ? money : 0.0;
    m->day_changed = 1;
}

void sim_market_print(sim_market_t *m, int32_t price, int32_t qty, int buyer, int seller, int type)
{
    sim_record_t *r;
    if (m->n_tape == m->tape_room && grow_tape(m)) {
        qt_count(&sim.stats.overflow);
        return;
    }
    r = &m->tape[m->n_tape++];
    r->ts_ns = m->now_ns;
    r->price = price;
    r->qty = qty;
    r->number = (uint32_t)(10 * m->n_tape); /* the exchange counts in tens */
    r->buyer = (uint16_t)buyer;
    r->seller = (uint16_t)seller;
    r->type = (uint8_t)type;
    m->last_price = price;
    sum_up(m, r);
    qt_count(&sim.stats.trades);
    sim_publish_trade(m, r);
}

static void print_fills(sim_market_t *m, int side, int broker, int32_t owner)
{
    int i;
    for (i = 0; i < m->book.n_fills; i++) {
        const sim_fill_t *f = &m->book.fills[i];
        int buyer = side == SIM_BUY ? broker : f->maker_broker, seller = side == SIM_BUY ? f->maker_broker : broker;
        sim_market_print(m, f->price, f->qty, buyer, seller, side == SIM_BUY ? QT_TRADE_BUY : QT_TRADE_SELL);
        sim_flow_traded(&m->flow, side, f->qty);
        sim_clients_filled(f->maker_owner, f->price, f->qty, f->maker_left > 0);
        sim_clients_filled(owner, f->price, f->qty, 1);
    }
    if (m->book.n_fills)
        sim_clients_touched(m->last_price);
}

/* ---- acts ---------------------------------------------------------------------------------------- */

int32_t sim_market_enter(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner)
{
    int32_t left, index = -1;
    sim_book_begin(&m->book);
    left = m->phase == QT_PHASE_OPEN ? sim_book_match(&m->book, side, price, qty) : qty;
    if (left > 0 && price != SIM_MARKET_PRICE)
        index = sim_book_rest(&m->book, side, price, left, broker, owner, m->now_ns);
    print_fills(m, side, broker, owner);
    sim_publish(m);
    return index;
}

static void act(sim_market_t *m)
{
    sim_intent_t in;
    sim_book_t *b = &m->book;
    sim_flow_act(&m->flow, b, &in);
    switch (in.act) {
    case SIM_ACT_ADD:
    case SIM_ACT_GAP: sim_market_enter(m, in.side, in.price, in.qty, in.broker, 0); break;
    case SIM_ACT_TAKE: sim_market_enter(m, in.side, SIM_MARKET_PRICE, in.qty, in.broker, 0); break;
    case SIM_ACT_RLP:
    case SIM_ACT_CROSS:
        sim_market_print(m, in.price, in.qty, in.broker, in.other, in.act == SIM_ACT_RLP ? QT_TRADE_RLP : QT_TRADE_CROSS);
        break;
    case SIM_ACT_CANCEL:
    case SIM_ACT_EDIT:
        if (in.index < 0)
            break;
        sim_book_begin(b);
        if (in.act == SIM_ACT_CANCEL)
            sim_book_cancel(b, in.index);
        else if (in.qty < b->orders[in.index].qty)
            sim_book_reduce(b, in.index, in.qty);
        sim_publish(m);
        break;
    default: break;
    }
    sim_flow_next(&m->flow, b, m->now_ns);
}

static int place_opening(sim_market_t *m)
{
    sim_intent_t in;
    if (!sim_flow_opening(&m->flow, m->opening, &in))
        return 0;
    m->opening++;
    sim_market_enter(m, in.side, in.price, in.qty, in.broker, 0);
    return 1;
}

static void open_session(sim_market_t *m)
{
    int i;
    while (place_opening(m)) {
    }
    m->phase = QT_PHASE_OPEN;
    sim_publish_phase(m);
    for (i = 0; i < AUCTION_PRINTS; i++) {
        int buyer = sim_flow_broker(&m->flow), seller = sim_flow_broker(&m->flow);
        sim_market_print(m, m->book.best[SIM_BUY], sim_flow_resting_size(&m->flow), buyer, seller, QT_TRADE_AUCTION);
    }
    sim_flow_start(&m->flow, &m->book, m->now_ns);
}

static void close_session(sim_market_t *m)
{
    m->phase = QT_PHASE_CLOSED;
    sim_clients_closed(m);
    sim_publish_phase(m);
}

/* ---- time ------------------------------------------------------------------------------------------ */

static int64_t opening_step(void)
{
    return PRE_OPENING_NS / (2 * (int64_t)SIM_DEEP_ORDERS * (SIM_DEPTH + 20));
}

static int before_open(const sim_market_t *m) { return m->day.trades == 0 && m->phase != QT_PHASE_OPEN; }

static int64_t crowd_next(const sim_market_t *m)
{
    if (m->phase == QT_PHASE_OPEN) {
        int64_t t = m->flow.next_ns < m->flow.grid_ns ? m->flow.next_ns : m->flow.grid_ns;
        return t < m->close_ns ? t : m->close_ns;
    }
    if (!before_open(m))
        return SIM_NEVER;
    if (m->phase == QT_PHASE_CLOSED && m->now_ns < m->pre_ns)
        return m->pre_ns;
    return m->opening_ns < m->open_ns ? m->opening_ns : m->open_ns;
}

int64_t sim_market_next(const sim_market_t *m)
{
    int64_t crowd = crowd_next(m), client = sim_clients_next(&sim.clients);
    if (crowd > m->until_ns)
        crowd = SIM_NEVER;
    return client < crowd ? client : crowd;
}

static void crowd_step(sim_market_t *m)
{
    if (m->phase == QT_PHASE_OPEN) {
        if (m->now_ns >= m->close_ns)
            close_session(m);
        else if (m->flow.grid_ns <= m->flow.next_ns) {
            sim_flow_grid(&m->flow, &m->book);
            m->grids++;
            sim_publish_grid(m);
        } else
            act(m);
    } else if (m->now_ns >= m->open_ns)
        open_session(m);
    else if (m->phase == QT_PHASE_CLOSED) {
        m->phase = QT_PHASE_PRE_OPENING;
        sim_publish_phase(m);
    } else {
        m->opening_ns = place_opening(m) ? m->now_ns + opening_step() : m->open_ns;
        if (m->opening % 22 == 0)
            sim_publish_grid(m);
    }
}

void sim_market_step(sim_market_t *m)
{
    int64_t crowd = crowd_next(m), client = sim_clients_next(&sim.clients);
    if (crowd > m->until_ns)
        crowd = SIM_NEVER;
    qt_count(&sim.stats.steps);
    if (client < crowd) {
        m->now_ns = client > m->now_ns ? client : m->now_ns;
        sim_clients_step(m);
    } else if (crowd != SIM_NEVER) {
        m->now_ns = crowd > m->now_ns ? crowd : m->now_ns;
        crowd_step(m);
    }
}
