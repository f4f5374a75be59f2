/* Settings: SIM_Set before the login, the PROFITSIM environment at the login, and why one was refused. */
#include "sim_account_file.h"
#include "sim_faults.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENVIRONMENT_BYTES = 2048 };

/* ---- values ---------------------------------------------------------------------------------------------- */

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

static int set_days(sim_config_t *c, const char *text) { return integer(text, 1, SIM_DAYS, &c->days); }

static int holiday(const char *text, size_t length, int64_t *day)
{
    char date[16];
    int y, m, d;
    if (length >= sizeof date)
        return SIM_BAD_VALUE;
    memcpy(date, text, length);
    date[length] = 0;
    if (sim_parse_day(date, &y, &m, &d))
        return SIM_BAD_VALUE;
    *day = sim_utc(y, m, d, 0);
    return 0;
}

/* separated by commas; empty = those that are known by rule */
static int set_holidays(sim_config_t *c, const char *text)
{
    int64_t days[SIM_HOLIDAYS];
    int n = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        if (n == SIM_HOLIDAYS || holiday(text, length, &days[n]))
            return SIM_BAD_VALUE;
        n++;
        text += length + (text[length] == ',');
    }
    memcpy(c->holidays, days, (size_t)n * sizeof *days);
    c->n_holidays = n ? n : -1;
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

static int set_version(sim_config_t *c, const char *text)
{
    int last = strncmp(text, "4.0.0.", 6) == 0 && strlen(text) == 8 ? atoi(text + 6) : 0;
    if (last != 31 && last != 38 && last != 42)
        return SIM_BAD_VALUE;
    c->version = last;
    return 0;
}

