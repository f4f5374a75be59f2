/* What a fault script does to orders: rejections, slices, lost races, silence. The pipeline asks here; the books stay its own. */
#include "sim_faults.h"

#include <string.h>

#define WAIT_NS INT64_C(2000000000) /* wall time that a send waits for its early events at most */

static const uint16_t NOT_CONNECTED[] = u"Cliente n\u00e3o est\u00e1 conectado ao servidor de ordens";

/* ---- early events ----------------------------------------------------------------------------------- */

void sim_send_early(sim_client_order_t *o)
{
    const sim_fault_t *f = sim_on_connector() ? NULL : sim_fault_hit(SIM_FAULT_EARLY, 0, -1, NULL);
    o->early = f ? (uint8_t)sim_int_or(f, SIM_KEY_STEPS, 1) : 0;
}

static int settled(const sim_client_order_t *o) { return sim.n_messages == 0 && (o->stuck > 1 || sim_order_is_over(o)); }

/* Orders never move, so this one can be watched while the lock is free. */
void sim_wait_early(const sim_client_order_t *o)
{
    int64_t until = qt_mono_ns() + WAIT_NS;
    while ((o->arrived < o->early || sim.n_messages) && !settled(o) && sim.running && qt_mono_ns() < until) {
        sim_unlock(&sim.lock);
        qt_sleep_ns(50000);
        sim_api_lock();
    }
}

/* ---- a new order ------------------------------------------------------------------------------------------ */

int sim_routing_lost(void) { return (sim_channels_down() & (SIM_DOWN_ROUTING | SIM_DOWN_BROKER)) != 0; }

static void lose_session(sim_client_order_t *o, const uint16_t *text)
{
    o->unsent = 1;
    o->doom = text;
}

static void reject(sim_client_order_t *o, const sim_fault_t *f)
{
    if (sim_int_or(f, SIM_KEY_RETRYABLE, 0))
        lose_session(o, sim_fault_text(f, NOT_CONNECTED));
    else if (sim_int_or(f, SIM_KEY_STATUS, QT_STATUS_REJECTED) == QT_STATUS_NOT_CREATED)
        o->doom = sim_fault_text(f, UNITS(u"Ordem inv\u00e1lida"));
    else
        o->refused = sim_fault_text(f, UNITS(u"Saldo insuficiente"));
}

void sim_meet_order(sim_client_order_t *o)
{
    const sim_fault_t *f;
    if (sim_routing_lost())
        lose_session(o, NOT_CONNECTED);
    if ((f = sim_fault_hit(SIM_FAULT_REJECT, 0, -1, NULL)))
        reject(o, f);
    if ((f = sim_fault_hit(SIM_FAULT_STUCK, 0, -1, NULL)))
        o->stuck = sim_int_or(f, SIM_KEY_REACHES, 1) ? 1 : 2;
    if ((f = sim_fault_hit(SIM_FAULT_PARTIAL, 0, -1, NULL))) {
        o->slices = (int32_t)sim_int_or(f, SIM_KEY_SLICES, 2);
        o->slice_ns = (int64_t)(sim_real_or(f, SIM_KEY_SECONDS, 0.05) * 1e9);
    }
}

/* Only what trades in full on arrival can be sliced: a rest in the book is one order. */
int32_t sim_slice(const sim_market_t *m, sim_client_order_t *o, int32_t left)
{
    int against = o->side == QT_ORDER_BUY ? SIM_SELL : SIM_BUY;
    int32_t piece = left / o->slices, best = m->book.best[against];
    if (o->slices > 1 && piece == 0)
        piece = 1;
    if (o->slices <= 1 || piece >= left || best == SIM_MARKET_PRICE || sim_book_level(&m->book, against, best)->qty < piece)
        return left;
    if (o->type != QT_ORDER_MARKET && (o->side == QT_ORDER_BUY ? o->price < best : o->price > best))
        return left;
    o->slices--;
    return piece;
}

/* ---- cancels and changes ------------------------------------------------------------------------------------ */

static const uint16_t *refuse(int kind, const uint16_t *otherwise)
{
    const sim_fault_t *f = sim_fault_hit(kind, 0, -1, NULL);
    return f ? sim_fault_text(f, otherwise) : NULL;
}

const uint16_t *sim_refuse_cancel(void) { return refuse(SIM_FAULT_CANCEL_REJECT, UNITS(u"Cancelamento rejeitado")); }
const uint16_t *sim_refuse_change(void) { return refuse(SIM_FAULT_CHANGE_REJECT, UNITS(u"Altera\u00e7\u00e3o rejeitada")); }
int sim_lose_race(void) { return sim_fault_hit(SIM_FAULT_CANCEL_RACE, 0, -1, NULL) != NULL; }

int64_t sim_admin_cancel(const uint16_t **text)
{
    const sim_fault_t *f = sim_fault_hit(SIM_FAULT_ADMIN_CANCEL, 0, -1, NULL);
    if (!f)
        return -1;
    *text = sim_fault_text(f, UNITS(u"Cancelada pela corretora"));
    return (int64_t)(sim_real_or(f, SIM_KEY_SECONDS, 0.0) * 1e9);
}
