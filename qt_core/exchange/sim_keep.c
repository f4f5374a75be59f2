/* The account of the key account_file: every change is kept before it is told, and a login takes the account up where it was. */
#include "sim_account_file.h"
#include "sim_pipeline.h"

#include <stdio.h>
#include <string.h>

#define PROMISE_NS SIM_SECOND_NS /* market time between two clock frames */

static struct {
    char path[SIM_PATH_BYTES];   /* as the key says; empty = none                        */
    sim_claim_t claim;           /* one session at a time has the file                   */
    sim_append_t file;
    sim_saved_t saved;           /* between the login's first word and its market        */
    int32_t *changed;            /* slots of orders that moved since the last frame      */
    int32_t n_changed, room;
    int dirty, found;
    int64_t reached_ns;          /* promised                                             */
    int64_t day_ns;
    char symbol[16];
    int32_t session;
    int64_t frames, failures, lost; /* figures                                           */
} keep = {.claim = SIM_NO_CLAIM, .file = SIM_NO_FILE};

int sim_keep_set(const char *path)
{
    size_t n = strlen(path);
    if (n >= sizeof keep.path)
        return -1;
    memcpy(keep.path, path, n + 1);
    return 0;
}

int64_t sim_keep_stat(const char *name)
{
    if (!strcmp(name, "account_frames")) return keep.frames;
    if (!strcmp(name, "account_failures")) return keep.failures;
    if (!strcmp(name, "lost_on_the_way")) return keep.lost;
    return -1;
}

/* ---- keeping --------------------------------------------------------------------------------------------- */

static int noted(int32_t slot)
{
    int32_t i;
    for (i = 0; i < keep.n_changed; i++)
        if (keep.changed[i] == slot)
            return 1;
    return 0;
}

static void note(int32_t slot)
{
    int32_t room = keep.room ? keep.room * 2 : 64, *more;
    if (noted(slot))
        return;
    if (keep.n_changed == keep.room) {
        if (!(more = realloc(keep.changed, (size_t)room * sizeof *more))) {
            keep.failures++;
            return;
        }
        keep.changed = more;
        keep.room = room;
    }
    keep.changed[keep.n_changed++] = slot;
}

void sim_keep_changed(const sim_client_order_t *o)
{
    keep.dirty = 1;
    if (o && keep.file != SIM_NO_FILE) /* a new file will hold them all */
        note(o->slot);
}

static sim_estate_t estate(void)
{
    sim_estate_t e = sim_estate_of_session();
    e.day_ns = keep.day_ns;
    e.reached_ns = keep.reached_ns;
    e.session = keep.session;
    memcpy(e.symbol, keep.symbol, sizeof e.symbol);
    return e;
}

static void close_file(void)
{
    if (keep.file != SIM_NO_FILE)
        sim_append_close(keep.file);
    keep.file = SIM_NO_FILE;
}

/* A new file with everything; also after a frame that could not be written, which makes those behind it unreadable. */
static int begin_file(void)
{
    sim_estate_t e = estate();
    close_file();
    if (sim_frames_whole(keep.path, &e))
        return -1;
    keep.file = sim_append_open(keep.path);
    return keep.file == SIM_NO_FILE ? -1 : 0;
}

static int append(void)
{
    sim_estate_t e;
    if (keep.file == SIM_NO_FILE)
        return begin_file();
    if (!keep.dirty)
        return sim_frames_clock(keep.file, keep.reached_ns);
    e = estate();
    return sim_frames_change(keep.file, &e, keep.changed, keep.n_changed);
}

static void forget_what_never_was(void)
{
    while (keep.n_changed && keep.changed[keep.n_changed - 1] >= sim.clients.n_orders)
        keep.n_changed--;
}

void sim_keep_write(void)
{
    int late = sim.market.now_ns > keep.reached_ns;
    if (!sim.logged_in || (!keep.dirty && !late))
        return;
    if (late)
        keep.reached_ns = sim.market.now_ns + PROMISE_NS;
    forget_what_never_was();
    keep.frames++;
    if (append()) {
        keep.failures++;
        close_file();
        return; /* all of it once more with the next change */
    }
    keep.dirty = keep.n_changed = 0;
}

/* ---- finding ----------------------------------------------------------------------------------------------- */

