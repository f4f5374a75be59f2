/* The exchange as a whole: what the connector thread, the exports and the side channel share.
 *
 * Threads. The connector thread owns the market: it steps it, queues messages and delivers them, one by
 * one, in order. Exports run on any other thread: they take the lock, read, or post a command. The
 * connector holds the lock while it changes anything, and never while a callback runs. So a callback may
 * read (accessors) without the lock, and nobody can make it wait. */
#ifndef SIM_H
#define SIM_H

#include "qt_atomics.h"
#include "qt_profit.h"
#include "sim_flow.h"
#include "sim_port.h"
#include "sim_text.h"

#define SIM_NEVER INT64_MAX

enum { SIM_TICKER_UNITS = 32, SIM_VIEWS = 2, SIM_TIMERS = 8192, SIM_COMMANDS = 4096, SIM_CLIENT_ORDERS = 16384 };
enum { SIM_SUB_TICKER = 1, SIM_SUB_OFFER = 2, SIM_SUB_DEPTH = 4 };

/* ---- settings (SIM_Set) ------------------------------------------------------------------------ */

typedef struct sim_config {
    uint64_t seed;
    int year, month, day;
    int64_t start, open, close, until; /* ns of the local day; until = -1: the close           */
    char symbol[16], alias[16];
    int tick_num, tick_den;            /* a tick in points                                      */
    double multiplier;                 /* money per point and contract                          */
    double start_price;                /* points; 0 = the root's usual one                      */
    double speed;                      /* market seconds per second; 0 = as fast as it can      */
    double activity;                   /* 1 = calibrated                                        */
    int pages;                         /* entries of one page of the full offer book            */
    int hold;                          /* 1 = market time stands at start until SIM_Release     */
} sim_config_t;

/* ---- the market -------------------------------------------------------------------------------- */

typedef struct sim_record { /* a print: the session's tape keeps them all */
    int64_t ts_ns;
    int32_t price, qty;
    uint32_t number;
    uint16_t buyer, seller;
    uint8_t type;
} sim_record_t;

typedef struct sim_day { /* the daily summary */
    int32_t open, high, low, close; /* ticks; SIM_MARKET_PRICE = none yet */
    int64_t qty, trades, buyer_qty, seller_qty, buyer_trades, seller_trades;
    double volume, buyer_volume, seller_volume;
} sim_day_t;

typedef struct sim_timer { /* something of a client's order is due */
    int64_t ts_ns, order_of; /* order_of: ties keep their order */
    int32_t slot, stage;
    int32_t price, stop, qty; /* a change's new values          */
} sim_timer_t;

typedef struct sim_tiny { int32_t price; int64_t qty; } sim_tiny_t;

typedef struct sim_market {
    sim_book_t book;
    sim_flow_t flow;
    int64_t now_ns, open_ns, close_ns, until_ns, pre_ns; /* UTC                        */
    int phase;                    /* qt_phase                                          */
    int32_t opening;              /* orders of the opening book placed so far          */
    int64_t opening_ns;           /* when the next one is due                          */
    sim_record_t *tape;           /* the session's prints                              */
    int64_t n_tape, tape_room;
    int32_t last_price;
    sim_day_t day;
    int day_changed;
    sim_tiny_t tiny[2];           /* as last published                                 */
    unsigned subs[SIM_VIEWS];     /* SIM_SUB_ bits of the contract and of the alias    */
    int quiet;                    /* 1 while the past is made: nothing is published    */
    int grids;                    /* grid instants since the open                      */
} sim_market_t;

/* ---- messages and commands ------------------------------------------------------------------------ */

enum sim_message_kind { SIM_MSG_STATE, SIM_MSG_ACCOUNT, SIM_MSG_TRADE, SIM_MSG_OFFER, SIM_MSG_IMAGE, SIM_MSG_DEPTH, SIM_MSG_TINY,
    SIM_MSG_DAILY, SIM_MSG_PHASE, SIM_MSG_THEORETICAL, SIM_MSG_INVALID, SIM_MSG_HISTORY, SIM_MSG_ORDER,
    SIM_MSG_ORDER_HISTORY };

