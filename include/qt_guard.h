/* Records that the library fills, each at its largest layout and with guard bytes behind: a library whose record is
 * longer writes into the guard, where it is seen, and not into what lies next to it. */
#ifndef QT_GUARD_H
#define QT_GUARD_H

#include "qt_profit.h"

#include <string.h>

#define QT_GUARD_BYTES 64
#define QT_GUARD 0xA5

typedef struct qt_order_room {
    TConnectorOrderOut record;
    unsigned char guard[QT_GUARD_BYTES];
} qt_order_room_t;

typedef struct qt_position_room {
    TConnectorTradingAccountPosition record;
    unsigned char guard[QT_GUARD_BYTES];
} qt_position_room_t;

typedef struct qt_holder_room {
    TConnectorTradingAccountOut record;
    unsigned char guard[QT_GUARD_BYTES];
} qt_holder_room_t;

static inline void qt_guard_set(unsigned char *guard) { memset(guard, QT_GUARD, QT_GUARD_BYTES); }

static inline int qt_guard_whole(const unsigned char *guard)
{
    int i = 0;
    while (i < QT_GUARD_BYTES && guard[i] == QT_GUARD)
        i++;
    return i == QT_GUARD_BYTES;
}

#endif
