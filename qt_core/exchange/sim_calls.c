/* What calls into the library meet: blocking, wrong answers, a finalize that hangs, the end of the process. */
#include "sim_faults.h"

#include <string.h>

#define SLICE_NS INT64_C(2000000)

/* ---- calls ------------------------------------------------------------------------------------------ */

static int still_blocked(const sim_fault_t *f, int64_t until)
{
    if (sim_gives(f, SIM_KEY_WALL))
        return qt_mono_ns() < until;
    return sim_channels_down() != 0;
}

/* The lock is free while a call hangs; a session that ends lets it go. */
static void block(const sim_fault_t *f)
{
    int64_t until = qt_mono_ns() + (int64_t)(sim_real_or(f, SIM_KEY_WALL, 0.0) * 1e9);
    qt_fetch_add(&sim_fault_stats.blocked, 1);
    sim_unlock(&sim.lock);
    while (still_blocked(f, until) && !qt_load_acquire(&sim.stop_now))
        qt_sleep_ns(SLICE_NS);
    sim_api_lock();
}

int sim_call_fault(const char *function)
{
    const sim_fault_t *f;
    if (!sim_function_known(function))
        return NL_OK;
    if ((f = sim_fault_hit(SIM_FAULT_BLOCK, 0, -1, function)))
        block(f);
    if (!sim.running)
        return NL_NOT_INITIALIZED;
    if (!(f = sim_fault_hit(SIM_FAULT_ANSWER, 0, -1, function)))
        return NL_OK;
    qt_fetch_add(&sim_fault_stats.answered, 1);
    return (int)f->value[SIM_KEY_CODE];
}

/* A send was called: is routing there, and does the process live on? */
void sim_meet_send(void)
{
    if (sim_channels_down() & (SIM_DOWN_ROUTING | SIM_DOWN_BROKER))
        qt_count(&sim_fault_stats.unready_sends);
    sim_kill_point(SIM_POINT_BEFORE_SEND);
}

/* ---- finalize ------------------------------------------------------------------------------------------ */

void sim_finalize_hang(void)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_FINALIZE_HANG);
    int64_t until = f ? qt_mono_ns() + (int64_t)(sim_real_or(f, SIM_KEY_WALL, 0.0) * 1e9) : 0;
    while (f && (!sim_gives(f, SIM_KEY_WALL) || qt_mono_ns() < until))
        qt_sleep_ns(SLICE_NS);
}

/* The last thing before the thread ends, while finalize waits for it: trampolines freed too early are called here. */
void sim_finalize_callbacks(void)
{
    static const uint8_t kinds[] = {SIM_MSG_TINY, SIM_MSG_STATE, SIM_MSG_DAILY, SIM_MSG_PHASE};
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_FINALIZE_CALLBACKS);
    int64_t i, n = f ? sim_int_or(f, SIM_KEY_COPIES, 100) : 0;
    sim_message_t msg;
    for (i = 0; i < n; i++) {
        memset(&msg, 0, sizeof msg);
        msg.ts_ns = sim.market.now_ns;
        msg.kind = kinds[i % 4];
        if (msg.kind == SIM_MSG_STATE)
            msg.u.state.channel = QT_CHANNEL_MARKET; /* disconnected */
        sim_deliver(&msg);
    }
}

/* ---- the end -------------------------------------------------------------------------------------------- */

enum { KILLED = 137 };

void sim_kill_point(int point)
{
    if (!sim_fault_hit(SIM_FAULT_KILL, 0, point, NULL))
        return;
    sim_carry_save();
    sim_end_process(KILLED);
}
