/* Fires trampolines by address from a thread that Python knows nothing of, at full speed, with records by
 * value; its TranslateTrade turns a handle back into the trade it stands for. Distinct bytes in every field. */
#include "qt_profit.h"
#include "qt_clock.h"

#include <stdlib.h>

#if defined(_WIN32)
#include <process.h>
#define EXPORT __declspec(dllexport)
typedef HANDLE thread_t;
#else
#include <pthread.h>
#define EXPORT __attribute__((visibility("default")))
typedef pthread_t thread_t;
#endif

typedef struct hose {
    TTradeV2Callback callback;
    int64_t count;
    int64_t (*fill)(void); /* waits while the ring holds more than `limit`; null: never waits */
    int64_t limit;
    uint32_t flags;
    uint64_t checksum;     /* of what was fired */
    int64_t took_ns;
    thread_t thread;
} hose_t;

/* the n-th trade: every field another function of n */
static void make_trade(int64_t n, TConnectorTrade *t)
{
    t->TradeDate.wYear = 2026;
    t->TradeDate.wMonth = 11;
    t->TradeDate.wDay = 23;
    t->TradeDate.wHour = 10;
    t->TradeDate.wMinute = 0x1B;
    t->TradeDate.wSecond = 0x2D;
    t->TradeDate.wMilliseconds = 0x0123;
    t->TradeNumber = (uint32_t)n;
    t->Price = 5000.0 + 0.5 * (double)(n % 1000);
    t->Quantity = 1 + n % 77;
    t->Volume = t->Price * (double)t->Quantity * 10.0;
    t->BuyAgent = (int32_t)(0x01020304 + n % 100);
    t->SellAgent = (int32_t)(0x05060708 + n % 90);
    t->TradeType = n & 1 ? 3 : 2;
}

EXPORT uint64_t hose_mix(uint64_t sum, int64_t number, int64_t ticks, int64_t qty, int64_t buyer, int64_t seller)
{
    uint64_t x = (uint64_t)number * 0x9E3779B97F4A7C15u;
    x ^= (uint64_t)ticks * 0xC2B2AE3D27D4EB4Fu + (uint64_t)qty * 0x165667B19E3779F9u;
    return sum + (x ^ ((uint64_t)buyer << 32 | (uint64_t)seller));
}

EXPORT int32_t QT_STDCALL hose_translate(void *handle, TConnectorTrade *out)
{
    if (out->Version != 0)
        return NL_VERSION_NOT_SUPPORTED;
    make_trade((int64_t)(intptr_t)handle - 1, out);
    return NL_OK;
}

EXPORT int64_t hose_clock(void)
{
    static int64_t now = INT64_C(1795440465000000000); /* 2026-11-23 13:27:45 UTC; one caller, the firing thread */
    return now += 100;
}

static uint64_t mix_trade(uint64_t sum, int64_t n)
{
    TConnectorTrade t;
    make_trade(n, &t);
    return hose_mix(sum, n, (int64_t)(t.Price * 2.0), t.Quantity, t.BuyAgent, t.SellAgent);
}

static void fire(hose_t *h)
{
    static const uint16_t ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0}, exchange[] = {'F', 0};
    TConnectorAssetIdentifier asset;
    int64_t n, start = qt_mono_ns();
    asset.Version = 0;
    asset.Ticker = ticker;
    asset.Exchange = exchange;
    asset.FeedType = 0;
    for (n = 0; n < h->count; n++) {
        while (h->fill && (n & 63) == 0 && h->fill() > h->limit)
            qt_yield();
        h->callback(asset, (void *)(intptr_t)(n + 1), h->flags);
    }
    h->took_ns = qt_mono_ns() - start;
}

#if defined(_WIN32)
static unsigned __stdcall run(void *h) { fire((hose_t *)h); return 0; }
#else
static void *run(void *h) { fire((hose_t *)h); return NULL; }
#endif

EXPORT void *hose_start(void *callback, int64_t count, int64_t (*fill)(void), int64_t limit, uint32_t flags)
{
    hose_t *h = (hose_t *)calloc(1, sizeof *h);
    h->callback = (TTradeV2Callback)(intptr_t)callback;
    h->count = count;
    h->fill = fill;
    h->limit = limit;
    h->flags = flags;
#if defined(_WIN32)
    h->thread = (HANDLE)_beginthreadex(NULL, 0, run, h, 0, NULL);
#else
    pthread_create(&h->thread, NULL, run, h);
#endif
    return h;
}

/* waits for the thread; returns how long the firing took, ns */
EXPORT int64_t hose_join(void *hose)
{
    hose_t *h = (hose_t *)hose;
    int64_t took;
#if defined(_WIN32)
    WaitForSingleObject(h->thread, INFINITE);
#else
    pthread_join(h->thread, NULL);
#endif
    took = h->took_ns;
    free(h);
    return took;
}

/* checksum of trades 0 .. count-1, to compare with what came out of the ring */
EXPORT uint64_t hose_expected(int64_t count)
{
    uint64_t sum = 0;
    int64_t n;
    for (n = 0; n < count; n++)
        sum = mix_trade(sum, n);
    return sum;
}

/* checksum of drained events, in the layout of qt_event_t */
EXPORT uint64_t hose_drained(uint64_t sum, const qt_event_t *events, int64_t count)
{
    int64_t i;
    for (i = 0; i < count; i++)
        sum = hose_mix(sum, events[i].id, events[i].price, events[i].qty, events[i].a, events[i].b);
    return sum;
}
