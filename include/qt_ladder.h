/* A price ladder: lots and order counts of both sides, indexed by tick.
 *
 * A window of `size` ticks, [lo, lo + size), lives in a circular array: slot = ticks & (size - 1). A
 * three-level bitmap marks the non-empty levels, so that best, next and clear never scan prices. The
 * window moves with the market; only the part it leaves is cleared. The caller owns the memory:
 * qt_ladder_bytes() says how much, zeroed, aligned to 8. */
#ifndef QT_LADDER_H
#define QT_LADDER_H

#include "qt_bits.h"
#include "qt_event.h"

#define QT_LADDER_BITS_MIN 12 /* 4096 ticks: the bitmap's middle level must exist */
#define QT_LADDER_BITS_MAX 18 /* 262144 ticks: its top level is one word          */

typedef struct qt_level {
    int64_t qty;    /* lots resting, 0 = empty */
    int32_t orders; /* orders resting, 0 unknown */
    int32_t spare;
} qt_level_t;

typedef struct qt_ladder_side {
    qt_level_t *levels; /* size                                        */
    uint64_t *low;      /* a bit per tick                              */
    uint64_t *mid;      /* a bit per word of low that is not zero      */
    uint64_t top;       /* a bit per word of mid that is not zero      */
    int32_t best;       /* ticks, QT_NO_PRICE when the side is empty   */
    int32_t count;      /* non-empty levels                            */
} qt_ladder_side_t;

typedef struct qt_ladder {
    qt_ladder_side_t side[2]; /* 0 bid, 1 ask: see qt_side_index      */
    int64_t lo;               /* first tick of the window             */
    int32_t size;             /* a power of two                       */
    int32_t placed;           /* the window has been put somewhere    */
} qt_ladder_t;

static inline int qt_side_index(int side) { return side < 0; }

static inline size_t qt_ladder_bytes(int bits)
{
    size_t size = (size_t)1 << bits;
    return 2 * (size * sizeof(qt_level_t) + (size / 64 + size / 4096) * sizeof(uint64_t));
}

/* memory: qt_ladder_bytes(bits), zeroed. Returns 0, or -1 when bits is out of range. */
static inline int qt_ladder_init(qt_ladder_t *l, void *memory, int bits)
{
    char *at = (char *)memory;
    int s;
    if (bits < QT_LADDER_BITS_MIN || bits > QT_LADDER_BITS_MAX)
        return -1;
    l->size = (int32_t)1 << bits;
    l->lo = 0;
    l->placed = 0;
    for (s = 0; s < 2; s++) {
        l->side[s].levels = (qt_level_t *)at;
        at += (size_t)l->size * sizeof(qt_level_t);
        l->side[s].low = (uint64_t *)at;
        at += (size_t)l->size / 64 * sizeof(uint64_t);
        l->side[s].mid = (uint64_t *)at;
        at += (size_t)l->size / 4096 * sizeof(uint64_t);
        l->side[s].top = 0;
        l->side[s].best = QT_NO_PRICE;
        l->side[s].count = 0;
    }
    return 0;
}

static inline int qt_ladder_inside(const qt_ladder_t *l, int64_t ticks)
{
    return (uint64_t)(ticks - l->lo) < (uint64_t)l->size;
}

/* valid only inside the window */
static inline qt_level_t *qt_ladder_level(const qt_ladder_t *l, int s, int32_t ticks)
{
    return &l->side[s].levels[ticks & (l->size - 1)];
}

/* highest marked slot <= i, or -1 */
static inline int32_t qt_marks_prev(const qt_ladder_side_t *d, int32_t i)
{
    int32_t w = i >> 6, m = w >> 6;
    uint64_t word = d->low[w] & (~UINT64_C(0) >> (63 - (i & 63)));
    if (word)
        return w * 64 + qt_highest_bit(word);
    word = d->mid[m] & ((UINT64_C(1) << (w & 63)) - 1);
    if (!word) {
        word = d->top & ((UINT64_C(1) << m) - 1);
        if (!word)
            return -1;
        m = qt_highest_bit(word);
        word = d->mid[m];
    }
    w = m * 64 + qt_highest_bit(word);
    return w * 64 + qt_highest_bit(d->low[w]);
}

/* lowest marked slot >= i, or -1 */
static inline int32_t qt_marks_next(const qt_ladder_side_t *d, int32_t i)
{
    int32_t w = i >> 6, m = w >> 6;
    uint64_t word = d->low[w] & (~UINT64_C(0) << (i & 63));
    if (word)
        return w * 64 + qt_lowest_bit(word);
    word = d->mid[m] & (~UINT64_C(1) << (w & 63));
    if (!word) {
        word = d->top & (~UINT64_C(1) << m);
        if (!word)
            return -1;
        m = qt_lowest_bit(word);
        word = d->mid[m];
    }
    w = m * 64 + qt_lowest_bit(word);
    return w * 64 + qt_lowest_bit(d->low[w]);
}

