/* The connector thread: commands in, one step of the market, its messages out in order, and the pace. */
#include "sim.h"

#include <stdlib.h>
#include <string.h>

#define COARSE_NS INT64_C(1000000)    /* events nearer than this are delivered together */
#define NAP_NS INT64_C(50000000)
#define PAST_STEPS 2000               /* steps of the past made between two looks at finalize */

int sim_post_command(const sim_command_t *c)
{
    if (sim.n_commands == SIM_COMMANDS)
        return NL_INTERNAL_ERROR;
    sim.commands[(sim.first_command + sim.n_commands++) % SIM_COMMANDS] = *c;
    sim_cond_signal(&sim.wake);
    return NL_OK;
}

static SIM_THREAD_LOCAL int on_connector;

int sim_on_connector(void) { return on_connector; }

/* ---- the lock ------------------------------------------------------------------------------------ */

static void take_lock(void)
{
    while (qt_load_acquire(&sim.waiters) > 0)
        qt_yield(); /* the connector would win every race for the lock */
    sim_lock(&sim.lock);
}

static void deliver_all(void) /* without the lock; nothing is added meanwhile */
{
    int i;
    for (i = 0; i < sim.n_messages && !qt_load_acquire(&sim.stop_now); i++)
        sim_deliver(&sim.messages[i]);
}

static void flush(void) /* under the lock */
{
    sim.live = sim.callbacks;
    sim_unlock(&sim.lock);
    deliver_all();
    take_lock();
    sim.n_messages = 0;
}

/* ---- login ----------------------------------------------------------------------------------------- */

static void state(int channel, int result)
{
    sim_message_t *msg = sim_post(SIM_MSG_STATE, 0);
    msg->u.state.channel = channel;
    msg->u.state.result = result;
    flush();
}

/* The session before `start`, at full speed, with nobody watching. */
static void make_past(int64_t start_ns)
{
    sim_market_t *m = &sim.market;
    int n = 0;
    m->quiet = 1;
    while (!qt_load_acquire(&sim.stop_now) && sim_market_next(m) <= start_ns) {
        sim_market_step(m);
        if (++n % PAST_STEPS == 0) {
            sim_unlock(&sim.lock);
            take_lock();
        }
    }
    m->quiet = 0;
    if (m->now_ns < start_ns)
        m->now_ns = start_ns;
}

static int64_t start_ns(void)
{
    const sim_config_t *c = &sim.config;
    int64_t start = sim_utc(c->year, c->month, c->day, c->start);
    return start < sim.market.until_ns ? start : sim.market.until_ns;
}

static void log_in(void)
{
    qt_store_release(&sim.clock_ns, start_ns());
    state(QT_CHANNEL_LOGIN, QT_LOGIN_OK);
    state(QT_CHANNEL_ACTIVATION, 0);
    state(QT_CHANNEL_MARKET, QT_MARKET_CONNECTING);
    if (!sim.market_only)
        state(QT_CHANNEL_ROUTING, QT_ROUTING_CONNECTING);
    state(QT_CHANNEL_MARKET, QT_MARKET_WAITING);
    make_past(start_ns());
    sim.logged_in = 1;
    state(QT_CHANNEL_MARKET, QT_MARKET_READY);
    if (sim.market_only)
        return;
    state(QT_CHANNEL_ROUTING, QT_ROUTING_SERVER);
    state(QT_CHANNEL_ROUTING, QT_ROUTING_BROKER_CONNECTING);
    state(QT_CHANNEL_ROUTING, QT_ROUTING_READY);
    sim_post(SIM_MSG_ACCOUNT, 0);
    flush();
}

/* ---- commands ---------------------------------------------------------------------------------------- */

static void subscribe(sim_market_t *m, int view, unsigned bit, int on)
{
    m->subs[view] = on ? m->subs[view] | bit : m->subs[view] & ~bit;
    m->book.positions = ((m->subs[0] | m->subs[1]) & (SIM_SUB_OFFER | SIM_SUB_DEPTH)) != 0;
    if (on)
        sim_publish_snapshot(m, view, bit);
}