static int set_password(sim_config_t *c, const char *text)
{
    size_t i, n = strlen(text);
    for (i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            return SIM_BAD_VALUE;
    if (n >= sizeof c->password)
        return SIM_BAD_VALUE;
    memcpy(c->password, text, n + 1);
    return 0;
}

static int set_start(sim_config_t *c, const char *text) { return clock_value(text, &c->start); }
static int set_open(sim_config_t *c, const char *text) { return clock_value(text, &c->open); }
static int set_close(sim_config_t *c, const char *text) { return clock_value(text, &c->close); }
static int set_speed(sim_config_t *c, const char *text) { return real(text, 0.0, 1e6, &c->speed); }
static int set_activity(sim_config_t *c, const char *text) { return real(text, 0.001, 20.0, &c->activity); }
static int set_corrections(sim_config_t *c, const char *text) { return real(text, 0.0, 5000.0, &c->corrections); }
static int set_pages(sim_config_t *c, const char *text) { return integer(text, 1, 100000, &c->pages); }
static int set_hold(sim_config_t *c, const char *text) { return integer(text, 0, 1, &c->hold); }
static int set_accounts(sim_config_t *c, const char *text) { return integer(text, 1, SIM_ACCOUNTS, &c->accounts); }
static int set_faults(sim_config_t *c, const char *text) { (void)c; return sim_faults_load_file(text); }
static int set_frozen(sim_config_t *c, const char *text) { return integer(text, 1, 3600000, &c->frozen_ms); }

static int set_play(sim_config_t *c, const char *text) { return sim_play_file(c, text); }

static int set_max_lot(sim_config_t *c, const char *text) { return integer(text, 1, 1000000, &c->max_lot); }
static int set_per_minute(sim_config_t *c, const char *text)
{
    return integer(text, 0, SIM_MINUTE_ORDERS, &c->orders_per_minute);
}
static int set_per_day(sim_config_t *c, const char *text) { return integer(text, 0, 100000000, &c->orders_per_day); }
static int set_oscillation(sim_config_t *c, const char *text) { return real(text, 0.0, 30.0, &c->oscillation); }
static int set_rejection(sim_config_t *c, const char *text) { return real(text, 0.0, 30.0, &c->rejection_tunnel); }
static int set_tunnel(sim_config_t *c, const char *text) { return real(text, 0.0, 30.0, &c->auction_tunnel); }
static int set_auction(sim_config_t *c, const char *text) { return integer(text, 1, 3600, &c->auction_s); }
static int set_closing_call(sim_config_t *c, const char *text) { return integer(text, 0, 3600, &c->closing_call_s); }

static int set_account_file(sim_config_t *c, const char *text)
{
    (void)c;
    return sim_keep_set(text) ? SIM_BAD_VALUE : 0;
}

static int set_in_flight(sim_config_t *c, const char *text)
{
    static const char *const words[] = {"arrives", "lost", "either"};
    int i;
    for (i = 0; i < 3; i++)
        if (!strcmp(text, words[i]))
            return c->in_flight = i, 0;
    return SIM_BAD_VALUE;
}

static int phase_of(const char *word)
{
    return !strcmp(word, "auction") ? QT_PHASE_AUCTION : !strcmp(word, "frozen") ? QT_PHASE_FROZEN
         : !strcmp(word, "inhibited") ? QT_PHASE_INHIBITED : 0;
}

/* HH:MM:SS phase seconds */
static int set_halt(sim_halt_t *h, const char *text)
{
    char clock[16], word[16], seconds[16], beyond;
    int s;
    if (sscanf(text, "%15s %15s %15s %c", clock, word, seconds, &beyond) != 3 || integer(seconds, 1, 36000, &s))
        return SIM_BAD_VALUE;
    h->phase = phase_of(word);
    h->ns = s * SIM_SECOND_NS;
    return h->phase ? clock_value(clock, &h->at) : SIM_BAD_VALUE;
}

/* separated by commas, in the order of time; empty = none */
static int set_halts(sim_config_t *c, const char *text)
{
    sim_halt_t halts[SIM_HALTS] = {{0}};
    char one[64];
    int n = 0;
    while (*text) {
        size_t length = strcspn(text, ",");
        if (n == SIM_HALTS || length >= sizeof one)
            return SIM_BAD_VALUE;
        memcpy(one, text, length);
        one[length] = 0;
        if (set_halt(&halts[n], one) || (n && halts[n].at <= halts[n - 1].at))
            return SIM_BAD_VALUE;
        n++;
        text += length + (text[length] == ',');
    }
    memcpy(c->halts, halts, sizeof halts);
    return 0;
}

static const struct key {
    const char *name;
    int (*set)(sim_config_t *c, const char *text);
    const char *wanted; /* NULL: the setter says itself what is wrong */
} KEYS[] = {
    {"seed", set_seed, "a whole number from 0 on"},
    {"day", set_day, "a date as YYYY-MM-DD"},
    {"days", set_days, "a whole number from 1 to 30"},
    {"holidays", set_holidays, "up to 64 dates as YYYY-MM-DD with commas between"},
    {"start", set_start, "a time of day as HH:MM or HH:MM:SS"},
    {"open", set_open, "a time of day as HH:MM or HH:MM:SS"},
    {"close", set_close, "a time of day as HH:MM or HH:MM:SS"},
    {"until", set_until, "close, or a time of day as HH:MM or HH:MM:SS"},
    {"symbol", set_symbol, "a WDO or WIN contract such as WDOZ26"},
    {"start_price", set_price, "points on a grid of 0.5 from 1 to 1000000, or 0 for the usual price"},
    {"speed", set_speed, "market seconds per second, 0 (unpaced) to 1000000"},
    {"activity", set_activity, "a number from 0.001 to 20"},
    {"corrections", set_corrections, "prints of 10000, from 0 (none) to 5000"},
    {"pages", set_pages, "a whole number from 1 to 100000"},
    {"hold", set_hold, "0 or 1"},
    {"version", set_version, "4.0.0.31, 4.0.0.38 or 4.0.0.42"},
    {"accounts", set_accounts, "a whole number from 1 to 4"},
    {"password", set_password, "up to 63 printable ASCII characters; empty takes any"},
    {"faults", set_faults, NULL},
    {"play", set_play, NULL},
    {"max_lot", set_max_lot, "a whole number from 1 to 1000000"},
    {"orders_per_minute", set_per_minute, "a whole number from 0 (no limit) to 10000"},
    {"orders_per_day", set_per_day, "a whole number from 0 (no limit) on"},
    {"oscillation", set_oscillation, "percent from 0 (no limit) to 30"},
    {"rejection_tunnel", set_rejection, "percent from 0 (none) to 30"},
    {"auction_tunnel", set_tunnel, "percent from 0 (none) to 30"},
    {"auction_s", set_auction, "seconds from 1 to 3600"},
    {"closing_call", set_closing_call, "seconds from 0 (none) to 3600"},
    {"halts", set_halts, "up to eight of HH:MM:SS auction|frozen|inhibited SECONDS, in order, with commas between"},
    {"account_file", set_account_file, "path of at most 1023 bytes; empty = none"},
    {"in_flight", set_in_flight, "word of arrives, lost and either"},
    {"frozen_ms", set_frozen, "milliseconds from 1 to 3600000"},
};

static int set_key(sim_config_t *c, const char *key, const char *value)
{
    size_t i;
    for (i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        if (strcmp(key, KEYS[i].name) != 0)
            continue;
        if (c->play && sim_play_brings(key)) {
            sim_error("the recording brings its own %s: set play to nothing first", key);
            return SIM_BAD_VALUE;
        }
        if (KEYS[i].set(c, value) == 0)
            return 0;
        if (KEYS[i].wanted)
            sim_error("'%.40s' is no %s: give %s", value, key, KEYS[i].wanted);
        return SIM_BAD_VALUE;
    }
    sim_error("there is no key '%.40s': docs/exchange.md lists them", key);
    return SIM_UNKNOWN_KEY;
}

/* ---- the environment -------------------------------------------------------------------------------------- */

static int set_pair(sim_config_t *c, char *pair)
{
    char *value = strchr(pair, '=');
    if (!*pair)
        return 0;
    if (!value) {
        sim_error("PROFITSIM holds '%.40s': write key=value;key=value", pair);
        return SIM_BAD_VALUE;
    }
    *value++ = 0;
    return set_key(c, pair, value);
}

/* PROFITSIM = key=value;key=value, for hosts that cannot call SIM_Set. 0, or why in SIM_Error. */
int sim_apply_environment(sim_config_t *c)
{
    char text[ENVIRONMENT_BYTES], *pair, *next;
    int result = sim_environment("PROFITSIM", text, sizeof text);
    if (result < 0)
        sim_error("PROFITSIM is longer than %d bytes: shorten it", ENVIRONMENT_BYTES - 1);
    for (pair = text; result > 0 && pair; pair = next) {
        next = strchr(pair, ';');
        if (next)
            *next++ = 0;
        if (set_pair(c, pair))
            return SIM_BAD_VALUE;
    }
    return result < 0 ? SIM_BAD_VALUE : 0;
}

/* ---- exports -------------------------------------------------------------------------------------------------- */

/* Before login; 0, -1 unknown key, -2 bad value (or a session is running). In a session only hold = 0 is taken. */
SIM_EXPORT int32_t SIM_Set(const char *key, const char *value)
{
    int result = SIM_BAD_VALUE;
    sim_api_lock();
    if (!key || !value)
        sim_error("SIM_Set needs a key and a value");
    else if (!sim.running)
        result = set_key(&sim.config, key, value);
    else if (!strcmp(key, "hold") && !strcmp(value, "0"))
        result = sim_let_go() ? SIM_BAD_VALUE : 0;
    else
        sim_error("a session is running: set '%.40s' before the login", key);
    return sim_end(result);
}

/* The interface version that the next session speaks, or the running one does. */
SIM_EXPORT const char *SIM_Version(void)
{
    sim_config_t c;
    sim_api_lock();
    c = sim.config;
    if (!sim.running)
        sim_apply_environment(&c);
    sim_unlock(&sim.lock);
    return c.version == 31 ? "4.0.0.31" : c.version == 38 ? "4.0.0.38" : "4.0.0.42";
}
