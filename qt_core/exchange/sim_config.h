/* Settings: what SIM_Set, the environment and a recording decide before the login. */
#ifndef SIM_CONFIG_H
#define SIM_CONFIG_H

#include "qt_profit.h"

#define SIM_NEVER INT64_MAX

enum { SIM_UNKNOWN_KEY = -1, SIM_BAD_VALUE = -2 }; /* answers of the side channel */
enum { SIM_PATH_BYTES = 1024 };
enum { SIM_VIEWS = 2, SIM_ACCOUNTS = 4 }; /* names of the contract; accounts of the broker */
enum { SIM_VIEW_ALIAS = 1, SIM_VIEW_NEXT, SIM_VIEW_EXPIRED, SIM_NAMES }; /* from NEXT on: known, but no market */
enum { SIM_HALTS = 8, SIM_MINUTE_ORDERS = 10000, SIM_HOLIDAYS = 64, SIM_DAYS = 30 };

typedef struct sim_halt { /* a phase that the settings impose */
    int64_t at, ns;       /* of the local day; how long       */
    int phase;
} sim_halt_t;

typedef struct sim_config {
    uint64_t seed;
    int year, month, day;
    int64_t start, open, close, until; /* ns of the local day; until = -1: the close; start = SIM_NO_TIME: a
                                          recording's first second                               */
    int days;                          /* sessions, one after the other                         */
    int n_holidays;                    /* -1: the known ones                                    */
    int64_t holidays[SIM_HOLIDAYS];    /* local midnights, UTC ns                               */
    char symbol[16], alias[16];
    int tick_num, tick_den;            /* a tick in points                                      */
    double multiplier;                 /* money per point and contract                          */
    uint16_t exchange[2];              /* the vendor's letter, as text                          */
    int lot;                           /* orders are multiples of it                            */
    int max_lot;                       /* contracts of one order                                */
    int orders_per_minute, orders_per_day; /* 0 = no limit                                      */
    double oscillation, rejection_tunnel, auction_tunnel; /* percent; 0 = none                  */
    int auction_s, closing_call_s;     /* a volatility auction; the call before the close, 0 = none */
    sim_halt_t halts[SIM_HALTS];       /* in the order of time; phase 0 = no more               */
    int play;                          /* 1 = the market is the recording in sim.play           */
    double start_price;                /* points; 0 = the root's usual one                      */
    double speed;                      /* market seconds per second; 0 = as fast as it can      */
    double activity;                   /* 1 = calibrated                                        */
    double corrections;                /* of 10,000 prints                                      */
    int pages;                         /* entries of one page of the full offer book            */
    int hold;                          /* 1 = market time stands at start until SIM_Release     */
    int version;                       /* 4.0.0.<version>: 31, 38 or 42                         */
    int accounts;                      /* 1 to SIM_ACCOUNTS                                     */
    int in_flight;                     /* SIM_ARRIVES, SIM_LOST or SIM_EITHER: after the end of a process */
    int frozen_ms;                     /* a callback of this wall time makes the health "frozen" */
    char password[64];                 /* of the routing; empty = any                           */
} sim_config_t;

/* sim_settings.c, sim_side.c */
void sim_error(const char *format, ...);               /* one sentence for SIM_Error                           */
int sim_apply_environment(sim_config_t *c);            /* 0, or negative and SIM_Error says why                */
int sim_let_go(void);

#endif