static void obey(const sim_command_t *c)
{
    sim_message_t *msg;
    switch (c->kind) {
    case SIM_CMD_SUBSCRIBE:
    case SIM_CMD_UNSUBSCRIBE: subscribe(&sim.market, c->view, c->bit, c->kind == SIM_CMD_SUBSCRIBE); break;
    case SIM_CMD_INVALID: memcpy(sim_post(SIM_MSG_INVALID, 0)->u.ticker, c->ticker, sizeof c->ticker); break;
    case SIM_CMD_HISTORY:
        msg = sim_post(SIM_MSG_HISTORY, c->view);
        msg->u.history.from = c->from;
        msg->u.history.to = c->to;
        msg->u.history.empty = c->empty || !(sim.market.subs[c->view] & SIM_SUB_TICKER);
        break;
    case SIM_CMD_ACCOUNTS: sim_post(SIM_MSG_ACCOUNT, 0); break;
    case SIM_CMD_ORDER_HISTORY:
        sim.clients.history_loaded = 1;
        sim_post(SIM_MSG_ORDER_HISTORY, 0);
        break;
    case SIM_CMD_RELEASE: sim.held = 0; break;
    default: sim_clients_command(&sim.market, c);
    }
}

/* ---- pace ---------------------------------------------------------------------------------------------- */

static void start_pace(void)
{
    sim.wall_origin = qt_mono_ns();
    sim.market_origin = sim.market.now_ns;
}

/* ns of wall time until a market time is due; at or below 0: now */
static int64_t wait_for(int64_t market_ns)
{
    double ahead = (double)(market_ns - sim.market_origin) / sim.config.speed;
    return sim.wall_origin + (int64_t)ahead - qt_mono_ns();
}

/* Waits for commands or for the next event's time; returns 1 when a step is due. */
static int due(void)
{
    int64_t next = sim.held ? SIM_NEVER : sim_market_next(&sim.market), wait;
    if (next == SIM_NEVER) {
        sim_cond_wait(&sim.wake, &sim.lock);
        start_pace(); /* a market that stood still has no lag to make up */
        return 0;
    }
    if (sim.config.speed == 0.0)
        return 1;
    wait = wait_for(next);
    if (wait < COARSE_NS)
        return 1;
    sim_cond_wait_ns(&sim.wake, &sim.lock, wait < NAP_NS ? wait : NAP_NS);
    return 0;
}

static void turn(void) /* under the lock */
{
    while (sim.n_commands && sim.n_messages == 0) {
        sim_command_t c = sim.commands[sim.first_command];
        sim.first_command = (sim.first_command + 1) % SIM_COMMANDS;
        sim.n_commands--;
        obey(&c);
    }
    if (sim.n_messages == 0 && due())
        sim_market_step(&sim.market);
    qt_store_release(&sim.clock_ns, sim.market.now_ns);
    if (sim.n_messages || qt_load_acquire(&sim.waiters) > 0)
        flush();
}

SIM_THREAD_RESULT sim_connector_run(void *unused)
{
    (void)unused;
    on_connector = 1;
    take_lock();
    log_in();
    start_pace();
    while (!qt_load_acquire(&sim.stop_now))
        turn();
    sim_unlock(&sim.lock);
    return 0;
}

int sim_connector_start(void)
{
    static sim_command_t room[SIM_COMMANDS];
    sim.commands = room;
    sim.first_command = sim.n_commands = 0;
    free(sim.messages);
    sim.message_room = 1 << 12;
    sim.messages = malloc((size_t)sim.message_room * sizeof *sim.messages);
    if (!sim.messages)
        return -1;
    memset(sim.messages, 0, (size_t)sim.message_room * sizeof *sim.messages);
    return sim_thread_start(&sim.thread, sim_connector_run, NULL);
}
