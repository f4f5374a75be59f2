/* The connector thread: commands in, one step of the market, its messages out in order, and the pace. */
#include "sim_account_file.h"
#include "sim_faults.h"

#include <stdlib.h>
#include <string.h>

#define COARSE_NS INT64_C(1000000)    /* events nearer than this are delivered together */
#define NAP_NS INT64_C(50000000)
#define PAST_STEPS 2000               /* steps of the past made between two looks at finalize */

static int grow_commands(void)
{
    int i, room = sim.command_room ? sim.command_room * 2 : 1024;
    sim_command_t *more = malloc((size_t)room * sizeof *more);
    if (!more)
        return -1;
    for (i = 0; i < sim.n_commands; i++)
        more[i] = sim.commands[(sim.first_command + i) % sim.command_room];
    free(sim.commands);
    sim.commands = more;
    sim.command_room = room;
    sim.first_command = 0;
    return 0;
}

int sim_post_command(const sim_command_t *c)
{
    if (sim.n_commands == sim.command_room && grow_commands())
        return NL_INTERNAL_ERROR;
    sim.commands[(sim.first_command + sim.n_commands++) % sim.command_room] = *c;
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
        sim.faulty ? sim_route(&sim.messages[i]) : sim_deliver(&sim.messages[i]);
}

