/* Moments of a fault script: channels go down and come back, routing flaps, performance warnings, a broker's own trade. */
#include "sim_faults.h"

#include <stdlib.h>
#include <string.h>

enum act { ACT_DOWN, ACT_UP, ACT_FLAP_DOWN, ACT_FLAP_UP, ACT_STALL, ACT_RECOVER, ACT_POSITION };
enum { ACTS = 2 * SIM_FAULTS };

typedef struct moment {
    int64_t ts_ns;
    int act;
    const sim_fault_t *fault;
    int64_t number; /* of a flap, from 0 */
} moment_t;

static moment_t moments[ACTS]; /* by time, equal ones in the script's order */
static int n_moments;
static int down[3];            /* outages that hold market, routing, broker down */
static qt_atomic64_t down_bits;
static int64_t up_ns[3];       /* when the channel comes back */
static int late_orders;

static void plan(int64_t ts_ns, int act, const sim_fault_t *f, int64_t number)
{
    int i = n_moments++;
    for (; i > 0 && moments[i - 1].ts_ns > ts_ns; i--)
        moments[i] = moments[i - 1];
    moments[i] = (moment_t){ts_ns, act, f, number};
}

static int64_t clock_of(const sim_fault_t *f, int key)
{
    const sim_config_t *c = &sim.config;
    return sim_utc(c->year, c->month, c->day, (int64_t)f->value[key]);
}

static int64_t ns_of(const sim_fault_t *f, int key, double otherwise) { return (int64_t)(sim_real_or(f, key, otherwise) * 1e9); }

/* What is over before the session starts does not happen; what has begun by then begins with it. */
static void plan_span(int kind, int begins, int ends, int64_t start_ns)
{
    const sim_fault_t *f;
    for (f = sim_fault_first(kind); f; f = sim_fault_after(f)) {
        int64_t from = clock_of(f, SIM_KEY_AT), until = from + ns_of(f, SIM_KEY_SECONDS, 0.0);
        if (until < start_ns)
            continue;
        plan(from > start_ns ? from : start_ns, begins, f, 0);
        plan(until, ends, f, 0);
    }
}

static int64_t flap_at(const sim_fault_t *f, int64_t number)
{
    return clock_of(f, SIM_KEY_FROM) + number * ns_of(f, SIM_KEY_PERIOD, 0.0);
}

static void plan_flap(const sim_fault_t *f, int64_t number)
{
    int64_t at = flap_at(f, number), until = sim_gives(f, SIM_KEY_UNTIL) ? clock_of(f, SIM_KEY_UNTIL) : SIM_NEVER;
    if (at < until && number < sim_int_or(f, SIM_KEY_COUNT, INT64_MAX))
        plan(at, ACT_FLAP_DOWN, f, number);
}

static void plan_flaps(int64_t start_ns)
{
    const sim_fault_t *f;
    for (f = sim_fault_first(SIM_FAULT_FLAP); f; f = sim_fault_after(f)) {
        int64_t number = 0;
        while (flap_at(f, number) < start_ns)
            number++;
        plan_flap(f, number);
    }
}

static void plan_positions(int64_t start_ns)
{
    const sim_fault_t *f;
    for (f = sim_fault_first(SIM_FAULT_POSITION); f; f = sim_fault_after(f))
        if (clock_of(f, SIM_KEY_AT) >= start_ns)
            plan(clock_of(f, SIM_KEY_AT), ACT_POSITION, f, 0);
}

void sim_outage_begin(int64_t start_ns)
{
    n_moments = 0;
    memset(down, 0, sizeof down);
    qt_store_release(&down_bits, 0);
    late_orders = 1;
    plan_span(SIM_FAULT_OUTAGE, ACT_DOWN, ACT_UP, start_ns);
    plan_span(SIM_FAULT_STALL, ACT_STALL, ACT_RECOVER, start_ns);
    plan_flaps(start_ns);
    plan_positions(start_ns);
}

