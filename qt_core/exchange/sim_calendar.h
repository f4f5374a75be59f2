/* Business days, and when futures mature. Days are the UTC ns of their local midnight. */
#ifndef SIM_CALENDAR_H
#define SIM_CALENDAR_H

#include "sim_config.h"

int sim_is_business_day(int64_t day);
int64_t sim_business_day_from(int64_t day);              /* the first on or after it                     */
int64_t sim_next_business_day(int64_t day);
int64_t sim_maturity(const char *symbol);                /* 0: nothing that matures                      */
int64_t sim_last_session(const char *symbol);            /* the last day on which it trades, or SIM_NEVER */
void sim_contract_beside(char out[16], const char *symbol, int step); /* 1: the next one by maturity, -1: the one before */
int32_t sim_carry_ticks(const char *symbol);             /* how far above the contract before it is       */

#endif
