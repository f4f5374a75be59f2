/* What the conformance program keeps: a list of rules, what the callbacks saw, orders ready to send. */
#ifndef CLIENTS_RULES_H
#define CLIENTS_RULES_H

#include "host.h"

enum {
    OK = 0, NOT_INITIALIZED = -2147483646, INVALID_ARGS = -2147483645, WAITING_SERVER = -2147483644, OUT_OF_RANGE = -2147483639,
    MARKET_ONLY = -2147483638, NO_POSITION = -2147483637, NOT_FOUND = -2147483636, VERSION_NOT_SUPPORTED = -2147483635,
    EXCHANGE_UNKNOWN = -2147483633, LICENSE_NOT_ALLOWED = -2147483630, PERIOD_LIMIT = -2147483602
};

static int rules, broken;

static void rule(const char *promise, int met)
{
    rules++;
    broken += !met;
    printf("%s %s\n", met ? "ok    " : "BROKEN", promise);
}

static struct {
    char states[400], history[400], text[600];
    int accounts, accented, invalid, ask_inside;
    int64_t past, past_outside, last_flags, last_flag_at;
    int percent;
    int64_t trades, tiny, translate_failures, wrong_volume, numbers_back, guard_hit, stale_taken;
    uint32_t number;
    void *handle;
    PWideChar kept_text;
    int64_t offers, changes, pages, first_pages, last_pages, bad_walks, unsorted, free_failures, second_frees, wrong_sizes,
        bad_positions, undated, undated_fresh;
    double best[2];
    int64_t depths;
    int last_depth, last_side;
    int64_t detail_failures, loaded, enumerated;
    intptr_t param;
} seen;

/* ---- ready-made records --------------------------------------------------------------------------------------------- */

static AccountId my_account(void)
{
    AccountId a = {0};
    a.broker = 32003;
    a.account = W("1000001");
    return a;
}

static AssetId contract(const char *ticker, const char *exchange)
{
    static uint16_t names[8][32];
    static int turn;
    AssetId a = {0};
    a.ticker = widen(names[turn++ % 8], ticker);
    a.exchange = widen(names[turn++ % 8], exchange);
    return a;
}

static SendOrderRec market_order(int type, int64_t quantity)
{
    SendOrderRec o = {0};
    o.version = 2;
    o.account = my_account();
    o.asset = contract("WDOZ26", "F");
    o.password = W("routing");
    o.type = (uint8_t)type;
    o.side = 1;
    o.price = o.stop = -1;
    o.quantity = quantity;
    o.message = -1;
    return o;
}

static SendOrderRec limit_order(int side, double price, int64_t quantity)
{
    SendOrderRec o = market_order(2, quantity);
    o.side = (uint8_t)side;
    o.price = price;
    return o;
}

static PositionRec position(int version)
{
    PositionRec p = {0};
    p.version = (uint8_t)version;
    p.account = my_account();
    p.asset = contract("WDOZ26", "F");
    p.position_type = 1;
    return p;
}

/* ---- asking ------------------------------------------------------------------------------------------------------------ */

static int32_t past(const char *from, const char *to)
{
    uint16_t start[32], end[32];
    int32_t result;
    seen.past = seen.past_outside = seen.last_flags = seen.last_flag_at = 0;
    result = GetHistoryTrades(W("WDOZ26"), W("F"), widen(start, from), widen(end, to));
    settle();
    return result;
}

static const char *next_second(void)
{
    static char clock[32];
    static int second = 12;
    second++;
    snprintf(clock, sizeof clock, "10:%02d:%02d", 30 + second / 60, second % 60);
    return clock;
}

static void run_a_second(void)
{
    SIM_RunUntil(next_second());
    settle();
}

static double price_of(uint8_t side)
{
    AssetId a = contract("WDOZ26", "F");
    PriceGroup g = {0};
    GetPriceGroup(&a, side, 0, &g);
    return g.price;
}

static int levels_sorted(const AssetId *a)
{
    int side, i, sorted = 1;
    for (side = 0; side < 2; side++) {
        double last = side ? -1e9 : 1e9;
        int n = GetPriceDepthSideCount(a, (uint8_t)side);
        for (i = 0; i < n; i++) {
            PriceGroup g = {0};
            sorted &= GetPriceGroup(a, (uint8_t)side, i, &g) == OK && (side ? g.price > last : g.price < last) && g.quantity > 0;
            last = g.price;
        }
    }
    return sorted;
}

static int in_order(const char *text_, const char *a, const char *b, const char *c, const char *d)
{
    const char *parts[4], *p = text_;
    int i;
    parts[0] = a, parts[1] = b, parts[2] = c, parts[3] = d;
    for (i = 0; i < 4 && p; i++)
        if ((p = strstr(p, parts[i])) != NULL)
            p += strlen(parts[i]);
    return p != NULL;
}

static int ends_with(const char *text_, const char *end)
{
    size_t n = strlen(text_), m = strlen(end);
    return n >= m && !strcmp(text_ + n - m, end);
}

/* ---- callbacks -------------------------------------------------------------------------------------------------------- */

static void note(char *list, size_t room, const char *format, int value, char mark)
{
    size_t n = strlen(list);
    if (room - n > 16)
        snprintf(list + n, room - n, format, value, mark);
}

static void STDCALL on_state(int32_t channel, int32_t result)
{
    note(seen.states, sizeof seen.states, "%d%c", channel, ':');
    note(seen.states, sizeof seen.states, "%d%c", result, ' ');
}

