/* What is due for our orders, by market time; latencies come from a generator that the crowd never touches. */
#include "sim.h"
#include "sim_pipeline.h"

#include <stdlib.h>

static int earlier(const sim_timer_t *a, const sim_timer_t *b)
{
    return a->ts_ns < b->ts_ns || (a->ts_ns == b->ts_ns && a->order_of < b->order_of);
}

static void swap(sim_timer_t *a, sim_timer_t *b)
{
    sim_timer_t t = *a;
    *a = *b;
    *b = t;
}

static int grow_timers(sim_clients_t *c)
{
    sim_timer_t *more = realloc(c->timers, (size_t)c->timer_room * 2 * sizeof *more);
    if (!more)
        return -1;
    c->timers = more;
    c->timer_room *= 2;
    return 0;
}

void sim_schedule(sim_timer_t t)
{
    sim_clients_t *c = &sim.clients;
    int32_t i = c->n_timers;
    if (i == c->timer_room && grow_timers(c)) {
        qt_count(&sim.stats.overflow);
        return;
    }
    t.order_of = c->counter++;
    c->timers[c->n_timers++] = t;
    for (; i > 0 && earlier(&c->timers[i], &c->timers[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&c->timers[i], &c->timers[(i - 1) / 2]);
}

sim_timer_t sim_timer_pop(sim_clients_t *c)
{
    sim_timer_t first = c->timers[0];
    int32_t i = 0;
    c->timers[0] = c->timers[--c->n_timers];
    for (;;) {
        int32_t child = 2 * i + 1;
        if (child + 1 < c->n_timers && earlier(&c->timers[child + 1], &c->timers[child]))
            child++;
        if (child >= c->n_timers || !earlier(&c->timers[child], &c->timers[i]))
            return first;
        swap(&c->timers[i], &c->timers[child]);
        i = child;
    }
}

int64_t sim_clients_next(const sim_clients_t *c) { return c->n_timers ? c->timers[0].ts_ns : SIM_NEVER; }

void sim_stage(int32_t slot, int what, int64_t ts_ns, int64_t message_id)
{
    sim_timer_t t = {0};
    t.ts_ns = ts_ns;
    t.slot = slot;
    t.stage = what;
    t.message_id = message_id;
    sim_schedule(t);
}

int64_t sim_later(int64_t now, int64_t least_ms, int64_t spread_ms)
{
    return now + least_ms * SIM_MS_NS + (int64_t)(sim_uniform(&sim.clients.rng) * (double)(spread_ms * SIM_MS_NS));
}
