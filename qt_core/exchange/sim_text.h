/* UTF-16 text, dates as the vendor writes them, and Brazilian civil time (UTC-3 all year since 2019). */
#ifndef SIM_TEXT_H
#define SIM_TEXT_H

#include "qt_profit.h"

#define UNITS(literal) ((const uint16_t *)(literal)) /* of a u"" literal */

#define SIM_MS_NS INT64_C(1000000)
#define SIM_SECOND_NS INT64_C(1000000000)
#define SIM_DAY_NS (INT64_C(86400) * SIM_SECOND_NS)
#define SIM_BRASILIA_NS (INT64_C(3) * 3600 * SIM_SECOND_NS) /* UTC minus local */
#define SIM_NO_TIME INT64_MIN

typedef struct sim_civil {
    int year, month, day, weekday, hour, minute, second, millisecond; /* Sunday = 0 */
} sim_civil_t;

sim_civil_t sim_civil(int64_t utc_ns);                                       /* to local time       */
int64_t sim_utc(int year, int month, int day, int64_t ns_of_day);            /* from local time     */
int64_t sim_utc_of_system(const TSystemTime *t);                             /* SIM_NO_TIME if not a date */
TSystemTime sim_system_time(int64_t utc_ns);
int sim_date_text(char *out, int64_t utc_ns);                                /* 23 characters       */
int sim_parse_date(const char *text, int64_t *utc_ns, int *has_time);        /* 0, or -1 malformed  */
int sim_parse_day(const char *text, int *year, int *month, int *day);        /* YYYY-MM-DD          */
int64_t sim_parse_clock(const char *text);                                   /* HH:MM[:SS] in ns, or SIM_NO_TIME */
int64_t sim_parse_moment(const char *text);                                  /* HH:MM[:SS[.mmm]]                 */

int sim_length(qt_text_t text);                                              /* units, 0 for NULL   */
void sim_widen(uint16_t *out, const char *text, int capacity);               /* always terminated   */
int sim_narrow(char *out, qt_text_t text, int capacity);                     /* ASCII; -1 = does not fit or is not ASCII */
int sim_same(qt_text_t a, qt_text_t b);
void sim_copy(uint16_t *out, qt_text_t text, int capacity);                  /* always terminated   */

#endif