/* ---- channels ------------------------------------------------------------------------------------------ */

int sim_channels_down(void) { return (int)qt_load_acquire(&down_bits); }

static int swing(int bits, int by)
{
    int i, before = sim_channels_down(), now = 0;
    for (i = 0; i < 3; i++) {
        down[i] += bits >> i & 1 ? by : 0;
        now |= (down[i] > 0) << i;
    }
    qt_store_release(&down_bits, now);
    return before ^ now; /* what changed */
}

static void post_state(int channel, int result)
{
    sim_message_t *msg = sim_post(SIM_MSG_STATE, 0);
    msg->u.state.channel = channel;
    msg->u.state.result = result;
}

void sim_state_now(int channel, int result)
{
    sim_message_t msg;
    memset(&msg, 0, sizeof msg);
    msg.ts_ns = sim.market.now_ns;
    msg.kind = SIM_MSG_STATE;
    msg.u.state.channel = channel;
    msg.u.state.result = result;
    sim_deliver(&msg);
}

static int64_t later_of(int64_t a, int64_t b) { return a > b ? a : b; }

static void go_down(const sim_fault_t *f, int64_t until)
{
    int i, bits = (int)f->value[SIM_KEY_CHANNEL], changed = swing(bits, 1);
    for (i = 0; i < 3; i++)
        if (bits >> i & 1)
            up_ns[i] = down[i] > 1 ? later_of(up_ns[i], until) : until;
    late_orders = (int)sim_int_or(f, SIM_KEY_LATE, 1);
    if (changed & SIM_DOWN_MARKET)
        post_state(QT_CHANNEL_MARKET, QT_MARKET_OFF);
    if (sim.market_only)
        return;
    if (changed & SIM_DOWN_ROUTING)
        post_state(QT_CHANNEL_ROUTING, QT_ROUTING_OFF);
    if (changed & SIM_DOWN_BROKER)
        post_state(QT_CHANNEL_ROUTING, QT_ROUTING_BROKER_OFF);
}

/* What went by is not told again; what is subscribed begins anew with a snapshot, or has to be asked for again. */
static void market_returns(sim_market_t *m, int keep)
{
    unsigned bit;
    int view;
    post_state(QT_CHANNEL_MARKET, QT_MARKET_CONNECTING);
    post_state(QT_CHANNEL_MARKET, QT_MARKET_WAITING);
    post_state(QT_CHANNEL_MARKET, QT_MARKET_READY);
    for (view = 0; view < SIM_NAMES; view++) {
        for (bit = 1; bit <= m->subs[view] && keep; bit <<= 1)
            if (m->subs[view] & bit)
                sim_publish_snapshot(m, view, bit);
        m->subs[view] = keep ? m->subs[view] : 0;
    }
}

static void routing_returns(int from_server)
{
    if (sim.market_only)
        return;
    if (from_server) {
        post_state(QT_CHANNEL_ROUTING, QT_ROUTING_CONNECTING);
        post_state(QT_CHANNEL_ROUTING, QT_ROUTING_SERVER);
    }
    post_state(QT_CHANNEL_ROUTING, QT_ROUTING_BROKER_CONNECTING);
    post_state(QT_CHANNEL_ROUTING, QT_ROUTING_READY);
    sim_announce_accounts();
}

static void come_up(sim_market_t *m, const sim_fault_t *f)
{
    int changed = swing((int)f->value[SIM_KEY_CHANNEL], -1);
    if (changed & SIM_DOWN_MARKET)
        market_returns(m, (int)sim_int_or(f, SIM_KEY_KEEP, 1));
    if ((changed & (SIM_DOWN_ROUTING | SIM_DOWN_BROKER)) && !(sim_channels_down() & (SIM_DOWN_ROUTING | SIM_DOWN_BROKER)))
        routing_returns(changed & SIM_DOWN_ROUTING);
}

