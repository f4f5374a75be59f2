/* One instrument's market: orders reach the book, prints reach the tape. */
#include "sim.h"

#include <string.h>

#define PRE_OPENING_NS (INT64_C(300) * SIM_SECOND_NS)

static int32_t opening_ticks(const sim_config_t *c)
{
    double usual = c->tick_num == 5 ? 130000.0 : 5400.0, points = c->start_price > 0.0 ? c->start_price : usual;
    return (int32_t)floor(points * c->tick_den / c->tick_num + 0.5);
}

static int64_t at(const sim_config_t *c, int64_t ns_of_day) { return sim_utc(c->year, c->month, c->day, ns_of_day); }

static int32_t ladder_base(int32_t centre) { return centre > SIM_LEVELS / 2 ? centre - SIM_LEVELS / 2 : 1; }

static int open_places(sim_market_t *m, const sim_config_t *c)
{
    if (sim_tape_open(m, c))
        return -1;
    if (sim_playing())
        return sim_play_open(m);
    return sim_book_open(&m->book, ladder_base(opening_ticks(c)), SIM_LEVELS, SIM_LEVEL_ORDERS);
}

static void begin_day(sim_market_t *m, const sim_config_t *c, int32_t reference)
{
    static const sim_day_t no_prints = {.open = SIM_MARKET_PRICE, .high = SIM_MARKET_PRICE, .low = SIM_MARKET_PRICE,
                                        .close = SIM_MARKET_PRICE};
    m->open_ns = at(c, c->open);
    m->close_ns = at(c, c->close);
    m->pre_ns = m->open_ns - PRE_OPENING_NS;
    m->until_ns = m->days_left ? SIM_NEVER : c->until < 0 ? m->close_ns : at(c, c->until);
    m->opening_ns = m->now_ns > m->pre_ns ? m->now_ns : m->pre_ns;
    m->last_price = SIM_MARKET_PRICE;
    m->day = no_prints;
    m->reference = m->centre = reference;
    m->tiny[0].price = m->tiny[1].price = SIM_MARKET_PRICE;
    m->halt_ns = m->call_ns = m->night_ns = SIM_NEVER;
    m->opening = m->n_halts = m->n_pairs = m->grids = m->day_changed = 0;
    m->first_of_day = m->examined = m->n_tape;
    m->n_fixes = 0;
}

/* each day of a run has a crowd of its own */
static void seed_day(sim_market_t *m, const sim_config_t *c)
{
    uint64_t seed = c->seed + (uint64_t)(c->days - 1 - m->days_left) * UINT64_C(0x9E3779B97F4A7C15);
    sim_rng_seed(&m->call_rng, seed ^ UINT64_C(0xA5C71046));
    sim_rng_seed(&m->fix_rng, seed ^ UINT64_C(0x7AFE5EED));
    sim_flow_init(&m->flow, seed, c->activity, m->reference, m->open_ns);
    sim_opening_draw(m);
}

static int64_t first_moment(const sim_config_t *c) { return at(c, c->start < c->open ? c->start : c->open); }

int sim_market_open(sim_market_t *m, const sim_config_t *c)
{
    memset(m, 0, sizeof *m);
    m->days_left = c->days - 1;
    m->day_from_ns = INT64_MIN;
    m->now_ns = first_moment(c);
    begin_day(m, c, opening_ticks(c));
    m->phase = m->now_ns >= m->pre_ns && m->now_ns < m->open_ns ? QT_PHASE_PRE_OPENING : QT_PHASE_CLOSED;
    m->shifted = sim_in_auction(m->phase);
    if (m->days_left)
        sim_contract_beside(m->next, c->symbol, 1);
    if (open_places(m, c))
        return -1;
    seed_day(m, c);
    return 0;
}

/* The tape goes on; the ladder moves to where the day begins. */
void sim_market_new_day(sim_market_t *m, const sim_config_t *c, int32_t reference)
{
    sim_book_clear(&m->book);
    m->book.base = ladder_base(reference);
    begin_day(m, c, reference);
    seed_day(m, c);
}

void sim_market_close(sim_market_t *m)
{
    sim_book_close(&m->book);
    sim_play_close();
    sim_tape_close(m);
}

/* ---- prints ------------------------------------------------------------------------------------ */

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

/* How far a trade may go: no order trades outside the auction tunnel. */
static int32_t bounded(const sim_market_t *m, int side, int32_t price)
{
    int32_t end = sim_tunnel_end(m, side);
    if (sim.config.auction_tunnel <= 0.0)
        return price;
    return price == SIM_MARKET_PRICE || (price - end) * sim_worse(side) < 0 ? end : price;
}

static int32_t trade_and_rest(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner)
{
    int32_t end = bounded(m, side, price), left = sim_book_match(&m->book, side, end, qty, owner);
    if (left > 0 && sim_book_meets_own(&m->book, side, end, owner))
        return SIM_SELF_TRADE;
    m->burst = left > 0 && !sim_book_reaches(&m->book, 1 - side, end) && sim_book_reaches(&m->book, 1 - side, price);
    if (price == SIM_MARKET_PRICE || left <= 0)
        return m->burst ? SIM_OUT_OF_TUNNEL : -1;
    return sim_book_rest(&m->book, side, price, left, broker, owner, m->now_ns);
}

int32_t sim_market_enter(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner)
{
    int32_t index;
    if (sim_playing())
        return sim_play_enter(m, side, price, qty, broker, owner);
    sim_book_begin(&m->book);
    m->burst = 0;
    if (m->phase == QT_PHASE_OPEN)
        index = trade_and_rest(m, side, price, qty, broker, owner);
    else
        index = sim_book_rest(&m->book, side, price, qty, broker, owner, m->now_ns);
    print_fills(m, side, broker, owner);
    sim_publish(m);
    if (m->burst)
        sim_market_halt(m, QT_PHASE_AUCTION, m->now_ns + sim.config.auction_s * SIM_SECOND_NS);
    return index;
}

void sim_crowd_act(sim_market_t *m)
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

/* ---- time ------------------------------------------------------------------------------------------ */

int64_t sim_market_next(const sim_market_t *m)
{
    int64_t crowd = sim_crowd_next(m), client = sim_clients_next(&sim.clients);
    if (crowd > m->until_ns)
        crowd = SIM_NEVER;
    return client < crowd ? client : crowd;
}

void sim_market_step(sim_market_t *m)
{
    int64_t crowd = sim_crowd_next(m), client = sim_clients_next(&sim.clients);
    if (crowd > m->until_ns)
        crowd = SIM_NEVER;
    qt_count(&sim.stats.steps);
    if (client < crowd) {
        m->now_ns = client > m->now_ns ? client : m->now_ns;
        sim_clients_step(m);
    } else if (crowd != SIM_NEVER) {
        m->now_ns = crowd > m->now_ns ? crowd : m->now_ns;
        sim_crowd_step(m);
    }
}