typedef struct sim_message {
    int64_t ts_ns;
    uint8_t kind, view;
    union {
        struct { int32_t channel, result; } state;
        sim_record_t trade;
        sim_change_t offer;
        struct { int32_t position; uint8_t side, update; } depth;
        struct { int64_t qty; int32_t price, side; } tiny;
        struct { int64_t from, to; int empty; } history;
        struct { int32_t slot; } order;
        uint16_t ticker[SIM_TICKER_UNITS];
    } u;
} sim_message_t;

enum sim_command_kind { SIM_CMD_SUBSCRIBE, SIM_CMD_UNSUBSCRIBE, SIM_CMD_INVALID, SIM_CMD_HISTORY, SIM_CMD_ACCOUNTS, SIM_CMD_ORDER,
    SIM_CMD_CANCEL, SIM_CMD_CHANGE, SIM_CMD_ORDER_HISTORY, SIM_CMD_RELEASE };

typedef struct sim_command {
    int kind, view;
    unsigned bit;
    int64_t from, to; /* HISTORY */
    int empty;        /* HISTORY: a date without time: answered, with nothing */
    int32_t slot, price, stop, qty;
    uint16_t ticker[SIM_TICKER_UNITS];
} sim_command_t;

/* ---- the client's side ------------------------------------------------------------------------------ */

typedef struct sim_client_order {
    int64_t local_id, message_id, event_id;
    int32_t price, stop; /* ticks; SIM_MARKET_PRICE = none                  */
    double price_sent, stop_sent; /* points, as the client wrote them       */
    int64_t qty, traded;
    double value;        /* sum of ticks x contracts traded                 */
    int64_t book_id;     /* offer id while it rests, 0 otherwise            */
    int32_t book_index;
    int64_t created_ns, updated_ns, closed_ns;
    uint8_t side, type, status; /* of Version 1 and later                   */
    uint8_t alias;       /* sent under the continuous name                  */
    uint8_t waiting;     /* a stop that has not been touched                */
    const uint16_t *text;
    uint16_t cl_ord_id[24]; /* empty until the order server answers         */
    uint16_t ticker[SIM_TICKER_UNITS];
} sim_client_order_t;

typedef struct sim_position {
    int64_t open, bought, sold;      /* open: signed contracts               */
    double open_value;               /* |open| x average price, in ticks     */
    double bought_value, sold_value; /* ticks x contracts                    */
    int64_t event_id;
} sim_position_t;

typedef struct sim_clients {
    sim_client_order_t *orders;
    int32_t n_orders;
    sim_timer_t *timers; /* binary heap by (ts_ns, order_of) */
    int32_t n_timers;
    int32_t n_waiting;   /* stops that wait */
    int64_t counter;
    sim_position_t position;
    sim_rng_t rng;       /* latencies; the crowd never sees it */
    int history_loaded;
} sim_clients_t;

typedef struct sim_callbacks {
    TStateCallback state;
    TTradeCallback trade;
    TTradeV2Callback trade_v2;
    THistoryTradeCallback history;
    TTradeV2Callback history_v2;
    TDailyCallback daily;
    TOfferBookCallback offer;
    TOfferBookV2Callback offer_v2;
    TPriceDepthCallback depth;
    TTinyBookCallback tiny;
    TProgressCallback progress;
    TTheoreticalPriceCallback theoretical;
    TChangeStateTickerCallback phase;
    TChangeCotationCallback cotation;
    TInvalidTickerCallback invalid;
    TAccountCallback account;
    TOrderCallback order;
    TOrderChangeCallback order_change;
    TOrderHistoryCallback order_history;
    TAccountIdCallback order_history_loaded;
} sim_callbacks_t;

typedef struct sim_stats {
    qt_atomic64_t trades, book_events, callbacks, orders, reentrant, stale_handles, pointers_out, pointer_faults,
        pointers_made, steps, overflow;
} sim_stats_t;

typedef struct sim {
    sim_config_t config;
    sim_mutex_t lock;
    sim_cond_t wake;
    qt_atomic64_t waiters;      /* exports that want the lock: the connector lets them in first */
    sim_thread_t thread;
    int running;                /* between an init that succeeded and finalize                  */
    qt_atomic64_t stop_now;     /* finalize wants the connector to end                          */
    int market_only, logged_in, held, day_trade, hist_order;
    sim_callbacks_t callbacks;  /* as set by the client, under the lock                         */
    sim_callbacks_t live;       /* the connector's copy                                         */
    sim_command_t *commands;    /* SIM_COMMANDS, a ring                                         */
    int first_command, n_commands;
    sim_message_t *messages;
    int n_messages, message_room;
    sim_market_t market;
    sim_clients_t clients;
    qt_atomic64_t clock_ns;
    int64_t wall_origin, market_origin; /* where live pace started */
    int64_t (*backlog)(void);
    sim_stats_t stats;
} sim_t;

