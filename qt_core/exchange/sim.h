/* The exchange as a whole: what the connector thread, the exports and the side channel share.
 *
 * Threads. The connector thread owns the market: it steps it, queues messages and delivers them, one by
 * one, in order. Exports run on any other thread: they take the lock, read, or post a command. The
 * connector holds the lock while it changes anything, and never while a callback runs. So a callback may
 * read (accessors) without the lock, and nobody can make it wait.
 *
 * By subject:
 *   sim_config.h     settings                       sim_clients.h    our orders and positions
 *   sim_calendar.h   business days, maturities      sim_pipeline.h   between the files that move our orders
 *   sim_market.h     one market                     sim_callbacks.h  callbacks and their delivery
 *   sim_play.h       a recording as the market      sim_api.h        what the exports share
 *   sim_limits.h     what the exchange refuses      sim_faults.h     faults by script
 *   sim_messages.h   messages and commands          sim_garble.h     hostile arguments */
#ifndef SIM_H
#define SIM_H

#include "qt_atomics.h"
#include "sim_api.h"
#include "sim_calendar.h"
#include "sim_callbacks.h"
#include "sim_play.h"
#include "sim_port.h"
#include "sim_text.h"

typedef struct sim_stats {
    qt_atomic64_t trades, book_events, callbacks, orders, reentrant, stale_handles, pointers_out, pointer_faults,
        pointers_made, steps, overflow, sends;
} sim_stats_t;

typedef struct sim {
    sim_config_t config;
    sim_mutex_t lock;
    sim_cond_t wake;
    qt_atomic64_t waiters;      /* exports that want the lock: the connector lets them in first */
    sim_thread_t thread;
    int running;                /* between an init that succeeded and finalize                  */
    qt_atomic64_t stop_now;     /* finalize wants the connector to end                          */
    int market_only, logged_in, held, day_trade, hist_order, log_to_debug;
    sim_callbacks_t callbacks;  /* as set by the client, under the lock                         */
    sim_callbacks_t live;       /* the connector's copy                                         */
    sim_command_t *commands;    /* a ring that grows                                            */
    int first_command, n_commands, command_room;
    sim_message_t *messages;
    int n_messages, message_room;
    sim_play_t play;
    sim_market_t market;
    sim_clients_t clients;
    qt_atomic64_t clock_ns;
    int keeping;                /* an account file: the hooks of sim_account_file.h look further */
    int faulty;                 /* a fault script is at work: the hooks of sim_faults.h look further */
    int64_t started_ns;         /* market time of the login                                      */
    int64_t hold_ns;            /* market time at which the market is held again, SIM_NEVER if not */
    int64_t wall_origin, market_origin; /* where live pace started */
    int64_t (*backlog)(void);
    sim_stats_t stats;
} sim_t;

extern sim_t sim;

/* sim_connector.c */
int sim_connector_start(void);

/* whether the interface spoken is 4.0.0.<version> or newer */
static inline int sim_since(int version) { return sim.config.version >= version; }

static inline sim_client_order_t *sim_order_at(int32_t slot)
{
    return &sim.clients.chunks[slot / SIM_ORDER_CHUNK][slot % SIM_ORDER_CHUNK];
}

/* UTC of a time of the session's day */
static inline int64_t sim_day_time(int64_t ns)
{
    return sim_utc(sim.config.year, sim.config.month, sim.config.day, ns);
}

static inline int sim_playing(void) { return sim.config.play; }

static inline double sim_points(int64_t ticks)
{
    return (double)(ticks * sim.config.tick_num) / (double)sim.config.tick_den;
}
static inline double sim_money(double ticks)
{
    return ticks * (double)sim.config.tick_num / (double)sim.config.tick_den * sim.config.multiplier;
}

#endif
