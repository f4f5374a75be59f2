/* Messages on their way to the callbacks: dropped, kept back, shown twice, overtaken. The exchange's own books never notice. */
#include "sim_faults.h"
#include "sim_garble.h"

#include <stdlib.h>
#include <string.h>

typedef struct kept { /* a message that comes later */
    int64_t due_ns;
    int64_t overtaken_by; /* callbacks that count down `overtake` */
    int32_t overtake;     /* 0: only time brings it               */
    sim_message_t msg;
} kept_t;

static kept_t *kept; /* by due time, equal ones in their order */
static int n_kept, kept_room, n_overtaken;
static int tails[SIM_NAMES]; /* history answers cut so far */

void sim_route_begin(void)
{
    n_kept = n_overtaken = 0;
    memset(tails, 0, sizeof tails);
}

static int64_t callback_of(const sim_message_t *msg)
{
    switch (msg->kind) {
    case SIM_MSG_STATE: return SIM_CB_STATE;
    case SIM_MSG_ACCOUNT: return SIM_CB_ACCOUNT;
    case SIM_MSG_TRADE: return SIM_CB_TRADE;
    case SIM_MSG_OFFER:
    case SIM_MSG_IMAGE: return SIM_CB_OFFER;
    case SIM_MSG_DEPTH: return SIM_CB_DEPTH;
    case SIM_MSG_TINY: return SIM_CB_TINY;
    case SIM_MSG_DAILY: return SIM_CB_DAILY;
    case SIM_MSG_PHASE: return SIM_CB_PHASE;
    case SIM_MSG_THEORETICAL: return SIM_CB_THEORETICAL;
    case SIM_MSG_PRICE:
    case SIM_MSG_PRICE_IMAGE: return SIM_CB_PRICE;
    case SIM_MSG_HISTORY: return SIM_CB_HISTORY;
    case SIM_MSG_ORDER: return SIM_CB_ORDER;
    case SIM_MSG_ROUTE: return SIM_CB_MESSAGE;
    default: return SIM_CB_OTHER;
    }
}

static int status_of(const sim_message_t *msg) { return msg->kind == SIM_MSG_ORDER ? msg->u.order.status : -1; }

/* ---- kept messages ------------------------------------------------------------------------------------- */

static int grow(void)
{
    int room = kept_room ? kept_room * 2 : 1024;
    kept_t *more = n_kept < kept_room ? kept : realloc(kept, (size_t)room * sizeof *more);
    if (!more)
        return -1;
    kept_room = more == kept && n_kept < kept_room ? kept_room : room;
    kept = more;
    return 0;
}

void sim_route_keep(const sim_message_t *msg, int64_t due_ns, int64_t overtaken_by, int32_t overtake)
{
    int i = n_kept;
    if (grow()) {
        qt_count(&sim.stats.overflow);
        return;
    }
    for (; i > 0 && kept[i - 1].due_ns > due_ns; i--)
        kept[i] = kept[i - 1];
    kept[i] = (kept_t){due_ns, overtaken_by, overtake, *msg};
    kept[i].msg.routed = 1;
    n_kept++;
    n_overtaken += overtake > 0;
}

static void take_out(int i)
{
    n_overtaken -= kept[i].overtake > 0;
    memmove(&kept[i], &kept[i + 1], (size_t)(--n_kept - i) * sizeof *kept);
}

int64_t sim_route_next(void) { return n_kept ? kept[0].due_ns : SIM_NEVER; }

void sim_route_due(int64_t now_ns)
{
    int i, n = 0;
    while (n < n_kept && kept[n].due_ns <= now_ns)
        n++;
    for (i = 0; i < n; i++) {
        sim_message_t *msg = sim_post(kept[i].msg.kind, kept[i].msg.view);
        *msg = kept[i].msg;
        msg->ts_ns = now_ns;
        n_overtaken -= kept[i].overtake > 0;
    }
    memmove(kept, kept + n, (size_t)(n_kept -= n) * sizeof *kept);
}

/* ---- one message ----------------------------------------------------------------------------------------- */

static void deliver_measured(const sim_message_t *msg)
{
    int64_t before = qt_load_relaxed(&sim.stats.callbacks), started = qt_mono_ns();
    if (msg->kind != SIM_MSG_HISTORY) /* its trades are garbled one by one */
        sim_garble_begin(callback_of(msg));
    sim_deliver(msg);
    sim_garble_end();
    sim_measure(qt_mono_ns() - started, qt_load_relaxed(&sim.stats.callbacks) - before);
}

/* After a callback: what it has overtaken far enough follows it. */
static void overtake(int64_t callback)
{
    int i;
    for (i = 0; i < n_kept && n_overtaken; i++) {
        kept_t *k = &kept[i];
        if (!k->overtake || !(k->overtaken_by & callback) || --k->overtake)
            continue;
        {
            sim_message_t msg = k->msg;
            k->overtake = 1; /* so that take_out counts it */
            take_out(i--);
            deliver_measured(&msg);
        }
    }
}

