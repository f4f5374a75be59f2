/* Resting orders by id: open addressing with linear probing, at most half full. A deleted entry is
 * filled by shifting its successors back, so there are no tombstones and a probe never grows old.
 * The caller owns the memory: qt_orders_bytes() says how much, zeroed. Id 0 marks a free slot. */
#ifndef QT_ORDERS_H
#define QT_ORDERS_H

#include "qt_event.h"

#include <string.h>

typedef struct qt_order {
    int64_t id;    /* never 0 */
    int64_t qty;   /* lots remaining */
    int32_t price; /* ticks */
    int32_t side;  /* qt_side */
} qt_order_t;

typedef struct qt_orders {
    qt_order_t *slots;
    int64_t mask;     /* slots - 1 */
    int64_t count;
    int64_t capacity; /* half the slots */
    int shift;        /* 64 - log2(slots) */
} qt_orders_t;

static inline size_t qt_orders_bytes(int bits) { return sizeof(qt_order_t) << (bits + 1); }

/* memory: qt_orders_bytes(bits), zeroed; holds 2^bits orders */
static inline void qt_orders_init(qt_orders_t *t, void *memory, int bits)
{
    t->slots = (qt_order_t *)memory;
    t->capacity = (int64_t)1 << bits;
    t->mask = 2 * t->capacity - 1;
    t->shift = 63 - bits;
    t->count = 0;
}

static inline int64_t qt_orders_home(const qt_orders_t *t, int64_t id)
{
    return (int64_t)((uint64_t)id * UINT64_C(0x9E3779B97F4A7C15) >> t->shift); /* Knuth's multiplicative hash */
}

static inline qt_order_t *qt_orders_find(const qt_orders_t *t, int64_t id)
{
    int64_t i = qt_orders_home(t, id);
    while (t->slots[i].id) {
        if (t->slots[i].id == id)
            return &t->slots[i];
        i = (i + 1) & t->mask;
    }
    return NULL;
}

/* The new slot with its id set, or NULL when the table is full. The id must be unknown and not 0. */
static inline qt_order_t *qt_orders_add(qt_orders_t *t, int64_t id)
{
    int64_t i = qt_orders_home(t, id);
    if (t->count == t->capacity)
        return NULL;
    while (t->slots[i].id)
        i = (i + 1) & t->mask;
    t->count++;
    t->slots[i].id = id;
    return &t->slots[i];
}

/* Removes a found order; pointers into the table are invalid afterwards. */
static inline void qt_orders_remove(qt_orders_t *t, qt_order_t *order)
{
    int64_t hole = order - t->slots, i = hole;
    for (;;) {
        int64_t home;
        i = (i + 1) & t->mask;
        if (!t->slots[i].id)
            break;
        home = qt_orders_home(t, t->slots[i].id);
        if (((i - home) & t->mask) >= ((i - hole) & t->mask)) { /* its probe passes the hole */
            t->slots[hole] = t->slots[i];
            hole = i;
        }
    }
    t->slots[hole].id = 0;
    t->count--;
}

static inline void qt_orders_clear(qt_orders_t *t)
{
    if (t->count)
        memset(t->slots, 0, (size_t)(t->mask + 1) * sizeof *t->slots);
    t->count = 0;
}

#endif
