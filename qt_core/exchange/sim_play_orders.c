/* Our orders in a recorded market.
 *
 * An order that rests waits for the contracts the recording showed at its price when it came. Prints at the price
 * consume them first; withdrawals count as made behind us for as long as the book allows that reading, and in front of
 * us only where the recorded orders say so or too few are left. A print through the price, and a recorded order that
 * arrives at or through it, fill us at our price. None of it changes the recorded tape. */
#include "sim.h"

#define UNKNOWN_AHEAD INT64_MAX /* the recording does not show the price: only what trades through it fills us */

static sim_order_t *order_at(const sim_own_t *own) { return &sim.market.book.orders[own->index]; }

/* Cancelled and filled orders leave the list the next time that it is read. */
static void drop_dead(sim_play_t *p)
{
    int32_t i, kept = 0;
    for (i = 0; i < p->n_own; i++) {
        const sim_order_t *o = order_at(&p->own[i]);
        if (o->id && o->place == p->own[i].place)
            p->own[kept++] = p->own[i];
    }
    p->n_own = kept;
}

/* ---- what the recording shows -------------------------------------------------------------------------------- */

/* contracts of recorded orders at a price; with places, only those in front of `place` */
static int64_t recorded_at(const sim_book_t *b, int side, int32_t price, int64_t place)
{
    const int32_t *queue = sim_book_queue(b, side, price);
    int64_t sum = 0;
    int32_t i;
    for (i = 0; i < sim_book_level(b, side, price)->count; i++)
        if (!b->orders[queue[i]].owner && b->orders[queue[i]].place < place)
            sum += b->orders[queue[i]].qty;
    return sum;
}

/* the nearest price at which the recording shows anything, from `price` towards worse */
static int32_t recorded_from(const sim_book_t *b, int side, int32_t price)
{
    while (price != SIM_MARKET_PRICE && recorded_at(b, side, price, INT64_MAX) == 0)
        price = sim_book_next_price(b, side, price);
    return price;
}

static int32_t recorded_best(const sim_book_t *b, int side) { return recorded_from(b, side, b->best[side]); }

static int better(int side, int32_t a, int32_t b) { return (a - b) * sim_worse(side) < 0; }

/* contracts in front of an order that comes to a price now */
static int64_t ahead_now(const sim_book_t *b, int side, int32_t price)
{
    int32_t best = recorded_best(b, side);
    int64_t shown = recorded_at(b, side, price, INT64_MAX);
    if (sim.play.depth == SIM_PLAY_TAPE)
        return sim.play.terms.touch;
    if (shown || best == SIM_MARKET_PRICE || better(side, price, best) || sim.play.depth == SIM_PLAY_ORDERS)
        return shown;
    return sim.play.depth == SIM_PLAY_LEVELS && recorded_from(b, side, price) != SIM_MARKET_PRICE ? 0 : UNKNOWN_AHEAD;
}

/* ---- fills ------------------------------------------------------------------------------------------------------- */

static void fill_resting(sim_market_t *m, const sim_own_t *own, int32_t qty)
{
    sim_order_t o = *order_at(own);
    sim_book_begin(&m->book);
    if (qty < o.qty)
        sim_book_reduce(&m->book, own->index, o.qty - qty);
    else
        sim_book_cancel(&m->book, own->index);
    sim_clients_filled(o.owner, o.price, qty, qty < o.qty);
    sim_publish(m);
}

/* takes from a recorded order; what was taken is not there for anybody else */
static void take(sim_market_t *m, int32_t index, int32_t qty)
{
    sim_order_t *maker = &m->book.orders[index];
    int64_t id = maker->id;
    maker->taken += qty;
    if (qty < maker->qty)
        sim_book_reduce(&m->book, index, maker->qty - qty);
    else {
        sim_book_cancel(&m->book, index);
        sim_play_taken(id);
    }
}

static int32_t front_of(const sim_book_t *b, int side) { return sim_book_queue(b, side, b->best[side])[0]; }

static int reaches(int side, int32_t limit, int32_t price)
{
    return limit == SIM_MARKET_PRICE || limit == price || better(1 - side, price, limit);
}

