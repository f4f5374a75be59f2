/* Compiling this is the test of the vendor's records (qt_profit_layout.h); running it prints what Python compares. */
#include "qt_door_book.h"
#include "qt_profit_api.h"

#include <stdio.h>

#define SIZE(type) printf(#type " %d\n", (int)sizeof(type))
#define AT(type, field) printf(#type "." #field " %d\n", (int)offsetof(type, field))

int main(void)
{
    int needed = 0, i;
    SIZE(qt_event_t);
    AT(qt_event_t, ts_ns); AT(qt_event_t, exch_ns); AT(qt_event_t, recv_ns); AT(qt_event_t, qty); AT(qt_event_t, id);
    AT(qt_event_t, price); AT(qt_event_t, a); AT(qt_event_t, b); AT(qt_event_t, pos);
    AT(qt_event_t, kind); AT(qt_event_t, code); AT(qt_event_t, side); AT(qt_event_t, flags); AT(qt_event_t, symbol);
    AT(qt_event_t, spare);
    SIZE(TAssetIDRec); SIZE(TConnectorAssetIdentifier); SIZE(TConnectorTrade); SIZE(TConnectorPriceGroup);
    SIZE(TConnectorOrderIdentifier); SIZE(TConnectorSendOrder); SIZE(TConnectorOrderOut);
    AT(TConnectorTrade, TradeDate); AT(TConnectorTrade, Price); AT(TConnectorTrade, TradeType);
    for (i = 0; qt_export(i); i++)
        needed += qt_export(i)->needed;
    printf("exports.needed %d\n", needed);
    return 0;
}
