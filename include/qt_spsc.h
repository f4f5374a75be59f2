/* The indices of a queue between exactly one producer thread and one consumer thread, whatever its slots hold.
 *
 * Full means drop and count, never wait. Indices only grow; slot = index & mask. Each side keeps its own
 * copy of the other side's index on its own cache line and refreshes it only when the copy
 * says full (or empty), so a running queue moves one line per record between the cores. */
#ifndef QT_SPSC_H
#define QT_SPSC_H

#include "qt_atomics.h"
#include "qt_event.h"

#include <string.h>

typedef struct qt_spsc {
    /* read by both, written never after init */
    int64_t mask;
    void *slots; /* the caller's, on a cache line */
    char pad0[QT_CACHE_LINE - sizeof(void *) - sizeof(int64_t)];
    /* producer's line */
    qt_atomic64_t head;     /* next index to write; released by the producer            */
    int64_t tail_seen;      /* producer's copy of tail                                  */
    qt_atomic64_t dropped;  /* records refused because the queue was full               */
    char pad1[QT_CACHE_LINE - 3 * sizeof(int64_t)];
    /* consumer's line */
    qt_atomic64_t tail;     /* next index to read; released by the consumer             */
    int64_t head_seen;      /* consumer's copy of head                                  */
    char pad2[QT_CACHE_LINE - 2 * sizeof(int64_t)];
} qt_spsc_t;

QT_STATIC_ASSERT(sizeof(qt_spsc_t) == 3 * QT_CACHE_LINE, "qt_spsc_t: one line a side");

/* capacity: a power of two. Returns 0, or -1 if it is not. */
static inline int qt_spsc_init(qt_spsc_t *q, void *slots, int64_t capacity)
{
    if (capacity < 2 || (capacity & (capacity - 1)) != 0)
        return -1;
    memset(q, 0, sizeof *q);
    q->slots = slots;
    q->mask = capacity - 1;
    return 0;
}

static inline int64_t qt_spsc_capacity(const qt_spsc_t *q) { return q->mask + 1; }

/* producer: the slot to write next, or -1 when full (then counted as dropped) */
static inline int64_t qt_spsc_try_claim(qt_spsc_t *q)
{
    int64_t head = qt_load_relaxed(&q->head);
    if (head - q->tail_seen > q->mask) {
        q->tail_seen = qt_load_acquire(&q->tail); /* pairs with the release in qt_spsc_pop */
        if (head - q->tail_seen > q->mask) {
            qt_count(&q->dropped);
            return -1;
        }
    }
    return head & q->mask;
}

/* producer: slots free right now (at least: the consumer may free more at any moment) */
static inline int64_t qt_spsc_free(qt_spsc_t *q)
{
    q->tail_seen = qt_load_acquire(&q->tail); /* pairs with the release in qt_spsc_pop */
    return q->mask + 1 - (qt_load_relaxed(&q->head) - q->tail_seen);
}

/* producer: hands the claimed slot to the consumer */
static inline void qt_spsc_publish(qt_spsc_t *q)
{
    qt_store_release(&q->head, qt_load_relaxed(&q->head) + 1); /* pairs with the acquire in qt_spsc_peek */
}

/* consumer: how many records are ready (0 = empty), perhaps fewer than by now; read them with qt_spsc_at */
static inline int64_t qt_spsc_peek(qt_spsc_t *q)
{
    int64_t tail = qt_load_relaxed(&q->tail);
    if (q->head_seen == tail)
        q->head_seen = qt_load_acquire(&q->head); /* pairs with the release in qt_spsc_publish */
    return q->head_seen - tail;
}

/* consumer: the same, all that are there now */
static inline int64_t qt_spsc_peek_all(qt_spsc_t *q)
{
    q->head_seen = qt_load_acquire(&q->head); /* pairs with the release in qt_spsc_publish */
    return q->head_seen - qt_load_relaxed(&q->tail);
}

/* consumer: slot of the i-th ready record, 0 <= i < qt_spsc_peek(); valid until popped */
static inline int64_t qt_spsc_at(const qt_spsc_t *q, int64_t i) { return (qt_load_relaxed(&q->tail) + i) & q->mask; }

/* consumer: give n read slots back */
static inline void qt_spsc_pop(qt_spsc_t *q, int64_t n)
{
    qt_store_release(&q->tail, qt_load_relaxed(&q->tail) + n); /* pairs with the acquire in qt_spsc_try_claim */
}

/* any thread: figures for the monitor, exact only when both sides rest */
static inline int64_t qt_spsc_fill(const qt_spsc_t *q) { return qt_load_acquire(&q->head) - qt_load_acquire(&q->tail); }
static inline int64_t qt_spsc_pushed(const qt_spsc_t *q) { return qt_load_acquire(&q->head); }
static inline int64_t qt_spsc_dropped(const qt_spsc_t *q) { return qt_load_relaxed(&q->dropped); }

#endif
