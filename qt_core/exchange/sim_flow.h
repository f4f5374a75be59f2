/* The crowd: when the next order comes, and what it is. Knows nothing of callbacks or of clients.
 *
 * Arrivals are a Poisson process whose rate follows the day's shape, a tide, a wave and gusts (logarithms
 * of the rate, redrawn on a grid of 250 ms). A hidden fair price, moved by news and by the aggressive flow itself,
 * leans on who is aggressive, where orders rest and which are withdrawn; so price moves when a side
 * gives way, and stays within a day's usual range. */
#ifndef SIM_FLOW_H
#define SIM_FLOW_H

#include "sim_book.h"
#include "sim_calibration.h"
#include "sim_rng.h"

#define SIM_GRID_NS INT64_C(250000000)

enum sim_act { SIM_ACT_ADD, SIM_ACT_CANCEL, SIM_ACT_TAKE, SIM_ACT_RLP, SIM_ACT_CROSS, SIM_ACT_EDIT, SIM_ACT_GAP, SIM_ACTS };

typedef struct sim_intent { /* what the crowd wants to do now */
    int act;
    int side;       /* SIM_BUY or SIM_SELL: of the order, of the aggressor   */
    int32_t price;  /* ADD, GAP: where it rests; RLP, CROSS: where it prints */
    int32_t qty;
    int32_t broker, other; /* other: second broker of a print without a book */
    int32_t index;  /* CANCEL, EDIT: pool index                              */
} sim_intent_t;

typedef struct sim_flow {
    sim_rng_t rng;
    int64_t next_ns;   /* when the next act is due                        */
    int64_t grid_ns;   /* when the rate is drawn again                    */
    int64_t open_ns;   /* start of the day's shape                        */
    double activity;   /* 1 = calibrated                                  */
    double tide, wave, gust; /* components of the log rate               */
    double prints;     /* prints per second expected now                  */
    double fair, anchor; /* ticks                                         */
    double long_stay;  /* chance that the hidden order goes on            */
    double surprise;   /* of the last sweep's sign: -2 to 2             */
    int sign;          /* of the hidden order at work: SIM_BUY, SIM_SELL  */
    double place[SIM_DEPTH];           /* cumulative: distance of a resting order from its best */
    double target[SIM_DEPTH];          /* orders that a level tends to                           */
    double rest[SIM_SIZES], take[SIM_SIZES], rlp[SIM_SIZES], brokers[SIM_BROKERS]; /* cumulative */
} sim_flow_t;

void sim_flow_init(sim_flow_t *f, uint64_t seed, double activity, int32_t centre, int64_t open_ns);
void sim_flow_start(sim_flow_t *f, const sim_book_t *b, int64_t now_ns); /* draws the first arrival */
void sim_flow_grid(sim_flow_t *f, const sim_book_t *b);                  /* time is grid_ns        */
void sim_flow_act(sim_flow_t *f, const sim_book_t *b, sim_intent_t *out);   /* time is next_ns        */
void sim_flow_next(sim_flow_t *f, const sim_book_t *b, int64_t now_ns);  /* after the act          */
void sim_flow_traded(sim_flow_t *f, int side, int32_t qty);              /* impact of aggression   */
int32_t sim_flow_resting_size(sim_flow_t *f);
int32_t sim_flow_broker(sim_flow_t *f);
int sim_flow_opening(sim_flow_t *f, int32_t k, sim_intent_t *out); /* k-th order of the opening book; 0 = no more */

#endif
