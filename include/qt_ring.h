/* A ring of events between exactly one producer thread and one consumer thread.
 *
 * The vendor delivers every callback from a single ConnectorThread, so that thread is the
 * producer and the engine's thread the consumer; any other use is invalid. Full means drop
 * and count, never wait. Indices only grow; slot = index & mask. Each side keeps its own
 * copy of the other side's index on its own cache line and refreshes it only when the copy
 * says full (or empty), so a running ring moves one line per event between the cores.
 *
 * The caller owns the memory; the slots start on a cache line. */
#ifndef QT_RING_H
#define QT_RING_H

#include "qt_atomics.h"
#include "qt_event.h"

#include <string.h>

typedef struct qt_ring {
    /* read by both, written never after init */
    int64_t mask;
    qt_event_t *slots;
    char pad0[QT_CACHE_LINE - sizeof(qt_event_t *) - sizeof(int64_t)];
    /* producer's line */
    qt_atomic64_t head;     /* next index to write; released by the producer            */
    int64_t tail_seen;      /* producer's copy of tail                                  */
    qt_atomic64_t dropped;  /* events refused because the ring was full                 */
    char pad1[QT_CACHE_LINE - 3 * sizeof(int64_t)];
    /* consumer's line */
    qt_atomic64_t tail;     /* next index to read; released by the consumer             */
    int64_t head_seen;      /* consumer's copy of head                                  */
    char pad2[QT_CACHE_LINE - 2 * sizeof(int64_t)];
} qt_ring_t;

QT_STATIC_ASSERT(sizeof(qt_ring_t) == 3 * QT_CACHE_LINE, "qt_ring_t: one line a side");

/* capacity: a power of two. Returns 0, or -1 if it is not. */
static inline int qt_ring_init(qt_ring_t *r, qt_event_t *slots, int64_t capacity)
{
    if (capacity < 2 || (capacity & (capacity - 1)) != 0)
        return -1;
    memset(r, 0, sizeof *r);
    r->slots = slots;
    r->mask = capacity - 1;
    return 0;
}

static inline int64_t qt_ring_capacity(const qt_ring_t *r) { return r->mask + 1; }

/* producer: the slot for the next event, or NULL when full (then counted as dropped) */
static inline qt_event_t *qt_ring_try_claim(qt_ring_t *r)
{
    int64_t head = qt_load_relaxed(&r->head);
    if (head - r->tail_seen > r->mask) {
        r->tail_seen = qt_load_acquire(&r->tail); /* pairs with the release in qt_ring_pop */
        if (head - r->tail_seen > r->mask) {
            qt_count(&r->dropped);
            return NULL;
        }
    }
    return &r->slots[head & r->mask];
}

/* producer: slots free right now (at least: the consumer may free more at any moment) */
static inline int64_t qt_ring_free(qt_ring_t *r)
{
    r->tail_seen = qt_load_acquire(&r->tail); /* pairs with the release in qt_ring_pop */
    return r->mask + 1 - (qt_load_relaxed(&r->head) - r->tail_seen);
}

/* producer: hands the claimed slot to the consumer */
static inline void qt_ring_publish(qt_ring_t *r)
{
    qt_store_release(&r->head, qt_load_relaxed(&r->head) + 1); /* pairs with the acquire in qt_ring_peek */
}

/* producer: copy one event in; 1 stored, 0 dropped and counted */
static inline int qt_ring_try_push(qt_ring_t *r, const qt_event_t *ev)
{
    qt_event_t *slot = qt_ring_try_claim(r);
    if (!slot)
        return 0;
    *slot = *ev;
    qt_ring_publish(r);
    return 1;
}

/* consumer: how many events are ready (0 = empty), perhaps fewer than by now; read them with qt_ring_at */
static inline int64_t qt_ring_peek(qt_ring_t *r)
{
    int64_t tail = qt_load_relaxed(&r->tail);
    if (r->head_seen == tail)
        r->head_seen = qt_load_acquire(&r->head); /* pairs with the release in qt_ring_publish */
    return r->head_seen - tail;
}

/* consumer: the same, all that are there now */
static inline int64_t qt_ring_peek_all(qt_ring_t *r)
{
    r->head_seen = qt_load_acquire(&r->head); /* pairs with the release in qt_ring_publish */
    return r->head_seen - qt_load_relaxed(&r->tail);
}

/* consumer: the i-th ready event, 0 <= i < qt_ring_peek(); valid until popped */
static inline const qt_event_t *qt_ring_at(const qt_ring_t *r, int64_t i)
{
    return &r->slots[(qt_load_relaxed(&r->tail) + i) & r->mask];
}

/* consumer: give n read slots back */
static inline void qt_ring_pop(qt_ring_t *r, int64_t n)
{
    qt_store_release(&r->tail, qt_load_relaxed(&r->tail) + n); /* pairs with the acquire in qt_ring_try_claim */
}

/* any thread: figures for the monitor, exact only when both sides rest */
static inline int64_t qt_ring_fill(const qt_ring_t *r) { return qt_load_acquire(&r->head) - qt_load_acquire(&r->tail); }
static inline int64_t qt_ring_pushed(const qt_ring_t *r) { return qt_load_acquire(&r->head); }
static inline int64_t qt_ring_dropped(const qt_ring_t *r) { return qt_load_relaxed(&r->dropped); }

#endif
