/* Where the client's orders are kept: chunks that never move, the list of those that live, and finding one by either id. */
#include "sim_account_file.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_LOCAL_ID INT64_C(126000000000000) /* 15 digits, as seen: a 32-bit result type loses them */
#define SESSION_LOCAL_IDS 3                     /* apart so little that an id of an earlier session is another order's */
#define NAME_DIGITS 10                          /* of "SIM0000000001" */

void sim_orders_close(sim_clients_t *c)
{
    int32_t i;
    for (i = 0; i < SIM_ORDER_CHUNKS && c->chunks[i]; i++)
        free(c->chunks[i]);
}

/* ---- the list of live orders: oldest first, links are slot + 1 ------------------------------------------ */

static void join_live(sim_clients_t *c, sim_client_order_t *o)
{
    int32_t link = o->slot + 1;
    o->before = c->last_live;
    o->after = 0;
    if (c->last_live)
        sim_order_at(c->last_live - 1)->after = link;
    else
        c->first_live = link;
    c->last_live = link;
    c->n_live++;
}

void sim_order_leave_live(sim_client_order_t *o)
{
    sim_clients_t *c = &sim.clients;
    if (o->before)
        sim_order_at(o->before - 1)->after = o->after;
    else
        c->first_live = o->after;
    if (o->after)
        sim_order_at(o->after - 1)->before = o->before;
    else
        c->last_live = o->before;
    c->n_live--;
}

void sim_orders_session(int32_t session) { sim.clients.local_base = (int64_t)session * SESSION_LOCAL_IDS; }

static int64_t first_local_id(void) { return FIRST_LOCAL_ID + sim.clients.local_base; }

/* ---- life ---------------------------------------------------------------------------------------------------- */

sim_client_order_t *sim_order_new(int account)
{
    sim_clients_t *c = &sim.clients;
    int32_t slot = c->n_orders, chunk = slot / SIM_ORDER_CHUNK;
    sim_client_order_t *o;
    if (chunk == SIM_ORDER_CHUNKS)
        return NULL;
    if (!c->chunks[chunk] && !(c->chunks[chunk] = calloc(SIM_ORDER_CHUNK, sizeof *o)))
        return NULL;
    c->n_orders++;
    o = sim_order_at(slot);
    memset(o, 0, sizeof *o);
    o->slot = slot;
    o->account = (uint8_t)account;
    o->local_id = first_local_id() + c->n_orders;
    o->message_id = ++c->n_messages;
    o->status = QT_STATUS_CLIENT_CREATED;
    o->text = UNITS(u"");
    o->created_ns = o->updated_ns = sim.market.now_ns;
    join_live(c, o);
    sim_changed(o);
    return o;
}

void sim_order_forget_last(void)
{
    sim_order_leave_live(sim_order_at(sim.clients.n_orders - 1));
    sim.clients.n_orders--;
}

void sim_order_name(sim_client_order_t *o)
{
    char text[] = "SIM0000000000", *p = text + 3 + NAME_DIGITS;
    int64_t n;
    for (n = o->slot + 1; n; n /= 10)
        *--p = (char)('0' + n % 10);
    sim_widen(o->cl_ord_id, text, 24);
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

static int64_t number_in(qt_text_t name)
{
    int64_t n = 0;
    int i;
    if (sim_length(name) != 3 + NAME_DIGITS)
        return 0;
    for (i = 3; i < 3 + NAME_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9')
            return 0;
        n = n * 10 + (name[i] - '0');
    }
    return n;
}

sim_client_order_t *sim_order_by_name(qt_text_t name)
{
    int64_t n = number_in(name);
    sim_client_order_t *o;
    if (n < 1 || n > sim.clients.n_orders)
        return NULL;
    o = sim_order_at((int32_t)(n - 1));
    return sim_same(o->cl_ord_id, name) ? o : NULL; /* unnamed until the order server answers */
}

sim_client_order_t *sim_order_by_local_id(int64_t id)
{
    int64_t n = id - first_local_id();
    sim_client_order_t *o = n > 0 && n <= sim.clients.n_orders ? sim_order_at((int32_t)(n - 1)) : NULL;
    return o && !o->lost ? o : NULL;
}

sim_client_order_t *sim_order_of(const TConnectorOrderIdentifier *id)
{
    sim_client_order_t *o = sim_order_by_local_id(id->LocalOrderID);
    return o ? o : sim_order_by_name(id->ClOrderID);
}

int64_t sim_order_valid_ns(const sim_client_order_t *o)
{
    sim_civil_t c = sim_civil(o->created_ns);
    return o->created_ns >= sim.market.day_from_ns ? sim.market.close_ns : sim_utc(c.year, c.month, c.day, sim.config.close);
}

int sim_order_is_over(const sim_client_order_t *o) { return sim_status_is_over(o->status); }

int sim_status_is_over(int status)
{
    switch (status) {
    case QT_STATUS_FILLED:
    case QT_STATUS_DONE_FOR_DAY:
    case QT_STATUS_CANCELED:
    case QT_STATUS_REJECTED:
    case QT_STATUS_EXPIRED:
    case QT_STATUS_PARTIAL_CANCELED:
    case QT_STATUS_PARTIAL_EXPIRED:
    case QT_STATUS_PARTIAL_REJECTED:
    case QT_STATUS_NOT_CREATED:
    case QT_STATUS_CANCELED_BY_ADMIN: return 1;
    default: return 0;
    }
}
