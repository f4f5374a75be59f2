/* The full order book in pages, as two byte arrays (sell, buy) that the client must give back with FreePointer. */
#include "sim_faults.h"
#include "sim_garble.h"
#include "sim_bytes.h"

#include <stdlib.h>
#include <string.h>

enum { POINTERS = 256, DATE_BYTES = 23 };

static struct { void *p; int32_t size; int guarded; } ledger[POINTERS];

/* under the lock; NULL without memory, or when too much was never given back */
void *sim_lend(int32_t size)
{
    int i;
    void *p = NULL;
    for (i = 0; i < POINTERS && !p; i++)
        if (!ledger[i].p) {
            ledger[i].guarded = sim.faulty && sim_fault_first(SIM_FAULT_GUARD_PAGES);
            p = ledger[i].p = ledger[i].guarded ? sim_guarded((size_t)size) : malloc((size_t)size);
            ledger[i].size = size;
        }
    if (p) {
        qt_fetch_add(&sim.stats.pointers_out, 1);
        qt_fetch_add(&sim.stats.pointers_made, 1);
    } else
        qt_fetch_add(&sim.stats.overflow, 1); /* a client that never gives anything back gets no more */
    return p;
}

void *sim_lend_array(int32_t size) /* by the connector, which delivers without the lock */
{
    void *p;
    sim_lock(&sim.lock);
    p = sim_lend(size);
    sim_unlock(&sim.lock);
    return p;
}

/* What an earlier session never gave back stays allocated, and is no longer ours to take. */
void sim_image_forget(void) { memset(ledger, 0, sizeof ledger); }

static int give_back(void *p, int32_t size)
{
    int i;
    for (i = 0; i < POINTERS && p; i++)
        if (ledger[i].p == p && ledger[i].size == size) {
            memset(p, 0xDD, (size_t)size);
            ledger[i].guarded ? sim_guarded_free(p, (size_t)size) : free(p);
            ledger[i].p = NULL;
            qt_fetch_add(&sim.stats.pointers_out, -1);
            return NL_OK;
        }
    qt_fetch_add(&sim.stats.pointer_faults, 1); /* twice, wrong size, or never ours */
    return NL_INVALID_ARGS;
}

SIM_EXPORT int32_t QT_STDCALL FreePointer(void *p, int32_t size)
{
    int result;
    sim_api_lock(); /* no callback runs under the lock, so this never waits for itself */
    result = give_back(p, size);
    sim_unlock(&sim.lock);
    return result;
}

/* ---- pages ----------------------------------------------------------------------------------------- */

typedef struct walker { /* one side, worst order first */
    int side, left;      /* orders not yet told            */
    int32_t price, rank; /* the next one                   */
    int first;
} walker_t;

static void walk(walker_t *w, int side)
{
    const sim_book_t *b = &sim.market.book;
    w->side = side;
    w->left = b->live[side];
    w->first = 1;
    w->price = b->worst[side];
    w->rank = 0;
}

/* The list ends with the best order, and time priority runs against it: the last of a queue comes first. */
static const sim_order_t *next_order(walker_t *w)
{
    const sim_book_t *b = &sim.market.book;
    int32_t count;
    while ((count = sim_book_level(b, w->side, w->price)->count) <= w->rank) {
        w->price -= sim_worse(w->side);
        w->rank = 0;
    }
    w->left--;
    return &b->orders[sim_book_queue(b, w->side, w->price)[count - 1 - w->rank++]];
}

static uint8_t *put_entry(uint8_t *p, const sim_order_t *o, int wide, uint16_t n)
{
    double price = sim_points(o->price);
    int64_t wide_qty = o->qty;
    char date[32];
    sim_date_text(date, o->ts_ns);
    p = sim_put(p, &price, sizeof price);
    p = wide ? sim_put(p, &wide_qty, sizeof wide_qty) : sim_put(p, &o->qty, sizeof o->qty);
    p = sim_put(p, &o->broker, sizeof o->broker);
    p = sim_put(p, &o->id, sizeof o->id);
    p = sim_put(p, &n, sizeof n);
    return sim_put(p, date, n);
}

/* one page of a side; NULL when the side has been told already */
static uint8_t *page_of(walker_t *w, int wide)
{
    int32_t n = w->left < sim.config.pages ? w->left : sim.config.pages, i;
    int32_t dateless = sim_seen_dateless(n);
    int32_t size = 8 + n * ((wide ? 30 : 26) + DATE_BYTES) - (dateless >= 0 ? DATE_BYTES : 0) + 4;
    uint32_t flags = (w->first && sim_since(36) ? QT_OB_FIRST_PACKET : 0) | (n == w->left ? QT_OB_LAST_PACKET : 0);
    uint8_t *array, *p;
    if ((n == 0 && !w->first) || !(array = sim_lend_array(size)))
        return NULL;
    p = sim_put(array, &n, sizeof n);
    p = sim_put(p, &size, sizeof size);
    for (i = 0; i < n; i++)
        p = put_entry(p, next_order(w), wide, i == dateless ? 0 : DATE_BYTES);
    sim_put(p, &flags, sizeof flags);
    w->first = 0;
    return array;
}

void sim_deliver_image(int view)
{
    walker_t sell, buy;
    walk(&sell, SIM_SELL);
    walk(&buy, SIM_BUY);
    while (sell.first || buy.first || sell.left || buy.left) {
        int wide = sim.live.offer_v2 != NULL;
        qt_text_t date = sim_shared_date(sim.market.now_ns);
        uint8_t *sells, *buys;
        sim_offer_call_t x;
        TAssetIDRec a;
        if (!wide && !sim.live.offer)
            return;
        sells = page_of(&sell, wide);
        buys = page_of(&buy, wide);
        if (!sells && !buys)
            return;
        sim_asset(&a, view);
        /* the scalars are leftovers of some earlier change */
        x = (sim_offer_call_t){.action = QT_BOOK_IMAGE, .position = 3, .qty = 7, .date = date, .sells = sells, .buys = buys};
        sim_call_offer(a, &x);
        sim_called();
    }
}
