/* Orders that an enumeration need not show again: each by its local id, with a mark of what it held when it was settled.
 * An order that holds anything else is no longer settled. Open addressing with linear probing, at most half full; grown
 * by qt_settled_put alone, so that the callback of an enumeration allocates nothing. One thread. */
#ifndef QT_SETTLED_H
#define QT_SETTLED_H

#include "qt_profit.h"

#include <stdlib.h>
#include <string.h>

#define QT_SETTLED_FIRST 1024 /* slots; a power of two */
#define QT_SETTLED_UNITS 2048 /* of a text that count */

typedef struct qt_settled_slot {
    int64_t local_id; /* 0: free */
    uint64_t mark;    /* 0: it has changed since */
} qt_settled_slot_t;

typedef struct qt_settled {
    qt_settled_slot_t *slots;
    int64_t n_slots, used;
} qt_settled_t;

/* ---- what an order holds ---- */

static inline uint64_t qt_mark_word(uint64_t mark, uint64_t word)
{
    mark = (mark ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return mark ^ mark >> 29;
}

static inline uint64_t qt_mark_double(uint64_t mark, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return qt_mark_word(mark, bits);
}

/* four units to a word; then how many they were, which tells where one text ends and the next begins */
static inline uint64_t qt_mark_text(uint64_t mark, const uint16_t *text)
{
    uint64_t word = 0;
    int i;
    for (i = 0; text && i < QT_SETTLED_UNITS && text[i]; i++) {
        word = word << 16 | text[i];
        if ((i & 3) == 3)
            mark = qt_mark_word(mark, word);
    }
    return qt_mark_word(qt_mark_word(mark, word), (uint64_t)i);
}

/* Of everything that tells one state of an order from another; never 0. */
static inline uint64_t qt_order_mark(const TConnectorOrder *o)
{
    uint64_t mark = qt_mark_word(1, (uint64_t)o->OrderID.LocalOrderID);
    mark = qt_mark_word(mark, (uint64_t)o->Quantity);
    mark = qt_mark_word(mark, (uint64_t)o->TradedQuantity);
    mark = qt_mark_word(mark, (uint64_t)o->LeavesQuantity);
    mark = qt_mark_word(mark, (uint64_t)o->OrderSide | (uint64_t)o->OrderType << 8 | (uint64_t)o->OrderStatus << 16);
    mark = qt_mark_double(mark, o->Price);
    mark = qt_mark_double(mark, o->StopPrice);
    mark = qt_mark_double(mark, o->AveragePrice);
    mark = qt_mark_text(mark, o->OrderID.ClOrderID);
    mark = qt_mark_text(mark, o->AssetID.Ticker);
    mark = qt_mark_text(mark, o->TextMessage);
    return mark ? mark : 1;
}

/* contracts, signed */
static inline int64_t qt_order_signed(const TConnectorOrder *o)
{
    return o->OrderSide == 1 ? o->TradedQuantity : -o->TradedQuantity;
}

/* ---- the table ---- */

/* its slot, or the free one where it would go */
static inline qt_settled_slot_t *qt_settled_at(const qt_settled_t *t, int64_t local_id)
{
    int64_t i = (int64_t)(qt_mark_word(0, (uint64_t)local_id) & (uint64_t)(t->n_slots - 1));
    while (t->slots[i].local_id && t->slots[i].local_id != local_id)
        i = (i + 1) & (t->n_slots - 1);
    return &t->slots[i];
}

static inline int qt_settled_grow(qt_settled_t *t)
{
    qt_settled_t larger = {NULL, t->n_slots ? 2 * t->n_slots : QT_SETTLED_FIRST, t->used};
    int64_t i;
    larger.slots = (qt_settled_slot_t *)calloc((size_t)larger.n_slots, sizeof *larger.slots);
    if (!larger.slots)
        return -1;
    for (i = 0; i < t->n_slots; i++)
        if (t->slots[i].local_id)
            *qt_settled_at(&larger, t->slots[i].local_id) = t->slots[i];
    free(t->slots);
    *t = larger;
    return 0;
}

/* mark 0: it is to be shown again. 0, or -1 without memory */
static inline int qt_settled_put(qt_settled_t *t, int64_t local_id, uint64_t mark)
{
    qt_settled_slot_t *slot;
    if (local_id <= 0) /* without a name of this session it cannot be told apart: always shown */
        return 0;
    if (2 * (t->used + 1) > t->n_slots && qt_settled_grow(t))
        return -1;
    slot = qt_settled_at(t, local_id);
    t->used += !slot->local_id;
    slot->local_id = local_id;
    slot->mark = mark;
    return 0;
}

/* Whether an order is settled and unchanged; one that has changed is not, even if it later looks as it did. */
static inline int qt_settled_holds(const qt_settled_t *t, int64_t local_id, uint64_t mark)
{
    qt_settled_slot_t *slot;
    if (local_id <= 0 || !t->n_slots)
        return 0;
    slot = qt_settled_at(t, local_id);
    if (slot->mark != mark)
        slot->mark = 0; /* a free slot stays as it is */
    return slot->local_id == local_id && slot->mark != 0;
}

#endif
