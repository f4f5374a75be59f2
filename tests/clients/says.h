/* What the plain client says in its callbacks: every parameter of every one. */
#ifndef CLIENTS_SAYS_H
#define CLIENTS_SAYS_H

#include "host.h"

static void STDCALL on_state(int32_t channel, int32_t result) { say("state %d %d", channel, result); }

static void STDCALL on_account(int32_t broker, PWideChar name, PWideChar account, PWideChar holder)
{
    say("account %d %s %s %s", broker, text(name), text(account), text(holder));
}

static void STDCALL on_progress(AssetRec a, int32_t percent)
{
    say("progress %s %s %d %d", text(a.ticker), text(a.exchange), a.feed, percent);
}

static void STDCALL on_daily(AssetRec a, PWideChar date, double open, double high, double low, double close, double volume,
    double settlement, double max_limit, double min_limit, double buyer_volume, double seller_volume, int32_t quantity,
    int32_t trades, int32_t open_contracts, int32_t buyer_quantity, int32_t seller_quantity, int32_t buyer_trades,
    int32_t seller_trades)
{
    say("daily %s %s %s %s %s %s %s %s %s %s %s %s %d %d %d %d %d %d %d", text(a.ticker), text(date), number(open),
        number(high), number(low), number(close), number(volume), number(settlement), number(max_limit), number(min_limit),
        number(buyer_volume), number(seller_volume), quantity, trades, open_contracts, buyer_quantity, seller_quantity,
        buyer_trades, seller_trades);
}

static void STDCALL on_tiny(AssetRec a, double price, int32_t quantity, int32_t side)
{
    say("tiny %s %s %d %d", text(a.ticker), number(price), quantity, side);
}

static void STDCALL on_phase(AssetRec a, PWideChar date, int32_t state)
{
    say("phase %s %s %d", text(a.ticker), text(date), state);
}

static void STDCALL on_invalid(AssetId a) { say("invalid %d %s %s %d", a.version, text(a.ticker), text(a.exchange), a.feed); }

static void print_of(const char *kind, AssetId a, void *handle, uint32_t flags)
{
    Trade t = {0};
    int32_t result = TranslateTrade(handle, &t);
    say("%s %s %s %d %u %d %s %u %s %" PRId64 " %s %d %d %d", kind, text(a.ticker), text(a.exchange), a.feed, flags, result,
        when(t.date), t.number, number(t.price), t.quantity, number(t.volume), t.buyer, t.seller, t.type);
}
static void STDCALL on_trade(AssetId a, void *handle, uint32_t flags) { print_of("trade", a, handle, flags); }
static void STDCALL on_past(AssetId a, void *handle, uint32_t flags) { print_of("past", a, handle, flags); }

static const uint8_t *say_entry(const char *which, const uint8_t *p)
{
    double price;
    int64_t quantity, offer;
    int32_t agent;
    uint16_t n;
    memcpy(&price, p, 8);
    memcpy(&quantity, p + 8, 8);
    memcpy(&agent, p + 16, 4);
    memcpy(&offer, p + 20, 8);
    memcpy(&n, p + 28, 2);
    if (which)
        say("    %s %s %" PRId64 " %d %" PRId64 " %.*s", which, number(price), quantity, agent, offer, n, (const char *)p + 30);
    return p + 30 + n;
}

/* One page of one side: walked entry by entry, told by its first and last, and given back. */
static void take_page(const char *side, void *array)
{
    const uint8_t *p = array;
    int32_t n, size, i, result;
    uint32_t flags;
    if (!array)
        return;
    memcpy(&n, p, 4);
    memcpy(&size, p + 4, 4);
    say("  page %s %d %d %016" PRIx64, side, n, size, digest(array, size));
    for (i = 0, p += 8; i < n; i++)
        p = say_entry(i == 0 ? "first" : i == n - 1 ? "last" : NULL, p);
    memcpy(&flags, p, 4);
    i = (int32_t)(p + 4 - (const uint8_t *)array);
    result = FreePointer(array, size);
    say("    flags %u length %d given back %d", flags, i, result);
}

static void STDCALL on_offer(AssetRec a, int32_t action, int32_t position, int32_t side, int64_t quantity, int32_t agent,
    int64_t offer, double price, uint16_t has_price, uint16_t has_quantity, uint16_t has_date, uint16_t has_offer,
    uint16_t has_agent, PWideChar date, void *sells, void *buys)
{
    say("offer %s %d %d %d %" PRId64 " %d %" PRId64 " %s %d%d%d%d%d %s", text(a.ticker), action, position, side, quantity, agent,
        offer, number(price), (has_price & 0xFF) != 0, (has_quantity & 0xFF) != 0, (has_date & 0xFF) != 0,
        (has_offer & 0xFF) != 0, (has_agent & 0xFF) != 0, text(date));
    take_page("sell", sells);
    take_page("buy", buys);
}

