/* A recording as the market: what was loaded, and how far it has been played. */
#ifndef SIM_PLAY_H
#define SIM_PLAY_H

#include "qt_play.h"
#include "sim_market.h"

/* what the recording knows of the book */
enum sim_play_depth { SIM_PLAY_TAPE, SIM_PLAY_QUOTES, SIM_PLAY_LEVELS, SIM_PLAY_ORDERS };

typedef struct sim_seat { /* one entry of the table from recorded order ids to the pool */
    int64_t id;           /* 0 = free                                                   */
    int32_t index;        /* of the pool; SIM_SEAT_TAKEN = a client took all of it       */
} sim_seat_t;

enum { SIM_SEAT_NONE = -1, SIM_SEAT_TAKEN = -2, SIM_SEATS = 1 << 18 };

typedef struct sim_own { /* a client's order that rests in the recorded book */
    int64_t place;       /* of the order: the slot may have been given to another */
    int64_t gone;        /* contracts that left the book in front of it at gone_ns, not yet seen on the tape */
    int64_t gone_ns;
    int32_t index;
} sim_own_t;

typedef struct sim_play_quote {
    int32_t price;
    int64_t qty;
} sim_play_quote_t;

typedef struct sim_play {
    /* the recording; config.play says whether it is the market */
    qt_event_t *events;
    int64_t n;
    qt_play_header_t terms;
    int depth;             /* sim_play_depth                                    */
    int32_t low, high;     /* ticks of all its prices                           */
    int64_t prints, most;  /* how many prints; the largest order id             */
    int numbered;          /* trade ids are usable as trade numbers             */
    int phases;            /* it says its phases itself                         */
    /* the session that plays it */
    int64_t next;          /* index of the event to come                        */
    int64_t grid_ns;       /* when quantities and summaries are due             */
    int opened, closed;    /* by the clock                                      */
    sim_play_quote_t quote[2]; /* as recorded                                   */
    sim_seat_t *seats;     /* SIM_SEATS, open addressing                        */
    sim_own_t *own;
    int32_t n_own;
    int64_t skipped;       /* rows that contradict the book                     */
} sim_play_t;

/* sim_play.c, sim_play_book.c, sim_play_orders.c */
int sim_play_file(sim_config_t *c, const char *path);  /* the key "play": 0, or -2 and sim_error              */
int sim_play_brings(const char *key);                  /* a recording decides this key                        */
void sim_play_settle(sim_config_t *c);                 /* at login: the recording's own settings              */
int sim_play_open(sim_market_t *m);                    /* the session's part of sim_market_open               */
void sim_play_close(void);
int64_t sim_play_next(const sim_market_t *m);
void sim_play_step(sim_market_t *m);
int32_t sim_play_enter(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner);
void sim_play_taken(int64_t id);                       /* a client took the whole of a recorded order         */
void sim_play_book_moved(sim_market_t *m);             /* after a group of rows or a quote                    */
void sim_play_printed(sim_market_t *m, int aggressor, int32_t price, int32_t qty);

#endif