/* highest non-empty level <= ticks, or QT_NO_PRICE */
static inline int32_t qt_ladder_below(const qt_ladder_t *l, int s, int64_t ticks)
{
    int32_t mask = l->size - 1, i, j;
    if (ticks >= l->lo + l->size)
        ticks = l->lo + mask;
    if (ticks < l->lo || !l->side[s].count)
        return QT_NO_PRICE;
    i = (int32_t)(ticks & mask);
    j = qt_marks_prev(&l->side[s], i);
    if (j < 0)
        j = qt_marks_prev(&l->side[s], mask); /* the window wraps round the array */
    ticks -= (i - j) & mask;
    return ticks >= l->lo ? (int32_t)ticks : QT_NO_PRICE;
}

/* lowest non-empty level >= ticks, or QT_NO_PRICE */
static inline int32_t qt_ladder_above(const qt_ladder_t *l, int s, int64_t ticks)
{
    int32_t mask = l->size - 1, i, j;
    if (ticks < l->lo)
        ticks = l->lo;
    if (ticks >= l->lo + l->size || !l->side[s].count)
        return QT_NO_PRICE;
    i = (int32_t)(ticks & mask);
    j = qt_marks_next(&l->side[s], i);
    if (j < 0)
        j = qt_marks_next(&l->side[s], 0);
    ticks += (j - i) & mask;
    return ticks < l->lo + l->size ? (int32_t)ticks : QT_NO_PRICE;
}

/* next non-empty level strictly away from the market: lower bids, higher asks */
static inline int32_t qt_ladder_worse(const qt_ladder_t *l, int s, int32_t ticks)
{
    return s ? qt_ladder_above(l, 1, (int64_t)ticks + 1) : qt_ladder_below(l, 0, (int64_t)ticks - 1);
}

static inline void qt_ladder_mark(qt_ladder_side_t *d, int32_t i)
{
    d->low[i >> 6] |= UINT64_C(1) << (i & 63);
    d->mid[i >> 12] |= UINT64_C(1) << (i >> 6 & 63);
    d->top |= UINT64_C(1) << (i >> 12);
}

static inline void qt_ladder_unmark(qt_ladder_side_t *d, int32_t i)
{
    if (d->low[i >> 6] &= ~(UINT64_C(1) << (i & 63)))
        return;
    if (d->mid[i >> 12] &= ~(UINT64_C(1) << (i >> 6 & 63)))
        return;
    d->top &= ~(UINT64_C(1) << (i >> 12));
}

/* New total of a level inside the window; qty 0 empties it. */
static inline void qt_ladder_set(qt_ladder_t *l, int s, int32_t ticks, int64_t qty, int32_t orders)
{
    qt_ladder_side_t *d = &l->side[s];
    int32_t i = ticks & (l->size - 1);
    int64_t old = d->levels[i].qty;
    d->levels[i].qty = qty;
    d->levels[i].orders = qty ? orders : 0;
    if (qty && !old) {
        d->count++;
        qt_ladder_mark(d, i);
        if (d->best == QT_NO_PRICE || (s ? ticks < d->best : ticks > d->best))
            d->best = ticks;
    } else if (!qty && old) {
        d->count--;
        qt_ladder_unmark(d, i);
        if (d->best == ticks)
            d->best = qt_ladder_worse(l, s, ticks);
    }
}

/* Empties one side, level by level: an image of n levels costs n, not the window. */
static inline void qt_ladder_clear(qt_ladder_t *l, int s)
{
    qt_ladder_side_t *d = &l->side[s];
    while (d->count) {
        int32_t i = qt_marks_next(d, 0);
        d->levels[i].qty = 0;
        d->levels[i].orders = 0;
        qt_ladder_unmark(d, i);
        d->count--;
    }
    d->best = QT_NO_PRICE;
}

/* First tick of a window with `centre` in its middle. Positive prices keep a window of positive ticks. */
static inline int64_t qt_ladder_origin(const qt_ladder_t *l, int32_t centre)
{
    int64_t lo = (int64_t)centre - l->size / 2;
    return centre >= 0 && lo < 0 ? 0 : lo;
}

/* Moves the window to start at lo and clears what it leaves. */
static inline void qt_ladder_move(qt_ladder_t *l, int64_t lo)
{
    int64_t end = l->lo + l->size;
    int s;
    for (s = 0; s < 2; s++) {
        int32_t t = qt_ladder_above(l, s, l->lo);
        while (t != QT_NO_PRICE) {
            if (t < lo || t >= lo + l->size)
                qt_ladder_set(l, s, t, 0, 0);
            else if (lo >= l->lo)
                break; /* moving up: only the lower part is left */
            else if (lo + l->size < end && t < lo + l->size)
                t = (int32_t)(lo + l->size - 1); /* moving down: skip to the upper part */
            t = qt_ladder_above(l, s, (int64_t)t + 1);
        }
    }
    l->lo = lo;
    l->placed = 1;
}

#endif
