/* The deprecated book by price: images as arrays, then changes whose quantities and counts are differences. */
#include "sim_bytes.h"
#include "sim_garble.h"

#include <string.h>

#define SWEEP 3 /* this many levels gone from the front in one go are told as one "delete from" */

SIM_EXPORT int32_t QT_STDCALL SubscribePriceBook(qt_text_t ticker, qt_text_t exchange)
{
    return sim_post_view(SIM_CMD_SUBSCRIBE, ticker, exchange, SIM_SUB_PRICE);
}

SIM_EXPORT int32_t QT_STDCALL UnsubscribePriceBook(qt_text_t ticker, qt_text_t exchange)
{
    return sim_post_view(SIM_CMD_UNSUBSCRIBE, ticker, exchange, SIM_SUB_PRICE);
}

/* ---- changes ------------------------------------------------------------------------------------------------ */

typedef struct move { /* what one operation did to one level */
    int64_t qty;
    int32_t count, price, level;
    uint8_t side, action;
} move_t;

/* the changes of one level from i on, as one; returns the next index */
static int sum_level(const sim_book_t *b, int i, move_t *out)
{
    const sim_change_t *first = &b->changes[i], *c;
    int added = 0, emptied = 0;
    memset(out, 0, sizeof *out);
    for (; i < b->n_changes; i++) {
        c = &b->changes[i];
        if (c->price != first->price || c->side != first->side)
            break;
        out->qty += c->action == SIM_DELETED ? -(int64_t)c->qty : c->qty;
        out->count += c->action == SIM_ADDED ? 1 : c->action == SIM_DELETED ? -1 : 0;
        added |= c->level_action == SIM_ADDED;
        emptied = c->level_action == SIM_DELETED;
    }
    out->price = first->price;
    out->level = first->level;
    out->side = first->side;
    out->action = emptied ? SIM_DELETED : added ? SIM_ADDED : SIM_EDITED;
    return i;
}

/* how many levels vanish from the front of one side from i on; *next is the index behind them */
static int front_levels(const sim_book_t *b, int i, int *next)
{
    move_t move;
    int n = 0, side = b->changes[i].side, end;
    for (*next = i; *next < b->n_changes; *next = end, n++) {
        end = sum_level(b, *next, &move);
        if (move.action != SIM_DELETED || move.level != 0 || move.side != side)
            break;
    }
    return n;
}

static void post(int view, const move_t *move)
{
    sim_message_t *msg = sim_post(SIM_MSG_PRICE, view);
    msg->u.price.qty = move->qty;
    msg->u.price.count = move->count;
    msg->u.price.price = move->price;
    msg->u.price.position = move->level;
    msg->u.price.side = move->side;
    msg->u.price.action = move->action;
}

void sim_publish_prices(const sim_market_t *m, int view)
{
    const sim_book_t *b = &m->book;
    move_t move;
    int i = 0, next, n;
    while (i < b->n_changes) {
        n = front_levels(b, i, &next);
        i = sum_level(b, i, &move);
        if (n >= SWEEP) {
            move.action = SIM_DELETED_FROM;
            move.level = n - 1;
            i = next;
        }
        post(view, &move);
    }
}

void sim_deliver_price(const sim_message_t *msg)
{
    sim_price_call_t x = {msg->u.price.action, msg->u.price.position, msg->u.price.side, msg->u.price.count, msg->u.price.qty,
                          sim_points(msg->u.price.price), NULL, NULL};
    TAssetIDRec a;
    if (!sim.live.price_book && !sim.live.price_book_v2)
        return;
    sim_asset(&a, msg->view);
    sim_call_price(a, &x);
    sim_called();
}

/* ---- images ----------------------------------------------------------------------------------------------------- */

static uint8_t *put_level(uint8_t *p, int side, int32_t price, int wide)
{
    const sim_level_t *level = sim_book_level(&sim.market.book, side, price);
    double points = sim_points(price);
    int32_t qty = (int32_t)level->qty, count = level->count;
    p = sim_put(p, &points, sizeof points);
    p = wide ? sim_put(p, &level->qty, sizeof level->qty) : sim_put(p, &qty, sizeof qty);
    return sim_put(p, &count, sizeof count);
}

/* The last entry is the best level: written from the end of the array backwards. */
static uint8_t *image_of(int side, int wide)
{
    const sim_book_t *b = &sim.market.book;
    int32_t n = sim_book_level_count(b, side), entry = wide ? 20 : 16, size = 8 + n * entry, i, price = b->best[side];
    uint8_t *array = sim_lend_array(size);
    if (!array)
        return NULL;
    sim_put(sim_put(array, &n, sizeof n), &size, sizeof size);
    for (i = n - 1; i >= 0; i--) {
        put_level(array + 8 + i * entry, side, price, wide);
        price = sim_book_next_price(b, side, price);
    }
    return array;
}

void sim_deliver_price_image(int view)
{
    int wide = sim.live.price_book_v2 != NULL;
    sim_price_call_t x = {QT_BOOK_IMAGE, 3, 0, 1, 7, 0.0, NULL, NULL}; /* leftovers of some earlier change */
    TAssetIDRec a;
    if (!wide && !sim.live.price_book)
        return;
    x.sells = image_of(SIM_SELL, wide);
    x.buys = image_of(SIM_BUY, wide);
    sim_asset(&a, view);
    sim_call_price(a, &x);
    sim_called();
}
