/* A recording as the simulated exchange plays it: this header, then `count` records of qt_event_t, nothing between or
 * behind. Little-endian, no padding; the file and the arguments of SIM_Play are the same bytes.
 *
 * Events: TRADE and HISTORY (prints), LEVEL or ORDER (book rows, one of the two kinds), QUOTE (read only when there are
 * no book rows), PHASE. Others are passed over. ts_ns never decreases; prices are ticks, quantities lots. */
#ifndef QT_PLAY_H
#define QT_PLAY_H

#include "qt_event.h"

#define QT_PLAY_MAGIC "QTPLAY1" /* with its closing zero: eight bytes */

typedef struct qt_play_header {
    char magic[8];
    uint32_t header_bytes; /* 128                                                                                  */
    uint32_t event_bytes;  /* 64                                                                                   */
    int64_t count;         /* events                                                                               */
    int64_t open_ns;       /* continuous trading, UTC ns, when no PHASE event says it; 0 = before the first event  */
    int64_t close_ns;      /* exclusive; 0 = after the last event                                                  */
    double multiplier;     /* money per point and contract                                                         */
    int32_t tick_num, tick_den; /* a tick in points                                                                */
    int32_t lot;           /* contracts, as the interface counts them, of one lot of an event                      */
    int32_t touch;         /* contracts assumed at a best price whose size was not recorded, and in front of an
                              order when there is a tape alone                                                     */
    char symbol[32];       /* zero-terminated, as alias                                                            */
    char alias[24];        /* continuous name; empty = none                                                        */
    char exchange;         /* the vendor's letter                                                                  */
    char zero[3];          /* 0                                                                                    */
    int32_t multiple;      /* orders are multiples of so many contracts                                            */
} qt_play_header_t;

QT_STATIC_ASSERT(sizeof(qt_play_header_t) == 128, "qt_play_header_t: the file's header");
QT_STATIC_ASSERT(offsetof(qt_play_header_t, multiplier) == 40, "qt_play_header_t: no padding");
QT_STATIC_ASSERT(offsetof(qt_play_header_t, symbol) == 64, "qt_play_header_t: no padding");
QT_STATIC_ASSERT(offsetof(qt_play_header_t, exchange) == 120, "qt_play_header_t: no padding");
QT_STATIC_ASSERT(offsetof(qt_play_header_t, multiple) == 124, "qt_play_header_t: no padding");

#endif
