/* The books' part of the door: the vendor's positional offer book and its price depth. */
#ifndef QT_DOOR_BOOK_H
#define QT_DOOR_BOOK_H

#include "qt_door.h"

/* ---- offer book ---- */

static inline qt_event_t *qt_offer_open(qt_door_t *d, qt_event_t *ev, int symbol, int side, int action, int64_t entered)
{
    qt_event_open(d, ev, QT_EV_OFFER, symbol, entered);
    ev->side = side == QT_BOOK_BUY ? QT_BID : QT_ASK;
    ev->code = (uint8_t)action;
    return ev;
}

/* Tells the consumer that this side is out of step; kept for later when even that does not fit. */
static inline void qt_offer_break(qt_door_t *d, int symbol, int side, int64_t entered)
{
    qt_event_t ev;
    qt_offer_open(d, &ev, symbol, side, QT_BOOK_DELETE, entered); /* pos = -1 */
    d->symbol[symbol].broken[side] = !qt_door_push(d, &ev);
}

static inline void qt_offer_push(qt_door_t *d, const qt_event_t *ev, int symbol, int side)
{
    qt_symbol_t *s = &d->symbol[symbol];
    if (s->broken[side])
        qt_offer_break(d, symbol, side, ev->recv_ns);
    if (!qt_door_push(d, ev))
        s->broken[side] = 1;
}

typedef struct qt_offer { /* the arguments of one offer-book callback */
    int32_t action, position, side, agent;
    int64_t qty, id;
    double price;
    uint8_t flags; /* QT_F_HAS_* */
    const uint16_t *date; /* null unless has-date: most rows carry a stale one */
} qt_offer_t;

static inline int qt_offer_event(const qt_door_t *d, const qt_offer_t *o, qt_event_t *ev)
{
    const qt_symbol_t *s = &d->symbol[ev->symbol];
    int add = o->action == QT_BOOK_ADD, why = QT_OK;
    if (o->position < 0)
        return QT_BAD_POSITION;
    if (add || (o->action == QT_BOOK_EDIT && (o->flags & QT_F_HAS_PRICE)))
        why = qt_to_ticks(s->tick, o->price, &ev->price);
    if (!why && add)
        why = qt_some_contracts(s, o->qty, &ev->qty);
    if (!why && o->action == QT_BOOK_EDIT && (o->flags & QT_F_HAS_QTY))
        why = qt_signed_contracts(s, o->qty, &ev->qty);
    if (o->date && qt_parse_time(o->date, d->offset_s, &ev->exch_ns))
        ev->exch_ns = 0;
    ev->pos = o->position;
    ev->a = o->agent;
    ev->id = o->id;
    ev->flags = o->flags;
    return why;
}

/* add, edit, delete, delete-from */
static inline void qt_on_offer(qt_door_t *d, int symbol, const qt_offer_t *o, int64_t entered)
{
    qt_event_t ev;
    int why;
    if (o->action < QT_BOOK_ADD || o->action > QT_BOOK_DELETE_FROM || (o->side != QT_BOOK_BUY && o->side != QT_BOOK_SELL)) {
        qt_refuse(d, QT_BAD_TYPE);
        return;
    }
    why = qt_offer_event(d, o, qt_offer_open(d, &ev, symbol, o->side, o->action, entered));
    if (!why) {
        qt_offer_push(d, &ev, symbol, o->side);
        return;
    }
    qt_refuse(d, why);
    qt_offer_break(d, symbol, o->side, entered);
}

/* a byte stream without alignment: i32 entries, i32 size, then entries of 30 + T bytes, then u32 flags */
typedef struct qt_page {
    const unsigned char *data;
    int32_t entries, size;
    uint32_t flags;
} qt_page_t;

#define QT_OFFER_HEAD 8
#define QT_OFFER_FIXED 30 /* f64 price, i64 qty, i32 agent, i64 id, u16 T; then T bytes of date */

static inline int32_t qt_get_i32(const unsigned char *p) { int32_t v; memcpy(&v, p, sizeof v); return v; }
static inline int64_t qt_get_i64(const unsigned char *p) { int64_t v; memcpy(&v, p, sizeof v); return v; }
static inline double qt_get_f64(const unsigned char *p) { double v; memcpy(&v, p, sizeof v); return v; }
static inline uint16_t qt_get_u16(const unsigned char *p) { uint16_t v; memcpy(&v, p, sizeof v); return v; }

/* bytes of the entry at `at`, 0 when it would leave the page */
static inline int32_t qt_entry_bytes(const qt_page_t *page, int32_t at)
{
    int32_t bytes;
    if (page->size - at < QT_OFFER_FIXED)
        return 0;
    bytes = QT_OFFER_FIXED + qt_get_u16(page->data + at + QT_OFFER_FIXED - 2);
    return page->size - at < bytes ? 0 : bytes;
}

