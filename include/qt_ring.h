/* A ring of events between exactly one producer thread and one consumer thread.
 *
 * The vendor delivers every callback from a single ConnectorThread, so that thread is the
 * producer and the engine's thread the consumer; any other use is invalid. The discipline of
 * the indices is qt_spsc.h's. The caller owns the memory; the slots start on a cache line. */
#ifndef QT_RING_H
#define QT_RING_H

#include "qt_spsc.h"

typedef qt_spsc_t qt_ring_t;

/* capacity: a power of two. Returns 0, or -1 if it is not. */
static inline int qt_ring_init(qt_ring_t *r, qt_event_t *slots, int64_t capacity) { return qt_spsc_init(r, slots, capacity); }

static inline int64_t qt_ring_capacity(const qt_ring_t *r) { return qt_spsc_capacity(r); }

/* producer: the slot for the next event, or NULL when full (then counted as dropped) */
static inline qt_event_t *qt_ring_try_claim(qt_ring_t *r)
{
    int64_t slot = qt_spsc_try_claim(r);
    return slot < 0 ? NULL : (qt_event_t *)r->slots + slot;
}

/* producer: slots free right now (at least: the consumer may free more at any moment) */
static inline int64_t qt_ring_free(qt_ring_t *r) { return qt_spsc_free(r); }

/* producer: hands the claimed slot to the consumer */
static inline void qt_ring_publish(qt_ring_t *r) { qt_spsc_publish(r); }

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
static inline int64_t qt_ring_peek(qt_ring_t *r) { return qt_spsc_peek(r); }

/* consumer: the same, all that are there now */
static inline int64_t qt_ring_peek_all(qt_ring_t *r) { return qt_spsc_peek_all(r); }

/* consumer: the i-th ready event, 0 <= i < qt_ring_peek(); valid until popped */
static inline const qt_event_t *qt_ring_at(const qt_ring_t *r, int64_t i)
{
    return (const qt_event_t *)r->slots + qt_spsc_at(r, i);
}

/* consumer: give n read slots back */
static inline void qt_ring_pop(qt_ring_t *r, int64_t n) { qt_spsc_pop(r, n); }

/* any thread: figures for the monitor, exact only when both sides rest */
static inline int64_t qt_ring_fill(const qt_ring_t *r) { return qt_spsc_fill(r); }
static inline int64_t qt_ring_pushed(const qt_ring_t *r) { return qt_spsc_pushed(r); }
static inline int64_t qt_ring_dropped(const qt_ring_t *r) { return qt_spsc_dropped(r); }

#endif
