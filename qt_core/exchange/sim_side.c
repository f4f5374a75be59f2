/* The side channel: settings, the market clock, figures. None of it exists in the vendor's DLL. */
#include "sim.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SIM_UNKNOWN_KEY = -1, SIM_BAD_VALUE = -2 };

static int real(const char *text, double low, double high, double *out)
{
    char *end;
    double value;
    errno = 0;
    value = strtod(text, &end);
    if (end == text || *end || errno || !(value >= low && value <= high))
        return SIM_BAD_VALUE;
    *out = value;
    return 0;
}

static int integer(const char *text, long low, long high, int *out)
{
    double value;
    int result = real(text, (double)low, (double)high, &value);
    if (result || value != (double)(long)value)
        return SIM_BAD_VALUE;
    *out = (int)value;
    return 0;
}

static int clock_value(const char *text, int64_t *out)
{
    int64_t ns = sim_parse_clock(text);
    if (ns == SIM_NO_TIME)
        return SIM_BAD_VALUE;
    *out = ns;
    return 0;
}

static int set_seed(sim_config_t *c, const char *text)
{
    char *end;
    unsigned long long value;
    errno = 0;
    value = strtoull(text, &end, 10);
    if (end == text || *end || errno || *text == '-')
        return SIM_BAD_VALUE;
    c->seed = value;
    return 0;
}

static int set_day(sim_config_t *c, const char *text)
{
    int year, month, day;
    if (sim_parse_day(text, &year, &month, &day))
        return SIM_BAD_VALUE;
    c->year = year;
    c->month = month;
    c->day = day;
    return 0;
}

/* root, month letter, two digits of the year; the tick and the multiplier follow the root */
static int set_symbol(sim_config_t *c, const char *text)
{
    int wdo = strncmp(text, "WDO", 3) == 0, win = strncmp(text, "WIN", 3) == 0;
    if (!(wdo || win) || strlen(text) != 6 || !strchr("FGHJKMNQUVXZ", text[3]) || text[4] < '0' || text[4] > '9' ||
        text[5] < '0' || text[5] > '9')
        return SIM_BAD_VALUE;
    strcpy(c->symbol, text);
    strcpy(c->alias, wdo ? "WDOFUT" : "WINFUT");
    c->tick_num = wdo ? 1 : 5;
    c->tick_den = wdo ? 2 : 1;
    c->multiplier = wdo ? 10.0 : 0.2;
    return 0;
}

/* on a grid of half points; a root with a coarser tick rounds it */
static int set_price(sim_config_t *c, const char *text)
{
    double points;
    if (!strcmp(text, "0")) { /* the root's usual one */
        c->start_price = 0.0;
        return 0;
    }
    if (real(text, 1.0, 1e6, &points) || points * 2.0 != floor(points * 2.0))
        return SIM_BAD_VALUE;
    c->start_price = points;
    return 0;
}

static int set_until(sim_config_t *c, const char *text)
{
    if (strcmp(text, "close") == 0) {
        c->until = -1;
        return 0;
    }
    return clock_value(text, &c->until);
}

static int set_key(sim_config_t *c, const char *key, const char *value)
{
    if (!strcmp(key, "seed")) return set_seed(c, value);
    if (!strcmp(key, "day")) return set_day(c, value);
    if (!strcmp(key, "start")) return clock_value(value, &c->start);
    if (!strcmp(key, "open")) return clock_value(value, &c->open);
    if (!strcmp(key, "close")) return clock_value(value, &c->close);
    if (!strcmp(key, "until")) return set_until(c, value);
    if (!strcmp(key, "symbol")) return set_symbol(c, value);
    if (!strcmp(key, "start_price")) return set_price(c, value);
    if (!strcmp(key, "speed")) return real(value, 0.0, 1e6, &c->speed);
    if (!strcmp(key, "activity")) return real(value, 0.001, 20.0, &c->activity);
    if (!strcmp(key, "pages")) return integer(value, 1, 100000, &c->pages);
    if (!strcmp(key, "hold")) return integer(value, 0, 1, &c->hold);
    return SIM_UNKNOWN_KEY;
}

static int let_go(void)
{
    sim_command_t c = {.kind = SIM_CMD_RELEASE};
    return sim_post_command(&c);
}

/* Before login; 0, -1 unknown key, -2 bad value (or a session is running). In a session only hold = 0 is taken. */
SIM_EXPORT int32_t SIM_Set(const char *key, const char *value)
{
    int result = SIM_BAD_VALUE;
    sim_api_lock();
    if (!sim.running && key && value)
        result = set_key(&sim.config, key, value);
    else if (key && value && !strcmp(key, "hold") && !strcmp(value, "0"))
        result = let_go() ? SIM_BAD_VALUE : 0;
    return sim_end(result);
}

SIM_EXPORT int64_t SIM_ClockNs(void) { return qt_load_acquire(&sim.clock_ns); }

SIM_EXPORT int32_t SIM_SetBacklog(int64_t (*fill)(void))
{
    sim_api_lock();
    sim.backlog = fill;
    return sim_end(0);
}

/* Lets a market go that was held at `start` (key hold); subscriptions made before see everything from there. */
SIM_EXPORT int32_t SIM_Release(void)
{
    int result = sim_request();
    return sim_end(result ? result : let_go());
}

/* 1 when nothing is under way and nothing will come by itself: held, or past the end */
static int64_t resting(void)
{
    int64_t result;
    sim_api_lock();
    result = !sim.running || (sim.logged_in && sim.n_commands == 0 && sim.n_messages == 0 &&
                              (sim.held || sim_market_next(&sim.market) == SIM_NEVER));
    sim_unlock(&sim.lock);
    return result;
}

static int64_t orders(void)
{
    int64_t n;
    sim_api_lock();
    n = sim.running ? sim.clients.n_orders : 0;
    sim_unlock(&sim.lock);
    return n;
}

SIM_EXPORT int64_t SIM_Stat(const char *name)
{
    if (!name) return -1;
    if (!strcmp(name, "synthetic")) return 1;
    if (!strcmp(name, "trades")) return qt_load_acquire(&sim.stats.trades);
    if (!strcmp(name, "book_events")) return qt_load_acquire(&sim.stats.book_events);
    if (!strcmp(name, "callbacks")) return qt_load_acquire(&sim.stats.callbacks);
    if (!strcmp(name, "steps")) return qt_load_acquire(&sim.stats.steps);
    if (!strcmp(name, "reentrant")) return qt_load_acquire(&sim.stats.reentrant);
    if (!strcmp(name, "stale_handles")) return qt_load_acquire(&sim.stats.stale_handles);
    if (!strcmp(name, "freepointer_leaks")) return qt_load_acquire(&sim.stats.pointers_out);
    if (!strcmp(name, "freepointer_faults")) return qt_load_acquire(&sim.stats.pointer_faults);
    if (!strcmp(name, "freepointer_arrays")) return qt_load_acquire(&sim.stats.pointers_made);
    if (!strcmp(name, "overflow")) return qt_load_acquire(&sim.stats.overflow);
    if (!strcmp(name, "orders")) return orders();
    if (!strcmp(name, "resting")) return resting();
    return -1;
}

SIM_EXPORT const char *SIM_Version(void) { return "4.0.0.42"; }
