/* Orders through the door without a library: two passes, lengths that lie, records that are overrun; accounts, contracts. */
#include "check.h"
#include "qt_asset_info.h"
#include "qt_door_orders.h"

#include <stdlib.h>

#define CAPACITY 4
static qt_event_t event_slots[16];
static qt_order_update_t slots[CAPACITY];
static qt_ring_t ring;
static qt_update_ring_t updates;
static qt_accounts_t accounts;
static qt_door_t door;
static qt_order_desk_t desk;
static const uint16_t ID[] = {'A', '1', 0}, TICKER[] = {'W', 'D', 'O', 'Z', '2', '6', 0};

/* what the library of the test says, and how it misbehaves */
static struct {
    TConnectorOrderOut says;
    int32_t first_length, second_length, written; /* units of the text */
    int32_t code, newest, calls, overrun;
} lib;

static void write_units(uint16_t *to, int32_t units)
{
    int32_t i;
    for (i = 0; to && i < units; i++)
        to[i] = (uint16_t)(0xE0 + i % 16); /* accented letters */
}

static int32_t QT_STDCALL details(TConnectorOrderOut *o)
{
    int second = o->TextMessage != NULL || o->AssetID.Ticker != NULL;
    uint16_t *text = o->TextMessage, *ticker = o->AssetID.Ticker;
    TConnectorOrderIdentifier asked = o->OrderID;
    uint8_t version = o->Version;
    lib.calls++;
    if (version > lib.newest)
        return NL_VERSION_NOT_SUPPORTED;
    if (lib.code || o->AccountID.Version || o->AssetID.Version || o->OrderID.Version)
        return lib.code ? lib.code : NL_VERSION_NOT_SUPPORTED;
    *o = lib.says;
    o->Version = version;
    o->OrderID = asked;
    o->OrderID.LocalOrderID = INT64_C(126000000000001);
    o->TextMessage = text;
    o->AssetID.Ticker = ticker;
    o->AssetID.TickerLength = 6;
    o->TextMessageLength = second ? lib.second_length : lib.first_length;
    write_units(text, lib.written);
    if (ticker)
        memcpy(ticker, TICKER, 12);
    if (lib.overrun)
        ((unsigned char *)o)[sizeof *o + 3] = 7;
    return NL_OK;
}

static void open_desk(int32_t first, int32_t second, int32_t written)
{
    memset(&door, 0, sizeof door);
    memset(&desk, 0, sizeof desk);
    memset(&lib, 0, sizeof lib);
    memset(&accounts, 0, sizeof accounts);
    qt_ring_init(&ring, event_slots, 16);
    qt_updates_init(&updates, slots, CAPACITY);
    door.ring = &ring;
    desk.ring = &updates;
    desk.accounts = &accounts;
    desk.details = details;
    desk.version = 1;
    lib.newest = 1;
    lib.first_length = first;
    lib.second_length = second;
    lib.written = written;
    lib.says.Quantity = INT64_C(1) << 33;
    lib.says.TradedQuantity = 2;
    lib.says.AveragePrice = 5400.25;
    lib.says.Price = 5400.5;
    lib.says.StopPrice = -1.0;
    lib.says.OrderSide = 2;
    lib.says.OrderType = 4;
    lib.says.OrderStatus = 204;
    lib.says.EventID = INT64_C(1) << 40;
    lib.says.AccountID.BrokerID = 32003;
    lib.says.AccountID.AccountID[0] = 0xC7;
    lib.says.AccountID.AccountIDLength = 1;
}

/* The identifier and its text die with the callback: they live exactly as long here. */
static void fire(int64_t local_id)
{
    uint16_t *text = (uint16_t *)malloc(sizeof ID);
    TConnectorOrderIdentifier id = {0, local_id, NULL};
    memcpy(text, ID, sizeof ID);
    id.ClOrderID = text;
    qt_on_order(&door, &desk, &id, 1);
    free(text);
}

static qt_order_update_t one(void)
{
    qt_order_update_t u = *qt_updates_at(&updates, 0);
    CHECK(qt_spsc_peek_all(&updates) == 1);
    qt_spsc_pop(&updates, 1);
    return u;
}

static void everything_is_copied_out(void)
{
    qt_order_update_t u;
    open_desk(100, 100, 100);
    fire(0);
    u = one();
    CHECK(u.error == 0 && u.source == QT_UPDATE_ORDER && u.local_id == INT64_C(126000000000001));
    CHECK(u.qty == INT64_C(1) << 33 && u.traded == 2 && u.price == 5400.5 && u.avg_price == 5400.25);
    CHECK(u.side == 2 && u.type == 4 && u.status == 204 && u.event_id == INT64_C(1) << 40 && u.message_id == -1);
    CHECK(u.broker == 32003 && u.account_n == 1 && u.account[0] == 0xC7);
    CHECK(u.cl_ord_n == 2 && u.cl_ord_id[1] == '1' && u.ticker_n == 6 && u.ticker[5] == '6');
    CHECK(u.text_n == 100 && u.text[0] == 0xE0 && u.text[99] == 0xE3 && u.cut == 0);
    CHECK(lib.calls == 2 && qt_ring_peek(&ring) == 1 && qt_ring_at(&ring, 0)->id == u.local_id);
}

