/* What is known about a ticker: its description, yesterday's close, the joints of the continuous series. */
#include "sim.h"
#include "sim_garble.h"

#include <string.h>

struct product { /* of whatever else a recording may bring nothing is known but its name */
    char root[4];
    const uint16_t *name, *description, *sector, *sub_sector, *segment;
    int32_t type, sub_type; /* the vendor's security types */
};

#define MINI UNITS(u"Minicontratos")
#define DERIVATIVES UNITS(u"Derivativos")
#define CURRENCY UNITS(u"C\u00e2mbio")
#define INDICES UNITS(u"\u00cdndices")

static const struct product PRODUCTS[5] = {
    {"WDO", UNITS(u"D\u00f3lar mini"), UNITS(u"Minicontrato futuro de taxa de c\u00e2mbio de reais por d\u00f3lar"), DERIVATIVES,
     CURRENCY, MINI, 0, 13},
    {"WIN", UNITS(u"Ibovespa mini"), UNITS(u"Minicontrato futuro de Ibovespa"), DERIVATIVES, INDICES, MINI, 0, 13},
    {"DOL", UNITS(u"D\u00f3lar"), UNITS(u"Contrato futuro de taxa de c\u00e2mbio de reais por d\u00f3lar"), DERIVATIVES, CURRENCY,
     UNITS(u""), 0, 4},
    {"IND", UNITS(u"Ibovespa"), UNITS(u"Contrato futuro de Ibovespa"), DERIVATIVES, INDICES, UNITS(u""), 0, 2},
    {"", UNITS(u""), UNITS(u""), UNITS(u""), UNITS(u""), UNITS(u""), 11, 254}, /* 11: unknown */
};

static const struct product *product(void)
{
    const struct product *p = PRODUCTS;
    while (p->root[0] && strncmp(p->root, sim.config.symbol, 3) != 0)
        p++;
    return p;
}

/* ---- asset list --------------------------------------------------------------------------------------------- */

SIM_EXPORT int32_t QT_STDCALL RequestTickerInfo(qt_text_t ticker, qt_text_t exchange)
{
    return sim_post_view(SIM_CMD_TICKER_INFO, ticker, exchange, 0);
}

typedef struct info {
    TAssetIDRec asset;
    qt_text_t name, description, expiry, isin, sector, sub_sector, segment;
} info_t;

/* until 4.0.0.37 the three quantities were 32 bits wide */
typedef void(QT_STDCALL *info_32)(TAssetIDRec, qt_text_t, qt_text_t, sim_slot_t, sim_slot_t, sim_slot_t, int32_t, int32_t, double,
                                  double, qt_text_t, qt_text_t);
typedef void(QT_STDCALL *info_v2_32)(TAssetIDRec, qt_text_t, qt_text_t, sim_slot_t, sim_slot_t, sim_slot_t, int32_t, int32_t,
                                     double, double, qt_text_t, qt_text_t, qt_text_t, qt_text_t, qt_text_t);

static const char *contract_of(int view) { return view == SIM_VIEW_NEXT ? sim.market.next : sim.config.symbol; }

static qt_text_t isin(const char *symbol)
{
    char text[16] = "BRSIM0000000";
    size_t n = strlen(symbol);
    memcpy(text + 5, symbol, n < 6 ? n : 6);
    return sim_shown_ascii(text);
}

static void put_info(info_t *i, int view)
{
    const struct product *p = product();
    sim_asset(&i->asset, view);
    i->name = p->root[0] ? sim_shown(p->name) : sim_shown_ascii(sim.config.symbol);
    i->description = sim_shown(p->description);
    i->expiry = sim_shown_date(sim_maturity(contract_of(view)));
    i->isin = isin(contract_of(view));
    i->sector = sim_shown(p->sector);
    i->sub_sector = sim_shown(p->sub_sector);
    i->segment = sim_shown(p->segment);
}

static void deliver_info(int view)
{
    int32_t lot = sim.config.lot, most = sim.config.max_lot, type = product()->type, sub_type = product()->sub_type;
    double tick = sim_points(1), money = sim.config.multiplier;
    info_t i;
    if (!sim.live.asset_info)
        return;
    put_info(&i, view);
    if (sim_since(38))
        sim.live.asset_info(i.asset, i.name, i.description, lot, most, lot, type, sub_type, tick, money, i.expiry,
                            i.isin);
    else
        SIM_AS(info_32, sim.live.asset_info)(i.asset, i.name, i.description, sim_slot(lot), sim_slot(most), sim_slot(lot),
                                             type, sub_type, tick, money, i.expiry, i.isin);
    sim_called();
}

