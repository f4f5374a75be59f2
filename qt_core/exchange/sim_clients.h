/* Our side: orders and where they are kept, what is due for them, positions. */
#ifndef SIM_CLIENTS_H
#define SIM_CLIENTS_H

#include "sim_limits.h"
#include "sim_messages.h"

enum { SIM_ORDER_CHUNK = 4096, SIM_ORDER_CHUNKS = 4096 }; /* room for 16.7 million orders a session */
enum { SIM_HISTORY_UNASKED, SIM_HISTORY_ASKED, SIM_HISTORY_LOADED };

typedef struct sim_timer { /* something of a client's order is due */
    int64_t ts_ns, order_of; /* order_of: ties keep their order */
    int32_t slot, stage;
    int32_t price, stop, qty; /* a change's new values          */
    int64_t message_id;
    const uint16_t *doom;     /* why the server refuses a change or a cancel */
} sim_timer_t;

typedef struct sim_client_order {
    int32_t slot, before, after; /* links of the live list: slot + 1        */
    int64_t local_id, message_id, event_id;
    int32_t price, stop; /* ticks; SIM_MARKET_PRICE = none                  */
    double price_sent, stop_sent; /* points, as the client wrote them       */
    int64_t qty, traded;
    int64_t value_ticks; /* sum of ticks x contracts traded                 */
    int64_t book_id;     /* offer id while it rests, 0 otherwise            */
    int32_t book_index;
    int64_t created_ns, updated_ns, closed_ns;
    uint8_t side, type, status; /* of Version 1 and later                   */
    uint8_t account;     /* index                                           */
    uint8_t alias;       /* sent under the continuous name                  */
    uint8_t waiting;     /* a stop that has not been touched                */
    uint8_t triggered;   /* a stop that has been                            */
    uint8_t early;       /* stages told before the send returns             */
    uint8_t arrived;     /* early stages gone by                            */
    uint8_t stuck;       /* 1: nothing is ever told; 2: nor does it arrive  */
    uint8_t lost;        /* it was on its way when its process ended, and never came */
    uint8_t unsent;      /* it dies because the session with the order server is lost */
    int32_t slices;      /* pieces in which it still trades on arrival      */
    int64_t slice_ns;
    const uint16_t *refused; /* why the exchange will not have it, or NULL  */
    const uint16_t *doom; /* why the order server will not take it, or NULL */
    const uint16_t *text;
    uint16_t cl_ord_id[24]; /* empty until the order server answers         */
    uint16_t ticker[SIM_TICKER_UNITS];
} sim_client_order_t;

typedef struct sim_position {
    int64_t open, bought, sold, fills; /* open: signed contracts              */
    double open_value;                 /* |open| x average price, in ticks    */
    int64_t bought_value, sold_value;  /* ticks x contracts, exact            */
    int64_t event_id;
} sim_position_t;

typedef struct sim_clients {
    sim_client_order_t *chunks[SIM_ORDER_CHUNKS]; /* orders never move: callbacks read them without the lock */
    int32_t n_orders;
    int32_t first_live, last_live, n_live; /* links: slot + 1, oldest first */
    sim_timer_t *timers; /* binary heap by (ts_ns, order_of) */
    int32_t n_timers, timer_room;
    int32_t n_waiting;   /* stops that wait */
    int64_t counter;
    int64_t local_base;  /* local ids are of one session */
    int64_t n_messages;  /* routing messages numbered so far */
    sim_position_t positions[SIM_ACCOUNTS]; /* the whole run's               */
    sim_position_t today[SIM_ACCOUNTS];     /* what the current day's fills alone make */
    int64_t idle_fills[SIM_ACCOUNTS];       /* fills when the account was last flat overnight */
    int32_t first_today;                    /* the current day's first order */
    sim_rng_t rng;       /* latencies; the crowd never sees it */
    int history[SIM_ACCOUNTS];
    int wrong_passwords; /* in a row */
    sim_rates_t rates;
} sim_clients_t;

/* sim_timers.c, sim_pipeline.c, sim_entry.c */
void sim_clients_new_day(sim_clients_t *c);            /* positions stay, the day's figures begin anew         */
int64_t sim_clients_next(const sim_clients_t *c);
void sim_clients_step(sim_market_t *m);                /* the earliest timer                                   */
void sim_clients_command(sim_market_t *m, const sim_command_t *c);
void sim_clients_resume(sim_client_order_t *o);        /* an order of an earlier session goes on               */
void sim_clients_touched(int32_t price);               /* a print: stops may fire                              */

/* sim_clients.c */
int sim_clients_open(sim_clients_t *c, uint64_t seed);
void sim_clients_close(sim_clients_t *c);
void sim_clients_filled(int32_t owner, int32_t price, int32_t qty, int resting);
void sim_clients_self_trade(sim_market_t *m, int32_t owner); /* cancels it: it would have met another of ours  */
void sim_clients_closed(sim_market_t *m);              /* the session is over: what rests expires              */
void sim_tell_position(int account);
void sim_clients_external(sim_market_t *m, int64_t qty, int flatten); /* the broker trades on the first account */

/* sim_orders.c */
void sim_orders_close(sim_clients_t *c);
sim_client_order_t *sim_order_new(int account);        /* alive, newest; NULL without room                     */
void sim_order_forget_last(void);                      /* it never was                                         */
void sim_order_leave_live(sim_client_order_t *o);      /* it is over                                           */
void sim_orders_session(int32_t session);              /* local ids of the next orders are this session's     */
void sim_order_name(sim_client_order_t *o);            /* gives the permanent id                               */
sim_client_order_t *sim_order_by_name(qt_text_t name); /* NULL: no such order                                  */
sim_client_order_t *sim_order_by_local_id(int64_t id);
sim_client_order_t *sim_order_of(const TConnectorOrderIdentifier *id);
int sim_order_is_over(const sim_client_order_t *o);
int sim_status_is_over(int status);

int64_t sim_order_valid_ns(const sim_client_order_t *o); /* the close of its day                              */

/* sim_ledger.c */
void sim_account_move(int account, int64_t signed_qty, int32_t price); /* a fill                               */
int sim_ledger_stat(const char *text, int64_t *value); /* 1 when there is such a figure                        */

#endif