static void lengths_are_not_trusted(void)
{
    static const struct { int32_t first, second, written, kept; uint8_t cut; } cases[] = {
        {300, 300, 300, 256, QT_CUT_TEXT},       {10, 900, 900, 256, QT_CUT_TEXT}, /* grew between the passes */
        {2048, 1 << 30, 4000, 256, QT_CUT_TEXT}, {10, -5, 10, 0, 0},
        {-1, 7, 7, 0, QT_CUT_TEXT},              {1 << 30, 1 << 30, 9, 0, QT_CUT_TEXT},
        {2049, 2049, 9, 0, QT_CUT_TEXT},         {0, 0, 0, 0, 0},
        {10, 10, 4, 4, 0},                       {INT32_MIN, INT32_MAX, 0, 0, QT_CUT_TEXT}};
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        qt_order_update_t u;
        open_desk(cases[i].first, cases[i].second, cases[i].written);
        lib.says.AccountID.AccountIDLength = i % 2 ? INT32_MAX : INT32_MIN;
        fire(5);
        u = one();
        CHECK(u.text_n == cases[i].kept && u.cut == cases[i].cut && u.error == 0);
    }
}

static void impossible_contents_are_not_passed_on(void)
{
    int i;
    for (i = 0; i < 8; i++) {
        qt_order_update_t u;
        open_desk(3, 3, 3);
        switch (i) {
        case 0: lib.says.Quantity = INT64_C(181900000000000000); break;
        case 1: lib.says.TradedQuantity = -1; break;
        case 2: lib.says.TradedQuantity = lib.says.Quantity + 1; break;
        case 3: lib.says.AveragePrice = (double)NAN; break;
        case 4: lib.says.Price = (double)INFINITY; break;
        case 5: lib.says.StopPrice = (double)NAN; break;
        case 6: lib.says.LeavesQuantity = INT64_MIN; break;
        default: lib.overrun = 1; break;
        }
        fire(5);
        u = one();
        CHECK(u.error == QT_UPDATE_NONSENSE && u.local_id == 5 && u.cl_ord_n == 2 && u.qty == 0 && u.traded == 0);
        CHECK(desk.nonsense + desk.overrun == 1 && desk.overrun == lib.overrun && qt_ring_peek(&ring) == 1);
    }
    open_desk(3, 3, 3);
    lib.says.TradedQuantity = 0;
    lib.says.AveragePrice = (double)NAN; /* no fill, no average: nothing wrong */
    fire(5);
    CHECK(one().error == 0);
}

static void failures_leave_the_ids(void)
{
    open_desk(3, 3, 3);
    lib.code = NL_NOT_FOUND;
    fire(77);
    CHECK(slots[0].error == NL_NOT_FOUND && one().local_id == 77 && desk.unread == 1);
    desk.details = NULL;
    fire(78);
    CHECK(slots[1].error == NL_NOT_IMPLEMENTED && one().local_id == 78);
}

static void older_record_is_remembered(void)
{
    open_desk(3, 3, 3);
    lib.newest = 0;
    fire(5);
    CHECK(lib.calls == 3 && slots[0].event_id == 0 && one().error == 0);
    fire(6);
    CHECK(lib.calls == 5 && desk.version == 0 && one().error == 0); /* asked once, not on each order */
    lib.newest = -1;
    fire(7);
    CHECK(slots[2].error == NL_VERSION_NOT_SUPPORTED && one().text_n == 0);
}

static void full_ring_drops_counts_and_tells(void)
{
    int i;
    open_desk(3, 3, 3);
    for (i = 0; i < CAPACITY + 3; i++)
        fire(i + 1);
    CHECK(qt_spsc_fill(&updates) == CAPACITY && qt_spsc_dropped(&updates) == 3);
    CHECK(qt_ring_peek(&ring) == CAPACITY + 3);
    for (i = 0; i < CAPACITY + 3; i++)
        CHECK(qt_ring_at(&ring, i)->b == (i >= CAPACITY) && qt_ring_at(&ring, i)->a == QT_UPDATE_ORDER);
    desk.ring = NULL; /* nobody reads: the notice alone, and nothing is lost by it */
    fire(99);
    CHECK(qt_ring_peek_all(&ring) == CAPACITY + 4 && qt_ring_at(&ring, CAPACITY + 3)->b == 0);
}

