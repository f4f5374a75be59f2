/* Call auctions: orders gather without trading, and then all that can trade does so at one price. */
#include "sim.h"

#include <string.h>

#define CALL_STEP_NS INT64_C(500000000) /* the crowd's pace while an auction gathers orders */
#define CALL_REACH 3                    /* ticks around the last price at which it gathers  */

int sim_in_auction(int phase)
{
    return phase == QT_PHASE_PRE_OPENING || phase == QT_PHASE_AUCTION || phase == QT_PHASE_PRE_CLOSING;
}

/* ---- the price ------------------------------------------------------------------------------------ */

static int64_t level_qty(const sim_book_t *b, int side, int32_t price) { return sim_book_level(b, side, price)->qty; }

static int64_t distance(int64_t a, int64_t b) { return a < b ? b - a : a - b; }

/* most contracts; then least left over; then nearest to the reference; then lowest */
static int beats(const sim_cross_t *a, const sim_cross_t *b, int32_t reference)
{
    if (b->price == SIM_MARKET_PRICE || a->qty != b->qty)
        return b->price == SIM_MARKET_PRICE || a->qty > b->qty;
    if (a->left != b->left)
        return a->left < b->left;
    return distance(a->price, reference) < distance(b->price, reference);
}

sim_cross_t sim_auction_cross(const sim_book_t *b, int32_t reference)
{
    sim_cross_t found = {SIM_MARKET_PRICE, 0, 0}, here;
    int32_t bid = b->best[SIM_BUY], ask = b->best[SIM_SELL], price;
    int64_t demand = 0, supply = 0;
    if (bid == SIM_MARKET_PRICE || ask == SIM_MARKET_PRICE || bid < ask)
        return found;
    for (price = ask; price <= bid; price++)
        demand += level_qty(b, SIM_BUY, price);
    for (price = ask; price <= bid; price++) { /* whoever buys at the price or above, whoever sells at it or below */
        supply += level_qty(b, SIM_SELL, price);
        here.price = price;
        here.qty = demand < supply ? demand : supply;
        here.left = distance(demand, supply);
        if (beats(&here, &found, reference))
            found = here;
        demand -= level_qty(b, SIM_BUY, price);
    }
    return found;
}

sim_cross_t sim_theoretical(const sim_market_t *m)
{
    static const sim_cross_t none = {SIM_MARKET_PRICE, 0, 0};
    return sim_in_auction(m->phase) ? sim_auction_cross(&m->book, sim_last_or_reference(m)) : none;
}

/* ---- the uncross ------------------------------------------------------------------------------------ */

static void cut(sim_book_t *b, int32_t index, int32_t qty)
{
    if (qty < b->orders[index].qty)
        sim_book_reduce(b, index, b->orders[index].qty - qty);
    else
        sim_book_cancel(b, index);
}

static int32_t front(const sim_book_t *b, int side) { return sim_book_queue(b, side, b->best[side])[0]; }

static void trade(sim_market_t *m, int32_t price)
{
    sim_book_t *b = &m->book;
    int32_t buy = front(b, SIM_BUY), sell = front(b, SIM_SELL);
    sim_order_t buyer = b->orders[buy], seller = b->orders[sell];
    int32_t qty = buyer.qty < seller.qty ? buyer.qty : seller.qty;
    sim_book_begin(b);
    if (buyer.owner && seller.owner) { /* the younger of two of ours gives way */
        sim_clients_self_trade(m, buyer.place > seller.place ? buyer.owner : seller.owner);
        return;
    }
    cut(b, buy, qty);
    cut(b, sell, qty);
    sim_market_print(m, price, qty, buyer.broker, seller.broker, QT_TRADE_AUCTION);
    sim_clients_filled(buyer.owner, price, qty, qty < buyer.qty);
    sim_clients_filled(seller.owner, price, qty, qty < seller.qty);
    sim_publish(m);
}

