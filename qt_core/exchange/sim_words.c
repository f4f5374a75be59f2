/* Order events in both families: an identifier to ask about, or the old callback with words for types and statuses. */
#include "sim.h"

#include <string.h>

#define UNITS(literal) ((const uint16_t *)(literal))

static const uint16_t *status_word(int status)
{
    switch (status) {
    case QT_STATUS_NEW: return UNITS(u"New");
    case QT_STATUS_PARTIAL: return UNITS(u"PartiallyFilled");
    case QT_STATUS_FILLED: return UNITS(u"Filled");
    case QT_STATUS_CANCELED: return UNITS(u"Canceled");
    case QT_STATUS_REPLACED: return UNITS(u"Replaced");
    case QT_STATUS_PENDING_CANCEL: return UNITS(u"PendingCancel");
    case QT_STATUS_REJECTED: return UNITS(u"Rejected");
    case QT_STATUS_EXPIRED: return UNITS(u"Expired");
    case QT_STATUS_PARTIAL_CANCELED: return UNITS(u"PartiallyFilledCanceled");
    case QT_STATUS_PARTIAL_EXPIRED: return UNITS(u"PartiallyFilledExpired");
    case QT_STATUS_PARTIAL_REJECTED: return UNITS(u"PartiallyFilledRejected");
    case QT_STATUS_AT_ORDER_SERVER: return UNITS(u"HadesCreated");
    case QT_STATUS_CLIENT_CREATED: return UNITS(u"ClientCreated");
    case QT_STATUS_NOT_CREATED: return UNITS(u"OrderNotCreated");
    default: return UNITS(u"Unknown");
    }
}

static const uint16_t *type_word(int type)
{
    return type == QT_ORDER_MARKET ? UNITS(u"Market") : type == QT_ORDER_LIMIT ? UNITS(u"Limit") : UNITS(u"StopLimit");
}

static void deliver_words(const sim_client_order_t *o)
{
    TAssetIDRec a;
    double average = o->traded ? sim_points(1) * o->value / (double)o->traded : 0.0;
    sim_asset(&a, o->alias);
    sim.live.order_change(a, SIM_BROKER_ID, (int32_t)o->qty, (int32_t)o->traded, (int32_t)(o->qty - o->traded), o->side,
                          o->price_sent, o->stop_sent, average, o->local_id, type_word(o->type), SIM_ACCOUNT_ID,
                          SIM_ACCOUNT_HOLDER, o->cl_ord_id, status_word(o->status), sim_shared_date(o->updated_ns), o->text);
    sim_called();
}

void sim_deliver_order(int32_t slot)
{
    const sim_client_order_t *o = &sim.clients.orders[slot];
    if (sim.live.order) {
        TConnectorOrderIdentifier id;
        uint16_t name[24];
        memcpy(name, o->cl_ord_id, sizeof name);
        memset(&id, 0, sizeof id);
        id.LocalOrderID = o->local_id;
        id.ClOrderID = name;
        sim.live.order(id);
        memset(name, 0xDD, sizeof name);
        sim_called();
    }
    if (sim.live.order_change)
        deliver_words(o);
}
