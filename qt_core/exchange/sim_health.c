/* The watchdog: tells from a thread of its own when a callback has not returned for too long, and when it has. */
#include "sim.h"

enum { NO_SESSION, RESPONSIVE, FROZEN };

static sim_thread_t thread;
static sim_cond_t wake = SIM_COND_INIT;
static int watching, stop;      /* under the lock */
static qt_atomic64_t health;    /* read without it: asking never waits */
static qt_atomic64_t delivering; /* the connector is inside callbacks */

void sim_health_busy(int busy) { qt_store_release(&delivering, busy); }

/* The number of callbacks stands still while the connector is inside one. */
static int look(int64_t *calls, int64_t *since)
{
    int64_t now = qt_mono_ns(), made = qt_load_acquire(&sim.stats.callbacks);
    if (!qt_load_acquire(&delivering) || made != *calls)
        *since = now;
    *calls = made;
    return now - *since >= sim.config.frozen_ms * SIM_MS_NS ? FROZEN : RESPONSIVE;
}

static void tell(int state) /* under the lock, but for the callback */
{
    THealthCallback callback = sim.callbacks.health;
    qt_store_release(&health, state);
    sim_unlock(&sim.lock);
    if (callback)
        callback(state == FROZEN);
    sim_api_lock();
}

static SIM_THREAD_RESULT watch(void *unused)
{
    int64_t calls = -1, since = 0, nap;
    int state;
    (void)unused;
    sim_api_lock();
    nap = sim.config.frozen_ms < 1000 ? (sim.config.frozen_ms + 3) / 4 * SIM_MS_NS : 250 * SIM_MS_NS;
    while (!stop) {
        state = look(&calls, &since);
        if (state != qt_load_acquire(&health))
            tell(state);
        else
            sim_cond_wait_ns(&wake, &sim.lock, nap);
    }
    sim_unlock(&sim.lock);
    return 0;
}

int sim_health_start(void)
{
    stop = 0;
    sim_health_busy(0);
    qt_store_release(&health, RESPONSIVE);
    watching = sim_since(41) && sim_thread_start(&thread, watch, NULL) == 0;
    return watching || !sim_since(41) ? 0 : -1;
}

void sim_health_stop(void) /* without the lock */
{
    sim_api_lock();
    stop = 1;
    sim_cond_signal(&wake);
    sim_unlock(&sim.lock);
    if (watching)
        sim_thread_join(thread);
    watching = 0;
    qt_store_release(&health, NO_SESSION);
}

SIM_EXPORT int32_t QT_STDCALL GetHealthStatus(int32_t *state)
{
    int64_t now = qt_load_acquire(&health);
    if (!sim_since(41))
        return NL_NOT_IMPLEMENTED;
    if (now == NO_SESSION || !state)
        return state ? NL_NOT_INITIALIZED : NL_INVALID_ARGS;
    *state = now == FROZEN;
    return NL_OK;
}
