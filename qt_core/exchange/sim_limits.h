/* What the exchange refuses: limits of the day, of one order, of the rate of orders. */
#ifndef SIM_LIMITS_H
#define SIM_LIMITS_H

#include "sim_market.h"

struct sim_client_order;

typedef struct sim_rates {
    int64_t times[SIM_MINUTE_ORDERS]; /* of the last orders, a ring of orders_per_minute */
    int32_t today;
} sim_rates_t;

/* sim_limits.c */
int32_t sim_last_or_reference(const sim_market_t *m);
int32_t sim_highest_of_day(const sim_market_t *m);
int32_t sim_lowest_of_day(const sim_market_t *m);
int32_t sim_tunnel_end(const sim_market_t *m, int side);
const uint16_t *sim_refusal(const sim_market_t *m, const struct sim_client_order *o);
const uint16_t *sim_change_refusal(const sim_market_t *m, const struct sim_client_order *o, int32_t price, int32_t stop,
                                   int64_t qty);
const uint16_t *sim_rate_refusal(sim_rates_t *r, int64_t now_ns);

#endif
