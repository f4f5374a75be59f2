/* Between the files that move our orders: what is due, where an order is, what it is told. */
#ifndef SIM_PIPELINE_H
#define SIM_PIPELINE_H

#include "sim_clients.h"
#include "sim_text.h"

#define SIM_NO_TEXT UNITS(u"")
#define SIM_SELF_TRADE_TEXT UNITS(u"Ordem cancelada: neg\u00f3cio contra ordem do pr\u00f3prio comitente")

enum sim_stage { STAGE_PROXY, STAGE_SERVER, STAGE_ACCEPTED, STAGE_BOOK, STAGE_DEAD, STAGE_CANCELING, STAGE_CANCEL, STAGE_CHANGING,
                 STAGE_CHANGE, STAGE_REFUSED, STAGE_ADMIN };

/* sim_timers.c */
void sim_schedule(sim_timer_t t);
sim_timer_t sim_timer_pop(sim_clients_t *c);           /* the earliest                                         */
void sim_stage(int32_t slot, int what, int64_t ts_ns, int64_t message_id); /* schedules one without values     */
int64_t sim_later(int64_t now, int64_t least_ms, int64_t spread_ms); /* with a drawn part of the spread        */

/* sim_clients.c */
void sim_order_tell(sim_client_order_t *o, int status, const uint16_t *text);
int sim_order_living(const sim_client_order_t *o);     /* the status while it works                            */
void sim_order_disarm(sim_client_order_t *o);         /* no stop waits any more                               */
void sim_order_leave_book(sim_market_t *m, sim_client_order_t *o);
void sim_order_cancel_by_admin(sim_market_t *m, sim_client_order_t *o, const uint16_t *text);

/* sim_entry.c */
void sim_order_reach_exchange(sim_market_t *m, sim_client_order_t *o, int64_t message_id); /* 0: not sent just now */

#endif