int sim_keep_open(void)
{
    char lock[SIM_PATH_BYTES + 8];
    sim.keeping = 0;
    if (!keep.path[0])
        return NL_OK;
    snprintf(lock, sizeof lock, "%s.lock", keep.path);
    keep.claim = sim_claim(lock);
    if (keep.claim == SIM_NO_CLAIM) {
        sim_error("the account file '%.200s' cannot be used: another session has it, or its folder takes no files", keep.path);
        return NL_INTERNAL_ERROR;
    }
    keep.found = sim_frames_read(&keep.saved, keep.path);
    keep.frames = keep.failures = keep.lost = 0;
    keep.dirty = keep.n_changed = 0;
    keep.session = keep.saved.estate.session + 1;
    keep.day_ns = sim_day_time(0);
    memcpy(keep.symbol, sim.config.symbol, sizeof keep.symbol);
    sim.keeping = keep.found >= 0;
    if (!sim.keeping)
        sim_keep_close();
    return sim.keeping ? NL_OK : NL_INTERNAL_ERROR;
}

void sim_keep_close(void)
{
    close_file();
    if (keep.claim != SIM_NO_CLAIM)
        sim_give_up_claim(keep.claim);
    keep.claim = SIM_NO_CLAIM;
    sim_saved_free(&keep.saved);
    sim.keeping = 0;
}

/* A session that had not ended goes on; another day, another market or one that is over begins anew. */
static int goes_on(void)
{
    const sim_estate_t *e = &keep.saved.estate;
    return sim.keeping && keep.found > 0 && e->day_ns == keep.day_ns && e->seed == sim.config.seed &&
           !strcmp(e->symbol, keep.symbol) && e->reached_ns < sim.market.until_ns;
}

int64_t sim_keep_started_ns(int64_t otherwise)
{
    int64_t reached = keep.saved.estate.reached_ns;
    return goes_on() && reached > otherwise ? reached : otherwise;
}

/* ---- taking up: the same day ------------------------------------------------------------------------------- */

static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    return x ^ (x >> 27);
}

/* whether the order server never heard of it */
static int gets_lost(int64_t message_id)
{
    int what = sim.config.in_flight;
    if (what == SIM_EITHER)
        what = mixed(sim.config.seed + (uint64_t)message_id) & 1 ? SIM_LOST : SIM_ARRIVES;
    return what == SIM_LOST;
}

/* Nobody but the client ever knew it: no list shows it. */
static void lose(sim_client_order_t *o)
{
    o->lost = 1;
    o->status = QT_STATUS_NOT_CREATED;
    o->closed_ns = o->updated_ns;
    sim_order_leave_live(o);
    keep.lost++;
}

static int unnamed(const sim_client_order_t *o) { return !o->cl_ord_id[0]; }

/* a request of which only the client knows: its first stage has not come */
static int on_its_way(const sim_timer_t *t)
{
    const sim_timer_t *all = keep.saved.timers;
    int first = t->stage == STAGE_CANCEL ? STAGE_CANCELING : STAGE_CHANGING;
    int32_t i;
    if (t->stage != STAGE_CANCEL && t->stage != STAGE_CHANGE)
        return t->stage == STAGE_CANCELING || t->stage == STAGE_CHANGING;
    for (i = 0; i < keep.saved.estate.n_timers; i++)
        if (all[i].stage == first && all[i].message_id == t->message_id)
            return 1;
    return 0;
}

static int by_time(const void *a, const void *b)
{
    const sim_timer_t *s = a, *t = b;
    if (s->ts_ns != t->ts_ns)
        return s->ts_ns < t->ts_ns ? -1 : 1;
    return s->order_of < t->order_of ? -1 : s->order_of > t->order_of;
}

static void take_up_timers(unsigned char *due)
{
    sim_saved_t *s = &keep.saved;
    int32_t i;
    qsort(s->timers, (size_t)s->estate.n_timers, sizeof *s->timers, by_time);
    for (i = 0; i < s->estate.n_timers; i++) {
        sim_timer_t t = s->timers[i];
        sim_client_order_t *o = sim_order_at(t.slot);
        if (sim_order_is_over(o))
            continue;
        if (on_its_way(&t) && gets_lost(t.message_id)) {
            keep.lost++;
            continue;
        }
        if (t.stage == STAGE_ADMIN)
            o->refused = UNITS(u"Cancelada pela corretora");
        if (t.stage < STAGE_CANCELING)
            due[t.slot] = 1;
        sim_schedule(t);
    }
}

