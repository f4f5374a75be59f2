/* One place for everything that makes a single callback's arguments and records bad. */
#include "sim_garble.h"

#include "sim_faults.h"

#include <string.h>

static const sim_fault_t *absurd;
static int dirty, swapped, stale, dateless;

void sim_garble_begin(int64_t callback)
{
    absurd = sim_fault_hit(SIM_FAULT_ABSURD, callback, -1, NULL);
    /* on 32 bits an argument has no upper half */
    dirty = sizeof(void *) == 8 && sim_fault_hit(SIM_FAULT_GARBAGE, callback, -1, NULL) != NULL;
    swapped = sim_fault_hit(SIM_FAULT_SWAP, callback, -1, NULL) != NULL;
    stale = sim_fault_hit(SIM_FAULT_STALE_HANDLE, callback, -1, NULL) != NULL;
    dateless = callback == SIM_CB_OFFER && sim_fault_hit(SIM_FAULT_MISSING_DATE, 0, -1, NULL) != NULL;
}

void sim_garble_end(void)
{
    absurd = NULL;
    dirty = swapped = stale = dateless = 0;
}

/* ---- absurd values ------------------------------------------------------------------------------------ */

static int value_of(int field)
{
    return absurd && (int)absurd->value[SIM_KEY_FIELD] == field ? (int)absurd->value[SIM_KEY_VALUE] : 0;
}

double sim_seen_price(double price)
{
    switch (value_of(SIM_FIELD_PRICE)) {
    case SIM_VALUE_NAN: return (double)NAN;
    case SIM_VALUE_INF: return (double)INFINITY;
    case SIM_VALUE_MINUS_INF: return -(double)INFINITY;
    case SIM_VALUE_HUGE: return 1e18;
    case SIM_VALUE_NEGATIVE: return -price;
    case SIM_VALUE_ZERO: return 0.0;
    default: return price;
    }
}

int64_t sim_seen_qty(int64_t qty)
{
    switch (value_of(SIM_FIELD_QTY)) {
    case SIM_VALUE_HUGE: return INT64_C(180000000000000000); /* as a wrongly declared callback saw it */
    case SIM_VALUE_NEGATIVE: return -qty;
    case SIM_VALUE_ZERO: return 0;
    default: return qty;
    }
}

int32_t sim_seen_qty32(int32_t qty)
{
    int64_t seen = sim_seen_qty(qty);
    return seen > INT32_MAX ? INT32_MAX : (int32_t)seen;
}

int32_t sim_seen_position(int32_t position)
{
    int value = value_of(SIM_FIELD_POSITION);
    return value == SIM_VALUE_HUGE ? 1000000 : value == SIM_VALUE_NEGATIVE ? -1 : position;
}

int32_t sim_seen_side(int32_t side) { return value_of(SIM_FIELD_SIDE) ? 77 : side; }
int32_t sim_seen_type(int32_t type) { return value_of(SIM_FIELD_TYPE) ? 77 : type; }
uint32_t sim_seen_number(uint32_t number) { return value_of(SIM_FIELD_NUMBER) ? 0 : number; }

static TSystemTime seen_time(TSystemTime t)
{
    int value = value_of(SIM_FIELD_DATE);
    if (value == SIM_VALUE_ZERO)
        memset(&t, 0, sizeof t);
    else if (value)
        t.wYear = value == SIM_VALUE_1970 ? 1970 : 2099;
    return t;
}

const char *sim_seen_date(const char *text)
{
    switch (value_of(SIM_FIELD_DATE)) {
    case SIM_VALUE_ZERO: return "00/00/0000 00:00:00.000";
    case SIM_VALUE_1970: return "01/01/1970 00:00:00.000";
    case SIM_VALUE_2099: return "31/12/2099 23:59:59.999";
    default: return text;
    }
}

void *sim_seen_handle(void *handle) { return stale ? (void *)((uintptr_t)handle ^ 0xFFFF0) : handle; }
int sim_dirty(void) { return dirty; }
int sim_seen_swapped(void) { return swapped; }
int sim_seen_dateless(int32_t entries) { return dateless && entries ? entries / 2 : -1; }

/* Text that ends late stays inside its buffer, so that only a reader without a limit of its own leaves it. */
void sim_seen_ticker(uint16_t *units, int room)
{
    int i;
    char narrow[SIM_TICKER_UNITS];
    switch (value_of(SIM_FIELD_TEXT)) {
    case SIM_VALUE_UNTERMINATED:
        for (i = sim_length(units); i < room - 1; i++)
            units[i] = 'W';
        units[room - 1] = 0;
        break;
    case SIM_VALUE_SURROGATE:
        units[0] = 0xD800;
        units[2] = 0xDC00;
        break;
    case SIM_VALUE_NARROW:
        if (sim_narrow(narrow, units, SIM_TICKER_UNITS) > 0)
            memcpy(units, narrow, (size_t)sim_length(units) + 1);
        break;
    default: break;
    }
}

/* ---- records ----------------------------------------------------------------------------------------------- */

/* A record is written at its true size, the padding at its end included: what a smaller buffer has behind it is lost. */
static void fill_padding(void *record, size_t used, size_t size)
{
    if (sim_fault_first(SIM_FAULT_FULL_RECORDS))
        memset((char *)record + used, 0xA5, size - used);
}

void sim_garble_trade(TConnectorTrade *out)
{
    double money = out->Volume;
    out->TradeDate = seen_time(out->TradeDate);
    out->TradeNumber = sim_seen_number(out->TradeNumber);
    out->Price = sim_seen_price(out->Price);
    out->Quantity = sim_seen_qty(out->Quantity);
    out->TradeType = (uint8_t)sim_seen_type(out->TradeType);
    if (swapped) {
        out->Volume = (double)out->Quantity;
        out->Quantity = (int64_t)money;
    }
    fill_padding(out, offsetof(TConnectorTrade, TradeType) + 1, sizeof *out);
}

void sim_garble_group(TConnectorPriceGroup *out)
{
    if (sim_on_connector()) { /* inside the callback that the script garbles */
        out->Price = sim_seen_price(out->Price);
        out->Quantity = sim_seen_qty(out->Quantity);
    }
    fill_padding(out, offsetof(TConnectorPriceGroup, PriceGroupFlags) + 4, sizeof *out);
}

void sim_garble_order(TConnectorOrderOut *out)
{
    size_t size = out->Version ? sizeof *out : offsetof(TConnectorOrderOut, EventID);
    if (sim_on_connector()) {
        out->Price = sim_seen_price(out->Price);
        out->TradedQuantity = sim_seen_qty(out->TradedQuantity);
        out->OrderSide = (uint8_t)sim_seen_side(out->OrderSide);
        out->OrderType = (uint8_t)sim_seen_type(out->OrderType);
        out->LastUpdate = seen_time(out->LastUpdate);
    }
    if (out->Version == 0)
        fill_padding(out, offsetof(TConnectorOrderOut, TextMessageLength) + 4, size);
}