/* reads header and trailer, walking every entry; 1 sound, 0 not */
static inline int qt_page_open(qt_page_t *page, const void *array)
{
    int32_t i, at = QT_OFFER_HEAD, bytes;
    page->data = (const unsigned char *)array;
    page->entries = qt_get_i32(page->data);
    page->size = qt_get_i32(page->data + 4);
    if (page->entries < 0 || page->size < QT_OFFER_HEAD)
        return 0;
    for (i = 0; i < page->entries; i++, at += bytes)
        if ((bytes = qt_entry_bytes(page, at)) == 0)
            return 0;
    if (page->size - at < 4)
        return 0;
    page->flags = (uint32_t)qt_get_i32(page->data + at);
    return 1;
}

/* one entry -> ev; position unknown, rows come in list order, worst first */
static inline int qt_entry_event(const qt_door_t *d, const unsigned char *p, qt_event_t *ev)
{
    const qt_symbol_t *s = &d->symbol[ev->symbol];
    int why = qt_to_ticks(s->tick, qt_get_f64(p), &ev->price);
    if (!why)
        why = qt_some_contracts(s, qt_get_i64(p + 8), &ev->qty);
    ev->a = qt_get_i32(p + 16);
    ev->id = qt_get_i64(p + 20);
    if (qt_parse_time_bytes(p + QT_OFFER_FIXED, qt_get_u16(p + 28), d->offset_s, &ev->exch_ns))
        ev->exch_ns = 0;
    return why;
}

static inline int qt_page_check(qt_door_t *d, const qt_page_t *page, qt_event_t *ev)
{
    int32_t i, at = QT_OFFER_HEAD;
    int why = QT_OK;
    for (i = 0; i < page->entries && !why; i++, at += qt_entry_bytes(page, at))
        why = qt_entry_event(d, page->data + at, ev);
    return why;
}

static inline void qt_page_rows(qt_door_t *d, const qt_page_t *page, qt_event_t *ev, unsigned first, unsigned last)
{
    int32_t i, at = QT_OFFER_HEAD;
    for (i = 0; i < page->entries; i++, at += qt_entry_bytes(page, at)) {
        qt_entry_event(d, page->data + at, ev);
        ev->flags = (uint8_t)((i == 0 ? first : 0u) | (i == page->entries - 1 ? last : 0u));
        qt_door_push(d, ev);
    }
    if (page->entries == 0 && (first || last)) { /* qty 0 and no price: nothing but the marks */
        ev->flags = (uint8_t)(first | last);
        qt_door_push(d, ev);
    }
}

/* may this page go in? whole or not at all; the refusal or the loss is counted */
static inline int qt_page_fits(qt_door_t *d, int symbol, int side, const qt_page_t *page, int lost, int64_t entered)
{
    qt_event_t ev;
    int why = qt_page_check(d, page, qt_offer_open(d, &ev, symbol, side, QT_BOOK_IMAGE, entered));
    if (why)
        qt_refuse(d, why);
    else if (lost || qt_ring_free(d->ring) <= page->entries)
        qt_count(&d->images_dropped);
    else
        return 1;
    return 0;
}

/* One page of a side's image. Once a page is lost, the rest of its sequence is too: no half image ends in LAST. */
static inline void qt_offer_page(qt_door_t *d, int symbol, int side, const qt_page_t *page, int64_t entered)
{
    qt_symbol_t *s = &d->symbol[symbol];
    unsigned first = (page->flags & QT_OB_FIRST_PACKET) || s->paging[side] == QT_PAGES_CLOSED ? QT_F_FIRST : 0u;
    unsigned last = page->flags & QT_OB_LAST_PACKET ? QT_F_LAST : 0u;
    int fits = qt_page_fits(d, symbol, side, page, !first && s->paging[side] == QT_PAGES_LOST, entered);
    qt_event_t ev;
    s->paging[side] = last ? QT_PAGES_CLOSED : fits ? QT_PAGES_OPEN : QT_PAGES_LOST;
    if (!fits) {
        qt_offer_break(d, symbol, side, entered);
        return;
    }
    if (first)
        s->broken[side] = 0;
    else if (s->broken[side])
        qt_offer_break(d, symbol, side, entered); /* a row was lost since the last page: this image cannot be whole */
    qt_offer_open(d, &ev, symbol, side, QT_BOOK_IMAGE, entered);
    qt_page_rows(d, page, &ev, first, last);
}

/* one array of a full-book callback; ours to free, exactly once, with the size its header names */
static inline void qt_on_offer_array(qt_door_t *d, int symbol, int side, void *array, int64_t entered)
{
    qt_page_t page;
    if (!array)
        return;
    if (!qt_page_open(&page, array)) {
        qt_refuse(d, QT_BAD_POSITION);
        if (symbol >= 0)
            qt_offer_break(d, symbol, side, entered);
    } else if (symbol >= 0) {
        qt_offer_page(d, symbol, side, &page, entered);
    }
    if (d->free_pointer)
        d->free_pointer(array, page.size);
}

/* ---- price depth ---- */

