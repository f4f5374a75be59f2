/* What becomes of each routing message (a send, a change, a cancel): one callback per stage. No stage speaks of fills. */
#include "sim.h"

#include <string.h>

static const uint16_t *usual_text(int code)
{
    switch (code) {
    case SIM_ROUTE_STARTING: return UNITS(u"Enviando ordem ao HadesProxy");
    case SIM_ROUTE_PROXY: return UNITS(u"Enviado ao HadesProxy.");
    case SIM_ROUTE_SERVER: return UNITS(u"Enviado ao servidor de ordens.");
    case SIM_ROUTE_BROKER: return UNITS(u"Enviado \u00e0 corretora.");
    case SIM_ROUTE_MARKET: return UNITS(u"Enviado \u00e0 bolsa.");
    case SIM_ROUTE_ACCEPTED: return UNITS(u"Aceita.");
    default: return UNITS(u"");
    }
}

void sim_tell_route(const sim_client_order_t *o, int64_t message_id, int code, const uint16_t *text)
{
    sim_message_t *msg;
    if (!sim.callbacks.routing || o->stuck)
        return;
    msg = sim_post(SIM_MSG_ROUTE, 0);
    msg->u.route.message_id = message_id;
    msg->u.route.slot = o->slot;
    msg->u.route.code = (uint8_t)code;
    msg->u.route.text = text ? text : usual_text(code);
}

/* Until the order server has answered nobody knows the order: its local id is 0, only the message id matches. */
static int64_t known_id(const sim_client_order_t *o, int code)
{
    return code == SIM_ROUTE_STARTING || code == SIM_ROUTE_PROXY || code == SIM_ROUTE_NO_PROXY ||
                   code == SIM_ROUTE_NO_SERVER
               ? 0
               : o->local_id;
}

void sim_deliver_route(const sim_message_t *msg)
{
    TConnectorTradingMessageResult result;
    const sim_client_order_t *o = sim_order_at(msg->u.route.slot);
    if (!sim.live.routing)
        return;
    memset(&result, 0, sizeof result);
    result.BrokerID = SIM_BROKER_ID;
    result.OrderID.LocalOrderID = known_id(o, msg->u.route.code);
    result.OrderID.ClOrderID = sim_shown(result.OrderID.LocalOrderID ? o->cl_ord_id : UNITS(u""));
    result.MessageID = msg->u.route.message_id;
    result.ResultCode = msg->u.route.code;
    result.Message = sim_shown(msg->u.route.text);
    result.MessageLength = sim_length(msg->u.route.text);
    sim.live.routing(&result);
    memset(&result, 0xDD, sizeof result);
    sim_called();
}