static void flush(void) /* under the lock */
{
    sim.live = sim.callbacks;
    sim_unlock(&sim.lock);
    sim_health_busy(1);
    deliver_all();
    sim_health_busy(0);
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

static void log_in(void)
{
    if (sim_session_refused()) {
        state(QT_CHANNEL_LOGIN, QT_LOGIN_UNKNOWN);
        return;
    }
    state(QT_CHANNEL_LOGIN, QT_LOGIN_OK);
    state(QT_CHANNEL_ACTIVATION, 0);
    state(QT_CHANNEL_MARKET, QT_MARKET_CONNECTING);
    if (!sim.market_only)
        state(QT_CHANNEL_ROUTING, QT_ROUTING_CONNECTING);
    state(QT_CHANNEL_MARKET, QT_MARKET_WAITING);
    make_past(sim.started_ns);
    if (sim.faulty)
        sim_carry_load();
    sim_keep_take_up(&sim.market);
    sim.logged_in = 1;
    state(QT_CHANNEL_MARKET, QT_MARKET_READY);
    if (sim.market_only)
        return;
    state(QT_CHANNEL_ROUTING, QT_ROUTING_SERVER);
    state(QT_CHANNEL_ROUTING, QT_ROUTING_BROKER_CONNECTING);
    state(QT_CHANNEL_ROUTING, QT_ROUTING_READY);
    sim_announce_accounts();
    flush();
    sim_point(SIM_POINT_LOGIN);
}

/* ---- commands ---------------------------------------------------------------------------------------- */

/* Before 4.0.0.37 the end of a depth subscription never reached the server; before .38 a repeated one sent no book. */
static void subscribe(sim_market_t *m, int view, unsigned bit, int on)
{
    int again = (m->subs[view] & bit) != 0;
    if (!on && bit == SIM_SUB_DEPTH && !sim_since(37))
        return;
    m->subs[view] = on ? m->subs[view] | bit : m->subs[view] & ~bit;
    m->book.positions = ((m->subs[0] | m->subs[1]) & SIM_SUB_BOOKS) != 0;
    if (on && !(again && bit == SIM_SUB_DEPTH && !sim_since(38)))
        sim_publish_snapshot(m, view, bit);
}

/* Lets a held market run; at `until` it is held again. A time already past holds it where it is. */
static void run_to(int64_t until)
{
    sim.held = 0;
    sim.hold_ns = until;
}

static void obey(const sim_command_t *c)
{
    sim_message_t *msg;
    switch (c->kind) {
    case SIM_CMD_SUBSCRIBE:
    case SIM_CMD_UNSUBSCRIBE:
        sim_point(SIM_POINT_SUBSCRIBE);
        subscribe(&sim.market, c->view, c->bit, c->kind == SIM_CMD_SUBSCRIBE);
        break;
    case SIM_CMD_INVALID: memcpy(sim_post(SIM_MSG_INVALID, 0)->u.ticker, c->ticker, sizeof c->ticker); break;
    case SIM_CMD_HISTORY:
        sim_point(SIM_POINT_HISTORY);
        msg = sim_post(SIM_MSG_HISTORY, c->view);
        msg->u.history.from = c->from;
        msg->u.history.to = c->to;
        msg->u.history.empty = c->empty || c->view >= SIM_VIEWS || !(sim.market.subs[c->view] & SIM_SUB_TICKER);
        break;
    case SIM_CMD_ACCOUNTS: sim_announce_accounts(); break;
    case SIM_CMD_ORDER_HISTORY:
        sim.clients.history[c->slot] = SIM_HISTORY_LOADED;
        msg = sim_post(SIM_MSG_ORDER_HISTORY, 0);
        msg->u.account.index = c->slot;
        msg->u.account.orders = sim.clients.n_orders;
        break;
    case SIM_CMD_TICKER_INFO: sim_post(SIM_MSG_TICKER_INFO, c->view); break;
    case SIM_CMD_LAST_CLOSE:
        if (!(sim.market.subs[c->view] & SIM_SUB_TICKER) || (sim.market.closes_known & 1u << c->view))
            break;
        sim.market.closes_known |= 1u << c->view;
        sim_post(SIM_MSG_LAST_CLOSE, c->view);
        break;
    case SIM_CMD_PAST_ORDERS:
        msg = sim_post(SIM_MSG_PAST_ORDERS, 0);
        msg->u.past.account = c->view;
        msg->u.past.first = c->slot;
        msg->u.past.last = c->qty;
        break;
    case SIM_CMD_RELEASE: run_to(SIM_NEVER); break;
    case SIM_CMD_RUN: run_to(c->to); break;
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
    double speed = sim.market.night_ns == SIM_NEVER ? sim.config.speed : sim_night_speed(&sim.market);
    double ahead = (double)(market_ns - sim.market_origin) / speed;
    return sim.wall_origin + (int64_t)ahead - qt_mono_ns();
}

/* The market stands still at the time it was told to run to: everything due before has happened. */
static void hold_again(void)
{
    sim_market_t *m = &sim.market;
    if (m->now_ns < sim.hold_ns)
        m->now_ns = sim.hold_ns;
    sim_keep();
    qt_store_release(&sim.clock_ns, m->now_ns);
    sim.hold_ns = SIM_NEVER;
    sim.held = 1;
}

static int64_t next_step(void)
{
    int64_t market = sim_market_next(&sim.market), faults = sim.faulty ? sim_faults_next() : SIM_NEVER;
    return sim.held ? SIM_NEVER : market < faults ? market : faults;
}

static void step(void)
{
    int64_t night = sim.market.night_ns;
    if (sim.faulty && sim_faults_next() <= sim_market_next(&sim.market))
        sim_faults_step(&sim.market);
    else
        sim_market_step(&sim.market);
    if (sim.market.night_ns != night) /* another pace */
        start_pace();
}

/* Waits for commands or for the next event's time; returns 1 when a step is due. */
static int due(void)
{
    int64_t next = next_step(), wait;
    if (!sim.held && sim.hold_ns != SIM_NEVER && next > sim.hold_ns)
        next = sim.hold_ns;
    if (next == SIM_NEVER) {
        sim_cond_wait(&sim.wake, &sim.lock);
        start_pace(); /* a market that stood still has no lag to make up */
        return 0;
    }
    wait = sim.config.speed == 0.0 ? 0 : wait_for(next);
    if (wait < COARSE_NS) {
        if (next != sim.hold_ns || next_step() <= sim.hold_ns)
            return 1;
        hold_again();
        return 0;
    }
    sim_cond_wait_ns(&sim.wake, &sim.lock, wait < NAP_NS ? wait : NAP_NS);
    return 0;
}

static void turn(void) /* under the lock */
{
    while (sim.n_commands && sim.n_messages == 0) {
        sim_command_t c = sim.commands[sim.first_command];
        sim.first_command = (sim.first_command + 1) % sim.command_room;
        sim.n_commands--;
        obey(&c);
    }
    if (sim.n_messages == 0 && due())
        step();
    sim_keep();
    qt_store_release(&sim.clock_ns, sim.market.now_ns);
    if (sim.n_messages || qt_load_acquire(&sim.waiters) > 0)
        flush();
}

static SIM_THREAD_RESULT run(void *unused)
{
    (void)unused;
    on_connector = 1;
    take_lock();
    log_in();
    start_pace();
    while (!qt_load_acquire(&sim.stop_now))
        turn();
    sim_unlock(&sim.lock);
    if (sim.faulty)
        sim_finalize_callbacks();
    return 0;
}

int sim_connector_start(void)
{
    sim.first_command = sim.n_commands = 0;
    free(sim.messages);
    sim.message_room = 1 << 12;
    sim.messages = malloc((size_t)sim.message_room * sizeof *sim.messages);
    if (!sim.messages)
        return -1;
    memset(sim.messages, 0, (size_t)sim.message_room * sizeof *sim.messages);
    return sim_thread_start(&sim.thread, run, NULL);
}
