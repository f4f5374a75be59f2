/* One market: its state, its phases, its prints, and what is published of it. */
#ifndef SIM_MARKET_H
#define SIM_MARKET_H

#include "sim_config.h"
#include "sim_flow.h"

enum { SIM_SUB_TICKER = 1, SIM_SUB_OFFER = 2, SIM_SUB_DEPTH = 4, SIM_SUB_PRICE = 8, SIM_SUB_ADJUST = 16,
       SIM_SUB_BOOKS = SIM_SUB_OFFER | SIM_SUB_DEPTH | SIM_SUB_PRICE };
enum { SIM_OPENING_PAIRS = 40, SIM_FIXES = 64 };

typedef struct sim_record { /* a print: the session's tape keeps them all */
    int64_t ts_ns;
    int32_t price, qty;
    uint32_t number;
    uint16_t buyer, seller;
    uint8_t type;
    uint8_t edit; /* told as the correction of an earlier print */
} sim_record_t;

typedef struct sim_day { /* the daily summary */
    int32_t open, high, low, close; /* ticks; SIM_MARKET_PRICE = none yet */
    int64_t qty, trades, buyer_qty, seller_qty, buyer_trades, seller_trades;
    double volume, buyer_volume, seller_volume;
} sim_day_t;

typedef struct sim_tiny { int32_t price; int64_t qty; } sim_tiny_t;

typedef struct sim_cross { /* what an auction would do now */
    int32_t price;         /* SIM_MARKET_PRICE = nothing   */
    int64_t qty, left;     /* traded; over on one side     */
} sim_cross_t;

typedef struct sim_fix { /* a print that will be corrected */
    int64_t due_ns, index;  /* index of the tape              */
} sim_fix_t;

typedef struct sim_couple { int32_t buyer, seller, qty; } sim_couple_t; /* two who trade at the open */

typedef struct sim_market {
    sim_book_t book;
    sim_flow_t flow;
    int64_t now_ns, open_ns, close_ns, until_ns, pre_ns; /* UTC                        */
    int phase;                    /* qt_phase                                          */
    int32_t opening;              /* orders of the opening book placed so far          */
    int64_t opening_ns;           /* when the next one is due                          */
    sim_record_t *tape;           /* the session's prints                              */
    int64_t n_tape, tape_room;
    int64_t examined;             /* prints whose correction is decided                */
    sim_fix_t fixes[SIM_FIXES];
    int n_fixes;
    sim_rng_t fix_rng;            /* of corrections                                    */
    int32_t last_price;
    int32_t reference;            /* ticks: the price that the day starts from         */
    int32_t centre;               /* of the auction tunnel: the last auction's price, then the last print's of each minute */
    int64_t halt_ns, call_ns;     /* when the halt ends; when the auction's next order comes */
    int n_halts;                  /* of the settings, behind us                        */
    sim_couple_t pairs[SIM_OPENING_PAIRS];
    int n_pairs;                  /* come so far                                       */
    sim_rng_t rng_at_open;        /* the crowd's, once the opening is drawn            */
    sim_rng_t call_rng;           /* of other auctions                                 */
    int64_t auction_ids;
    int burst;                    /* the last order would have left the auction tunnel */
    int shifted;                  /* the price depth was last told with a theoretical level */
    sim_day_t day;
    int day_changed;
    sim_tiny_t tiny[2];           /* as last published                                 */
    unsigned subs[SIM_NAMES];     /* SIM_SUB_ bits of the contract, the alias, the next */
    unsigned closes_known;        /* bit of each view whose last close was loaded       */
    int quiet;                    /* 1 while the past is made: nothing is published    */
    int grids;                    /* grid instants since the open                      */
    int days_left;                /* sessions after this one                           */
    int64_t day_from_ns;          /* since when the current day's orders count         */
    int64_t night_ns;             /* when the night after the close ends, SIM_NEVER if there is none */
    int64_t first_of_day, first_of_contract; /* prints of the tape                     */
    char next[16], expired[16];   /* contracts beside the one that trades; empty = unknown */
} sim_market_t;

/* sim_market.c */
int sim_market_open(sim_market_t *m, const sim_config_t *c);
void sim_market_new_day(sim_market_t *m, const sim_config_t *c, int32_t reference); /* an empty market before its first order */
void sim_market_close(sim_market_t *m);
int64_t sim_market_next(const sim_market_t *m);        /* when the next thing is due, SIM_NEVER after `until` */
void sim_market_step(sim_market_t *m);                 /* does it                                              */
int32_t sim_market_enter(sim_market_t *m, int side, int32_t price, int32_t qty, int broker, int32_t owner);
                                                       /* a client's order: matches, rests; pool index, -1,
                                                          or SIM_SELF_TRADE                                   */

/* sim_tape.c */
int sim_tape_open(sim_market_t *m, const sim_config_t *c);
void sim_tape_close(sim_market_t *m);
void sim_tape_grid(sim_market_t *m);                   /* corrections that are due, and new ones               */
void sim_market_print(sim_market_t *m, int32_t price, int32_t qty, int buyer, int seller, int type);
void sim_market_print_as(sim_market_t *m, uint32_t number, int32_t price, int32_t qty, int buyer, int seller, int type);
                                                       /* number 0: the next one                               */
int sim_market_correct(sim_market_t *m, uint32_t number, int32_t price, int32_t qty, int type);
                                                       /* quantity 0: cancelled; 0 = no such print             */

/* sim_session.c */
int64_t sim_crowd_next(const sim_market_t *m);
void sim_crowd_step(sim_market_t *m);
void sim_crowd_act(sim_market_t *m);                   /* sim_market.c: one act of continuous trading          */

/* sim_days.c */
void sim_day_over(sim_market_t *m);                    /* after the close                                      */
void sim_day_next(sim_market_t *m);                    /* the night is over                                    */
double sim_night_speed(const sim_market_t *m);         /* market seconds per second of this night              */

/* sim_roll.c */
int sim_matures_tonight(const sim_market_t *m, int64_t next_day);
void sim_settle(sim_market_t *m);                      /* what is open in a contract that traded for the last time */
int32_t sim_roll(sim_market_t *m, int64_t day, int32_t reference); /* the contract of the day; its reference        */
const char *sim_name(int view);                        /* a contract's, or the alias                           */
const uint16_t *sim_contract_refusal(const uint16_t *ticker); /* why an order in it is refused, or NULL        */

/* sim_auction.c */
int sim_in_auction(int phase);
sim_cross_t sim_auction_cross(const sim_book_t *b, int32_t reference);
sim_cross_t sim_theoretical(const sim_market_t *m);    /* nothing outside auctions                             */
void sim_auction_uncross(sim_market_t *m);
void sim_opening_draw(sim_market_t *m);
void sim_opening_gather(sim_market_t *m);
void sim_auction_crowd(sim_market_t *m);
void sim_market_halt(sim_market_t *m, int phase, int64_t until_ns);
void sim_market_resume(sim_market_t *m);

/* sim_publish.c */
void sim_publish(sim_market_t *m);                     /* the book's last changes and the best quotes          */
void sim_publish_trade(sim_market_t *m, const sim_record_t *r);
void sim_publish_grid(sim_market_t *m);
void sim_publish_phase(sim_market_t *m);
void sim_publish_snapshot(sim_market_t *m, int view, unsigned bit);

#endif
