/* What the exchange says of a contract: tick, multiplier, lot, expiry. One row per answer that tells something new;
 * rows are written once on the callback thread, then counted, then never changed. */
#ifndef QT_ASSET_INFO_H
#define QT_ASSET_INFO_H

#include "qt_door.h"
#include "qt_order_update.h"

#define QT_ASSET_ROWS 64
#define QT_MAX_CONTRACTS INT64_C(1000000000000000) /* far above any limit, far below garbage */

typedef struct qt_asset_info {
    int64_t min_qty, max_qty, lot; /* contracts */
    double tick;                   /* points */
    double multiplier;             /* money per point and contract */
    int32_t type, sub_type;        /* vendor's numbers */
    uint16_t ticker_n, exchange_n, name_n, description_n, expiry_n, isin_n; /* units */
    uint16_t ticker[QT_SYMBOL_UNITS];
    uint16_t exchange[4];
    uint16_t name[QT_NAME_UNITS];
    uint16_t description[2 * QT_NAME_UNITS];
    uint16_t expiry[QT_SYMBOL_UNITS];
    uint16_t isin[QT_SYMBOL_UNITS];
} qt_asset_info_t;

typedef struct qt_asset_infos {
    qt_atomic64_t count;
    qt_atomic64_t lost; /* answers that found the table full */
    qt_asset_info_t row[QT_ASSET_ROWS];
} qt_asset_infos_t;

/* the callback's arguments, whichever of its four signatures the library uses */
typedef struct qt_asset_told {
    const TAssetIDRec *asset;
    qt_text_t name, description, expiry, isin;
    int64_t min_qty, max_qty, lot;
    int32_t type, sub_type;
    double tick, multiplier;
} qt_asset_told_t;

static inline int qt_asset_why(const qt_asset_told_t *t)
{
    if (t->lot < 1 || t->lot > QT_MAX_LOTS || t->min_qty < 0 || t->min_qty > QT_MAX_CONTRACTS || t->max_qty < 0
        || t->max_qty > QT_MAX_CONTRACTS)
        return QT_BAD_QTY;
    if (!(t->tick > 0.0) || !(t->tick < 1e6) || !(t->multiplier >= 0.0) || !(t->multiplier < 1e9))
        return QT_BAD_PRICE; /* NaN fails all four */
    return t->asset->Ticker && t->asset->Ticker[0] ? QT_OK : QT_BAD_TICKER;
}

static inline void qt_asset_copy(qt_asset_info_t *row, const qt_asset_told_t *t)
{
    uint8_t cut = 0;
    memset(row, 0, sizeof *row);
    row->min_qty = t->min_qty;
    row->max_qty = t->max_qty;
    row->lot = t->lot;
    row->tick = t->tick;
    row->multiplier = t->multiplier;
    row->type = t->type;
    row->sub_type = t->sub_type;
    row->ticker_n = qt_copy_text(row->ticker, QT_SYMBOL_UNITS, t->asset->Ticker, 0, &cut);
    row->exchange_n = qt_copy_text(row->exchange, 4, t->asset->Bolsa, 0, &cut);
    row->name_n = qt_copy_text(row->name, QT_NAME_UNITS, t->name, 0, &cut);
    row->description_n = qt_copy_text(row->description, 2 * QT_NAME_UNITS, t->description, 0, &cut);
    row->expiry_n = qt_copy_text(row->expiry, QT_SYMBOL_UNITS, t->expiry, 0, &cut);
    row->isin_n = qt_copy_text(row->isin, QT_SYMBOL_UNITS, t->isin, 0, &cut);
}

static inline int qt_asset_known(const qt_asset_infos_t *infos, const qt_asset_info_t *row, int64_t n)
{
    while (n-- > 0)
        if (memcmp(&infos->row[n], row, sizeof *row) == 0)
            return 1;
    return 0;
}

static inline void qt_on_asset_info(qt_door_t *d, qt_asset_infos_t *infos, const qt_asset_told_t *t)
{
    int64_t n = qt_load_relaxed(&infos->count);
    qt_asset_info_t row;
    int why = qt_asset_why(t);
    if (why) {
        qt_refuse(d, why);
        return;
    }
    qt_asset_copy(&row, t);
    if (qt_asset_known(infos, &row, n))
        return;
    if (n == QT_ASSET_ROWS) {
        qt_count(&infos->lost);
        return;
    }
    infos->row[n] = row;
    qt_store_release(&infos->count, n + 1); /* pairs with the acquire of the reader */
}

#endif