static void messages_carry_their_text(void)
{
    TConnectorTradingMessageResult m = {0, 32003, {0, 0, NULL}, INT64_C(1) << 41, 24, ID, 2};
    qt_order_update_t u;
    open_desk(0, 0, 0);
    qt_on_message(&door, &desk, &m, 1);
    u = one();
    CHECK(u.source == QT_UPDATE_MESSAGE && u.message_id == INT64_C(1) << 41 && u.result == 24 && u.broker == 32003);
    CHECK(u.text_n == 2 && u.text[0] == 'A' && u.local_id == 0 && u.cut == 0 && lib.calls == 0);
    m.MessageLength = INT32_MAX; /* up to the terminator */
    qt_on_message(&door, &desk, &m, 1);
    CHECK(one().text_n == 2);
    m.MessageLength = -3;
    qt_on_message(&door, &desk, &m, 1);
    CHECK(one().text_n == 0);
    qt_on_message(&door, &desk, NULL, 1);
    CHECK(qt_spsc_fill(&updates) == 0 && door.refused[QT_NOT_TRANSLATED] == 1);
}

static void accounts_are_kept_once(void)
{
    uint16_t number[40];
    int i;
    open_desk(0, 0, 0);
    for (i = 0; i < 14; i++)
        qt_on_account(&door, &desk, 32003 + i % 2, TICKER, ID, TICKER, 1);
    CHECK(accounts.count == 2 && accounts.row[1].broker == 32004 && accounts.row[0].name_n == 6);
    CHECK(qt_ring_peek(&ring) == 14);
    qt_on_account(&door, &desk, 1, NULL, NULL, NULL, 1);
    for (i = 0; i < 40; i++)
        number[i] = (uint16_t)(i < 39 ? '7' : 0);
    qt_on_account(&door, &desk, 1, NULL, number, NULL, 1); /* half a number would name another account */
    CHECK(accounts.count == 2 && accounts.lost == 2);
    for (i = 0; i < 2 * QT_MAX_ACCOUNTS; i++)
        qt_on_account(&door, &desk, i, NULL, ID, NULL, 1);
    CHECK(accounts.count == QT_MAX_ACCOUNTS);
}

static qt_asset_told_t contract(const TAssetIDRec *asset)
{
    qt_asset_told_t t = {asset, ID, NULL, TICKER, NULL, 1, 1000, 1, 0, 13, 0.5, 10.0};
    return t;
}

static void contracts_are_checked_and_kept_once(void)
{
    static qt_asset_infos_t infos;
    TAssetIDRec wdo = {TICKER, ID, 0}, nobody = {NULL, NULL, 0};
    qt_asset_told_t good = contract(&wdo), t;
    int i;
    open_desk(0, 0, 0);
    memset(&infos, 0, sizeof infos);
    for (i = 0; i < 3; i++)
        qt_on_asset_info(&door, &infos, &good);
    CHECK(infos.count == 1 && infos.row[0].ticker_n == 6 && infos.row[0].tick == 0.5 && infos.row[0].name_n == 2);
    t = good, t.tick = (double)NAN, qt_on_asset_info(&door, &infos, &t);
    t = good, t.tick = -0.5, qt_on_asset_info(&door, &infos, &t);
    t = good, t.multiplier = (double)INFINITY, qt_on_asset_info(&door, &infos, &t);
    CHECK(door.refused[QT_BAD_PRICE] == 3);
    t = good, t.lot = 0, qt_on_asset_info(&door, &infos, &t);
    t = good, t.min_qty = -1, qt_on_asset_info(&door, &infos, &t);
    t = good, t.max_qty = INT64_C(0x5A5A5A5A000003E8), qt_on_asset_info(&door, &infos, &t); /* 64 bits read where 32 were put */
    CHECK(door.refused[QT_BAD_QTY] == 3);
    t = good, t.asset = &nobody, qt_on_asset_info(&door, &infos, &t);
    CHECK(door.refused[QT_BAD_TICKER] == 1 && infos.count == 1);
    for (i = 0; i < QT_ASSET_ROWS + 5; i++)
        t = good, t.max_qty = i, qt_on_asset_info(&door, &infos, &t);
    CHECK(infos.count == QT_ASSET_ROWS && infos.lost == 6);
}

int main(void)
{
    everything_is_copied_out();
    lengths_are_not_trusted();
    impossible_contents_are_not_passed_on();
    failures_leave_the_ids();
    older_record_is_remembered();
    full_ring_drops_counts_and_tells();
    messages_carry_their_text();
    accounts_are_kept_once();
    contracts_are_checked_and_kept_once();
    return REPORT();
}
