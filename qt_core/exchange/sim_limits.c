/* What the exchange refuses, and with which words: phases, lots, price limits, order rates. */
#include "sim.h"

#define MINUTE_NS (INT64_C(60) * SIM_SECOND_NS)

int32_t sim_last_or_reference(const sim_market_t *m)
{
    return m->last_price == SIM_MARKET_PRICE ? m->reference : m->last_price;
}

/* ticks at a percentage from a price, rounded towards it */
static int32_t above(int32_t price, double percent) { return price + (int32_t)floor(price * percent / 100.0); }
static int32_t below(int32_t price, double percent) { return price - (int32_t)floor(price * percent / 100.0); }

int32_t sim_highest_of_day(const sim_market_t *m) { return above(m->reference, sim.config.oscillation); }
int32_t sim_lowest_of_day(const sim_market_t *m) { return below(m->reference, sim.config.oscillation); }

/* the price at which a trade still lies inside the auction tunnel */
int32_t sim_tunnel_end(const sim_market_t *m, int side)
{
    return side == SIM_BUY ? above(m->centre, sim.config.auction_tunnel) : below(m->centre, sim.config.auction_tunnel);
}

/* A recorded market had its own limits: only lots count in it. */
static const uint16_t *price_refusal(const sim_market_t *m, const sim_client_order_t *o, int32_t price)
{
    int32_t last = sim_last_or_reference(m);
    double tunnel = sim.config.rejection_tunnel;
    if (price == SIM_MARKET_PRICE)
        return UNITS(u"Pre\u00e7o fora do tick do ativo");
    if (!sim_book_inside(&m->book, price))
        return UNITS(u"Pre\u00e7o fora dos limites do ativo");
    if (sim_playing())
        return NULL;
    if (sim.config.oscillation > 0.0 && (price > sim_highest_of_day(m) || price < sim_lowest_of_day(m)))
        return UNITS(u"Pre\u00e7o fora do limite de oscila\u00e7\u00e3o di\u00e1ria");
    if (tunnel > 0.0 && (o->side == QT_ORDER_BUY ? price > above(last, tunnel) : price < below(last, tunnel)))
        return UNITS(u"Pre\u00e7o fora do t\u00fanel de rejei\u00e7\u00e3o");
    return NULL;
}

static const uint16_t *lot_refusal(int64_t qty)
{
    if (qty <= 0 || qty % sim.config.lot)
        return UNITS(u"Quantidade inv\u00e1lida para o lote do ativo");
    if (qty > sim.config.max_lot && !(sim_playing() && qty <= INT32_MAX))
        return UNITS(u"Quantidade acima do lote m\u00e1ximo por ordem");
    return NULL;
}

static const uint16_t *phase_refusal(const sim_market_t *m, const sim_client_order_t *o)
{
    switch (m->phase) {
    case QT_PHASE_OPEN: return NULL;
    case QT_PHASE_FROZEN: return UNITS(u"Ativo congelado: ordem n\u00e3o aceita");
    case QT_PHASE_INHIBITED: return UNITS(u"Ativo inibido para negocia\u00e7\u00e3o");
    case QT_PHASE_CLOSED: return UNITS(u"Mercado fechado para negocia\u00e7\u00e3o");
    default: break;
    }
    if (sim_playing()) /* nobody knows what an order would have done to a recorded auction */
        return UNITS(u"Leil\u00e3o gravado: ordem n\u00e3o aceita");
    return o->type == QT_ORDER_MARKET ? UNITS(u"Ordem a mercado n\u00e3o aceita em leil\u00e3o") : NULL;
}

/* NULL, or why the exchange refuses an order that reaches it. */
const uint16_t *sim_refusal(const sim_market_t *m, const sim_client_order_t *o)
{
    const uint16_t *text = o->refused;
    if (!text && sim.config.days > 1)
        text = sim_contract_refusal(o->ticker);
    if (!text)
        text = phase_refusal(m, o);
    if (!text)
        text = lot_refusal(o->qty);
    if (!text && o->type != QT_ORDER_MARKET)
        text = price_refusal(m, o, o->price);
    if (!text && o->type == QT_ORDER_STOP_LIMIT && o->stop == SIM_MARKET_PRICE)
        text = UNITS(u"Pre\u00e7o de disparo inv\u00e1lido");
    return text;
}

/* The same for new values of an order that lives. */
const uint16_t *sim_change_refusal(const sim_market_t *m, const sim_client_order_t *o, int32_t price, int32_t stop, int64_t qty)
{
    const uint16_t *text = phase_refusal(m, o);
    if (!(o->book_id || o->waiting) || qty <= o->traded || (o->waiting && stop == SIM_MARKET_PRICE))
        return UNITS(u"Altera\u00e7\u00e3o rejeitada");
    if (!text)
        text = lot_refusal(qty);
    return text ? text : price_refusal(m, o, price);
}

/* ---- rates -------------------------------------------------------------------------------------------- */

/* Counts an order that reaches the exchange; NULL, or why it is one too many. The minute ends with this order. */
const uint16_t *sim_rate_refusal(sim_rates_t *r, int64_t now_ns)
{
    int32_t most = sim.config.orders_per_minute;
    if (sim.config.orders_per_day && r->today >= sim.config.orders_per_day)
        return UNITS(u"Limite de ordens por dia excedido");
    if (most && r->today >= most && now_ns - r->times[r->today % most] < MINUTE_NS)
        return UNITS(u"Limite de ordens por minuto excedido");
    if (most)
        r->times[r->today % most] = now_ns;
    r->today++;
    return NULL;
}
