/* The side channel: the market clock, letting a held market go, figures, why a call was refused. None of it exists in the
 * vendor's DLL. */
#include "sim_account_file.h"
#include "sim_faults.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char said[512];

/* under the lock */
void sim_error(const char *format, ...)
{
    va_list arguments;
    size_t n;
    va_start(arguments, format);
    vsnprintf(said, sizeof said, format, arguments);
    va_end(arguments);
    for (n = strlen(said); n == sizeof said - 1 && (said[n - 1] & 0x80);) /* no half of a character at a cut end */
        said[--n] = 0;
}

/* One sentence about the last side-channel call that was refused, empty before the first; valid until the next refusal. */
SIM_EXPORT const char *SIM_Error(void) { return said; }

int sim_let_go(void)
{
    sim_command_t c = {.kind = SIM_CMD_RELEASE};
    return sim_post_command(&c);
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
    return sim_end(result ? result : sim_let_go());
}

/* [YYYY-MM-DD ]HH:MM[:SS[.mmm]] as UTC ns; without a date of the market's current day. SIM_NO_TIME: it is none. */
static int64_t moment(const char *text)
{
    const sim_config_t *c = &sim.config;
    int year = c->year, month = c->month, day = c->day;
    char date[11] = "";
    int64_t ns;
    if (strlen(text) > 10 && text[10] == ' ') {
        memcpy(date, text, 10);
        text += 11;
    }
    ns = sim_parse_moment(text);
    if (ns == SIM_NO_TIME || (date[0] && sim_parse_day(date, &year, &month, &day)))
        return SIM_NO_TIME;
    return sim_utc(year, month, day, ns);
}

/* Lets a held market run to a time and holds it again there, everything due by then told. 0; -2 for what is not a time
 * or is past. */
SIM_EXPORT int32_t SIM_RunUntil(const char *clock)
{
    sim_command_t c = {.kind = SIM_CMD_RUN};
    int result = sim_request();
    if (result) {
        sim_error("no session is running: log in before SIM_RunUntil");
        return sim_end(result);
    }
    c.to = clock ? moment(clock) : SIM_NO_TIME;
    if (c.to < sim.market.now_ns) {
        sim_error(c.to == SIM_NO_TIME ? "'%.40s' is not a time of day: write HH:MM, HH:MM:SS or HH:MM:SS.mmm"
                                      : "the market is past %.40s: give a later time", clock ? clock : "");
        return sim_end(SIM_BAD_VALUE);
    }
    return sim_end(sim_post_command(&c));
}

static int past_the_end(void)
{
    return sim_market_next(&sim.market) == SIM_NEVER && (!sim.faulty || sim_faults_next() == SIM_NEVER);
}

/* 1 when nothing is under way and nothing will come by itself: held, or past the end */
static int64_t resting(void)
{
    int64_t result;
    sim_api_lock();
    result = !sim.running || (sim.logged_in && sim.n_commands == 0 && sim.n_messages == 0 && (sim.held || past_the_end()));
    sim_unlock(&sim.lock);
    return result;
}

static int64_t ledger(const char *name)
{
    int64_t value;
    int known;
    sim_api_lock();
    known = sim_ledger_stat(name, &value);
    if (!known)
        sim_error("there is no figure '%.40s': docs/exchange.md lists them", name);
    sim_unlock(&sim.lock);
    return known ? value : -1;
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
    if (!strcmp(name, "sends")) return qt_load_acquire(&sim.stats.sends);
    if (!strcmp(name, "playing")) return sim_playing();
    if (!strcmp(name, "play_skipped")) return sim.play.skipped;
    if (!strcmp(name, "resting")) return resting();
    if (sim_keep_stat(name) >= 0) return sim_keep_stat(name);
    return sim_fault_stat(name) >= 0 ? sim_fault_stat(name) : ledger(name);
}
