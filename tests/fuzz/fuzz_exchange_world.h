/* The client's side of the fuzzed exchange: callbacks, and arguments from the input. */
#ifndef FUZZ_EXCHANGE_WORLD_H
#define FUZZ_EXCHANGE_WORLD_H

#include "fuzz_input.h"
#include "qt_atomics.h"
#include "qt_clock.h"
#include "sim.h"

enum { ORDERS = 64, MOST_STEPS = 400 };

static fuzz_input_t input;
static int64_t sent[ORDERS];
static int n_sent;
static uint8_t free_manner; /* how arrays are given back: rightly, never, twice, with a wrong size */
static void *old_handle;    /* of a trade that is over */

/* declared by the exchange's own sources as exports only */
int32_t SIM_Set(const char *key, const char *value);
int32_t SIM_Faults(const char *text);
int32_t SIM_RunUntil(const char *clock);
int64_t SIM_Stat(const char *name);
int32_t SIM_LedgerOrder(int32_t index, sim_ledger_order_t *out);
#define DECLARED(name) extern __typeof__(*(name##Fn)0) name;
DECLARED(DLLInitializeLogin) DECLARED(DLLInitializeMarketLogin) DECLARED(DLLFinalize) DECLARED(SubscribeTicker)
DECLARED(UnsubscribeTicker) DECLARED(SubscribeOfferBook) DECLARED(UnsubscribeOfferBook) DECLARED(SubscribePriceDepth)
DECLARED(UnsubscribePriceDepth) DECLARED(GetPriceDepthSideCount) DECLARED(GetPriceGroup) DECLARED(GetTheoreticalValues)
DECLARED(SetStateCallback) DECLARED(SetTradeCallbackV2) DECLARED(SetHistoryTradeCallbackV2) DECLARED(SetOfferBookCallbackV2)
DECLARED(SetPriceDepthCallback) DECLARED(SetOrderCallback) DECLARED(TranslateTrade) DECLARED(GetHistoryTrades)
DECLARED(FreePointer) DECLARED(GetServerClock) DECLARED(GetAccounts) DECLARED(SendOrder) DECLARED(SendChangeOrderV2)
DECLARED(SendCancelOrderV2) DECLARED(SendCancelOrdersV2) DECLARED(SendCancelAllOrdersV2) DECLARED(SendZeroPositionV2)
DECLARED(GetPositionV2) DECLARED(GetOrderDetails) DECLARED(EnumerateAllOrders) DECLARED(HasOrdersInInterval)

/* ---- callbacks: on the exchange's thread, so they take nothing from the input ---- */

static void QT_STDCALL on_state(int32_t type, int32_t result) { FUZZ_CHECK(type >= 0 && type < 4 && result >= 0); }

static void QT_STDCALL on_trade(TConnectorAssetIdentifier asset, void *handle, uint32_t flags)
{
    TConnectorTrade t;
    (void)flags;
    memset(&t, 0, sizeof t);
    if (asset.Ticker && TranslateTrade(handle, &t) == NL_OK)
        old_handle = handle;
}

static void give_back(void *array)
{
    int32_t size;
    if (!array || free_manner == 1)
        return;
    memcpy(&size, (char *)array + 4, sizeof size);
    FreePointer(array, size + (free_manner == 3));
    if (free_manner == 2)
        FreePointer(array, size);
}

static void QT_STDCALL on_offer(TAssetIDRec asset, int32_t action, int32_t position, int32_t side, int64_t qty,
    int32_t agent, int64_t offer_id, double price, uint16_t has_price, uint16_t has_qty, uint16_t has_date,
    uint16_t has_id, uint16_t has_agent, qt_text_t date, void *sells, void *buys)
{
    (void)asset; (void)action; (void)position; (void)side; (void)qty; (void)agent; (void)offer_id; (void)price;
    (void)has_price; (void)has_qty; (void)has_date; (void)has_id; (void)has_agent; (void)date;
    give_back(sells);
    give_back(buys);
}

static void QT_STDCALL on_depth(TConnectorAssetIdentifier asset, uint8_t side, int32_t position, uint8_t update)
{
    TConnectorPriceGroup g;
    (void)update;
    memset(&g, 0, sizeof g);
    if (side < 2 && GetPriceDepthSideCount(&asset, side) > position)
        GetPriceGroup(&asset, side, position, &g);
}