void sim_auction_uncross(sim_market_t *m)
{
    sim_cross_t x = sim_auction_cross(&m->book, sim_last_or_reference(m));
    if (x.price == SIM_MARKET_PRICE)
        return;
    while (m->book.best[SIM_BUY] != SIM_MARKET_PRICE && m->book.best[SIM_SELL] != SIM_MARKET_PRICE &&
           m->book.best[SIM_BUY] >= x.price && m->book.best[SIM_SELL] <= x.price)
        trade(m, x.price);
    sim_clients_touched(m->last_price);
}

/* ---- who comes to auctions ---------------------------------------------------------------------------- */

/* Orders of auctions have ids and slots of their own, so that the crowd does the same with and without them. */
static void gather(sim_market_t *m, int side, int32_t price, int32_t qty, int broker)
{
    sim_book_begin(&m->book);
    m->book.apart = 1;
    sim_book_rest_as(&m->book, (INT64_C(1) << 40) + m->auction_ids++, side, price, qty, broker, 0, m->now_ns);
    m->book.apart = 0;
    sim_publish(m);
}

/* Those who trade at the open, drawn ahead from a copy of the crowd: it draws the same afterwards as if it had drawn
 * them at the open. */
void sim_opening_draw(sim_market_t *m)
{
    sim_flow_t ahead = m->flow;
    sim_intent_t in;
    int32_t k;
    for (k = 0; sim_flow_opening(&ahead, k, &in); k++) {
    }
    for (k = 0; k < SIM_OPENING_PAIRS; k++) {
        m->pairs[k].buyer = sim_flow_broker(&ahead);
        m->pairs[k].seller = sim_flow_broker(&ahead);
        m->pairs[k].qty = sim_flow_resting_size(&ahead);
    }
    m->rng_at_open = ahead.rng;
}

/* Every pair that is due by now: a buyer and a seller who both accept any price near. */
void sim_opening_gather(sim_market_t *m)
{
    int64_t span = m->open_ns - m->pre_ns, spent = m->now_ns - m->pre_ns;
    while (m->n_pairs < SIM_OPENING_PAIRS && spent * (SIM_OPENING_PAIRS + 1) >= span * (m->n_pairs + 1)) {
        const sim_couple_t *pair = &m->pairs[m->n_pairs++];
        gather(m, SIM_BUY, m->reference + 1 + CALL_REACH, pair->qty, pair->buyer);
        gather(m, SIM_SELL, m->reference - CALL_REACH, pair->qty, pair->seller);
    }
}

/* Halts and the closing call draw from a generator of their own. */
void sim_auction_crowd(sim_market_t *m)
{
    int side = (int)sim_below(&m->call_rng, 2);
    int32_t price = m->last_price - CALL_REACH + (int32_t)sim_below(&m->call_rng, 2 * CALL_REACH + 1);
    int32_t qty = 1 + (int32_t)sim_below(&m->call_rng, 10);
    int broker = SIM_BROKER[sim_below(&m->call_rng, SIM_BROKERS)];
    if (m->last_price != SIM_MARKET_PRICE)
        gather(m, side, price, qty, broker);
    sim_publish_grid(m);
    m->call_ns = m->now_ns + CALL_STEP_NS;
}

/* ---- halts -------------------------------------------------------------------------------------------- */

/* A phase other than continuous trading, until a time; SIM_NEVER = to the close. */
void sim_market_halt(sim_market_t *m, int phase, int64_t until_ns)
{
    m->phase = phase;
    m->halt_ns = until_ns;
    m->call_ns = phase == QT_PHASE_AUCTION || phase == QT_PHASE_PRE_CLOSING ? m->now_ns : SIM_NEVER;
    sim_publish_phase(m);
}

void sim_market_resume(sim_market_t *m)
{
    if (sim_in_auction(m->phase))
        sim_auction_uncross(m);
    m->phase = QT_PHASE_OPEN;
    m->halt_ns = m->call_ns = SIM_NEVER;
    m->centre = sim_last_or_reference(m);
    sim_publish_phase(m);
    m->flow.grid_ns = m->now_ns + SIM_GRID_NS;
    sim_flow_next(&m->flow, &m->book, m->now_ns);
}
