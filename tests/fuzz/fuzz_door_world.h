/* The library's side of the fuzzed door, and what must hold of every event that it lets in. */
#ifndef FUZZ_DOOR_WORLD_H
#define FUZZ_DOOR_WORLD_H

#include "fuzz_input.h"
#include "qt_door_book.h"

enum { CAPACITY = 64, SYMBOLS = 2, MAX_ARRAY = 4096, GUARD = 0x5A };
#define YEAR_NS INT64_C(31556952000000000)

static struct { /* guards beside what the door may write */
    unsigned char before[64];
    qt_event_t slots[CAPACITY];
    unsigned char between[64];
    qt_door_t door;
    unsigned char after[64];
} arena;
static unsigned char intact[64]; /* how they must look */
static qt_ring_t ring;
static fuzz_input_t input;
static int64_t now_ns, entered_ns;
static void *live_array;       /* handed to the door and not yet given back */
static int32_t live_size;
static int owed[SYMBOLS][2];   /* a row of this offer side was lost: the next one must be a mark or an image */
static int64_t seen_ts_ns;     /* stamps never decrease */
static int in_image;           /* inside a price-depth image: its rows are neighbours in the ring */

#define door (arena.door)

/* ---- the library's side: accessors that answer what the input says ---- */

static int64_t market_clock(void) { return now_ns; }

static TSystemTime any_date(void)
{
    static const TSystemTime usual = {2026, 11, 3, 18, 10, 30, 15, 250};
    TSystemTime t = usual;
    uint8_t sort = fuzz_u8(&input);
    if (sort >= 200)
        fuzz_bytes(&input, &t, sizeof t);
    else
        t.wSecond = (uint16_t)(sort % 64);
    return t;
}

static int32_t QT_STDCALL any_trade(void *handle, TConnectorTrade *out)
{
    uint8_t sort = fuzz_u8(&input);
    FUZZ_CHECK(handle && out->Version == 0);
    if (sort >= 250)
        return NL_INTERNAL_ERROR;
    if (sort >= 200) {
        fuzz_bytes(&input, out, sizeof *out);
        return NL_OK;
    }
    out->TradeDate = any_date();
    out->TradeNumber = (uint32_t)fuzz_i32(&input);
    out->Price = fuzz_f64(&input);
    out->Quantity = fuzz_i64(&input);
    out->Volume = sort & 1 ? fuzz_f64(&input) : out->Price * (double)out->Quantity * 10.0;
    out->BuyAgent = fuzz_i32(&input);
    out->SellAgent = fuzz_i32(&input);
    out->TradeType = sort & 2 ? fuzz_u8(&input) : 2;
    return NL_OK;
}

static int32_t QT_STDCALL any_group(const TConnectorAssetIdentifier *asset, uint8_t side, int32_t position,
                                    TConnectorPriceGroup *out)
{
    uint8_t sort = fuzz_u8(&input);
    FUZZ_CHECK(asset && out->Version == 0 && position >= 0);
    if (sort >= 240)
        return NL_NOT_FOUND;
    if (sort >= 220)
        fuzz_bytes(&input, out, sizeof *out);
    else if (sort >= 128) {
        out->Price = fuzz_f64(&input);
        out->Quantity = fuzz_i64(&input);
        out->Count = (uint32_t)fuzz_i32(&input);
        out->PriceGroupFlags = fuzz_u8(&input);
    } else {
        out->Price = 5400.0 + (side == QT_BOOK_BUY ? -0.5 : 0.5) * (double)position;
        out->Quantity = 5;
        out->Count = 2;
    }
    return NL_OK;
}

static int32_t QT_STDCALL any_count(const TConnectorAssetIdentifier *asset, uint8_t side)
{
    (void)asset;
    (void)side;
    return fuzz_i32(&input);
}

static int32_t QT_STDCALL any_theoretical(const TConnectorAssetIdentifier *asset, double *price, int64_t *qty)
{
    (void)asset;
    *price = fuzz_f64(&input);
    *qty = fuzz_i64(&input);
    return fuzz_u8(&input) < 240 ? NL_OK : NL_NOT_FOUND;
}

static int32_t QT_STDCALL free_once(void *p, int32_t size)
{
    FUZZ_CHECK(p && p == live_array && size == live_size);
    live_array = NULL;
    free(p);
    return NL_OK;
}

/* ---- what must hold ---- */

static int64_t sum(const qt_atomic64_t *figures, int n)
{
    int64_t total = 0;
    int i;
    for (i = 0; i < n; i++)
        total += qt_load_relaxed(&figures[i]);
    return total;
}

static int64_t pushed(void) { return sum(door.pushed, QT_EV_KINDS); }
static int64_t refused(void) { return sum(door.refused, QT_REFUSALS); }
static int64_t lost(void) { return qt_ring_dropped(&ring) + qt_load_relaxed(&door.images_dropped); }

