#include "sim_book.h"

#include <stdlib.h>
#include <string.h>

int sim_book_open(sim_book_t *b, int32_t centre)
{
    memset(b, 0, sizeof *b);
    b->levels = calloc(SIM_LEVELS, sizeof *b->levels);
    b->queues = calloc((size_t)SIM_LEVELS * SIM_LEVEL_ORDERS, sizeof *b->queues);
    b->orders = calloc(SIM_ORDERS, sizeof *b->orders);
    b->changes = calloc(SIM_CHANGES, sizeof *b->changes);
    b->fills = calloc(SIM_CHANGES, sizeof *b->fills);
    if (!b->levels || !b->queues || !b->orders || !b->changes || !b->fills) {
        sim_book_close(b);
        return -1;
    }
    sim_book_clear(b, centre);
    return 0;
}

void sim_book_close(sim_book_t *b)
{
    free(b->levels);
    free(b->queues);
    free(b->orders);
    free(b->changes);
    free(b->fills);
    memset(b, 0, sizeof *b);
}

void sim_book_clear(sim_book_t *b, int32_t centre)
{
    int32_t i;
    memset(b->levels, 0, SIM_LEVELS * sizeof *b->levels);
    for (i = 0; i < SIM_ORDERS; i++)
        b->orders[i].next = i + 1 < SIM_ORDERS ? i + 1 : -1;
    b->free_head = 0;
    b->base = centre > SIM_LEVELS / 2 ? centre - SIM_LEVELS / 2 : 1;
    b->best[0] = b->best[1] = b->worst[0] = b->worst[1] = SIM_MARKET_PRICE;
    b->live[0] = b->live[1] = 0;
    b->next_id = 1;
    sim_book_begin(b);
}

int sim_book_inside(const sim_book_t *b, int32_t price)
{
    return price >= b->base && price < b->base + SIM_LEVELS;
}

int32_t sim_book_next_price(const sim_book_t *b, int side, int32_t price)
{
    int32_t step = sim_worse(side), end = b->worst[side];
    while (price != end) {
        price += step;
        if (sim_book_level(b, price)->count)
            return price;
    }
    return SIM_MARKET_PRICE;
}

int32_t sim_book_level_count(const sim_book_t *b, int side)
{
    int32_t n = 0, price = b->best[side];
    while (price != SIM_MARKET_PRICE) {
        n++;
        price = sim_book_next_price(b, side, price);
    }
    return n;
}

int32_t sim_book_level_at(const sim_book_t *b, int side, int32_t rank)
{
    int32_t price = b->best[side];
    while (price != SIM_MARKET_PRICE && rank-- > 0)
        price = sim_book_next_price(b, side, price);
    return price;
}

/* orders and levels in front of a price */
static void ahead_of(const sim_book_t *b, int side, int32_t price, int32_t *orders, int32_t *levels)
{
    int32_t p, step = sim_worse(side);
    *orders = *levels = 0;
    for (p = b->best[side]; p != price; p += step) {
        int32_t count = sim_book_level(b, p)->count;
        *orders += count;
        *levels += count > 0;
    }
}