/* (1,5) -> (1,2) -> (1,5), as seen all day long at some brokers; a quarter of the period unless the script says otherwise */
static int64_t flap_ns(const sim_fault_t *f)
{
    int64_t period = ns_of(f, SIM_KEY_PERIOD, 0.0), ns = ns_of(f, SIM_KEY_SECONDS, f->value[SIM_KEY_PERIOD] / 4.0);
    return ns < period ? ns : period - 1;
}

static void flap(const moment_t *m)
{
    int falls = m->act == ACT_FLAP_DOWN;
    swing(SIM_DOWN_BROKER, falls ? 1 : -1);
    late_orders = (int)sim_int_or(m->fault, SIM_KEY_LATE, 1);
    if (!sim.market_only)
        post_state(QT_CHANNEL_ROUTING, falls ? QT_ROUTING_SERVER : QT_ROUTING_READY);
    if (falls) {
        up_ns[2] = m->ts_ns + flap_ns(m->fault);
        plan(up_ns[2], ACT_FLAP_UP, m->fault, m->number);
    } else
        plan_flap(m->fault, m->number + 1);
}

/* ---- what a channel that is down swallows ----------------------------------------------------------------- */

static int swallowed_order(const sim_message_t *msg)
{
    int64_t due = later_of(down[1] ? up_ns[1] : 0, down[2] ? up_ns[2] : 0);
    if (late_orders)
        sim_route_keep(msg, due, 0, 0);
    else
        qt_fetch_add(&sim_fault_stats.lost, 1);
    return 1;
}

int sim_swallowed(const sim_message_t *msg, int64_t callback)
{
    int bits = sim_channels_down();
    if (callback & SIM_CB_MARKET && (bits & SIM_DOWN_MARKET || sim_session_mute(sim.market.now_ns) || sim_overloaded(callback))) {
        qt_fetch_add(&sim_fault_stats.lost, 1);
        return 1;
    }
    if (callback == SIM_CB_HISTORY && bits & SIM_DOWN_MARKET) { /* answered when the server is back */
        sim_route_keep(msg, up_ns[0], 0, 0);
        return 1;
    }
    return callback & (SIM_CB_ORDER | SIM_CB_MESSAGE) && bits & (SIM_DOWN_ROUTING | SIM_DOWN_BROKER) ? swallowed_order(msg) : 0;
}

/* ---- time --------------------------------------------------------------------------------------------------- */

int64_t sim_faults_next(void)
{
    int64_t moment = n_moments ? moments[0].ts_ns : SIM_NEVER, message = sim_route_next();
    if (moment > sim.market.until_ns)
        moment = SIM_NEVER;
    return moment < message ? moment : message;
}

static void act(sim_market_t *market, const moment_t *m)
{
    switch (m->act) {
    case ACT_DOWN: go_down(m->fault, clock_of(m->fault, SIM_KEY_AT) + ns_of(m->fault, SIM_KEY_SECONDS, 0.0)); break;
    case ACT_UP: come_up(market, m->fault); break;
    case ACT_FLAP_DOWN:
    case ACT_FLAP_UP: flap(m); break;
    case ACT_STALL: post_state(QT_CHANNEL_MARKET, (int)sim_int_or(m->fault, SIM_KEY_STATE, QT_MARKET_STALLED)); break;
    case ACT_RECOVER: post_state(QT_CHANNEL_MARKET, QT_MARKET_READY); break;
    default: sim_clients_external(market, sim_int_or(m->fault, SIM_KEY_QTY, 0), (int)sim_int_or(m->fault, SIM_KEY_FLATTEN, 0));
    }
}

void sim_faults_step(sim_market_t *market)
{
    int64_t next = sim_faults_next();
    market->now_ns = next > market->now_ns ? next : market->now_ns;
    if (n_moments && moments[0].ts_ns <= market->now_ns) {
        moment_t first = moments[0];
        memmove(moments, moments + 1, (size_t)--n_moments * sizeof *moments);
        act(market, &first);
    } else
        sim_route_due(market->now_ns);
}