/* Takes what is shown, best first. Stops at an order of our own. Returns contracts left. */
static int32_t take_shown(sim_market_t *m, int side, int32_t limit, int32_t qty, int32_t owner)
{
    sim_book_t *b = &m->book;
    int maker_side = 1 - side;
    while (qty > 0 && b->best[maker_side] != SIM_MARKET_PRICE && b->n_changes < SIM_CHANGES - 8) {
        int32_t index = front_of(b, maker_side), price = b->best[maker_side];
        int32_t part = b->orders[index].qty < qty ? b->orders[index].qty : qty;
        if (b->orders[index].owner || !reaches(side, limit, price))
            break;
        take(m, index, part);
        qty -= part;
        sim_clients_filled(owner, price, part, 1);
    }
    return qty;
}

static int32_t rest(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner)
{
    sim_play_t *p = &sim.play;
    int64_t ahead = ahead_now(&m->book, side, price);
    int32_t index;
    drop_dead(p);
    index = sim_book_rest(&m->book, side, price, qty, broker, owner, m->now_ns);
    if (index >= 0) {
        sim_own_t *own = &p->own[p->n_own++];
        m->book.orders[index].ahead = ahead;
        own->index = index;
        own->place = m->book.orders[index].place;
        own->gone = own->gone_ns = 0;
    }
    return index;
}

int32_t sim_play_enter(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner)
{
    int32_t left, index = -1;
    sim_book_begin(&m->book);
    left = m->phase == QT_PHASE_OPEN ? take_shown(m, side, price, qty, owner) : qty;
    if (left > 0 && sim_book_meets_own(&m->book, side, price, owner))
        index = SIM_SELF_TRADE;
    else if (left > 0 && price != SIM_MARKET_PRICE)
        index = rest(m, side, price, left, broker, owner);
    sim_publish(m);
    return index;
}

/* ---- the recorded book has moved ------------------------------------------------------------------------------------ */

/* the most that can still be in front of an order */
static int64_t most_ahead(const sim_book_t *b, const sim_order_t *o)
{
    int32_t best = recorded_best(b, o->side);
    int64_t shown = recorded_at(b, o->side, o->price, sim.play.depth == SIM_PLAY_ORDERS ? o->place : INT64_MAX);
    if (sim.play.depth == SIM_PLAY_TAPE || (!shown && o->ahead == UNKNOWN_AHEAD && best != SIM_MARKET_PRICE &&
                                             !better(o->side, o->price, best)))
        return o->ahead; /* nothing new is known */
    return shown;
}

static void shorten(const sim_market_t *m, sim_own_t *own)
{
    sim_order_t *o = order_at(own);
    int64_t most = most_ahead(&m->book, o);
    if (most >= o->ahead)
        return;
    if (own->gone_ns != m->now_ns)
        own->gone = 0;
    own->gone_ns = m->now_ns;
    if (o->ahead != UNKNOWN_AHEAD)
        own->gone += o->ahead - most;
    o->ahead = most;
}

static int crossed_itself(const sim_book_t *b)
{
    int32_t bid = recorded_best(b, SIM_BUY), ask = recorded_best(b, SIM_SELL);
    return bid != SIM_MARKET_PRICE && ask != SIM_MARKET_PRICE && bid >= ask;
}

/* A recorded order that stands at or beyond our price would have met us: it fills us at our price. */
static void meet(sim_market_t *m, const sim_own_t *own)
{
    sim_book_t *b = &m->book;
    sim_order_t *o = order_at(own);
    int side = o->side;
    int64_t place = o->place;
    while (o->place == place && o->id && b->best[1 - side] != SIM_MARKET_PRICE && reaches(side, o->price, b->best[1 - side])) {
        int32_t index = front_of(b, 1 - side), part = b->orders[index].qty < o->qty ? b->orders[index].qty : o->qty;
        if (b->orders[index].owner)
            return;
        sim_book_begin(b);
        take(m, index, part);
        sim_publish(m);
        fill_resting(m, own, part);
    }
}

