/* B3's business days and the maturities of its dollar and index futures. */
#include "sim.h"

#include <string.h>

enum { CARNIVAL_MONDAY = -48, CARNIVAL_TUESDAY = -47, GOOD_FRIDAY = -2, CORPUS_CHRISTI = 60 }; /* days from Easter */
enum { NO_MONTH = 0, MIDDLE_WEDNESDAY = 12, WEDNESDAY = 3 }; /* the earliest day of a Wednesday nearest to the 15th */

static const char MONTHS[] = "FGHJKMNQUVXZ";

/* ---- business days ----------------------------------------------------------------------------------------- */

static int is_fixed_holiday(int month, int day)
{
    static const uint8_t DAYS[][2] = {{1, 1}, {4, 21}, {5, 1}, {9, 7}, {10, 12}, {11, 2}, {11, 15}, {11, 20}, {12, 24},
                                      {12, 25}, {12, 31}};
    size_t i;
    for (i = 0; i < sizeof DAYS / sizeof DAYS[0]; i++)
        if (DAYS[i][0] == month && DAYS[i][1] == day)
            return 1;
    return 0;
}

/* Carter's rule, good from 1900 to 2099; as a day counted from 1 March. */
static int easter_from_march(int year)
{
    int full_moon = 225 - 11 * (year % 19);
    while (full_moon > 50)
        full_moon -= 30;
    full_moon -= full_moon > 48;
    return full_moon + 7 - (year + year / 4 + full_moon + 1) % 7 - 1;
}

static int is_known_holiday(int64_t day)
{
    sim_civil_t c = sim_civil(day);
    int64_t days = (day - sim_utc(c.year, 3, 1, 0)) / SIM_DAY_NS - easter_from_march(c.year);
    return is_fixed_holiday(c.month, c.day) || days == CARNIVAL_MONDAY || days == CARNIVAL_TUESDAY ||
           days == GOOD_FRIDAY || days == CORPUS_CHRISTI;
}

static int is_listed_holiday(int64_t day)
{
    int i;
    for (i = 0; i < sim.config.n_holidays; i++)
        if (sim.config.holidays[i] == day)
            return 1;
    return 0;
}

int sim_is_business_day(int64_t day)
{
    int weekday = sim_civil(day).weekday;
    if (weekday == 0 || weekday == 6)
        return 0;
    return !(sim.config.n_holidays < 0 ? is_known_holiday(day) : is_listed_holiday(day));
}

static int64_t business_day(int64_t day, int64_t step)
{
    while (!sim_is_business_day(day))
        day += step;
    return day;
}

int64_t sim_business_day_from(int64_t day) { return business_day(day, SIM_DAY_NS); }
int64_t sim_next_business_day(int64_t day) { return business_day(day + SIM_DAY_NS, SIM_DAY_NS); }

/* ---- contracts: root, month letter, two digits of the year ---------------------------------------------------- */

static int is_dollar(const char *symbol) { return !strncmp(symbol, "WDO", 3) || !strncmp(symbol, "DOL", 3); }
static int is_index(const char *symbol) { return !strncmp(symbol, "WIN", 3) || !strncmp(symbol, "IND", 3); }

static int month_of(const char *symbol)
{
    const char *letter = strlen(symbol) == 6 ? strchr(MONTHS, symbol[3]) : NULL;
    if (!letter || !(is_dollar(symbol) || is_index(symbol)) || strspn(symbol + 4, "0123456789") != 2)
        return NO_MONTH;
    return (int)(letter - MONTHS) + 1;
}

static int year_of(const char *symbol) { return 2000 + (symbol[4] - '0') * 10 + (symbol[5] - '0'); }

static int64_t middle_wednesday(int year, int month)
{
    int64_t day = sim_utc(year, month, MIDDLE_WEDNESDAY, 0);
    while (sim_civil(day).weekday != WEDNESDAY)
        day += SIM_DAY_NS;
    return day;
}

/* The dollar's is the month's first business day, the index's the Wednesday nearest to the 15th or the next one. */
int64_t sim_maturity(const char *symbol)
{
    int month = month_of(symbol);
    if (month == NO_MONTH)
        return 0;
    return sim_business_day_from(is_dollar(symbol) ? sim_utc(year_of(symbol), month, 1, 0)
                                                   : middle_wednesday(year_of(symbol), month));
}

/* The index trades until it matures, the dollar until the day before. */
int64_t sim_last_session(const char *symbol)
{
    int64_t maturity = sim_maturity(symbol);
    if (!maturity)
        return SIM_NEVER;
    return is_dollar(symbol) ? business_day(maturity - SIM_DAY_NS, -SIM_DAY_NS) : maturity;
}

void sim_contract_beside(char out[16], const char *symbol, int step)
{
    int month = month_of(symbol), year = year_of(symbol);
    month += is_dollar(symbol) || month % 2 ? step : 2 * step;
    year += (month > 12) - (month < 1);
    month += month > 12 ? -12 : month < 1 ? 12 : 0;
    strcpy(out, symbol);
    out[3] = MONTHS[month - 1];
    out[4] = (char)('0' + year / 10 % 10);
    out[5] = (char)('0' + year % 10);
}

int32_t sim_carry_ticks(const char *symbol) { return 29 + 4 * ((12 - month_of(symbol)) % 3); }