extern sim_t sim;

/* sim_market.c */
int sim_market_open(sim_market_t *m, const sim_config_t *c);
void sim_market_close(sim_market_t *m);
int64_t sim_market_next(const sim_market_t *m);        /* when the next thing is due, SIM_NEVER after `until` */
void sim_market_step(sim_market_t *m);                 /* does it                                              */
void sim_market_print(sim_market_t *m, int32_t price, int32_t qty, int buyer, int seller, int type);
int32_t sim_market_enter(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner);
                                                       /* a client's order: matches, rests; pool index or -1  */
/* sim_publish.c */
void sim_publish(sim_market_t *m);                     /* the book's last changes and the best quotes          */
void sim_publish_trade(sim_market_t *m, const sim_record_t *r);
void sim_publish_grid(sim_market_t *m);
void sim_publish_phase(sim_market_t *m);
void sim_publish_snapshot(sim_market_t *m, int view, unsigned bit);
sim_message_t *sim_post(int kind, int view);           /* appends a message, zeroed but for its head           */

/* sim_deliver.c, sim_image.c */
void sim_deliver(const sim_message_t *msg);
void sim_deliver_image(int view);
void sim_image_forget(void);
void sim_deliver_order(int32_t slot);                  /* sim_words.c: order callbacks, both families          */
void sim_asset(TAssetIDRec *a, int view);              /* text lives until sim_scrub                           */
void sim_connector_asset(TConnectorAssetIdentifier *a, int view);
qt_text_t sim_shared_date(int64_t utc_ns);
void sim_called(void);                                 /* counts a callback and overwrites its text            */
const sim_record_t *sim_handle_record(const void *handle); /* NULL when it is not the one in flight            */

void sim_deliver_history(const sim_message_t *msg);

/* sim_connector.c */
int sim_connector_start(void);
SIM_THREAD_RESULT sim_connector_run(void *unused);
int sim_post_command(const sim_command_t *c);          /* under the lock; NL_OK or NL_INTERNAL_ERROR           */

/* sim_clients.c */
int sim_clients_open(sim_clients_t *c, uint64_t seed);
void sim_clients_close(sim_clients_t *c);
int64_t sim_clients_next(const sim_clients_t *c);
void sim_clients_step(sim_market_t *m);                /* the earliest timer                                   */
void sim_clients_command(sim_market_t *m, const sim_command_t *c);
void sim_clients_filled(int32_t owner, int32_t price, int32_t qty, int resting);
void sim_clients_touched(int32_t price);               /* a print: stops may fire                              */
void sim_clients_closed(sim_market_t *m);              /* the session is over: what rests expires              */
int sim_order_is_over(const sim_client_order_t *o);

/* sim_api.c */
extern const uint16_t SIM_ACCOUNT_ID[], SIM_ACCOUNT_HOLDER[], SIM_BROKER_NAME[], SIM_EXCHANGE[];
enum { SIM_BROKER_ID = 32003 };
void sim_api_lock(void);
int sim_on_connector(void);                            /* sim_connector.c */
int sim_request(void);                                 /* takes the lock for a request function; NL_OK, or the code
                                                          that refuses it. Counts requests made inside callbacks  */
int sim_routing_request(void);                         /* the same for orders and accounts                       */
int sim_end(int result);                               /* gives the lock back                                    */
int sim_find(qt_text_t ticker, qt_text_t exchange, int *view); /* NL_OK, NL_INVALID_TICKER, NL_EXCHANGE_UNKNOWN, NL_INVALID_ARGS */

static inline double sim_points(int64_t ticks)
{
    return (double)(ticks * sim.config.tick_num) / (double)sim.config.tick_den;
}
static inline double sim_money(double ticks)
{
    return ticks * (double)sim.config.tick_num / (double)sim.config.tick_den * sim.config.multiplier;
}

#endif