static int64_t later(const sim_fault_t *f, double otherwise)
{
    return sim.market.now_ns + (int64_t)(sim_real_or(f, SIM_KEY_SECONDS, otherwise) * 1e9);
}

static void repeat(const sim_message_t *msg, const sim_fault_t *f)
{
    int64_t i, copies = sim_int_or(f, SIM_KEY_COPIES, 1);
    for (i = 0; i < copies; i++) {
        qt_fetch_add(&sim_fault_stats.duplicated, 1);
        if (sim_gives(f, SIM_KEY_SECONDS))
            sim_route_keep(msg, later(f, 0.0), 0, 0);
        else
            deliver_measured(msg);
    }
}

/* 1 when the message does not come now */
static int held_back(const sim_message_t *msg, int64_t callback, int status)
{
    const sim_fault_t *f;
    if (msg->kind != SIM_MSG_HISTORY && sim_fault_hit(SIM_FAULT_DROP, callback, status, NULL)) {
        qt_fetch_add(&sim_fault_stats.dropped, 1);
        return 1;
    }
    if ((f = sim_fault_hit(SIM_FAULT_DELAY, callback, status, NULL))) {
        qt_fetch_add(&sim_fault_stats.delayed, 1);
        sim_route_keep(msg, later(f, 0.0), 0, 0);
        return 1;
    }
    if (msg->kind != SIM_MSG_HISTORY && (f = sim_fault_hit(SIM_FAULT_REORDER, callback, status, NULL))) {
        qt_fetch_add(&sim_fault_stats.reordered, 1);
        sim_route_keep(msg, later(f, 1.0), (int64_t)f->value[SIM_KEY_CALLBACK], (int32_t)sim_int_or(f, SIM_KEY_BY, 1));
        return 1;
    }
    return 0;
}

/* An answer of history stands at 99 and comes in a burst later. */
static int stuck(const sim_message_t *msg)
{
    sim_message_t head = *msg, burst = *msg;
    const sim_fault_t *f = msg->kind == SIM_MSG_HISTORY ? sim_fault_hit(SIM_FAULT_HISTORY_STUCK, 0, -1, NULL) : NULL;
    if (!f)
        return 0;
    head.u.history.part = SIM_HISTORY_HEAD;
    burst.u.history.part = SIM_HISTORY_BURST;
    deliver_measured(&head);
    sim_route_keep(&burst, later(f, 0.0), 0, 0);
    return 1;
}

static int point_of(int status)
{
    switch (status) {
    case QT_STATUS_AT_ORDER_SERVER: return SIM_POINT_ACCEPTED;
    case QT_STATUS_NEW: return SIM_POINT_NEW;
    case QT_STATUS_PARTIAL: return SIM_POINT_PARTIAL;
    case QT_STATUS_FILLED: return SIM_POINT_FILLED;
    case QT_STATUS_CANCELED:
    case QT_STATUS_PARTIAL_CANCELED: return SIM_POINT_CANCELED;
    case QT_STATUS_REJECTED:
    case QT_STATUS_NOT_CREATED: return SIM_POINT_REJECTED;
    default: return 0;
    }
}

void sim_route(const sim_message_t *msg)
{
    int64_t callback = callback_of(msg);
    int status = status_of(msg);
    const sim_fault_t *f;
    if (msg->routed) {
        deliver_measured(msg);
        return;
    }
    if (callback == SIM_CB_ORDER)
        sim_kill_point(point_of(status));
    if (sim_swallowed(msg, callback) || held_back(msg, callback, status) || stuck(msg))
        return;
    deliver_measured(msg);
    overtake(callback);
    if (msg->kind != SIM_MSG_HISTORY && (f = sim_fault_hit(SIM_FAULT_DUPLICATE, callback, status, NULL)))
        repeat(msg, f);
}

/* ---- records of a history answer ------------------------------------------------------------------------------ */

int sim_fault_copies(int64_t callback)
{
    const sim_fault_t *f;
    if (sim_fault_hit(SIM_FAULT_DROP, callback, -1, NULL)) {
        qt_fetch_add(&sim_fault_stats.dropped, 1);
        return 0;
    }
    if (!(f = sim_fault_hit(SIM_FAULT_DUPLICATE, callback, -1, NULL)))
        return 1;
    qt_fetch_add(&sim_fault_stats.duplicated, sim_int_or(f, SIM_KEY_COPIES, 1));
    return 1 + (int)sim_int_or(f, SIM_KEY_COPIES, 1);
}

/* The first answer of a session for a name holds only the end of what was asked for. */
int64_t sim_fault_history_first(int view, int64_t first, int64_t end)
{
    const sim_fault_t *f = sim_fault_first(SIM_FAULT_HISTORY_TAIL);
    int64_t trades = f ? (int64_t)f->value[SIM_KEY_TRADES] : 0;
    if (!f || tails[view]++ >= sim_int_or(f, SIM_KEY_COUNT, 1) || end - first <= trades)
        return first;
    return end - trades;
}
