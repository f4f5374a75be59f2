/* Fires a trade callback from a native thread that Python knows nothing of, for `qt bench` and for stress runs.
 *
 * The hose calls by address, with the vendor's records by value, back to back or at a pace, and can time every call.
 * Its TranslateTrade turns a handle back into the trade it stands for. The plain callback below is the yardstick of
 * the trampoline: date, ticker, one slot of a ring, and nothing that a product needs beside that. */
#ifndef QT_FIREHOSE_H
#define QT_FIREHOSE_H

#include "qt_clock.h"
#include "qt_histogram.h"
#include "qt_profit.h"
#include "qt_ring.h"

#if defined(_WIN32)
#include <process.h>
typedef HANDLE qt_thread_t;
#else
#include <pthread.h>
typedef pthread_t qt_thread_t;
#endif

typedef struct qt_hose {
    TTradeV2Callback callback;
    const qt_ring_t *ring; /* waits while fewer than QT_HOSE_BURST slots are free; null: never waits */
    int64_t count;
    int64_t gap_ns;        /* between two calls; 0: back to back */
    int32_t rests;         /* 1: sleeps through the gap, 0: spins through it */
    int32_t timed;         /* 1: fills `took` */
    int64_t begun_ns;
    int64_t ended_ns;
    qt_histogram_t took;
    qt_thread_t thread;
} qt_hose_t;

#define QT_HOSE_BURST 64

/* the trade behind a handle; only number, price and quantity differ from trade to trade */
static int32_t QT_STDCALL qt_hose_translate(void *handle, TConnectorTrade *out)
{
    static const TSystemTime date = {2026, 11, 1, 23, 10, 27, 45, 291};
    int64_t n = (int64_t)(intptr_t)handle;
    if (out->Version != 0)
        return NL_VERSION_NOT_SUPPORTED;
    out->TradeDate = date;
    out->TradeNumber = (uint32_t)n;
    out->Price = 5000.0 + 0.5 * (double)(n & 63);
    out->Quantity = 1 + (n & 15);
    out->Volume = 0.0;
    out->BuyAgent = 3;
    out->SellAgent = 85;
    out->TradeType = n & 1 ? 3 : 2;
    return NL_OK;
}

static inline void qt_hose_pace(const qt_hose_t *h, int64_t due)
{
    if (h->rests) {
        qt_sleep_ns(h->gap_ns);
        return;
    }
    while (qt_mono_ns() < due)
        qt_pause();
}

/* a while of spinning, then the processor is left to whoever needs it: there may be fewer cores than threads */
static inline void qt_hose_idle(int *turns)
{
    if (++*turns & 1023)
        qt_pause();
    else
        qt_yield();
}

static inline void qt_hose_room(const qt_hose_t *h, int64_t n)
{
    int turns = 0;
    if (h->ring && n % QT_HOSE_BURST == 0)
        while (qt_ring_capacity(h->ring) - qt_ring_fill(h->ring) < QT_HOSE_BURST)
            qt_hose_idle(&turns);
}

static void qt_hose_fire(qt_hose_t *h)
{
    static const uint16_t ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0}, exchange[] = {'F', 0};
    TConnectorAssetIdentifier asset;
    int64_t n, before;
    memset(&asset, 0, sizeof asset);
    asset.Ticker = ticker;
    asset.Exchange = exchange;
    h->begun_ns = qt_mono_ns();
    for (n = 1; n <= h->count; n++) {
        qt_hose_room(h, n);
        if (h->gap_ns)
            qt_hose_pace(h, h->begun_ns + n * h->gap_ns);
        before = h->timed ? qt_mono_ns() : 0;
        h->callback(asset, (void *)(intptr_t)n, 0);
        if (h->timed)
            qt_histogram_add(&h->took, qt_mono_ns() - before);
    }
    h->ended_ns = qt_mono_ns();
}

#if defined(_WIN32)

static unsigned __stdcall qt_hose_main(void *h)
{
    qt_hose_fire((qt_hose_t *)h);
    return 0;
}