/* one level -> a LEVEL event; QT_OK, QT_NO_SUCH_LEVEL, or a refusal */
#define QT_NO_SUCH_LEVEL (-1)
static inline int qt_depth_level(const qt_door_t *d, const TConnectorAssetIdentifier *asset, int side, int32_t position,
                                 qt_event_t *ev)
{
    const qt_symbol_t *s = &d->symbol[ev->symbol];
    TConnectorPriceGroup g;
    int why;
    memset(&g, 0, sizeof g); /* Version 0 */
    if (d->price_group(asset, (uint8_t)side, position, &g) != NL_OK || (g.PriceGroupFlags & QT_PG_THEORETICAL))
        return QT_NO_SUCH_LEVEL;
    if ((why = qt_to_ticks(s->tick, g.Price, &ev->price)) || (why = qt_contracts(s, g.Quantity, &ev->qty)))
        return why;
    if (g.Count > INT32_MAX)
        return QT_BAD_QTY;
    ev->side = side == QT_BOOK_BUY ? QT_BID : QT_ASK;
    ev->b = (int32_t)g.Count;
    ev->pos = position;
    return QT_OK;
}

/* reads up to `depth` levels of a side into rows; returns how many, bad ones are counted and left out. However many
 * levels the library claims, only a few more than that are tried: a callback must end. */
static inline int qt_depth_side(qt_door_t *d, const TConnectorAssetIdentifier *asset, int side, qt_event_t *rows,
                                const qt_event_t *pattern)
{
    int32_t levels = d->side_count(asset, (uint8_t)side), i;
    int n = 0, why;
    for (i = 0; i < levels && i < 2 * QT_DEPTH_MAX && n < d->depth; i++) {
        rows[n] = *pattern;
        why = qt_depth_level(d, asset, side, i, &rows[n]);
        if (why > 0)
            qt_refuse(d, why);
        n += why == QT_OK;
    }
    return n;
}

/* Both sides re-read and pushed as one group, or dropped as a whole. */
static inline void qt_depth_image(qt_door_t *d, const TConnectorAssetIdentifier *asset, qt_event_t *pattern)
{
    qt_event_t rows[2 * QT_DEPTH_MAX];
    int i, n;
    pattern->code = QT_BOOK_IMAGE;
    n = qt_depth_side(d, asset, QT_BOOK_BUY, rows, pattern);
    n += qt_depth_side(d, asset, QT_BOOK_SELL, rows + n, pattern);
    if (n == 0)
        rows[n++] = *pattern; /* both sides empty: only the marks, price = QT_NO_PRICE, qty = 0 */
    rows[0].flags |= QT_F_FIRST;
    rows[n - 1].flags |= QT_F_LAST;
    d->symbol[pattern->symbol].relook = qt_ring_free(d->ring) < n;
    if (d->symbol[pattern->symbol].relook) {
        qt_count(&d->images_dropped);
        return;
    }
    for (i = 0; i < n; i++)
        qt_door_push(d, &rows[i]);
}

static inline void qt_depth_one(qt_door_t *d, const TConnectorAssetIdentifier *asset, int side, int32_t position,
                                qt_event_t *ev)
{
    int why = position < 0 ? QT_BAD_POSITION : side != QT_BOOK_BUY && side != QT_BOOK_SELL ? QT_BAD_TYPE : QT_OK;
    if (!why && position >= d->depth)
        return; /* below what the images hold */
    ev->code = QT_BOOK_EDIT;
    ev->flags = QT_F_LAST;
    if (!why)
        why = qt_depth_level(d, asset, side, position, ev);
    if (why > 0)
        qt_refuse(d, why);
    else if (why == QT_OK && !qt_door_push(d, ev))
        d->symbol[ev->symbol].relook = 1;
}

static inline void qt_depth_auction(qt_door_t *d, const TConnectorAssetIdentifier *asset, int symbol, int64_t entered)
{
    double price = 0.0;
    int64_t qty = 0;
    if (d->theoretical && d->theoretical(asset, &price, &qty) == NL_OK)
        qt_on_theoretical(d, symbol, price, qty, entered);
}

/* A new or changed level is read alone if its side is known; whatever removes levels, and the end of a burst, re-reads both sides. */
static inline void qt_on_depth(qt_door_t *d, int symbol, const TConnectorAssetIdentifier *asset, int side,
                               int32_t position, int update, int64_t entered)
{
    qt_symbol_t *s = &d->symbol[symbol];
    qt_event_t ev;
    if (update < QT_PD_ADD || update > QT_PD_DELETE_FROM || !d->price_group || !d->side_count) {
        qt_refuse(d, QT_BAD_TYPE);
        return;
    }
    if (update == QT_PD_PREPARE || update == QT_PD_FLUSH)
        s->burst = update == QT_PD_PREPARE;
    if (update == QT_PD_THEORETICAL)
        qt_depth_auction(d, asset, symbol, entered);
    if (update == QT_PD_PREPARE || update == QT_PD_THEORETICAL || update == QT_PD_ADD || s->burst)
        return; /* ADD only sums up */
    qt_event_open(d, &ev, QT_EV_LEVEL, symbol, entered);
    if ((update == QT_PD_EDIT || update == QT_PD_INSERT) && !s->relook && !d->one_sided)
        qt_depth_one(d, asset, side, position, &ev);
    else
        qt_depth_image(d, asset, &ev);
}

#endif
