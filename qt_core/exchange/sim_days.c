/* From one session to the next: the day's figures begin anew, positions and history stay, accounts are told again. */
#include "sim.h"

#define NIGHT_WALL_S 1.0 /* a paced market sleeps no longer than this */

static int64_t today(void) { return sim_day_time(0); }

void sim_day_over(sim_market_t *m)
{
    int64_t next;
    if (!m->days_left)
        return;
    next = sim_next_business_day(today());
    m->night_ns = next + sim.config.open - (m->open_ns - m->pre_ns);
    if (sim_matures_tonight(m, next))
        sim_settle(m);
}

double sim_night_speed(const sim_market_t *m)
{
    double fast = (double)(m->night_ns - m->close_ns) / (double)SIM_SECOND_NS / NIGHT_WALL_S;
    return sim.config.speed > fast ? sim.config.speed : fast;
}

static void turn_calendar(void)
{
    sim_civil_t c = sim_civil(sim_next_business_day(today()));
    sim.config.year = c.year;
    sim.config.month = c.month;
    sim.config.day = c.day;
}

/* Books are told anew, empty; the phase brings the full book of the price depth with it. */
static void publish_day(sim_market_t *m)
{
    int view;
    for (view = 0; view < SIM_VIEWS; view++) {
        if (m->subs[view] & SIM_SUB_OFFER)
            sim_publish_snapshot(m, view, SIM_SUB_OFFER);
        if (m->subs[view] & SIM_SUB_PRICE)
            sim_publish_snapshot(m, view, SIM_SUB_PRICE);
    }
    sim_publish_phase(m);
    if (!sim.market_only && !m->quiet)
        sim_announce_accounts();
}

void sim_day_next(sim_market_t *m)
{
    int32_t close = sim_last_or_reference(m);
    m->days_left--;
    turn_calendar();
    m->day_from_ns = m->now_ns;
    sim_market_new_day(m, &sim.config, sim_roll(m, today(), close));
    m->closes_known = 0;
    m->phase = QT_PHASE_PRE_OPENING;
    sim_clients_new_day(&sim.clients);
    publish_day(m);
}
