# cython: language_level=3
"""Mirror of include/qt_profit.h and qt_profit_api.h: the part of ProfitDLL's interface that the binding uses."""
from libc.stdint cimport int32_t, int64_t, intptr_t, uint8_t, uint16_t, uint32_t

cdef extern from "qt_profit.h" nogil:
    ctypedef const uint16_t* qt_text_t       # UTF-16, NUL-terminated, dies with the callback

    ctypedef struct TSystemTime:
        uint16_t wYear, wMonth, wDayOfWeek, wDay, wHour, wMinute, wSecond, wMilliseconds

    ctypedef struct TAssetIDRec:             # packed; by value
        qt_text_t Ticker
        qt_text_t Bolsa
        int32_t Feed

    ctypedef struct TConnectorAccountIdentifier:
        uint8_t Version
        int32_t BrokerID
        qt_text_t AccountID
        qt_text_t SubAccountID

    ctypedef struct TConnectorAccountIdentifierOut:
        uint8_t Version
        int32_t BrokerID
        uint16_t AccountID[100]
        int32_t AccountIDLength
        uint16_t SubAccountID[100]
        int32_t SubAccountIDLength

    ctypedef struct TConnectorAssetIdentifier:
        uint8_t Version
        qt_text_t Ticker
        qt_text_t Exchange
        uint8_t FeedType

    ctypedef struct TConnectorAssetIdentifierOut:
        uint8_t Version
        uint16_t* Ticker
        int32_t TickerLength
        uint16_t* Exchange
        int32_t ExchangeLength

    ctypedef struct TConnectorOrderIdentifier:
        uint8_t Version
        int64_t LocalOrderID
        qt_text_t ClOrderID

    ctypedef struct TConnectorSendOrder:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        TConnectorAssetIdentifier AssetID
        qt_text_t Password
        uint8_t OrderType
        uint8_t OrderSide
        double Price
        double StopPrice
        int64_t Quantity
        int64_t MessageID

    ctypedef struct TConnectorChangeOrder:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        TConnectorOrderIdentifier OrderID
        qt_text_t Password
        double Price
        double StopPrice
        int64_t Quantity
        int64_t MessageID

    ctypedef struct TConnectorCancelOrder:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        TConnectorOrderIdentifier OrderID
        qt_text_t Password
        int64_t MessageID

    ctypedef struct TConnectorCancelOrders:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        TConnectorAssetIdentifier AssetID
        qt_text_t Password

    ctypedef struct TConnectorCancelAllOrders:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        qt_text_t Password

    ctypedef struct TConnectorZeroPosition:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        TConnectorAssetIdentifier AssetID
        qt_text_t Password
        double Price
        uint8_t PositionType
        int64_t MessageID

    ctypedef struct TConnectorTradingAccountOut:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        uint16_t* BrokerName
        int32_t BrokerNameLength
        uint16_t* OwnerName
        int32_t OwnerNameLength
        uint16_t* SubOwnerName
        int32_t SubOwnerNameLength
        uint32_t AccountFlags
        uint8_t AccountType                  # Version 1

    ctypedef struct TConnectorTradingAccountPosition:
        uint8_t Version
        TConnectorAccountIdentifier AccountID
        TConnectorAssetIdentifier AssetID
        int64_t OpenQuantity
        double OpenAveragePrice
        uint8_t OpenSide                     # read only when OpenQuantity != 0
        double DailyAverageSellPrice
        int64_t DailySellQuantity
        double DailyAverageBuyPrice
        int64_t DailyBuyQuantity
        uint8_t PositionType

    ctypedef struct TConnectorOrder:         # dies when the enumeration callback returns
        TConnectorOrderIdentifier OrderID
        TConnectorAccountIdentifier AccountID
        TConnectorAssetIdentifier AssetID
        int64_t Quantity
        int64_t TradedQuantity
        int64_t LeavesQuantity
        double Price
        double StopPrice
        double AveragePrice
        uint8_t OrderSide
        uint8_t OrderType
        uint8_t OrderStatus
        uint8_t ValidityType
        TSystemTime Date, LastUpdate, CloseDate, ValidityDate
        qt_text_t TextMessage
        int64_t EventID                      # Version 1

    ctypedef struct TConnectorOrderOut:
        uint8_t Version
        TConnectorOrderIdentifier OrderID
        TConnectorAccountIdentifierOut AccountID
        TConnectorAssetIdentifierOut AssetID
        int64_t Quantity
        int64_t TradedQuantity
        int64_t LeavesQuantity
        double Price
        double StopPrice
        double AveragePrice
        uint8_t OrderSide
        uint8_t OrderType
        uint8_t OrderStatus
        uint8_t ValidityType
        TSystemTime Date, LastUpdate, CloseDate, ValidityDate
        uint16_t* TextMessage
        int32_t TextMessageLength
        int64_t EventID                      # Version 1

    ctypedef struct TConnectorTradingMessageResult:   # dies when the callback returns
        uint8_t Version
        int32_t BrokerID
        TConnectorOrderIdentifier OrderID
        int64_t MessageID
        uint8_t ResultCode
        qt_text_t Message
        int32_t MessageLength

    const int NL_OK, NL_WAITING_SERVER, NL_NO_POSITION, NL_NOT_FOUND, NL_VERSION_NOT_SUPPORTED, NL_NOT_IMPLEMENTED
    const int QT_CHANNELS
    const int QT_OB_LAST_PACKET, QT_OB_FIRST_PACKET

    # callbacks
    ctypedef void (__stdcall *TStateCallback)(int32_t, int32_t) noexcept nogil
    ctypedef void (__stdcall *TProgressCallback)(TAssetIDRec, int32_t) noexcept nogil
    ctypedef void (__stdcall *TDailyCallback)(
        TAssetIDRec, qt_text_t, double, double, double, double, double, double, double, double, double, double,
        int32_t, int32_t, int32_t, int32_t, int32_t, int32_t, int32_t) noexcept nogil
    ctypedef void (__stdcall *TOfferBookV2Callback)(
        TAssetIDRec, int32_t, int32_t, int32_t, int64_t, int32_t, int64_t, double, uint16_t, uint16_t, uint16_t,
        uint16_t, uint16_t, qt_text_t, void*, void*) noexcept nogil
    ctypedef void (__stdcall *TTinyBookCallback)(TAssetIDRec, double, int32_t, int32_t) noexcept nogil
    ctypedef void (__stdcall *TAccountCallback)(int32_t, qt_text_t, qt_text_t, qt_text_t) noexcept nogil
    ctypedef void (__stdcall *TChangeStateTickerCallback)(TAssetIDRec, qt_text_t, int32_t) noexcept nogil
    ctypedef void (__stdcall *TTheoreticalPriceCallback)(TAssetIDRec, double, int64_t) noexcept nogil
    ctypedef void (__stdcall *TTradeV2Callback)(TConnectorAssetIdentifier, void*, uint32_t) noexcept nogil
    ctypedef void (__stdcall *TPriceDepthCallback)(TConnectorAssetIdentifier, uint8_t, int32_t, uint8_t) noexcept nogil
    ctypedef void (__stdcall *TOrderCallback)(TConnectorOrderIdentifier) noexcept nogil
    ctypedef void (__stdcall *TAccountIdCallback)(TConnectorAccountIdentifier) noexcept nogil
    ctypedef void (__stdcall *TInvalidTickerCallback)(TConnectorAssetIdentifier) noexcept nogil
    ctypedef void (__stdcall *TTradingMessageResultCallback)(const TConnectorTradingMessageResult*) noexcept nogil
    ctypedef void (__stdcall *THealthCallback)(int32_t) noexcept nogil
    ctypedef int32_t (__stdcall *TEnumOrderProc)(const TConnectorOrder*, intptr_t) noexcept nogil
    ctypedef int32_t (__stdcall *TEnumAssetProc)(TConnectorAssetIdentifier, intptr_t) noexcept nogil

    # exports
    ctypedef int32_t (__stdcall *TickerFn)(qt_text_t, qt_text_t) noexcept nogil
    ctypedef int32_t (__stdcall *SubscribePriceDepthFn)(const TConnectorAssetIdentifier*) noexcept nogil
    ctypedef int32_t (__stdcall *TranslateTradeFn)(void*, void*) noexcept nogil
    ctypedef int64_t (*qt_clock_fn)() noexcept nogil