void sim_play_book_moved(sim_market_t *m)
{
    sim_play_t *p = &sim.play;
    int32_t i;
    drop_dead(p);
    for (i = 0; i < p->n_own; i++)
        shorten(m, &p->own[i]);
    for (i = 0; i < p->n_own && m->phase == QT_PHASE_OPEN && !crossed_itself(&m->book); i++)
        meet(m, &p->own[i]);
}

/* ---- a print --------------------------------------------------------------------------------------------------------- */

typedef struct strike { /* a print on its way through our orders of one side */
    int side, exact;    /* exact: trades at the price itself count, not only those through it */
    int32_t price, left;
    int64_t queue;      /* contracts of it that met recorded orders in front of ours */
} strike_t;

static int64_t gone_of(const sim_market_t *m, const sim_own_t *own) { return own->gone_ns == m->now_ns ? own->gone : 0; }

/* the next of ours in price-time priority after (price, place); NULL when the print reaches no more */
static sim_own_t *next_struck(const strike_t *s, int32_t price, int64_t place)
{
    sim_own_t *found = NULL;
    int32_t i;
    for (i = 0; i < sim.play.n_own; i++) {
        sim_own_t *own = &sim.play.own[i];
        const sim_order_t *o = order_at(own), *f = found ? order_at(found) : NULL;
        int after = price == SIM_MARKET_PRICE || better(o->side, price, o->price) || (price == o->price && o->place > place);
        if (o->place != own->place || !o->id || o->side != s->side || !after)
            continue;
        if (!better(s->side, o->price, s->price) && !(s->exact && o->price == s->price))
            continue;
        if (!f || better(s->side, o->price, f->price) || (o->price == f->price && o->place < f->place))
            found = own;
    }
    return found;
}

/* Contracts in front of ours are met first; those that left the book at this very instant were part of it. */
static void strike_one(sim_market_t *m, strike_t *s, const sim_own_t *own)
{
    const sim_order_t *o = order_at(own);
    int64_t front = o->price != s->price ? 0 : o->ahead == UNKNOWN_AHEAD ? s->left : o->ahead + gone_of(m, own) - s->queue;
    int32_t part;
    front = front < 0 ? 0 : front > s->left ? s->left : front;
    s->queue += front;
    s->left -= (int32_t)front;
    part = s->left < o->qty ? s->left : o->qty;
    if (part > 0)
        fill_resting(m, own, part);
    s->left -= part;
}

/* after the print: what it met in front of ours is in front no longer */
static void advance(const sim_market_t *m, const strike_t *s, sim_own_t *own)
{
    sim_order_t *o = order_at(own);
    int64_t gone = gone_of(m, own), known = gone < s->queue ? gone : s->queue;
    if (o->side != s->side || o->price != s->price || o->ahead == UNKNOWN_AHEAD)
        return;
    own->gone = gone - known;
    o->ahead = o->ahead > s->queue - known ? o->ahead - (s->queue - known) : 0;
}

static void strike(sim_market_t *m, int side, int exact, int32_t price, int32_t qty)
{
    strike_t s = {side, exact, price, qty, 0};
    int32_t at_price = SIM_MARKET_PRICE, i;
    int64_t place = 0;
    sim_own_t *own;
    while (s.left > 0 && (own = next_struck(&s, at_price, place)) != NULL) {
        at_price = order_at(own)->price;
        place = own->place;
        strike_one(m, &s, own);
    }
    drop_dead(&sim.play);
    for (i = 0; i < sim.play.n_own && s.queue; i++)
        advance(m, &s, &sim.play.own[i]);
}

/* aggressor: qt_side; without one the print fills only what it goes through */
void sim_play_printed(sim_market_t *m, int aggressor, int32_t price, int32_t qty)
{
    drop_dead(&sim.play);
    if (aggressor != QT_BID)
        strike(m, SIM_BUY, aggressor == QT_ASK, price, qty);
    if (aggressor != QT_ASK)
        strike(m, SIM_SELL, aggressor == QT_BID, price, qty);
}