static void STDCALL on_account(int32_t broker, PWideChar name, PWideChar account, PWideChar holder)
{
    (void)name;
    (void)account;
    seen.accounts++;
    seen.accented = broker == 32003 && holder[2] == 0xE3; /* Jo\u00e3o */
    if (seen.ask_inside)
        SubscribeTicker(W("WDOZ26"), W("F"));
}

static void STDCALL on_progress(AssetRec a, int32_t percent)
{
    (void)a;
    seen.percent = percent;
}

static void STDCALL on_tiny(AssetRec a, double price, int32_t quantity, int32_t side)
{
    Trade t = {0};
    (void)a;
    (void)side;
    seen.stale_taken += seen.handle && TranslateTrade(seen.handle, &t) == OK;
    seen.tiny += price > 0.0 && quantity >= 0;
}

static void STDCALL on_invalid(AssetId a) { seen.invalid += a.ticker[0] == 'X'; }
static void STDCALL on_loaded(AccountId a) { seen.loaded += a.broker == 32003; }

static void STDCALL on_trade(AssetId a, void *handle, uint32_t flags)
{
    struct { Trade t; uint8_t guard[16]; } room;
    memset(&room, 0xEE, sizeof room);
    room.t.version = 0;
    seen.trades++;
    seen.translate_failures += TranslateTrade(handle, &room.t) != OK || flags;
    seen.guard_hit += room.guard[0] != 0xEE || room.guard[15] != 0xEE;
    seen.wrong_volume += room.t.volume != room.t.price * (double)room.t.quantity * 10.0;
    seen.numbers_back += room.t.number <= seen.number;
    seen.number = room.t.number;
    seen.handle = handle;
    seen.kept_text = a.ticker;
}

static void STDCALL on_past(AssetId a, void *handle, uint32_t flags)
{
    Trade t = {0};
    (void)a;
    seen.past++;
    seen.past_outside += TranslateTrade(handle, &t) != OK || t.date.hour != 10 || t.date.minute != 29 || t.date.second >= 30;
    if (flags & 2) {
        seen.last_flags++;
        seen.last_flag_at = seen.past;
    }
}

static void take_page(int side, void *array)
{
    const uint8_t *p = array;
    double price, last = side ? 1e9 : -1e9;
    int32_t n, size, i;
    uint16_t date;
    uint32_t flags;
    if (!array)
        return;
    memcpy(&n, p, 4);
    memcpy(&size, p + 4, 4);
    for (i = 0, p += 8; i < n; i++, p += 30 + date) {
        memcpy(&price, p, 8);
        memcpy(&date, p + 28, 2);
        seen.unsorted += side ? price > last : price < last;
        last = seen.best[side] = price;
    }
    memcpy(&flags, p, 4);
    seen.pages++;
    seen.first_pages += (flags & 2) != 0;
    seen.last_pages += (flags & 1) != 0;
    seen.bad_walks += p + 4 != (const uint8_t *)array + size;
    if (seen.pages == 1)
        seen.wrong_sizes += FreePointer(array, size + 1) == OK;
    seen.free_failures += FreePointer(array, size) != OK;
    if (seen.pages == 1)
        seen.second_frees += FreePointer(array, size) == OK;
}

static void STDCALL on_offer(AssetRec a, int32_t action, int32_t position_, int32_t side, int64_t quantity, int32_t agent,
    int64_t offer, double price, uint16_t has_price, uint16_t has_quantity, uint16_t has_date, uint16_t has_offer,
    uint16_t has_agent, PWideChar date, void *sells, void *buys)
{
    (void)a, (void)quantity, (void)agent, (void)offer, (void)price, (void)has_price, (void)has_quantity, (void)has_offer;
    (void)has_agent;
    seen.offers++;
    take_page(1, sells);
    take_page(0, buys);
    if (action == 4)
        return;
    seen.changes++;
    seen.bad_positions += position_ < 0 || side < 0 || side > 1;
    if (!(has_date & 0xFF)) {
        seen.undated++;
        seen.undated_fresh += date[8] == '2'; /* the year's third digit: 2026 against 1990 or 1970 */
    }
}

static void STDCALL on_depth(AssetId a, uint8_t side, int32_t position_, uint8_t update)
{
    (void)a;
    (void)position_;
    seen.depths++;
    seen.last_depth = update;
    seen.last_side = side;
}

static void STDCALL on_order(OrderId id)
{
    static uint16_t text_room[512], ticker[64], exchange[8];
    OrderOut o = {0};
    int failed;
    o.version = 1;
    o.id.local = id.local;
    failed = GetOrderDetails(&o) != OK;
    o.text = text_room;
    o.asset.ticker = ticker;
    o.asset.exchange = exchange;
    memset(text_room, 0xEE, sizeof text_room);
    failed |= GetOrderDetails(&o) != OK || text_room[o.text_length] != 0xEEEE || o.asset.ticker_length != 6;
    seen.detail_failures += failed;
    snprintf(seen.text, sizeof seen.text, "%s", text_of(text_room, o.text_length));
    note(seen.history, sizeof seen.history, "%d%c ", o.status, id.cl_ord && id.cl_ord[0] ? '+' : '-');
}

static int32_t STDCALL on_enumerated(const OrderRec *o, intptr_t param)
{
    seen.enumerated += o->quantity > 0;
    seen.param = param;
    return param != 0;
}

#endif
