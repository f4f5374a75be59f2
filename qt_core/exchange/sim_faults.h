/* Faults by script: hooks for the rest of the exchange. Without a script each is one branch (sim.faulty) that does nothing.
 *
 * Threads: delivery, channels and orders belong to the connector; calls to whoever called, under the lock. A fault is only ever
 * picked by one of the two, so its counters need no care. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include "sim.h"
#include "sim_script.h"

/* ---- sim_faults.c: the script and its occurrences -------------------------------------------------- */
int sim_faults_load_file(const char *path);           /* 0, or -2 with sim_error                              */
void sim_faults_arm(void);                            /* a session is asked for: sim.faulty, figures at zero  */
void sim_faults_begin(int64_t start_ns);              /* it starts: occurrences at zero, moments planned      */
int64_t sim_fault_stat(const char *name);             /* -1: no such figure                                   */
const sim_fault_t *sim_fault_first(int kind);         /* NULL: no such fault                                  */
const sim_fault_t *sim_fault_after(const sim_fault_t *f); /* the next of the same kind                        */
/* One occurrence of what a kind is about: the fault that takes it, or NULL. callback 0 and function NULL match all. */
const sim_fault_t *sim_fault_hit(int kind, int64_t callback, int status, const char *function);

typedef struct sim_fault_stats {
    qt_atomic64_t hits, dropped, delayed, duplicated, reordered, lost, blocked, answered, unready_sends, mean_ns, max_ns;
} sim_fault_stats_t;
extern sim_fault_stats_t sim_fault_stats;

/* ---- sim_route.c: messages on their way out ---------------------------------------------------------- */
void sim_route_begin(void);
void sim_route(const sim_message_t *msg);             /* instead of sim_deliver                               */
void sim_route_keep(const sim_message_t *msg, int64_t due_ns, int64_t overtaken_by, int32_t overtake);
int64_t sim_route_next(void);                         /* when the earliest kept message is due, SIM_NEVER     */
void sim_route_due(int64_t now_ns);                   /* puts what is due into the queue                      */
int sim_fault_copies(int64_t callback);               /* how often to show one record of a history answer     */
int64_t sim_fault_history_first(int view, int64_t first, int64_t end); /* where a truncated answer begins      */

/* ---- sim_outage.c: channels and moments ------------------------------------------------------------------ */
void sim_outage_begin(int64_t start_ns);
int64_t sim_faults_next(void);                        /* when the next moment or kept message is due          */
void sim_faults_step(sim_market_t *m);
int sim_channels_down(void);                          /* SIM_DOWN_ bits; any thread                           */
int sim_swallowed(const sim_message_t *msg, int64_t callback); /* an outage, a mute session or overload took it */
void sim_state_now(int channel, int result);          /* tells a state at once, between two callbacks         */

/* ---- sim_slow.c: budget, overload, mute, licence ------------------------------------------------------------ */
int sim_session_claim(void);                          /* NL_OK, or what the initialiser answers               */
void sim_session_release(void);
int sim_session_refused(void);                        /* the login ends in state (0,200)                      */
int sim_session_mute(int64_t now_ns);
int sim_overloaded(int64_t callback);                 /* a persistent backlog: this message is lost           */
int sim_unlimited(void);                              /* the connector does not wait for the reader           */
void sim_measure(int64_t ns, int64_t callbacks);      /* wall time that callbacks took                        */

/* ---- sim_fault_orders.c: under the lock ----------------------------------------------------------------------- */
void sim_send_early(sim_client_order_t *o);           /* before a send is posted                              */
void sim_wait_early(const sim_client_order_t *o);     /* after it: until its first events were told           */
void sim_meet_order(sim_client_order_t *o);           /* the connector takes it up                            */
int32_t sim_slice(const sim_market_t *m, sim_client_order_t *o, int32_t left); /* contracts that may trade now */
const uint16_t *sim_refuse_cancel(void);              /* NULL: nobody refuses it                              */
const uint16_t *sim_refuse_change(void);
int sim_lose_race(void);                              /* a fill comes before the cancel                       */
int64_t sim_admin_cancel(const uint16_t **text);      /* ns until the broker cancels it, -1                   */
int sim_routing_lost(void);                           /* changes and cancels go nowhere                       */
const uint16_t *sim_fault_text(const sim_fault_t *f, const uint16_t *otherwise);

/* ---- sim_carry.c: what outlives a session ---------------------------------------------------------------------- */
void sim_carry_save(void);                            /* the process ends                                     */
void sim_carry_load(void);                            /* a session begins                                     */

/* ---- sim_calls.c: what calls meet ------------------------------------------------------------------------------- */
int sim_call_fault(const char *function);             /* under the lock; NL_OK, or the answer                 */
void sim_meet_send(void);
void sim_finalize_hang(void);                         /* without the lock                                     */
void sim_finalize_callbacks(void);                    /* connector: calls back until the very end             */
void sim_kill_point(int point);

static inline void sim_point(int point)
{
    if (sim.faulty)
        sim_kill_point(point);
}

#endif
