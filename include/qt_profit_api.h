/* The exports that the binding uses, as one record of pointers resolved from a loaded library. */
#ifndef QT_PROFIT_API_H
#define QT_PROFIT_API_H

#include "qt_dynlib.h"
#include "qt_profit.h"

/* without one of these the library is refused */
#define QT_EXPORTS_NEEDED(X) \
    X(DLLInitializeLogin) X(DLLInitializeMarketLogin) X(DLLFinalize) X(SubscribeTicker) X(UnsubscribeTicker) \
    X(SubscribeOfferBook) X(UnsubscribeOfferBook) X(SubscribePriceDepth) X(UnsubscribePriceDepth) \
    X(GetPriceDepthSideCount) X(GetPriceGroup) X(GetTheoreticalValues) X(SetStateCallback) X(SetTradeCallbackV2) \
    X(SetHistoryTradeCallbackV2) X(SetOfferBookCallbackV2) X(SetPriceDepthCallback) X(SetInvalidTickerCallback) \
    X(SetDailyCallback) X(SetTinyBookCallback) X(SetSerieProgressCallback) X(SetOrderCallback) \
    X(SetOrderHistoryCallback) X(SetAccountCallback) X(TranslateTrade) X(GetHistoryTrades) X(FreePointer) \
    X(GetServerClock) X(GetAccount) X(GetAccountCount) X(GetAccounts) X(SendOrder) X(SendChangeOrderV2) \
    X(SendCancelOrderV2) X(SendCancelOrdersV2) X(SendCancelAllOrdersV2) X(SendZeroPositionV2) X(GetPositionV2) \
    X(GetOrderDetails) X(EnumerateAllOrders) X(HasOrdersInInterval) X(SetEnabledHistOrder) X(SetDayTrade)

/* null when the library is older, or is no simulated exchange */
#define QT_EXPORTS_OPTIONAL(X) \
    X(SetTheoreticalPriceCallback) X(SetChangeStateTickerCallback) X(SetHealthCallback) \
    X(SetTradingMessageResultCallback) X(SetAssetListInfoCallback) X(SetAssetListInfoCallbackV2) X(RequestTickerInfo) \
    X(GetLastDailyClose) X(GetAgentNameLength) X(GetAgentName) X(GetHealthStatus) X(GetAccountCountByBroker) \
    X(GetAccountsByBroker) X(GetSubAccountCount) X(GetSubAccounts) X(GetAccountDetails) \
    X(EnumerateOrdersByInterval) X(EnumerateAllPositionAssets) X(SIM_Set) \
    X(SIM_ClockNs) X(SIM_Stat) X(SIM_SetBacklog) X(SIM_Version) X(SIM_Release) X(SIM_RunUntil) \
    X(SIM_Faults) X(SIM_CheckFaults) X(SIM_Error)

#define QT_EXPORT_FIELD(name) name##Fn name;
typedef struct qt_profit_api {
    QT_EXPORTS_NEEDED(QT_EXPORT_FIELD)
    QT_EXPORTS_OPTIONAL(QT_EXPORT_FIELD)
} qt_profit_api_t;
#undef QT_EXPORT_FIELD

typedef struct qt_export {
    const char *name;
    size_t offset; /* of its pointer in qt_profit_api_t */
    int needed;
} qt_export_t;

/* the i-th export, or NULL past the end */
static inline const qt_export_t *qt_export(int i)
{
#define QT_EXPORT_NEEDED(name) {#name, offsetof(qt_profit_api_t, name), 1},
#define QT_EXPORT_OPTIONAL(name) {#name, offsetof(qt_profit_api_t, name), 0},
    static const qt_export_t table[] = {QT_EXPORTS_NEEDED(QT_EXPORT_NEEDED) QT_EXPORTS_OPTIONAL(QT_EXPORT_OPTIONAL)};
#undef QT_EXPORT_NEEDED
#undef QT_EXPORT_OPTIONAL
    return i >= 0 && (size_t)i < sizeof table / sizeof table[0] ? &table[i] : NULL;
}

/* fills the i-th pointer; 1 found, 0 missing */
static inline int qt_export_resolve(qt_profit_api_t *api, void *lib, int i)
{
    const qt_export_t *e = qt_export(i);
    void *found;
    qt_lib_symbol(lib, e->name, (char *)api + e->offset);
    memcpy(&found, (char *)api + e->offset, sizeof found);
    return found != NULL;
}

#endif