static void take_up_commands(unsigned char *due)
{
    sim_saved_t *s = &keep.saved;
    int32_t i;
    for (i = 0; i < s->estate.n_commands; i++) {
        const sim_command_t *c = &s->commands[i];
        if (sim_order_is_over(sim_order_at(c->slot)))
            continue;
        if (c->kind != SIM_CMD_ORDER && gets_lost(c->message_id))
            keep.lost++;
        else if (sim_post_command(c) == NL_OK && c->kind == SIM_CMD_ORDER)
            due[c->slot] = 1;
    }
}

static void take_up_orders(void)
{
    int32_t i;
    for (i = 0; i < keep.saved.estate.n_orders; i++) {
        sim_client_order_t *o = sim_take_up_order(&keep.saved.orders[i]);
        if (!o)
            return;
        if (!sim_order_is_over(o) && unnamed(o) && (o->stuck > 1 || gets_lost(o->message_id)))
            lose(o);
        o->stuck = 0;
    }
}

/* What rested rests again, at the end of its queue; what was on its way goes on, or is lost. */
static void go_on(void)
{
    int32_t n = keep.saved.estate.n_orders, i;
    unsigned char *due = calloc(1, (size_t)n + 1);
    if (!due)
        return;
    take_up_orders();
    take_up_timers(due);
    take_up_commands(due);
    for (i = 0; i < n; i++)
        if (!due[i] && !sim_order_is_over(sim_order_at(i)))
            sim_clients_resume(sim_order_at(i));
    free(due);
}

/* ---- taking up: another day ------------------------------------------------------------------------------------ */

static void expire(sim_client_order_t *o)
{
    if (unnamed(o)) {
        lose(o);
        return;
    }
    o->status = o->traded ? QT_STATUS_PARTIAL_EXPIRED : QT_STATUS_EXPIRED;
    o->closed_ns = o->updated_ns;
    sim_order_leave_live(o);
}

static void settle_expired_contract(void)
{
    const sim_estate_t *e = &keep.saved.estate;
    int i;
    for (i = 0; i < SIM_ACCOUNTS && strcmp(e->symbol, sim.config.symbol); i++)
        if (sim.clients.positions[i].open)
            sim_account_move(i, -sim.clients.positions[i].open, e->last_price);
}

static void begin_anew(sim_market_t *m)
{
    int32_t i;
    for (i = 0; i < keep.saved.estate.n_orders; i++) {
        sim_client_order_t *o = sim_take_up_order(&keep.saved.orders[i]);
        if (o && !sim_order_is_over(o))
            expire(o);
    }
    settle_expired_contract();
    sim_clients_new_day(&sim.clients);
    m->day_from_ns = sim_day_time(0);
}

/* ---- taking up --------------------------------------------------------------------------------------------------- */

static void take_up_figures(void)
{
    const sim_estate_t *e = &keep.saved.estate;
    sim_clients_t *c = &sim.clients;
    memcpy(c->positions, e->positions, sizeof c->positions);
    memcpy(c->today, e->today, sizeof c->today);
    memcpy(c->idle_fills, e->idle_fills, sizeof c->idle_fills);
    c->first_today = e->first_today;
    c->rates.today = e->orders_today;
}

static void take_up(sim_market_t *m)
{
    const sim_estate_t *e = &keep.saved.estate;
    sim_orders_session(keep.session - 1);
    take_up_figures();
    if (goes_on())
        go_on();
    else
        begin_anew(m);
    sim.clients.counter = e->counter > sim.clients.counter ? e->counter : sim.clients.counter;
    sim.clients.n_messages = e->n_messages;
}

void sim_keep_take_up(sim_market_t *m)
{
    if (!sim.keeping)
        return;
    if (keep.found > 0)
        take_up(m);
    sim_saved_free(&keep.saved);
    keep.reached_ns = m->now_ns + PROMISE_NS;
    keep.found = 0;
    if (begin_file())
        keep.failures++;
    keep.dirty = keep.n_changed = 0;
}
