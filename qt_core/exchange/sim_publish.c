/* Turns what the market did into messages for whoever subscribed. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define SWEEP 3 /* this many orders gone from the front in one go are told as one "delete from" */

sim_message_t *sim_post(int kind, int view)
{
    sim_message_t *msg;
    if (sim.n_messages == sim.message_room) {
        sim_message_t *more = realloc(sim.messages, (size_t)sim.message_room * 2 * sizeof *more);
        if (!more) {
            qt_count(&sim.stats.overflow);
            return &sim.messages[sim.n_messages - 1];
        }
        sim.messages = more;
        sim.message_room *= 2;
    }
    msg = &sim.messages[sim.n_messages++];
    memset(&msg->u, 0, sizeof msg->u);
    msg->ts_ns = sim.market.now_ns;
    msg->kind = (uint8_t)kind;
    msg->view = (uint8_t)view;
    msg->routed = 0; /* the slot may have held one that was kept back */
    return msg;
}

void sim_publish_trade(sim_market_t *m, const sim_record_t *r)
{
    int view;
    for (view = 0; view < SIM_VIEWS && !m->quiet; view++)
        if (m->subs[view] & SIM_SUB_TICKER)
            sim_post(SIM_MSG_TRADE, view)->u.trade = *r;
}

/* ---- order-by-order book ------------------------------------------------------------------------- */

static int front_deletes(const sim_book_t *b, int first)
{
    int i = first;
    while (i < b->n_changes && b->changes[i].action == SIM_DELETED && b->changes[i].position == 0 &&
           b->changes[i].side == b->changes[first].side)
        i++;
    return i - first;
}

static void publish_offers(const sim_book_t *b, int view)
{
    int i = 0;
    while (i < b->n_changes) {
        int n = front_deletes(b, i);
        sim_change_t *c = &sim_post(SIM_MSG_OFFER, view)->u.offer;
        *c = b->changes[i];
        if (n >= SWEEP) {
            c->action = SIM_DELETED_FROM;
            c->position = n - 1;
            i += n;
        } else
            i++;
    }
}

/* ---- price depth ---------------------------------------------------------------------------------- */

static void post_depth(int view, int side, int position, int update)
{
    sim_message_t *msg = sim_post(SIM_MSG_DEPTH, view);
    msg->u.depth.side = (uint8_t)side;
    msg->u.depth.position = position;
    msg->u.depth.update = (uint8_t)update;
}

enum { NOTHING = -1 };

/* the change at i and those right behind it at the same price, told as one (NOTHING: a level came and went); returns
 * the next index */
static int merge_level(const sim_book_t *b, int i, int *update)
{
    const sim_change_t *first = &b->changes[i], *last = first;
    int was = first->level_action != SIM_ADDED; /* the level was there before */
    for (; i < b->n_changes && b->changes[i].price == first->price && b->changes[i].side == first->side; i++)
        last = &b->changes[i];
    *update = last->level_action == SIM_DELETED ? (was ? QT_PD_DELETE : NOTHING) : was ? QT_PD_EDIT : QT_PD_INSERT;
    return i;
}

static int side_ends(const sim_book_t *b, int i)
{
    int side = b->changes[i].side;
    while (i < b->n_changes && b->changes[i].side == side)
        i++;
    return i;
}

static void publish_depth_side(const sim_market_t *m, int view, int i, int end)
{
    const sim_book_t *b = &m->book;
    int side = b->changes[i].side, shift = sim_in_auction(m->phase), smallest = INT32_MAX, update = QT_PD_EDIT, first;
    int burst = merge_level(b, i, &update) < end;
    if (burst)
        post_depth(view, side, 0, QT_PD_PREPARE);
    while (i < end) {
        first = i;
        i = merge_level(b, i, &update);
        if (update == NOTHING)
            continue;
        post_depth(view, side, b->changes[first].level + shift, update);
        if (b->changes[first].level + shift < smallest)
            smallest = b->changes[first].level + shift;
    }
    if (burst) {
        post_depth(view, side, 0, QT_PD_FLUSH);
        if (smallest != INT32_MAX)
            post_depth(view, side, smallest, QT_PD_ADD);
    }
}

static void publish_depth(const sim_market_t *m, int view)
{
    int i = 0, end;
    for (; i < m->book.n_changes; i = end) {
        end = side_ends(&m->book, i);
        publish_depth_side(m, view, i, end);
    }
}

