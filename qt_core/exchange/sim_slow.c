/* What a session suffers as a whole: slow callbacks, a backlog that never ends, a mute login, a licence in use. */
#include "sim_faults.h"

#include <stdio.h>
#include <string.h>

enum { MEAN_OF = 64 }; /* callbacks in the running mean */

static int warned;    /* QT_MARKET_READY, _SLOW or _STALLED as last told by the meter   */
static int overloaded;
static int mute, refused;
static sim_claim_t claim = SIM_NO_CLAIM;

/* ---- the meter -------------------------------------------------------------------------------------- */

static int level_of(double mean, double budget)
{
    if (mean > 4.0 * budget)
        return QT_MARKET_STALLED;
    if (mean > budget)
        return QT_MARKET_SLOW;
    return mean < budget / 2.0 ? QT_MARKET_READY : warned; /* a mean near the budget does not flutter */
}

static void warn(int level)
{
    if (level == warned || sim_channels_down() & SIM_DOWN_MARKET)
        return;
    warned = level;
    sim_state_now(QT_CHANNEL_MARKET, level);
}

void sim_measure(int64_t ns, int64_t callbacks)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_BUDGET);
    int64_t each = callbacks > 0 ? ns / callbacks : 0, mean = qt_load_relaxed(&sim_fault_stats.mean_ns);
    if (callbacks <= 0)
        return;
    mean += (each - mean) / MEAN_OF;
    qt_store_release(&sim_fault_stats.mean_ns, mean);
    if (each > qt_load_relaxed(&sim_fault_stats.max_ns))
        qt_store_release(&sim_fault_stats.max_ns, each);
    if (f && sim.logged_in)
        warn(level_of((double)mean, f->value[SIM_KEY_BUDGET] * 1e3));
}

/* ---- backlog ------------------------------------------------------------------------------------------- */

int sim_unlimited(void) { return sim_fault_first(SIM_FAULT_OVERLOAD) != NULL; }

/* seconds of wall time that the market is behind */
static double lag(void)
{
    double ahead = sim.config.speed > 0.0 ? (double)(sim.market.now_ns - sim.market_origin) / sim.config.speed : 0.0;
    return sim.config.speed > 0.0 ? (double)(qt_mono_ns() - sim.wall_origin) / 1e9 - ahead / 1e9 : 0.0;
}

static int behind(const sim_fault_t *f, double share)
{
    if (sim_gives(f, SIM_KEY_LIMIT) && sim.backlog && (double)sim.backlog() > share * f->value[SIM_KEY_LIMIT])
        return 1;
    return sim_gives(f, SIM_KEY_SECONDS) && lag() > share * f->value[SIM_KEY_SECONDS];
}

int sim_overloaded(int64_t callback)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_OVERLOAD);
    int now = f && callback && behind(f, overloaded ? 0.5 : 1.0);
    if (now != overloaded)
        sim_state_now(QT_CHANNEL_MARKET, now ? QT_MARKET_STALLED : QT_MARKET_READY);
    return overloaded = now;
}

/* ---- mute ------------------------------------------------------------------------------------------------ */

static int leave_marker(const char *path)
{
    FILE *file = fopen(path, "rb");
    int there = file != NULL;
    if (file)
        fclose(file);
    if ((file = fopen(path, "wb")))
        fclose(file);
    return there;
}

/* A killed session leaves its marker behind, and the next one hears nothing. */
static int mute_by_script(void)
{
    const sim_fault_t *f;
    int result = 0;
    for (f = sim_fault_first(SIM_FAULT_MUTE); f; f = sim_fault_after(f))
        result |= sim_gives(f, SIM_KEY_PATH) ? leave_marker(f->text[SIM_KEY_PATH]) && f->value[SIM_KEY_AFTER_KILL] != 0.0 : 1;
    return result;
}

int sim_session_mute(int64_t now_ns)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_MUTE);
    if (!mute)
        return 0;
    return !f || !sim_gives(f, SIM_KEY_SECONDS) || now_ns - sim.started_ns < (int64_t)(f->value[SIM_KEY_SECONDS] * 1e9);
}

/* ---- licence ----------------------------------------------------------------------------------------------- */

int sim_session_claim(void)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_LICENCE);
    int answer = f ? (int)sim_int_or(f, SIM_KEY_ANSWER, SIM_ANSWER_LOGIN) : 0;
    warned = QT_MARKET_READY;
    overloaded = refused = mute = 0;
    if (f && (claim = sim_claim(f->text[SIM_KEY_PATH])) == SIM_NO_CLAIM) {
        refused = answer == SIM_ANSWER_LOGIN;
        mute = answer == SIM_ANSWER_MUTE;
        if (answer == SIM_ANSWER_INTERNAL)
            return NL_INTERNAL_ERROR;
    }
    mute |= mute_by_script();
    return NL_OK;
}

void sim_session_release(void)
{
    const sim_fault_t *f;
    for (f = sim_fault_first(SIM_FAULT_MUTE); f; f = sim_fault_after(f))
        if (sim_gives(f, SIM_KEY_PATH))
            remove(f->text[SIM_KEY_PATH]);
    if (claim != SIM_NO_CLAIM)
        sim_give_up_claim(claim);
    claim = SIM_NO_CLAIM;
}

int sim_session_refused(void) { return refused; }