static void deliver_info_v2(int view)
{
    int32_t lot = sim.config.lot, most = sim.config.max_lot, type = product()->type, sub_type = product()->sub_type;
    double tick = sim_points(1), money = sim.config.multiplier;
    info_t i;
    if (!sim.live.asset_info_v2)
        return;
    put_info(&i, view);
    if (sim_since(38))
        sim.live.asset_info_v2(i.asset, i.name, i.description, lot, most, lot, type, sub_type, tick, money,
                               i.expiry, i.isin, i.sector, i.sub_sector, i.segment);
    else
        SIM_AS(info_v2_32, sim.live.asset_info_v2)(i.asset, i.name, i.description, sim_slot(lot), sim_slot(most),
                                                   sim_slot(lot), type, sub_type, tick, money, i.expiry, i.isin, i.sector,
                                                   i.sub_sector, i.segment);
    sim_called();
}

void sim_deliver_ticker_info(int view)
{
    info_t i;
    if (sim.live.asset_list) {
        put_info(&i, view);
        sim.live.asset_list(i.asset, i.name);
        sim_called();
    }
    deliver_info(view);
    deliver_info_v2(view);
}

/* ---- yesterday's close ----------------------------------------------------------------------------------------- */

/* The first call starts the load and says so; without SubscribeTicker nothing is ever loaded. */
static int last_close(qt_text_t ticker, qt_text_t exchange, double *close)
{
    sim_command_t c = {.kind = SIM_CMD_LAST_CLOSE};
    int result = sim_find(ticker, exchange, &c.view);
    if (result || !close)
        return result ? result : NL_INVALID_ARGS;
    if (sim.market.closes_known & (1u << c.view)) {
        *close = sim_points(sim.market.reference + (c.view == SIM_VIEW_NEXT ? sim_carry_ticks(sim.market.next) : 0));
        return NL_OK;
    }
    result = sim_post_command(&c);
    return result ? result : NL_WAITING_SERVER;
}

/* Nothing was adjusted since yesterday: both kinds of close are the same. */
SIM_EXPORT int32_t QT_STDCALL GetLastDailyClose(qt_text_t ticker, qt_text_t exchange, double *close, int32_t adjusted)
{
    int result = sim_request();
    (void)adjusted;
    return sim_end(result ? result : last_close(ticker, exchange, close));
}

static void progress(int view, int percent)
{
    TAssetIDRec a;
    if (!sim.live.progress)
        return;
    sim_asset(&a, view);
    sim.live.progress(a, percent);
    sim_called();
}

void sim_deliver_last_close(int view) /* the load shows as any other */
{
    progress(view, 0);
    sim_deliver_adjustments(view);
    progress(view, 100);
}

/* ---- adjustments -------------------------------------------------------------------------------------------------- */

SIM_EXPORT int32_t QT_STDCALL SubscribeAdjustHistory(qt_text_t ticker, qt_text_t exchange)
{
    return sim_post_view(SIM_CMD_SUBSCRIBE, ticker, exchange, SIM_SUB_ADJUST);
}

SIM_EXPORT int32_t QT_STDCALL UnsubscribeAdjustHistory(qt_text_t ticker, qt_text_t exchange)
{
    return sim_post_view(SIM_CMD_UNSUBSCRIBE, ticker, exchange, SIM_SUB_ADJUST);
}

enum { AFFECTS_PRICE = 1, ADDITIVE = 2, JOINTS = 2 };
#define NO_MULTIPLIER (-9999.0)

static int64_t first_session(const char *symbol) /* as the contract that the continuous series follows */
{
    char before[16];
    sim_contract_beside(before, symbol, -1);
    return sim_next_business_day(sim_last_session(before));
}

static void deliver_joint(int view, const char *symbol)
{
    TAssetIDRec a;
    double value = sim_points(sim_carry_ticks(symbol));
    qt_text_t type, note, date = sim_shown_date(first_session(symbol));
    sim_asset(&a, view);
    type = sim_shown(UNITS(u"JuncaoSerie"));
    note = sim_shown(UNITS(u"Jun\u00e7\u00e3o de s\u00e9ries do contrato cont\u00ednuo"));
    if (sim.live.adjust_v2)
        sim.live.adjust_v2(a, value, type, note, date, date, date, AFFECTS_PRICE | ADDITIVE, NO_MULTIPLIER);
    else
        sim.live.adjust(a, value, type, note, date, date, date, 1);
    sim_called();
}

/* A contract has no adjustments; of the continuous series the last two joints are known. */
void sim_deliver_adjustments(int view)
{
    char joined[JOINTS][16];
    int i;
    if (view != SIM_VIEW_ALIAS || !sim_maturity(sim.config.symbol) || !(sim.live.adjust || sim.live.adjust_v2))
        return;
    strcpy(joined[0], sim.config.symbol);
    for (i = 1; i < JOINTS; i++)
        sim_contract_beside(joined[i], joined[i - 1], -1);
    for (i = JOINTS - 1; i >= 0; i--)
        deliver_joint(view, joined[i]);
}
