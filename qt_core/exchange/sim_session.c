/* One session's phases by the clock: pre-opening, the opening auction, continuous trading, halts, the close, the night. */
#include "sim.h"

static int place_opening(sim_market_t *m)
{
    sim_intent_t in;
    if (!sim_flow_opening(&m->flow, m->opening, &in))
        return 0;
    m->opening++;
    sim_market_enter(m, in.side, in.price, in.qty, in.broker, 0);
    return 1;
}

static void open_session(sim_market_t *m)
{
    while (place_opening(m)) {
    }
    sim_opening_gather(m);
    sim_auction_uncross(m);
    m->flow.rng = m->rng_at_open;
    m->phase = QT_PHASE_OPEN;
    m->centre = sim_last_or_reference(m);
    sim_publish_phase(m);
    sim_flow_start(&m->flow, &m->book, m->now_ns);
}

static void close_session(sim_market_t *m)
{
    if (sim_in_auction(m->phase))
        sim_auction_uncross(m);
    m->phase = QT_PHASE_CLOSED;
    m->halt_ns = m->call_ns = SIM_NEVER;
    sim_clients_closed(m);
    sim_publish_phase(m);
    sim_day_over(m);
}

/* ---- when ------------------------------------------------------------------------------------------ */

static int64_t least(int64_t a, int64_t b) { return a < b ? a : b; }

static int64_t opening_step(const sim_market_t *m)
{
    return (m->open_ns - m->pre_ns) / (2 * (int64_t)SIM_DEEP_ORDERS * (SIM_DEPTH + 20));
}

static int before_open(const sim_market_t *m) { return m->day.trades == 0 && m->phase != QT_PHASE_OPEN; }

/* the closing call, or the next halt that the settings ask for */
static int64_t next_halt(const sim_market_t *m)
{
    const sim_halt_t *h = &sim.config.halts[m->n_halts];
    int64_t call = sim.config.closing_call_s ? m->close_ns - sim.config.closing_call_s * SIM_SECOND_NS : SIM_NEVER;
    return m->n_halts < SIM_HALTS && h->phase ? least(call, sim_day_time(h->at)) : call;
}

int64_t sim_crowd_next(const sim_market_t *m)
{
    if (sim_playing())
        return sim_play_next(m);
    if (m->night_ns != SIM_NEVER)
        return m->night_ns;
    if (m->phase == QT_PHASE_OPEN)
        return least(least(m->flow.next_ns, m->flow.grid_ns), least(m->close_ns, next_halt(m)));
    if (before_open(m)) {
        if (m->phase == QT_PHASE_CLOSED && m->now_ns < m->pre_ns)
            return m->pre_ns;
        return least(m->opening_ns, m->open_ns);
    }
    return m->phase == QT_PHASE_CLOSED ? SIM_NEVER : least(least(m->halt_ns, m->call_ns), m->close_ns);
}

/* ---- what -------------------------------------------------------------------------------------------- */

static void halt(sim_market_t *m)
{
    const sim_halt_t *h = &sim.config.halts[m->n_halts];
    if (m->n_halts < SIM_HALTS && h->phase && sim_day_time(h->at) <= m->now_ns) {
        m->n_halts++;
        sim_market_halt(m, h->phase, m->now_ns + h->ns);
    } else
        sim_market_halt(m, QT_PHASE_PRE_CLOSING, SIM_NEVER);
}

static void pass_grid(sim_market_t *m)
{
    sim_flow_grid(&m->flow, &m->book);
    m->grids++;
    if (m->grids % 240 == 0) /* each minute */
        m->centre = sim_last_or_reference(m);
    sim_tape_grid(m);
    sim_publish_grid(m);
}

static void trade_on(sim_market_t *m)
{
    if (m->now_ns >= m->close_ns)
        close_session(m);
    else if (next_halt(m) <= m->now_ns)
        halt(m);
    else if (m->flow.grid_ns <= m->flow.next_ns)
        pass_grid(m);
    else
        sim_crowd_act(m);
}

static void go_on_before_open(sim_market_t *m)
{
    if (m->now_ns >= m->open_ns)
        open_session(m);
    else if (m->phase == QT_PHASE_CLOSED) {
        m->phase = QT_PHASE_PRE_OPENING;
        sim_publish_phase(m);
    } else {
        m->opening_ns = place_opening(m) ? m->now_ns + opening_step(m) : m->open_ns;
        sim_opening_gather(m);
        if (m->opening % 22 == 0)
            sim_publish_grid(m);
    }
}

void sim_crowd_step(sim_market_t *m)
{
    if (sim_playing())
        sim_play_step(m);
    else if (m->night_ns != SIM_NEVER)
        sim_day_next(m);
    else if (m->phase == QT_PHASE_OPEN)
        trade_on(m);
    else if (before_open(m))
        go_on_before_open(m);
    else if (m->now_ns >= m->close_ns)
        close_session(m);
    else if (m->halt_ns <= m->now_ns)
        sim_market_resume(m);
    else
        sim_auction_crowd(m);
}