/* 0, or -1 when no thread could be made */
static inline int qt_hose_start(qt_hose_t *h)
{
    h->thread = (HANDLE)_beginthreadex(NULL, 0, qt_hose_main, h, 0, NULL);
    return h->thread ? 0 : -1;
}

static inline void qt_hose_join(qt_hose_t *h)
{
    WaitForSingleObject(h->thread, INFINITE);
    CloseHandle(h->thread);
}

#else

static void *qt_hose_main(void *h)
{
    qt_hose_fire((qt_hose_t *)h);
    return NULL;
}

/* 0, or -1 when no thread could be made */
static inline int qt_hose_start(qt_hose_t *h) { return pthread_create(&h->thread, NULL, qt_hose_main, h) ? -1 : 0; }

static inline void qt_hose_join(qt_hose_t *h) { pthread_join(h->thread, NULL); }

#endif

/* Takes `count` events out of the ring, batch by batch; returns a sum over what they carry, so that all is read. */
static inline int64_t qt_hose_drain(qt_ring_t *r, int64_t count)
{
    int64_t sum = 0, i, ready;
    int turns = 0;
    while (count > 0) {
        ready = qt_ring_peek_all(r);
        if (!ready) {
            qt_hose_idle(&turns);
            continue;
        }
        for (i = 0; i < ready; i++)
            sum += qt_ring_at(r, i)->price + qt_ring_at(r, i)->qty;
        qt_ring_pop(r, ready);
        count -= ready;
    }
    return sum;
}

/* ---- the yardstick ---- */

static qt_ring_t *qt_plain_ring;

static inline int qt_two(const uint16_t *text) { return (text[0] - '0') * 10 + (text[1] - '0'); }

/* "23/11/2026 10:27:45.291" -> ms since the start of that year's calendar of 31-day months: the cost, not the date */
static inline int64_t qt_plain_date(const uint16_t *t)
{
    int64_t days = ((int64_t)(qt_two(t + 6) * 100 + qt_two(t + 8)) * 12 + qt_two(t + 3)) * 31 + qt_two(t);
    int64_t seconds = days * 86400 + qt_two(t + 11) * 3600 + qt_two(t + 14) * 60 + qt_two(t + 17);
    return seconds * 1000 + (t[20] - '0') * 100 + qt_two(t + 21);
}

static inline int qt_plain_same(const uint16_t *a, const uint16_t *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static inline void qt_plain_write(const TConnectorAssetIdentifier *asset, void *trade, uint32_t flags, int64_t recv_ns,
                                  int64_t ts_ns)
{
    static const uint16_t ticker[] = {'W', 'D', 'O', 'Z', '2', '6', 0};
    static const uint16_t date[] = {'2', '3', '/', '1', '1', '/', '2', '0', '2', '6', ' ', '1',
                                    '0', ':', '2', '7', ':', '4', '5', '.', '2', '9', '1', 0};
    const uint16_t *volatile text = date; /* parsed each time, as from a record */
    int64_t n = (int64_t)(intptr_t)trade;
    qt_event_t *slot;
    if (!qt_plain_same(asset->Ticker, ticker) || !(slot = qt_ring_try_claim(qt_plain_ring)))
        return;
    memset(slot, 0, sizeof *slot);
    slot->recv_ns = recv_ns;
    slot->ts_ns = ts_ns;
    slot->exch_ns = qt_plain_date(text) * 1000000;
    slot->id = n;
    slot->price = 10000 + (int32_t)(n & 63);
    slot->qty = 1 + (n & 15);
    slot->a = 3;
    slot->b = 85;
    slot->kind = QT_EV_TRADE;
    slot->flags = (uint8_t)flags;
    qt_ring_publish(qt_plain_ring);
}

static void QT_STDCALL qt_plain_trade(TConnectorAssetIdentifier asset, void *trade, uint32_t flags)
{
    qt_plain_write(&asset, trade, flags, 0, 0);
}

/* with the two stamps that every event carries: when it was received, and what time it was */
static void QT_STDCALL qt_plain_stamped_trade(TConnectorAssetIdentifier asset, void *trade, uint32_t flags)
{
    int64_t entered = qt_mono_ns();
    qt_plain_write(&asset, trade, flags, entered, qt_wall_ns());
}

#endif