/* ---- best quotes ------------------------------------------------------------------------------------ */

static void post_tiny(sim_market_t *m, int view, int side)
{
    sim_message_t *msg = sim_post(SIM_MSG_TINY, view);
    msg->u.tiny.price = m->book.best[side];
    msg->u.tiny.qty = sim_book_level(&m->book, side, m->book.best[side])->qty;
    msg->u.tiny.side = side;
}

/* A new best price is told at once, a new quantity at the next grid instant, as the real feed paces it. */
static void publish_tiny(sim_market_t *m, int with_quantities)
{
    int side, view;
    for (side = 0; side < 2; side++) {
        int32_t best = m->book.best[side];
        sim_tiny_t *told = &m->tiny[side];
        int64_t qty = best == SIM_MARKET_PRICE ? 0 : sim_book_level(&m->book, side, best)->qty;
        if (best == SIM_MARKET_PRICE || (best == told->price && (!with_quantities || qty == told->qty)))
            continue;
        told->price = best;
        told->qty = qty;
        for (view = 0; view < SIM_VIEWS; view++)
            if (m->subs[view] & SIM_SUB_TICKER)
                post_tiny(m, view, side);
    }
}

void sim_publish(sim_market_t *m)
{
    int view;
    qt_fetch_add(&sim.stats.book_events, m->book.n_changes);
    if (m->quiet)
        return;
    for (view = 0; view < SIM_VIEWS; view++) {
        if (m->subs[view] & SIM_SUB_OFFER)
            publish_offers(&m->book, view);
        if (m->subs[view] & SIM_SUB_DEPTH)
            publish_depth(m, view);
        if (m->subs[view] & SIM_SUB_PRICE)
            sim_publish_prices(m, view);
    }
    publish_tiny(m, 0);
}

/* ---- summaries --------------------------------------------------------------------------------------- */

void sim_publish_grid(sim_market_t *m)
{
    int view, second = m->grids % 4 == 0;
    if (m->quiet)
        return;
    publish_tiny(m, 1);
    for (view = 0; view < SIM_VIEWS; view++) {
        if (!(m->subs[view] & SIM_SUB_TICKER))
            continue;
        if (sim_in_auction(m->phase))
            sim_post(SIM_MSG_THEORETICAL, view);
        else if (second && m->day_changed)
            sim_post(SIM_MSG_DAILY, view);
    }
    if (second)
        m->day_changed = 0;
}

/* In an auction a theoretical level comes before the others: all positions move, and the depth is told anew. */
void sim_publish_phase(sim_market_t *m)
{
    int view, shifted = sim_in_auction(m->phase), moved = shifted != m->shifted;
    m->shifted = shifted;
    for (view = 0; view < SIM_VIEWS && !m->quiet; view++) {
        if (m->subs[view] & SIM_SUB_TICKER)
            sim_post(SIM_MSG_PHASE, view);
        if (moved && m->subs[view] & SIM_SUB_DEPTH)
            post_depth(view, QT_BOOK_BOTH, 0, QT_PD_FULL_BOOK);
    }
}

void sim_publish_snapshot(sim_market_t *m, int view, unsigned bit)
{
    int side;
    if (view >= SIM_VIEWS) { /* nobody trades it yet */
        if (bit == SIM_SUB_TICKER)
            sim_post(SIM_MSG_PHASE, view);
        return;
    }
    if (bit == SIM_SUB_OFFER)
        sim_post(SIM_MSG_IMAGE, view);
    if (bit == SIM_SUB_PRICE)
        sim_post(SIM_MSG_PRICE_IMAGE, view);
    if (bit == SIM_SUB_ADJUST)
        sim_post(SIM_MSG_ADJUST, view);
    if (bit == SIM_SUB_DEPTH)
        post_depth(view, QT_BOOK_BOTH, 0, QT_PD_FULL_BOOK);
    if (bit != SIM_SUB_TICKER)
        return;
    sim_post(SIM_MSG_PHASE, view);
    if (m->day.trades)
        sim_post(SIM_MSG_DAILY, view);
    if (sim_in_auction(m->phase))
        sim_post(SIM_MSG_THEORETICAL, view);
    for (side = 0; side < 2; side++)
        if (m->book.best[side] != SIM_MARKET_PRICE)
            post_tiny(m, view, side);
}
