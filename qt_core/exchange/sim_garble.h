/* Hostility at binary level: what one callback is shown may be dirty, absurd, swapped or stale. Without a script nothing of
 * it is. */
#ifndef SIM_GARBLE_H
#define SIM_GARBLE_H

#include "sim.h"

typedef struct sim_offer_call { /* arguments of an offer-book callback after the asset */
    int32_t action, position, side, broker;
    int64_t qty, id;
    double price;
    uint16_t has_price, has_qty, has_date, has_id, has_broker;
    qt_text_t date;
    void *sells, *buys;
} sim_offer_call_t;

typedef struct sim_price_call { /* of a price-book callback */
    int32_t action, position, side, count;
    int64_t qty;
    double price;
    void *sells, *buys;
} sim_price_call_t;

typedef struct sim_trade_call { /* of a trade callback of the old family */
    uint32_t number;
    double price, money;
    int32_t qty, buyer, seller, type;
    uint16_t edit;
} sim_trade_call_t;

/* ---- sim_garble.c: what is shown ---------------------------------------------------------------------------- */
void sim_garble_begin(int64_t callback);  /* what this callback will suffer, drawn from the script */
void sim_garble_end(void);

/* The value as it is shown: itself, unless the script says otherwise. */
double sim_seen_price(double price);
int64_t sim_seen_qty(int64_t qty);
int32_t sim_seen_qty32(int32_t qty);                    /* the same, at most INT32_MAX                */
int32_t sim_seen_position(int32_t position);
int32_t sim_seen_side(int32_t side);
int32_t sim_seen_type(int32_t type);
uint32_t sim_seen_number(uint32_t number);
const char *sim_seen_date(const char *text);            /* DD/MM/YYYY HH:MM:SS.mmm                     */
void *sim_seen_handle(void *handle);
void sim_seen_ticker(uint16_t *units, int room);        /* garbles a ticker that was written there     */
int sim_seen_dateless(int32_t entries);                 /* entry of a full book without a date, -1     */
int sim_seen_swapped(void);                             /* money and contracts change places           */
int sim_dirty(void);                                    /* narrow arguments have dirt above them       */

void sim_garble_trade(TConnectorTrade *out);
void sim_garble_group(TConnectorPriceGroup *out);
void sim_garble_order(TConnectorOrderOut *out);

/* ---- sim_dirt.c: calls with clean or dirty narrow arguments --------------------------------------------------- */
int64_t sim_dirt(int32_t value);                        /* with rubbish above its 32 bits              */

/* A quantity of 32 bits where another version or form of the callback has 64: what lies above it is undefined, so it is rubbish,
 * with or without a script. Whoever reads it too wide sees what it deserves. */
#if UINTPTR_MAX > 0xFFFFFFFF
typedef int64_t sim_slot_t;
static inline sim_slot_t sim_slot(int32_t value) { return sim_dirt(value); }
#else
typedef int32_t sim_slot_t;
static inline sim_slot_t sim_slot(int32_t value) { return value; }
#endif

void sim_call_offer(TAssetIDRec a, const sim_offer_call_t *x); /* whichever of the two the client has set */
void sim_call_price(TAssetIDRec a, const sim_price_call_t *x); /* the same                              */
void sim_call_depth(TConnectorAssetIdentifier a, int side, int32_t position, int update);
void sim_call_tiny(TAssetIDRec a, double price, int32_t qty, int32_t side);
void sim_call_trade(TAssetIDRec a, qt_text_t date, const sim_record_t *r, int past);
void sim_call_trade_v2(TTradeV2Callback callback, TConnectorAssetIdentifier a, void *handle, uint32_t flags);
void sim_call_state(int32_t channel, int32_t result);
void sim_call_account(int32_t broker, qt_text_t name, qt_text_t account, qt_text_t holder);
void sim_call_progress(TAssetIDRec a, int32_t percent);
void sim_call_phase(TAssetIDRec a, qt_text_t date, int32_t phase);
void sim_call_daily(TAssetIDRec a, qt_text_t date, const sim_day_t *d);

#endif