static int32_t rank_in_level(const sim_book_t *b, const sim_order_t *order)
{
    const int32_t *queue = sim_book_queue(b, order->price);
    int32_t low = 0, high = sim_book_level(b, order->price)->count - 1;
    while (low < high) { /* ids grow along the queue */
        int32_t middle = (low + high) / 2;
        if (b->orders[queue[middle]].id < order->id)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static sim_change_t *note(sim_book_t *b, int action, const sim_order_t *order, int32_t rank, int32_t qty)
{
    sim_change_t *c = &b->changes[b->n_changes];
    if (b->n_changes + 1 < SIM_CHANGES)
        b->n_changes++;
    c->id = order->id;
    c->ts_ns = order->ts_ns;
    c->price = order->price;
    c->qty = qty;
    c->broker = order->broker;
    c->action = (uint8_t)action;
    c->side = order->side;
    c->level_action = SIM_EDITED;
    c->position = c->level = -1;
    if (b->positions) {
        ahead_of(b, order->side, order->price, &c->position, &c->level);
        c->position += rank;
    }
    return c;
}

int32_t sim_book_rest(sim_book_t *b, int side, int32_t price, int32_t qty, int32_t broker, int32_t owner, int64_t ts_ns)
{
    sim_level_t *level;
    sim_order_t *order;
    int32_t index = b->free_head;
    if (index < 0 || !sim_book_inside(b, price) || (level = sim_book_level(b, price))->count >= SIM_LEVEL_ORDERS)
        return -1;
    order = &b->orders[index];
    b->free_head = order->next;
    order->id = b->next_id++;
    order->ts_ns = ts_ns;
    order->price = price;
    order->qty = qty;
    order->broker = broker;
    order->owner = owner;
    order->side = (uint8_t)side;
    sim_book_queue(b, price)[level->count++] = index;
    level->qty += qty;
    b->live[side]++;
    if (b->best[side] == SIM_MARKET_PRICE)
        b->best[side] = b->worst[side] = price;
    else if ((price - b->best[side]) * sim_worse(side) < 0)
        b->best[side] = price;
    else if ((price - b->worst[side]) * sim_worse(side) > 0)
        b->worst[side] = price;
    note(b, SIM_ADDED, order, level->count - 1, qty)->level_action = level->count == 1 ? SIM_ADDED : SIM_EDITED;
    return index;
}

/* Takes an order out of its level; the caller has noted it. */
static void unlink_order(sim_book_t *b, int32_t index, int32_t rank)
{
    sim_order_t *order = &b->orders[index];
    sim_level_t *level = sim_book_level(b, order->price);
    int32_t *queue = sim_book_queue(b, order->price);
    int side = order->side;
    memmove(queue + rank, queue + rank + 1, (size_t)(level->count - rank - 1) * sizeof *queue);
    level->qty -= order->qty;
    level->count--;
    b->live[side]--;
    order->next = b->free_head;
    order->id = 0;
    b->free_head = index;
    if (level->count)
        return;
    if (b->live[side] == 0)
        b->best[side] = b->worst[side] = SIM_MARKET_PRICE;
    else if (order->price == b->best[side])
        b->best[side] = sim_book_next_price(b, side, order->price);
}

void sim_book_cancel(sim_book_t *b, int32_t index)
{
    sim_order_t *order = &b->orders[index];
    int32_t rank = rank_in_level(b, order);
    sim_change_t *c = note(b, SIM_DELETED, order, rank, order->qty);
    c->level_action = sim_book_level(b, order->price)->count == 1 ? SIM_DELETED : SIM_EDITED;
    unlink_order(b, index, rank);
}

void sim_book_reduce(sim_book_t *b, int32_t index, int32_t qty)
{
    sim_order_t *order = &b->orders[index];
    note(b, SIM_EDITED, order, b->positions ? rank_in_level(b, order) : 0, qty - order->qty);
    sim_book_level(b, order->price)->qty += qty - order->qty;
    order->qty = qty;
}

static int reaches(const sim_book_t *b, int maker_side, int32_t price)
{
    int32_t best = b->best[maker_side];
    if (best == SIM_MARKET_PRICE)
        return 0;
    return price == SIM_MARKET_PRICE || (maker_side == SIM_SELL ? best <= price : best >= price);
}

static void fill_front(sim_book_t *b, int maker_side, int32_t *left)
{
    int32_t index = sim_book_queue(b, b->best[maker_side])[0];
    sim_order_t *maker = &b->orders[index];
    int32_t qty = *left < maker->qty ? *left : maker->qty;
    sim_fill_t *fill = &b->fills[b->n_fills++];
    fill->price = maker->price;
    fill->qty = qty;
    fill->maker_broker = maker->broker;
    fill->maker_owner = maker->owner;
    fill->maker_id = maker->id;
    fill->maker_left = maker->qty - qty;
    *left -= qty;
    if (fill->maker_left)
        sim_book_reduce(b, index, fill->maker_left);
    else
        sim_book_cancel(b, index);
}

int32_t sim_book_match(sim_book_t *b, int side, int32_t price, int32_t qty)
{
    int maker_side = 1 - side;
    while (qty > 0 && b->n_fills < SIM_CHANGES - 8 && reaches(b, maker_side, price))
        fill_front(b, maker_side, &qty);
    return qty;
}
