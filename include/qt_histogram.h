/* A histogram of durations in ns: 16 linear steps per power of two, so that a quantile is right
 * within 1/16 from 16 ns to centuries. Fixed size, one writer, no allocation. */
#ifndef QT_HISTOGRAM_H
#define QT_HISTOGRAM_H

#include "qt_bits.h"

#define QT_HISTOGRAM_SLOTS 976 /* (63 - 3) * 16 + 16 */

typedef struct qt_histogram {
    int64_t count;
    int64_t slots[QT_HISTOGRAM_SLOTS];
} qt_histogram_t;

static inline int qt_histogram_slot(int64_t ns)
{
    int e;
    if (ns < 16)
        return ns > 0 ? (int)ns : 0;
    e = qt_highest_bit((uint64_t)ns);
    return (e - 3) * 16 + (int)(ns >> (e - 4) & 15);
}

/* largest duration that falls into a slot */
static inline int64_t qt_histogram_top(int slot)
{
    int shift = slot / 16 - 1;
    if (slot < 32)
        return slot;
    return (((int64_t)(slot % 16) + 17) << shift) - 1;
}

static inline void qt_histogram_add(qt_histogram_t *h, int64_t ns)
{
    h->count++;
    h->slots[qt_histogram_slot(ns)]++;
}

/* smallest duration that at least the fraction q of all durations do not exceed; -1 when empty */
static inline int64_t qt_histogram_quantile(const qt_histogram_t *h, double q)
{
    int64_t seen = 0;
    int i;
    for (i = 0; i < QT_HISTOGRAM_SLOTS; i++) {
        seen += h->slots[i];
        if (seen > 0 && (double)seen >= q * (double)h->count)
            return qt_histogram_top(i);
    }
    return -1;
}

#endif