static void say_levels(const AssetId *a, uint8_t side, int top)
{
    int32_t i, n = GetPriceDepthSideCount(a, side);
    say("  side %d levels %d", side, n);
    for (i = 0; i < n && i < top; i++) {
        PriceGroup g = {0};
        int32_t result = GetPriceGroup(a, side, i, &g);
        say("    %d %d %s %u %" PRId64 " %u", i, result, number(g.price), g.count, g.quantity, g.flags);
    }
}

static void STDCALL on_depth(AssetId a, uint8_t side, int32_t position, uint8_t update)
{
    say("depth %s %d %d %d", text(a.ticker), side, position, update);
    if (side == 254 || side == 0)
        say_levels(&a, 0, update == 4 ? 50 : 2);
    if (side == 254 || side == 1)
        say_levels(&a, 1, update == 4 ? 50 : 2);
}

/* ---- orders ------------------------------------------------------------------------------------------------------ */

static uint16_t ticker_room[64], exchange_room[8], text_room[512];

/* Two passes: lengths first, then texts. */
static void say_details(const char *kind, OrderId id)
{
    OrderOut o = {0};
    int32_t first, second;
    o.version = 1;
    o.id.local = id.local;
    o.id.cl_ord = id.cl_ord;
    first = GetOrderDetails(&o);
    o.asset.ticker = ticker_room;
    o.asset.exchange = exchange_room;
    o.text = text_room;
    second = GetOrderDetails(&o);
    say("%s %" PRId64 " %s: %d %d %" PRId64 " broker %d account %s sub %s asset %s %s %d", kind, id.local, text(id.cl_ord), first,
        second, o.id.local, o.account.broker, text_of(o.account.account, o.account.account_length),
        text_of(o.account.sub, o.account.sub_length), text_of(ticker_room, o.asset.ticker_length),
        text_of(exchange_room, o.asset.exchange_length), o.asset.feed);
    say("  quantity %" PRId64 " %" PRId64 " %" PRId64 " price %s %s %s side %d type %d status %d validity %d", o.quantity,
        o.traded, o.leaves, number(o.price), number(o.stop), number(o.average), o.side, o.type, o.status, o.validity);
    say("  date %s updated %s closed %s valid %s event %" PRId64 " text %s", when(o.date), when(o.updated), when(o.closed),
        when(o.valid), o.event, text_of(text_room, o.text_length));
}

static void STDCALL on_order(OrderId id) { say_details("order", id); }
static void STDCALL on_loaded(AccountId a) { say("order history %d %s %s", a.broker, text(a.account), text(a.sub)); }

static void STDCALL on_words(AssetRec a, int32_t broker, int32_t quantity, int32_t traded, int32_t leaves, int32_t side,
    double price, double stop_price, double average, int64_t local, PWideChar type, PWideChar account, PWideChar holder,
    PWideChar cl_ord, PWideChar status, PWideChar date, PWideChar message)
{
    say("words %s %d %d %d %d %d %s %s %s %" PRId64 " %s %s %s %s %s %s %s", text(a.ticker), broker, quantity, traded, leaves,
        side, number(price), number(stop_price), number(average), local, text(type), text(account), text(holder), text(cl_ord),
        text(status), text(date), text(message));
}

static void STDCALL on_message(const MessageResult *m)
{
    say("message %d %d %" PRId64 " %s %" PRId64 " %d %s", m->version, m->broker, m->order.local, text(m->order.cl_ord),
        m->message, m->result, text_of(m->text, m->text_length));
}

static void STDCALL on_info(AssetRec a, PWideChar name, PWideChar description, int64_t min_quantity, int64_t max_quantity,
    int64_t lot, int32_t type, int32_t sub_type, double increment, double multiplier, PWideChar expiry, PWideChar isin,
    PWideChar sector, PWideChar sub_sector, PWideChar segment)
{
    say("info %s %s %s %" PRId64 " %" PRId64 " %" PRId64 " %d %d %s %s %s %s %s %s %s", text(a.ticker), text(name),
        text(description), min_quantity, max_quantity, lot, type, sub_type, number(increment), number(multiplier), text(expiry),
        text(isin), text(sector), text(sub_sector), text(segment));
}

static int32_t STDCALL on_enumerated(const OrderRec *o, intptr_t param)
{
    printf("  %d %" PRId64 " %s %s %s %d %" PRId64 " %" PRId64 " %" PRId64 " %s %s %s %d %d %d %d %s %s %" PRId64 " %s\n",
           (int)param, o->id.local, text(o->id.cl_ord), text(o->account.account), text(o->asset.ticker), o->account.broker,
           o->quantity, o->traded, o->leaves, number(o->price), number(o->stop), number(o->average), o->side, o->type, o->status,
           o->validity, when(o->date), when(o->updated), o->event, text(o->text));
    return 1;
}

#endif