cdef extern from "qt_profit_api.h" nogil:
    ctypedef struct qt_profit_api_t:         # one pointer per export; null when an optional one is missing
        int32_t (__stdcall *DLLInitializeLogin)(
            qt_text_t, qt_text_t, qt_text_t, TStateCallback, void*, void*, TAccountCallback, void*, TDailyCallback,
            void*, void*, void*, TProgressCallback, TTinyBookCallback) noexcept nogil
        int32_t (__stdcall *DLLInitializeMarketLogin)(
            qt_text_t, qt_text_t, qt_text_t, TStateCallback, void*, TDailyCallback, void*, void*, void*,
            TProgressCallback, TTinyBookCallback) noexcept nogil
        int32_t (__stdcall *DLLFinalize)() noexcept nogil
        TickerFn SubscribeTicker
        TickerFn UnsubscribeTicker
        TickerFn SubscribeOfferBook
        TickerFn UnsubscribeOfferBook
        SubscribePriceDepthFn SubscribePriceDepth
        SubscribePriceDepthFn UnsubscribePriceDepth
        int32_t (__stdcall *SetStateCallback)(TStateCallback) noexcept nogil
        int32_t (__stdcall *SetTradeCallbackV2)(TTradeV2Callback) noexcept nogil
        int32_t (__stdcall *SetHistoryTradeCallbackV2)(TTradeV2Callback) noexcept nogil
        int32_t (__stdcall *SetOfferBookCallbackV2)(TOfferBookV2Callback) noexcept nogil
        int32_t (__stdcall *SetPriceDepthCallback)(TPriceDepthCallback) noexcept nogil
        int32_t (__stdcall *SetInvalidTickerCallback)(TInvalidTickerCallback) noexcept nogil
        int32_t (__stdcall *SetDailyCallback)(TDailyCallback) noexcept nogil
        int32_t (__stdcall *SetTinyBookCallback)(TTinyBookCallback) noexcept nogil
        int32_t (__stdcall *SetSerieProgressCallback)(TProgressCallback) noexcept nogil
        int32_t (__stdcall *SetOrderCallback)(TOrderCallback) noexcept nogil
        int32_t (__stdcall *SetOrderHistoryCallback)(TAccountIdCallback) noexcept nogil
        int32_t (__stdcall *SetAccountCallback)(TAccountCallback) noexcept nogil
        int32_t (__stdcall *GetHistoryTrades)(qt_text_t, qt_text_t, qt_text_t, qt_text_t) noexcept nogil
        int32_t (__stdcall *GetServerClock)(
            double*, int32_t*, int32_t*, int32_t*, int32_t*, int32_t*, int32_t*, int32_t*) noexcept nogil
        int32_t (__stdcall *GetAccount)() noexcept nogil
        int32_t (__stdcall *GetAccountCount)() noexcept nogil
        int32_t (__stdcall *GetAccounts)(int32_t, int32_t, int32_t, TConnectorAccountIdentifierOut*) noexcept nogil
        int64_t (__stdcall *SendOrder)(TConnectorSendOrder*) noexcept nogil
        int32_t (__stdcall *SendChangeOrderV2)(TConnectorChangeOrder*) noexcept nogil
        int32_t (__stdcall *SendCancelOrderV2)(TConnectorCancelOrder*) noexcept nogil
        int32_t (__stdcall *SendCancelOrdersV2)(TConnectorCancelOrders*) noexcept nogil
        int32_t (__stdcall *SendCancelAllOrdersV2)(TConnectorCancelAllOrders*) noexcept nogil
        int64_t (__stdcall *SendZeroPositionV2)(TConnectorZeroPosition*) noexcept nogil
        int32_t (__stdcall *GetPositionV2)(TConnectorTradingAccountPosition*) noexcept nogil
        int32_t (__stdcall *GetOrderDetails)(TConnectorOrderOut*) noexcept nogil
        int32_t (__stdcall *EnumerateAllOrders)(
            const TConnectorAccountIdentifier*, uint8_t, intptr_t, TEnumOrderProc) noexcept nogil
        int32_t (__stdcall *SetEnabledHistOrder)(int32_t) noexcept nogil
        int32_t (__stdcall *SetDayTrade)(int32_t) noexcept nogil
        int32_t (__stdcall *SetTheoreticalPriceCallback)(TTheoreticalPriceCallback) noexcept nogil
        int32_t (__stdcall *SetChangeStateTickerCallback)(TChangeStateTickerCallback) noexcept nogil
        int32_t (__stdcall *SetHealthCallback)(THealthCallback) noexcept nogil
        int32_t (__stdcall *SetTradingMessageResultCallback)(TTradingMessageResultCallback) noexcept nogil
        int32_t (__stdcall *HasOrdersInInterval)(
            const TConnectorAccountIdentifier*, TSystemTime, TSystemTime) noexcept nogil
        int32_t (__stdcall *SetAssetListInfoCallback)(void*) noexcept nogil     # its type depends on the version
        int32_t (__stdcall *SetAssetListInfoCallbackV2)(void*) noexcept nogil
        TickerFn RequestTickerInfo
        int32_t (__stdcall *GetLastDailyClose)(qt_text_t, qt_text_t, double*, int32_t) noexcept nogil
        int32_t (__stdcall *GetAgentNameLength)(int32_t, uint32_t) noexcept nogil
        int32_t (__stdcall *GetAgentName)(int32_t, int32_t, uint16_t*, uint32_t) noexcept nogil
        int32_t (__stdcall *GetHealthStatus)(int32_t*) noexcept nogil
        int32_t (__stdcall *GetAccountCountByBroker)(int32_t) noexcept nogil
        int32_t (__stdcall *GetAccountsByBroker)(
            int32_t, int32_t, int32_t, int32_t, TConnectorAccountIdentifierOut*) noexcept nogil
        int32_t (__stdcall *GetSubAccountCount)(const TConnectorAccountIdentifier*) noexcept nogil
        int32_t (__stdcall *GetSubAccounts)(
            const TConnectorAccountIdentifier*, int32_t, int32_t, int32_t,
            TConnectorAccountIdentifierOut*) noexcept nogil
        int32_t (__stdcall *GetAccountDetails)(TConnectorTradingAccountOut*) noexcept nogil
        int32_t (__stdcall *EnumerateOrdersByInterval)(
            const TConnectorAccountIdentifier*, uint8_t, TSystemTime, TSystemTime, intptr_t,
            TEnumOrderProc) noexcept nogil
        int32_t (__stdcall *EnumerateAllPositionAssets)(
            const TConnectorAccountIdentifier*, uint8_t, intptr_t, TEnumAssetProc) noexcept nogil
        int32_t (*SIM_Set)(const char*, const char*) noexcept nogil
        qt_clock_fn SIM_ClockNs
        int64_t (*SIM_Stat)(const char*) noexcept nogil
        int32_t (*SIM_Release)() noexcept nogil
        int32_t (*SIM_SetBacklog)(qt_clock_fn) noexcept nogil
        const char* (*SIM_Version)() noexcept nogil
        int32_t (*SIM_RunUntil)(const char*) noexcept nogil
        int32_t (*SIM_Faults)(const char*) noexcept nogil
        int32_t (*SIM_CheckFaults)(const char*) noexcept nogil
        const char* (*SIM_Error)() noexcept nogil
        # read by the door
        void* TranslateTrade
        void* GetPriceGroup
        void* GetPriceDepthSideCount
        void* GetTheoreticalValues
        void* FreePointer

    ctypedef struct qt_export_t:
        const char* name
        int needed

    const qt_export_t* qt_export(int i)                                  # NULL past the end
    int qt_export_resolve(qt_profit_api_t* api, void* lib, int i)        # 1 found

cdef extern from "qt_guard.h" nogil:
    const int QT_GUARD_BYTES

    ctypedef struct qt_position_room_t:      # a record and the guard behind it
        TConnectorTradingAccountPosition record
        unsigned char guard[64]

    ctypedef struct qt_holder_room_t:
        TConnectorTradingAccountOut record
        unsigned char guard[64]

    void qt_guard_set(unsigned char* guard)
    int qt_guard_whole(const unsigned char* guard)

cdef extern from "qt_dynlib.h" nogil:
    void* qt_lib_open(const char* path)
    void qt_lib_error(char* text, size_t size)
    int qt_lib_version(const char* path, uint16_t* out)                  # four numbers; 1 found