static int sound_price(const qt_event_t *e) { return e->price >= 1 && e->price < INT32_MAX; }
static int some_lots(const qt_event_t *e) { return e->qty >= 1 && e->qty <= QT_MAX_LOTS; }
static int few_lots(const qt_event_t *e) { return e->qty >= 0 && e->qty <= QT_MAX_LOTS; }
static int signed_lots(const qt_event_t *e) { return e->qty >= -QT_MAX_LOTS && e->qty <= QT_MAX_LOTS; }
static int nothing(const qt_event_t *e) { return e->price == QT_NO_PRICE && e->qty == 0; }
static int one_side(const qt_event_t *e) { return e->side == QT_BID || e->side == QT_ASK; }
static int sound_time(const qt_event_t *e) { return e->exch_ns > 10 * YEAR_NS - YEAR_NS && e->exch_ns < 232 * YEAR_NS; }

static int is_mark(const qt_event_t *e) { return e->code != QT_BOOK_IMAGE && e->pos == -1; }

static void check_trade(const qt_event_t *e)
{
    FUZZ_CHECK(sound_price(e) && some_lots(e) && sound_time(e) && qt_trade_type_known(e->code));
    FUZZ_CHECK(e->side == (e->code == QT_TRADE_BUY ? QT_BID : e->code == QT_TRADE_SELL ? QT_ASK : QT_NONE));
}

static void check_offer(const qt_event_t *e)
{
    int side = e->side == QT_BID ? QT_BOOK_BUY : QT_BOOK_SELL;
    FUZZ_CHECK(one_side(e) && e->code <= QT_BOOK_IMAGE && e->pos >= -1 && (e->exch_ns == 0 || sound_time(e)));
    if (owed[e->symbol][side])
        FUZZ_CHECK(is_mark(e) || (e->code == QT_BOOK_IMAGE && (e->flags & QT_F_FIRST)));
    owed[e->symbol][side] = 0;
    if (is_mark(e))
        return;
    if (e->code == QT_BOOK_ADD)
        FUZZ_CHECK(sound_price(e) && some_lots(e) && e->pos >= 0);
    else if (e->code == QT_BOOK_IMAGE)
        FUZZ_CHECK((sound_price(e) && some_lots(e)) || (nothing(e) && (e->flags & (QT_F_FIRST | QT_F_LAST))));
    else
        FUZZ_CHECK(signed_lots(e) && (sound_price(e) || e->price == QT_NO_PRICE));
}

static void check_level(const qt_event_t *e)
{
    if (e->code == QT_BOOK_IMAGE) {
        FUZZ_CHECK(in_image == !(e->flags & QT_F_FIRST));
        in_image = !(e->flags & QT_F_LAST);
        FUZZ_CHECK(nothing(e) || (sound_price(e) && few_lots(e) && one_side(e) && e->pos >= 0));
    } else
        FUZZ_CHECK(e->code == QT_BOOK_EDIT && e->flags == QT_F_LAST && sound_price(e) && few_lots(e) && one_side(e) &&
                   e->pos >= 0 && e->pos < door.depth);
    FUZZ_CHECK(e->b >= 0);
}

static void check_event(const qt_event_t *e)
{
    FUZZ_CHECK(e->kind > QT_EV_NONE && e->kind < QT_EV_KINDS && e->spare == 0 && e->recv_ns == entered_ns);
    FUZZ_CHECK(e->symbol < SYMBOLS || (e->kind == QT_EV_INVALID_TICKER && e->symbol == QT_UNKNOWN_SYMBOL));
    FUZZ_CHECK(e->ts_ns >= seen_ts_ns);
    FUZZ_CHECK(!in_image || e->kind == QT_EV_LEVEL);
    seen_ts_ns = e->ts_ns;
    switch (e->kind) {
    case QT_EV_TRADE:
        check_trade(e);
        FUZZ_CHECK((e->flags & ~QT_F_EDIT) == 0 && (e->flags || e->exch_ns - e->ts_ns <= QT_FUTURE_NS));
        break;
    case QT_EV_HISTORY:
        if (!((e->flags & QT_F_DONE) && nothing(e)))
            check_trade(e);
        break;
    case QT_EV_OFFER: check_offer(e); break;
    case QT_EV_LEVEL: check_level(e); break;
    case QT_EV_TINY: FUZZ_CHECK(one_side(e) && (nothing(e) || (sound_price(e) && few_lots(e)))); break;
    case QT_EV_THEORETICAL: FUZZ_CHECK(nothing(e) || (sound_price(e) && some_lots(e))); break;
    case QT_EV_DAILY: FUZZ_CHECK((sound_price(e) || e->price == QT_NO_PRICE) && few_lots(e) && e->id >= 0); break;
    case QT_EV_PHASE: FUZZ_CHECK(qt_phase_known(e->code) && (e->exch_ns == 0 || sound_time(e))); break;
    case QT_EV_STATE: FUZZ_CHECK(e->a >= 0 && e->a < QT_CHANNELS); break;
    default: break;
    }
}

static void check_guards(void)
{
    FUZZ_CHECK(!memcmp(arena.before, intact, 64) && !memcmp(arena.between, intact, 64) && !memcmp(arena.after, intact, 64));
}

/* the events of this step lie at the end of the ring, untouched yet */
static void check_new(int64_t before)
{
    int64_t n = qt_ring_peek_all(&ring), i;
    for (i = n - (pushed() - before); i < n; i++)
        check_event(qt_ring_at(&ring, i));
    FUZZ_CHECK(!in_image && live_array == NULL && pushed() == qt_ring_pushed(&ring));
}

#endif
