#include "sim_book.h"

#include <stdlib.h>
#include <string.h>

static int open_side(sim_book_t *b, int side)
{
    b->levels[side] = calloc((size_t)b->n_levels, sizeof **b->levels);
    b->queues[side] = calloc((size_t)b->n_levels * (size_t)b->room, sizeof **b->queues);
    return b->levels[side] && b->queues[side] ? 0 : -1;
}

void sim_book_clear(sim_book_t *b)
{
    int32_t i;
    for (i = 0; i < 2; i++) {
        memset(b->levels[i], 0, (size_t)b->n_levels * sizeof **b->levels);
        b->best[i] = b->worst[i] = SIM_MARKET_PRICE;
        b->live[i] = 0;
    }
    for (i = 0; i < SIM_ORDERS + SIM_APART; i++) {
        b->orders[i].id = 0;
        b->orders[i].next = i + 1 == SIM_ORDERS || i + 1 == SIM_ORDERS + SIM_APART ? -1 : i + 1;
    }
    b->free_head = 0;
    b->apart_head = SIM_ORDERS;
    sim_book_begin(b);
}

int sim_book_open(sim_book_t *b, int32_t base, int32_t n_levels, int32_t room)
{
    memset(b, 0, sizeof *b);
    b->base = base;
    b->n_levels = n_levels;
    b->room = room;
    b->next_id = b->next_place = 1;
    b->orders = calloc(SIM_ORDERS + SIM_APART, sizeof *b->orders);
    b->changes = calloc(SIM_CHANGES, sizeof *b->changes);
    b->fills = calloc(SIM_CHANGES, sizeof *b->fills);
    if (open_side(b, SIM_BUY) || open_side(b, SIM_SELL) || !b->orders || !b->changes || !b->fills) {
        sim_book_close(b);
        return -1;
    }
    sim_book_clear(b);
    return 0;
}

void sim_book_close(sim_book_t *b)
{
    int side;
    for (side = 0; side < 2; side++) {
        free(b->levels[side]);
        free(b->queues[side]);
    }
    free(b->orders);
    free(b->changes);
    free(b->fills);
    memset(b, 0, sizeof *b);
}

int sim_book_inside(const sim_book_t *b, int32_t price)
{
    return price >= b->base && price - b->base < b->n_levels;
}

int32_t sim_book_next_price(const sim_book_t *b, int side, int32_t price)
{
    int32_t step = sim_worse(side), end = b->worst[side];
    while (price != end) {
        price += step;
        if (sim_book_level(b, side, price)->count)
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
        int32_t count = sim_book_level(b, side, p)->count;
        *orders += count;
        *levels += count > 0;
    }
}

static int32_t rank_in_level(const sim_book_t *b, const sim_order_t *order)
{
    const int32_t *queue = sim_book_queue(b, order->side, order->price);
    int32_t low = 0, high = sim_book_level(b, order->side, order->price)->count - 1;
    while (low < high) { /* places grow along the queue */
        int32_t middle = (low + high) / 2;
        if (b->orders[queue[middle]].place < order->place)
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
    int32_t index = sim_book_rest_as(b, b->next_id, side, price, qty, broker, owner, ts_ns);
    b->next_id += index >= 0;
    return index;
}

int32_t sim_book_rest_as(sim_book_t *b, int64_t id, int side, int32_t price, int32_t qty, int32_t broker, int32_t owner,
                         int64_t ts_ns)
{
    sim_level_t *level;
    sim_order_t *order;
    int32_t *head = b->apart ? &b->apart_head : &b->free_head, index = *head;
    if (index < 0 || !sim_book_inside(b, price) || (level = sim_book_level(b, side, price))->count >= b->room)
        return -1;
    order = &b->orders[index];
    *head = order->next;
    order->id = id;
    order->place = b->next_place++;
    order->ahead = 0;
    order->taken = 0;
    order->ts_ns = ts_ns;
    order->price = price;
    order->qty = qty;
    order->broker = broker;
    order->owner = owner;
    order->side = (uint8_t)side;
    sim_book_queue(b, side, price)[level->count++] = index;
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
    sim_level_t *level = sim_book_level(b, order->side, order->price);
    int32_t *queue = sim_book_queue(b, order->side, order->price);
    int32_t *head = index < SIM_ORDERS ? &b->free_head : &b->apart_head;
    int side = order->side;
    memmove(queue + rank, queue + rank + 1, (size_t)(level->count - rank - 1) * sizeof *queue);
    level->qty -= order->qty;
    level->count--;
    b->live[side]--;
    order->next = *head;
    order->id = 0;
    *head = index;
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
    c->level_action = sim_book_level(b, order->side, order->price)->count == 1 ? SIM_DELETED : SIM_EDITED;
    unlink_order(b, index, rank);
}

void sim_book_reduce(sim_book_t *b, int32_t index, int32_t qty)
{
    sim_order_t *order = &b->orders[index];
    note(b, SIM_EDITED, order, b->positions ? rank_in_level(b, order) : 0, qty - order->qty);
    sim_book_level(b, order->side, order->price)->qty += qty - order->qty;
    order->qty = qty;
}

int sim_book_reaches(const sim_book_t *b, int maker_side, int32_t price)
{
    int32_t best = b->best[maker_side];
    if (best == SIM_MARKET_PRICE)
        return 0;
    return price == SIM_MARKET_PRICE || (maker_side == SIM_SELL ? best <= price : best >= price);
}

static void fill_front(sim_book_t *b, int maker_side, int32_t *left)
{
    int32_t index = sim_book_queue(b, maker_side, b->best[maker_side])[0];
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

int sim_book_meets_own(const sim_book_t *b, int side, int32_t price, int32_t owner)
{
    return owner && sim_book_reaches(b, 1 - side, price) && b->orders[sim_book_queue(b, 1 - side, b->best[1 - side])[0]].owner;
}

int32_t sim_book_match(sim_book_t *b, int side, int32_t price, int32_t qty, int32_t owner)
{
    int maker_side = 1 - side;
    while (qty > 0 && b->n_fills < SIM_CHANGES - 8 && sim_book_reaches(b, maker_side, price) &&
           !sim_book_meets_own(b, side, price, owner))
        fill_front(b, maker_side, &qty);
    return qty;
}
