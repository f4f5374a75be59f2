/* One function-pointer type per ProfitDLL export: <name>Fn. Included by qt_profit.h.
 * int32_t results are NL_ codes, or counts where noted; int64_t results of the senders are a positive
 * local order id or a negative NL_ code: test with < 0. */
#ifndef QT_PROFIT_EXPORTS_H
#define QT_PROFIT_EXPORTS_H

#include "qt_play.h"
#include "qt_profit.h"

#if defined(__cplusplus)
extern "C" {
#endif

/* life cycle */
typedef int32_t(QT_STDCALL *DLLInitializeLoginFn)(qt_text_t key, qt_text_t user, qt_text_t password, TStateCallback,
    TOrderHistoryCallback, TOrderChangeCallback, TAccountCallback, TTradeCallback, TDailyCallback, TPriceBookCallback,
    TOfferBookCallback, THistoryTradeCallback, TProgressCallback, TTinyBookCallback);
typedef int32_t(QT_STDCALL *DLLInitializeMarketLoginFn)(qt_text_t key, qt_text_t user, qt_text_t password,
    TStateCallback, TTradeCallback, TDailyCallback, TPriceBookCallback, TOfferBookCallback, THistoryTradeCallback,
    TProgressCallback, TTinyBookCallback);
typedef int32_t(QT_STDCALL *DLLFinalizeFn)(void);
typedef int32_t(QT_STDCALL *SetServerAndPortFn)(qt_text_t server, qt_text_t port);
typedef int32_t(QT_STDCALL *GetServerClockFn)(double *tdatetime, int32_t *year, int32_t *month, int32_t *day,
    int32_t *hour, int32_t *minute, int32_t *second, int32_t *millisecond);
typedef int32_t(QT_STDCALL *GetHealthStatusFn)(int32_t *state);
typedef int32_t(QT_STDCALL *SetEnabledLogToDebugFn)(int32_t enabled);
typedef int32_t(QT_STDCALL *SetEnabledHistOrderFn)(int32_t enabled);
typedef int32_t(QT_STDCALL *SetDayTradeFn)(int32_t enabled);
typedef int32_t(QT_STDCALL *FreePointerFn)(void *p, int32_t size);

/* market data */
typedef int32_t(QT_STDCALL *TickerFn)(qt_text_t ticker, qt_text_t exchange); /* every (ticker, exchange) request */
typedef TickerFn SubscribeTickerFn, UnsubscribeTickerFn, SubscribeOfferBookFn, UnsubscribeOfferBookFn;
typedef TickerFn SubscribePriceBookFn, UnsubscribePriceBookFn, SubscribeAdjustHistoryFn, UnsubscribeAdjustHistoryFn;
typedef TickerFn RequestTickerInfoFn;
typedef int32_t(QT_STDCALL *SubscribePriceDepthFn)(const TConnectorAssetIdentifier *asset);
typedef SubscribePriceDepthFn UnsubscribePriceDepthFn;
typedef int32_t(QT_STDCALL *GetPriceDepthSideCountFn)(const TConnectorAssetIdentifier *asset, uint8_t side); /* >= 0: levels */
typedef int32_t(QT_STDCALL *GetPriceGroupFn)(const TConnectorAssetIdentifier *asset, uint8_t side, int32_t position,
    TConnectorPriceGroup *group); /* position 0 = best */
typedef int32_t(QT_STDCALL *GetTheoreticalValuesFn)(const TConnectorAssetIdentifier *asset, double *price, int64_t *qty);
typedef int32_t(QT_STDCALL *GetLastDailyCloseFn)(qt_text_t ticker, qt_text_t exchange, double *close, int32_t adjusted);
typedef int32_t(QT_STDCALL *GetHistoryTradesFn)(qt_text_t ticker, qt_text_t exchange, qt_text_t start, qt_text_t end);
typedef int32_t(QT_STDCALL *TranslateTradeFn)(void *trade, TConnectorTrade *out);
typedef int32_t(QT_STDCALL *GetAgentNameLengthFn)(int32_t agent, uint32_t short_name); /* units */
typedef int32_t(QT_STDCALL *GetAgentNameFn)(int32_t length, int32_t agent, uint16_t *buffer, uint32_t short_name);
typedef qt_text_t(QT_STDCALL *GetAgentNameByIDFn)(int32_t agent);
typedef GetAgentNameByIDFn GetAgentShortNameByIDFn;

/* accounts */
typedef int32_t(QT_STDCALL *GetAccountFn)(void);
typedef int32_t(QT_STDCALL *GetAccountCountFn)(void); /* count */
typedef int32_t(QT_STDCALL *GetAccountsFn)(int32_t start_source, int32_t start_dest, int32_t count,
    TConnectorAccountIdentifierOut *accounts); /* count */
typedef int32_t(QT_STDCALL *GetAccountCountByBrokerFn)(int32_t broker);
typedef int32_t(QT_STDCALL *GetAccountsByBrokerFn)(int32_t broker, int32_t start_source, int32_t start_dest,
    int32_t count, TConnectorAccountIdentifierOut *accounts);
typedef int32_t(QT_STDCALL *GetSubAccountCountFn)(const TConnectorAccountIdentifier *master);
typedef int32_t(QT_STDCALL *GetSubAccountsFn)(const TConnectorAccountIdentifier *master, int32_t start_source,
    int32_t start_dest, int32_t count, TConnectorAccountIdentifierOut *accounts);
typedef int32_t(QT_STDCALL *GetAccountDetailsFn)(TConnectorTradingAccountOut *account);

/* orders */
typedef int64_t(QT_STDCALL *SendOrderFn)(TConnectorSendOrder *order);
typedef int32_t(QT_STDCALL *SendChangeOrderV2Fn)(TConnectorChangeOrder *order);
typedef int32_t(QT_STDCALL *SendCancelOrderV2Fn)(TConnectorCancelOrder *order);
typedef int32_t(QT_STDCALL *SendCancelOrdersV2Fn)(TConnectorCancelOrders *orders);
typedef int32_t(QT_STDCALL *SendCancelAllOrdersV2Fn)(TConnectorCancelAllOrders *orders);
typedef int64_t(QT_STDCALL *SendZeroPositionV2Fn)(TConnectorZeroPosition *position);
typedef int32_t(QT_STDCALL *GetPositionV2Fn)(TConnectorTradingAccountPosition *position);
typedef int32_t(QT_STDCALL *GetOrderDetailsFn)(TConnectorOrderOut *order);
typedef int32_t(QT_STDCALL *HasOrdersInIntervalFn)(const TConnectorAccountIdentifier *account, TSystemTime start, TSystemTime end);
typedef int32_t(QT_STDCALL *EnumerateOrdersByIntervalFn)(const TConnectorAccountIdentifier *account, uint8_t version,
    TSystemTime start, TSystemTime end, intptr_t param, TEnumOrderProc proc);
typedef int32_t(QT_STDCALL *EnumerateAllOrdersFn)(const TConnectorAccountIdentifier *account, uint8_t version,
    intptr_t param, TEnumOrderProc proc);
typedef int32_t(QT_STDCALL *EnumerateAllPositionAssetsFn)(const TConnectorAccountIdentifier *account, uint8_t version,
    intptr_t param, TEnumAssetProc proc);

/* orders, legacy: mind where the password stands */
typedef int64_t(QT_STDCALL *SendBuyOrderFn)(qt_text_t account, qt_text_t broker, qt_text_t password, qt_text_t ticker,
    qt_text_t exchange, double price, int32_t qty);
typedef SendBuyOrderFn SendSellOrderFn;
typedef int64_t(QT_STDCALL *SendMarketBuyOrderFn)(qt_text_t account, qt_text_t broker, qt_text_t password,
    qt_text_t ticker, qt_text_t exchange, int32_t qty);
typedef SendMarketBuyOrderFn SendMarketSellOrderFn;
typedef int64_t(QT_STDCALL *SendStopBuyOrderFn)(qt_text_t account, qt_text_t broker, qt_text_t password,
    qt_text_t ticker, qt_text_t exchange, double price, double stop_price, int32_t qty);
typedef SendStopBuyOrderFn SendStopSellOrderFn;
typedef int32_t(QT_STDCALL *SendChangeOrderFn)(qt_text_t account, qt_text_t broker, qt_text_t password,
    qt_text_t cl_ord_id, double price, int32_t qty);
typedef int32_t(QT_STDCALL *SendCancelOrderFn)(qt_text_t account, qt_text_t broker, qt_text_t cl_ord_id, qt_text_t password);
typedef int32_t(QT_STDCALL *SendCancelOrdersFn)(qt_text_t account, qt_text_t broker, qt_text_t password,
    qt_text_t ticker, qt_text_t exchange);
typedef int32_t(QT_STDCALL *SendCancelAllOrdersFn)(qt_text_t account, qt_text_t broker, qt_text_t password);
typedef int64_t(QT_STDCALL *SendZeroPositionFn)(qt_text_t account, qt_text_t broker, qt_text_t ticker,
    qt_text_t exchange, qt_text_t password, double price);
typedef int64_t(QT_STDCALL *SendZeroPositionAtMarketFn)(qt_text_t account, qt_text_t broker, qt_text_t ticker,
    qt_text_t exchange, qt_text_t password);
typedef int32_t(QT_STDCALL *GetOrdersFn)(qt_text_t account, qt_text_t broker, qt_text_t start, qt_text_t end);
typedef int32_t(QT_STDCALL *GetOrderFn)(qt_text_t cl_ord_id);
typedef int32_t(QT_STDCALL *GetOrderProfitIDFn)(int64_t local_id);
typedef void *(QT_STDCALL *GetPositionFn)(qt_text_t account, qt_text_t broker, qt_text_t ticker, qt_text_t exchange);

/* callback setters: a setter replaces the function given to the initialiser */
typedef int32_t(QT_STDCALL *SetStateCallbackFn)(TStateCallback);
typedef int32_t(QT_STDCALL *SetHealthCallbackFn)(THealthCallback);
typedef int32_t(QT_STDCALL *SetTradeCallbackFn)(TTradeCallback);
typedef int32_t(QT_STDCALL *SetTradeCallbackV2Fn)(TTradeV2Callback);
typedef int32_t(QT_STDCALL *SetHistoryTradeCallbackFn)(THistoryTradeCallback);
typedef int32_t(QT_STDCALL *SetHistoryTradeCallbackV2Fn)(TTradeV2Callback);
typedef int32_t(QT_STDCALL *SetDailyCallbackFn)(TDailyCallback);
typedef int32_t(QT_STDCALL *SetTinyBookCallbackFn)(TTinyBookCallback);
typedef int32_t(QT_STDCALL *SetSerieProgressCallbackFn)(TProgressCallback);
typedef int32_t(QT_STDCALL *SetOfferBookCallbackFn)(TOfferBookCallback);
typedef int32_t(QT_STDCALL *SetOfferBookCallbackV2Fn)(TOfferBookV2Callback);
typedef int32_t(QT_STDCALL *SetPriceBookCallbackFn)(TPriceBookCallback);
typedef int32_t(QT_STDCALL *SetPriceBookCallbackV2Fn)(TPriceBookV2Callback);
typedef int32_t(QT_STDCALL *SetPriceDepthCallbackFn)(TPriceDepthCallback);
typedef int32_t(QT_STDCALL *SetTheoreticalPriceCallbackFn)(TTheoreticalPriceCallback);
typedef int32_t(QT_STDCALL *SetChangeCotationCallbackFn)(TChangeCotationCallback);
typedef int32_t(QT_STDCALL *SetChangeStateTickerCallbackFn)(TChangeStateTickerCallback);
typedef int32_t(QT_STDCALL *SetInvalidTickerCallbackFn)(TInvalidTickerCallback);
typedef int32_t(QT_STDCALL *SetAssetListCallbackFn)(TAssetListCallback);
typedef int32_t(QT_STDCALL *SetAssetListInfoCallbackFn)(TAssetListInfoCallback);
typedef int32_t(QT_STDCALL *SetAssetListInfoCallbackV2Fn)(TAssetListInfoV2Callback);
typedef int32_t(QT_STDCALL *SetAdjustHistoryCallbackFn)(TAdjustHistoryCallback);
typedef int32_t(QT_STDCALL *SetAdjustHistoryCallbackV2Fn)(TAdjustHistoryV2Callback);
typedef int32_t(QT_STDCALL *SetAccountCallbackFn)(TAccountCallback);
typedef int32_t(QT_STDCALL *SetOrderChangeCallbackFn)(TOrderChangeCallback);
typedef int32_t(QT_STDCALL *SetOrderChangeCallbackV2Fn)(TOrderChangeV2Callback);
typedef int32_t(QT_STDCALL *SetHistoryCallbackFn)(TOrderHistoryCallback);
typedef int32_t(QT_STDCALL *SetHistoryCallbackV2Fn)(TOrderHistoryV2Callback);
typedef int32_t(QT_STDCALL *SetOrderCallbackFn)(TOrderCallback);
typedef int32_t(QT_STDCALL *SetOrderHistoryCallbackFn)(TAccountIdCallback);
typedef int32_t(QT_STDCALL *SetAssetPositionListCallbackFn)(TAssetPositionListCallback);
typedef int32_t(QT_STDCALL *SetBrokerAccountListChangedCallbackFn)(TBrokerAccountListCallback);
typedef int32_t(QT_STDCALL *SetBrokerSubAccountListChangedCallbackFn)(TAccountIdCallback);
typedef int32_t(QT_STDCALL *SetTradingMessageResultCallbackFn)(TTradingMessageResultCallback);

/* side channel of the simulated exchange; the vendor's DLL has none of these */
typedef int32_t (*SIM_SetFn)(const char *key, const char *value); /* before login; 0 ok */
typedef int64_t (*SIM_ClockNsFn)(void);                           /* market time, UTC ns */
typedef int64_t (*SIM_StatFn)(const char *name);
typedef int32_t (*SIM_ReleaseFn)(void);
typedef int32_t (*SIM_RunUntilFn)(const char *clock); /* [YYYY-MM-DD ]HH:MM[:SS[.mmm]]; a held market runs to it and is held again */
typedef int32_t (*SIM_FaultsFn)(const char *text);    /* a fault script, before login; 0, -2 (SIM_Error names the line) */
typedef int32_t (*SIM_CheckFaultsFn)(const char *text); /* the same, without loading it */
typedef int32_t (*SIM_FaultValueFn)(int32_t fault, const char *key, char *out, int32_t size);
typedef const char *(*SIM_ErrorFn)(void);             /* about the last refused call */
typedef int32_t (*SIM_SetBacklogFn)(int64_t (*fill)(void)); /* asks how full the ring is */
typedef const char *(*SIM_VersionFn)(void);
typedef struct sim_ledger_order {
    int64_t local_id, qty, traded;
    int64_t value_ticks;         /* sum of ticks x contracts traded        */
    int32_t price, stop;         /* ticks; INT32_MIN = none                */
    int32_t account;             /* 0 = the first                          */
    uint8_t side, type, status;  /* of Version 1 and later                 */
} sim_ledger_order_t;
typedef int32_t (*SIM_LedgerOrderFn)(int32_t index, sim_ledger_order_t *out); /* 0, or -1: no such order */
/* before login: a recording as the market; copies the events. 0, or -2 and SIM_Error says why. terms->count = n */
typedef int32_t (*SIM_PlayFn)(const qt_event_t *events, int64_t n, const qt_play_header_t *terms);

#if defined(__cplusplus)
}
#endif
#endif
