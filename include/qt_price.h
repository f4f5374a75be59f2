/* Prices are integer ticks from the callback to the order. A tick is the rational num/den
 * points (WDO 1/2, WIN 5/1, cents 1/100), so that converting back is one correctly rounded
 * division and no binary fraction ever accumulates. */
#ifndef QT_PRICE_H
#define QT_PRICE_H

#include "qt_event.h"

#include <math.h>

typedef struct qt_scale {
    int32_t num; /* step = num / den points (or contracts) */
    int32_t den;
} qt_scale_t;

enum qt_refusal { /* what the door refuses, counted by kind */
    QT_OK = 0,
    QT_BAD_PRICE = 1,    /* NaN, infinite, negative or zero where a price must be        */
    QT_OFF_TICK = 2,     /* not on the instrument's grid                                 */
    QT_BAD_QTY = 3,      /* negative, zero or absurd (> QT_MAX_LOTS)                     */
    QT_BAD_TICKER = 4,   /* empty text or a symbol nobody subscribed                     */
    QT_BAD_TYPE = 5,     /* unknown trade type, book action or side                      */
    QT_TIME_BACK = 6,    /* time runs backwards by more than a second                    */
    QT_BAD_TIME = 7,     /* impossible date                                              */
    QT_NOT_TRANSLATED = 8, /* TranslateTrade refused the handle                          */
    QT_BAD_POSITION = 9, /* book position outside the list: the side is out of step      */
    QT_OUTSIDE_LADDER = 10, /* price too far from the market for the ladder              */
    QT_BAD_VOLUME = 11,  /* money volume does not fit price x quantity x multiplier      */
    QT_REFUSALS = 12
};

#define QT_MAX_LOTS ((int64_t)1000000000)

/* points -> ticks; QT_OK, QT_BAD_PRICE or QT_OFF_TICK (tolerance 1e-6 tick) */
static inline int qt_to_ticks(qt_scale_t s, double points, int32_t *ticks)
{
    double t, r;
    if (!(points > 0.0) || !(points < 1e9))
        return QT_BAD_PRICE; /* NaN fails both */
    t = points * (double)s.den / (double)s.num;
    r = floor(t + 0.5);
    if (!(r >= 1.0) || !(r < 2147483647.0))
        return QT_BAD_PRICE; /* a price that rounds to none is none */
    if (fabs(t - r) > 1e-6 * (t > 1.0 ? t * 1e-3 : 1.0))
        return QT_OFF_TICK;
    *ticks = (int32_t)r;
    return QT_OK;
}

/* ticks -> points, correctly rounded */
static inline double qt_to_points(qt_scale_t s, int64_t ticks)
{
    return (double)(ticks * s.num) / (double)s.den;
}

/* contracts -> lots of the instrument's quantity step */
static inline int qt_to_lots(qt_scale_t s, double qty, int64_t *lots)
{
    double t = qty * (double)s.den / (double)s.num, r = floor(t + 0.5);
    if (!(qty >= 0.0) || !(r <= (double)QT_MAX_LOTS) || fabs(t - r) > 1e-6 * (t > 1.0 ? t : 1.0))
        return QT_BAD_QTY;
    *lots = (int64_t)r;
    return QT_OK;
}

#endif
