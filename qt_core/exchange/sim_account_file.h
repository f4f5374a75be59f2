/* An account that outlives its session: what is kept of it, and the file it is kept in. docs/exchange.md is its manual.
 *
 * The file is a head and frames behind it; each frame is one write, with its length and a checksum, and holds a whole change: the
 * figures of all accounts, the orders that moved, and everything on its way. A killed process leaves an incomplete last frame at
 * most, which nobody reads. A clock frame promises how far the market will go before the next one, so that a session that takes the
 * account up never sees a time that has been told already. */
#ifndef SIM_ACCOUNT_FILE_H
#define SIM_ACCOUNT_FILE_H

#include "sim.h"

enum { SIM_ARRIVES, SIM_LOST, SIM_EITHER }; /* what becomes of a request on its way: the key in_flight */

typedef struct sim_estate { /* all that is kept but orders and requests */
    uint64_t seed;
    int64_t day_ns;         /* midnight of the run's first day            */
    int64_t reached_ns;     /* the market went no further                 */
    int64_t counter, n_messages;
    char symbol[16];        /* at the login                               */
    int32_t last_price, first_today, orders_today;
    int32_t session;        /* logins that have used the file             */
    int32_t n_orders, n_changed, n_timers, n_commands;
    sim_position_t positions[SIM_ACCOUNTS], today[SIM_ACCOUNTS];
    int64_t idle_fills[SIM_ACCOUNTS];
} sim_estate_t;

typedef struct sim_saved { /* an account as a file tells it */
    sim_estate_t estate;
    sim_client_order_t *orders; /* estate.n_orders               */
    sim_timer_t *timers;        /* what was due, of all orders   */
    sim_command_t *commands;    /* posted and not yet taken up   */
    int32_t order_room;
} sim_saved_t;

/* sim_frames.c: the file's text */
int sim_frames_read(sim_saved_t *s, const char *path);  /* 1; 0 = no file; -1 and sim_error = not such a file  */
void sim_saved_free(sim_saved_t *s);
int sim_frames_whole(const char *path, const sim_estate_t *e); /* a file with everything, in one go; 0 or -1   */
int sim_frames_change(sim_append_t file, const sim_estate_t *e, const int32_t *changed, int32_t n); /* 0 or -1 */
int sim_frames_clock(sim_append_t file, int64_t reached_ns);

/* sim_carry.c: from a session to a file and back */
sim_estate_t sim_estate_of_session(void);
sim_client_order_t *sim_take_up_order(const sim_client_order_t *saved); /* NULL without room                   */

/* sim_keep.c: the account of the key account_file */
int sim_keep_set(const char *path);                     /* empty: none; 0 or -1                                */
int sim_keep_open(void);                                /* a session is asked for: NL_OK, or why not           */
int64_t sim_keep_started_ns(int64_t otherwise);         /* where its market begins                             */
void sim_keep_take_up(sim_market_t *m);                 /* the market is made: our side joins it               */
void sim_keep_close(void);
void sim_keep_write(void);                              /* under the lock: all that is new                     */
void sim_keep_changed(const sim_client_order_t *o);     /* o NULL: figures alone                               */
int64_t sim_keep_stat(const char *name);                /* -1: no such figure                                  */

/* What follows must not be told before it is kept. */
static inline void sim_keep(void)
{
    if (sim.keeping)
        sim_keep_write();
}
static inline void sim_changed(const sim_client_order_t *o)
{
    if (sim.keeping)
        sim_keep_changed(o);
}

#endif
