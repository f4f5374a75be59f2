/* Price-time-priority matching engine of one instrument, in integer ticks and whole contracts.
 *
 * Each side has its own ladder of price levels over the same prices, so that a book may be crossed while an
 * auction gathers orders. Each level keeps the pool indices of its orders in priority order, so an order's rank
 * is a short search. Everything is allocated by sim_book_open; no operation allocates. Every operation leaves what
 * it did in `changes` (book) and `fills` (tape), in order, until the next operation on the book clears them. */
#ifndef SIM_BOOK_H
#define SIM_BOOK_H

#include <stdint.h>

enum { SIM_LEVELS = 8192, SIM_LEVEL_ORDERS = 1024, SIM_ORDERS = 1 << 16, SIM_APART = 1 << 12, SIM_CHANGES = 4096 };
enum { SIM_BUY = 0, SIM_SELL = 1 };                                             /* book side, as the vendor counts */
enum { SIM_ADDED = 0, SIM_EDITED = 1, SIM_DELETED = 2, SIM_DELETED_FROM = 3 };  /* the vendor's book actions       */
#define SIM_MARKET_PRICE INT32_MIN
#define SIM_OUT_OF_TUNNEL (-3) /* a market order's rest: it would have traded outside the auction tunnel */
#define SIM_SELF_TRADE (-2) /* instead of a pool index: what was left would have met an order of its own owner */

typedef struct sim_order {
    int64_t id;     /* exchange's offer id; 0 = the slot is free            */
    int64_t place;  /* grows along a queue and is never given twice         */
    int64_t ts_ns;  /* market time of entry: its place in the queue         */
    int32_t price;  /* ticks                                                */
    int32_t qty;    /* contracts left                                       */
    int32_t broker;
    int32_t owner;  /* 0 the crowd, else the client's order slot + 1        */
    int32_t next;   /* free list                                            */
    int32_t taken;  /* of a recorded order: contracts that clients took     */
    int64_t ahead;  /* of a client's order in a recorded market: contracts in front of it, as the tape counts them */
    uint8_t side;   /* SIM_BUY or SIM_SELL                                  */
} sim_order_t;

typedef struct sim_level {
    int64_t qty;    /* contracts at the price                               */
    int32_t count;  /* orders at the price                                  */
    int32_t more;   /* orders that a recording counts here without showing  */
} sim_level_t;

typedef struct sim_change { /* one row of the order-by-order book */
    int64_t id;
    int64_t ts_ns;
    int32_t position;  /* 0 = best of the side: before removal, after insertion     */
    int32_t price;     /* ticks                                                     */
    int32_t qty;       /* ADDED: contracts; EDITED: signed difference               */
    int32_t broker;
    int32_t level;     /* rank of the price among the side's levels, 0 = best       */
    uint8_t action;    /* SIM_ADDED ...                                             */
    uint8_t side;
    uint8_t level_action; /* SIM_ADDED new level, SIM_EDITED, SIM_DELETED emptied   */
} sim_change_t;

typedef struct sim_fill {
    int32_t price, qty;
    int32_t maker_broker, maker_owner;
    int64_t maker_id;
    int32_t maker_left; /* contracts the maker still has                      */
} sim_fill_t;

typedef struct sim_book {
    sim_level_t *levels[2]; /* of each side: n_levels, index = price - base   */
    int32_t *queues[2];   /* of each side: n_levels x room pool indices       */
    int32_t n_levels, room; /* prices of the ladder, orders at one of them    */
    sim_order_t *orders;  /* pool                                             */
    int32_t free_head;    /* -1 when the pool is used up                      */
    int32_t apart_head;   /* of the SIM_APART slots behind it: orders that leave no trace in the pool */
    int32_t base;         /* price of levels[0]                               */
    int32_t best[2];      /* best price of each side, SIM_MARKET_PRICE = none */
    int32_t worst[2];     /* a bound of the farthest price in use             */
    int32_t live[2];      /* orders of each side                              */
    int64_t next_id, next_place;
    int apart;            /* 1 = the next order rests in one of those         */
    int positions;        /* 0 = nobody reads positions: leave them at -1     */
    sim_change_t *changes;
    int n_changes;
    sim_fill_t *fills;
    int n_fills;
} sim_book_t;

/* Prices base .. base + n_levels - 1 with at most `room` orders at each; 0, or -1 without memory. */
int sim_book_open(sim_book_t *b, int32_t base, int32_t n_levels, int32_t room);
void sim_book_close(sim_book_t *b);
void sim_book_clear(sim_book_t *b); /* nobody rests; ids and places go on */

/* Forgets the last operation's changes and fills; call before each operation. */
static inline void sim_book_begin(sim_book_t *b) { b->n_changes = b->n_fills = 0; }

/* Matches an incoming order as far as price (SIM_MARKET_PRICE: any) allows; returns contracts left. A client's order
 * stops before another of a client's: sim_book_meets_own then says so. */
int32_t sim_book_match(sim_book_t *b, int side, int32_t price, int32_t qty, int32_t owner);
int sim_book_reaches(const sim_book_t *b, int maker_side, int32_t price); /* whether an order at price would trade */
int sim_book_meets_own(const sim_book_t *b, int side, int32_t price, int32_t owner);

/* Rests an order that crosses nothing; returns its pool index, or -1 (off the ladder, level or pool full). */
int32_t sim_book_rest(sim_book_t *b, int side, int32_t price, int32_t qty, int32_t broker, int32_t owner, int64_t ts_ns);
int32_t sim_book_rest_as(sim_book_t *b, int64_t id, int side, int32_t price, int32_t qty, int32_t broker, int32_t owner,
                         int64_t ts_ns); /* under an id from outside */

void sim_book_cancel(sim_book_t *b, int32_t index);
void sim_book_reduce(sim_book_t *b, int32_t index, int32_t qty); /* to qty >= 1, keeping its priority; a recording's
                                                                     orders may grow by it too           */

int sim_book_inside(const sim_book_t *b, int32_t price); /* on the ladder */
int32_t sim_book_level_count(const sim_book_t *b, int side);
int32_t sim_book_level_at(const sim_book_t *b, int side, int32_t rank); /* price, or SIM_MARKET_PRICE */
int32_t sim_book_next_price(const sim_book_t *b, int side, int32_t price); /* next worse level in use */

static inline sim_level_t *sim_book_level(const sim_book_t *b, int side, int32_t price)
{
    return &b->levels[side][price - b->base];
}
static inline int32_t *sim_book_queue(const sim_book_t *b, int side, int32_t price)
{
    return b->queues[side] + (int64_t)(price - b->base) * b->room;
}
/* the side's direction of worse prices */
static inline int32_t sim_worse(int side) { return side == SIM_BUY ? -1 : 1; }

#endif