static void QT_STDCALL on_order(TConnectorOrderIdentifier id)
{
    TConnectorOrderOut o;
    memset(&o, 0, sizeof o);
    o.OrderID = id;
    if (GetOrderDetails(&o) == NL_OK)
        FUZZ_CHECK(o.TradedQuantity >= 0 && o.TradedQuantity <= o.Quantity && o.TextMessageLength >= 0);
}

static inline int32_t QT_STDCALL on_listed(const TConnectorOrder *o, intptr_t param)
{
    FUZZ_CHECK(o->OrderID.LocalOrderID > 0 && o->TradedQuantity <= o->Quantity);
    return --*(int32_t *)param > 0;
}

/* ---- arguments ---- */

static uint16_t *any_ticker(void)
{
    static const char *const names[] = {"WDOZ26", "WDOZ26", "WDOF27", "WDOFUT", "PETR4"};
    return fuzz_text(&input, names[fuzz_pick(&input, 5)], 0);
}

static inline TConnectorAssetIdentifier any_asset(void)
{
    TConnectorAssetIdentifier a;
    memset(&a, 0, sizeof a);
    a.Version = fuzz_u8(&input) > 250;
    a.Ticker = any_ticker();
    a.Exchange = fuzz_text(&input, "F", 0);
    return a;
}

static inline void drop_asset(TConnectorAssetIdentifier *a) { free((void *)(uintptr_t)a->Ticker); free((void *)(uintptr_t)a->Exchange); }

static inline TConnectorAccountIdentifier any_account(void)
{
    TConnectorAccountIdentifier a;
    memset(&a, 0, sizeof a);
    a.BrokerID = fuzz_u8(&input) < 230 ? SIM_BROKER_ID : fuzz_i32(&input);
    a.AccountID = fuzz_text(&input, "1000001", 0);
    return a;
}

static inline void drop_account(TConnectorAccountIdentifier *a) { free((void *)(uintptr_t)a->AccountID); }

static int64_t any_order(void)
{
    int i = fuzz_u8(&input);
    return n_sent && i < 230 ? sent[i % n_sent] : fuzz_i64(&input);
}

static inline TConnectorOrderIdentifier any_order_id(uint16_t *name)
{
    TConnectorOrderIdentifier id;
    memset(&id, 0, sizeof id);
    id.LocalOrderID = any_order();
    id.ClOrderID = name;
    return id;
}

static inline TSystemTime any_moment(void)
{
    TSystemTime t;
    fuzz_bytes(&input, &t, sizeof t);
    if (t.wYear & 1) {
        TSystemTime usual = {2026, 11, 3, 18, 10, 0, 0, 0};
        t = usual;
    }
    return t;
}

/* a record in a buffer of exactly its version's size */
static void *exact(const void *record, size_t size)
{
    void *p = malloc(size);
    memcpy(p, record, size);
    return p;
}

/* ---- the session ---- */

static void until_rest(void)
{
    int64_t end = qt_mono_ns() + INT64_C(300000000);
    while (SIM_Stat("resting") == 0 && qt_mono_ns() < end)
        qt_yield();
}

/* the exchange's book-keeping agrees with itself, whatever was told or not told */
static void check_ledger(void)
{
    int64_t held = 0, cash = 0, i, n = SIM_Stat("orders");
    for (i = 0; i < n; i++) {
        sim_ledger_order_t o;
        FUZZ_CHECK(SIM_LedgerOrder((int32_t)i, &o) == 0);
        FUZZ_CHECK(o.local_id > 0 && o.traded >= 0 && o.traded <= o.qty && (o.side == 1 || o.side == 2));
        held += o.side == 1 ? o.traded : -o.traded;
        cash += o.side == 1 ? -o.value_ticks : o.value_ticks;
    }
    FUZZ_CHECK(SIM_Stat("position") == SIM_Stat("bought") - SIM_Stat("sold"));
    FUZZ_CHECK(SIM_Stat("position") == held && SIM_Stat("cash_ticks") == cash);
    FUZZ_CHECK(SIM_Stat("overflow") == 0 && SIM_Stat("reentrant") == 0);
}

#endif
