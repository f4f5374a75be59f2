/* ProfitDLL's records and callbacks as an outsider writes them down from the interface description: the clients in this
 * folder use none of the product's headers. Connector records are naturally aligned, TAssetIDRec alone is packed. */
#ifndef CLIENTS_ABI_H
#define CLIENTS_ABI_H

#include <stdint.h>

#if defined(_WIN32)
#define STDCALL __stdcall
#else
#define STDCALL
#endif

typedef const uint16_t *PWideChar;

typedef struct { uint16_t year, month, weekday, day, hour, minute, second, ms; } SystemTime;
#pragma pack(push, 1)
typedef struct { PWideChar ticker, exchange; int32_t feed; } AssetRec;
#pragma pack(pop)
typedef struct { uint8_t version; int32_t broker; PWideChar account, sub; int64_t reserved; } AccountId;
typedef struct {
    uint8_t version;
    int32_t broker;
    uint16_t account[100];
    int32_t account_length;
    uint16_t sub[100];
    int32_t sub_length;
    int64_t reserved;
} AccountIdOut;
typedef struct { uint8_t version; PWideChar ticker, exchange; uint8_t feed; } AssetId;
typedef struct {
    uint8_t version;
    uint16_t *ticker;
    int32_t ticker_length;
    uint16_t *exchange;
    int32_t exchange_length;
    uint8_t feed;
} AssetIdOut;
typedef struct { uint8_t version; int64_t local; PWideChar cl_ord; } OrderId;
typedef struct { uint8_t version; double price; uint32_t count; int64_t quantity; uint32_t flags; } PriceGroup;
typedef struct {
    uint8_t version;
    SystemTime date;
    uint32_t number;
    double price;
    int64_t quantity;
    double volume;
    int32_t buyer, seller;
    uint8_t type;
} Trade;
typedef struct {
    uint8_t version;
    AccountId account;
    AssetId asset;
    PWideChar password;
    uint8_t type, side;
    double price, stop;
    int64_t quantity, message;
} SendOrderRec;
typedef struct {
    uint8_t version;
    AccountId account;
    OrderId order;
    PWideChar password;
    double price, stop;
    int64_t quantity, message;
} ChangeOrderRec;
typedef struct { uint8_t version; AccountId account; OrderId order; PWideChar password; int64_t message; } CancelOrderRec;
typedef struct { uint8_t version; AccountId account; AssetId asset; PWideChar password; } CancelOrdersRec;
typedef struct { uint8_t version; AccountId account; PWideChar password; } CancelAllRec;
typedef struct {
    uint8_t version;
    AccountId account;
    AssetId asset;
    PWideChar password;
    double price;
    uint8_t position_type;
    int64_t message;
} ZeroPositionRec;
typedef struct {
    uint8_t version;
    AccountId account;
    uint16_t *broker_name;
    int32_t broker_name_length;
    uint16_t *owner;
    int32_t owner_length;
    uint16_t *sub_owner;
    int32_t sub_owner_length;
    uint32_t flags;
    uint8_t type;
} TradingAccountOut;
typedef struct {
    uint8_t version;
    AccountId account;
    AssetId asset;
    int64_t open;
    double average;
    uint8_t side;
    double sell_average;
    int64_t sold;
    double buy_average;
    int64_t bought;
    int64_t d1, d2, d3, blocked, pending, allocated, provisioned, quantity, available;
    uint8_t position_type;
    int64_t event;
} PositionRec;
typedef struct {
    uint8_t version;
    OrderId id;
    AccountId account;
    AssetId asset;
    int64_t quantity, traded, leaves;
    double price, stop, average;
    uint8_t side, type, status, validity;
    SystemTime date, updated, closed, valid;
    PWideChar text;
    int64_t event;
} OrderRec;
typedef struct {
    uint8_t version;
    OrderId id;
    AccountIdOut account;
    AssetIdOut asset;
    int64_t quantity, traded, leaves;
    double price, stop, average;
    uint8_t side, type, status, validity;
    SystemTime date, updated, closed, valid;
    uint16_t *text;
    int32_t text_length;
    int64_t event;
} OrderOut;

typedef void(STDCALL *StateCb)(int32_t channel, int32_t result);
typedef void(STDCALL *ProgressCb)(AssetRec asset, int32_t percent);
typedef void(STDCALL *DailyCb)(AssetRec asset, PWideChar date, double open, double high, double low, double close,
    double volume, double settlement, double max_limit, double min_limit, double buyer_volume, double seller_volume,
    int32_t quantity, int32_t trades, int32_t open_contracts, int32_t buyer_quantity, int32_t seller_quantity,
    int32_t buyer_trades, int32_t seller_trades);
typedef void(STDCALL *OfferV2Cb)(AssetRec asset, int32_t action, int32_t position, int32_t side, int64_t quantity,
    int32_t agent, int64_t offer, double price, uint16_t has_price, uint16_t has_quantity, uint16_t has_date,
    uint16_t has_offer, uint16_t has_agent, PWideChar date, void *sells, void *buys);
typedef void(STDCALL *TinyCb)(AssetRec asset, double price, int32_t quantity, int32_t side);
typedef void(STDCALL *AccountCb)(int32_t broker, PWideChar broker_name, PWideChar account, PWideChar holder);
typedef void(STDCALL *PhaseCb)(AssetRec asset, PWideChar date, int32_t state);
typedef void(STDCALL *TradeV2Cb)(AssetId asset, void *handle, uint32_t flags);
typedef void(STDCALL *DepthCb)(AssetId asset, uint8_t side, int32_t position, uint8_t update);
typedef void(STDCALL *OrderCb)(OrderId order);
typedef void(STDCALL *AccountIdCb)(AccountId account);
typedef void(STDCALL *InvalidCb)(AssetId asset);
typedef void(STDCALL *OrderChangeCb)(AssetRec asset, int32_t broker, int32_t quantity, int32_t traded, int32_t leaves,
    int32_t side, double price, double stop, double average, int64_t local, PWideChar type, PWideChar account,
    PWideChar holder, PWideChar cl_ord, PWideChar status, PWideChar date, PWideChar text);
typedef struct {
    uint8_t version;
    int32_t broker;
    OrderId order;
    int64_t message;
    uint8_t result;
    PWideChar text;
    int32_t text_length;
} MessageResult;
typedef void(STDCALL *MessageCb)(const MessageResult *result);
typedef void(STDCALL *AssetInfoV2Cb)(AssetRec asset, PWideChar name, PWideChar description, int64_t min_quantity,
    int64_t max_quantity, int64_t lot, int32_t type, int32_t sub_type, double increment, double multiplier, PWideChar expiry,
    PWideChar isin, PWideChar sector, PWideChar sub_sector, PWideChar segment);
typedef int32_t(STDCALL *EnumOrderProc)(const OrderRec *order, intptr_t param);

/* What the programs here call: return type, name, parameters. SIM_ names are the exchange's own, plain C convention. */
#define PROFIT_FUNCTIONS(X)                                                                                              \
    X(int32_t, DLLInitializeLogin, (PWideChar, PWideChar, PWideChar, StateCb, void *, void *, AccountCb, void *, DailyCb, \
        void *, void *, void *, ProgressCb, TinyCb))                                                                      \
    X(int32_t, DLLInitializeMarketLogin, (PWideChar, PWideChar, PWideChar, StateCb, void *, DailyCb, void *, void *,      \
        void *, ProgressCb, TinyCb))                                                                                      \
    X(int32_t, DLLFinalize, (void))                                                                                       \
    X(int32_t, GetServerClock, (double *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *, int32_t *))   \
    X(int32_t, GetHealthStatus, (int32_t *))                                                                              \
    X(int32_t, SetEnabledHistOrder, (int32_t))                                                                            \
    X(int32_t, SetDayTrade, (int32_t))                                                                                    \
    X(int32_t, FreePointer, (void *, int32_t))                                                                            \
    X(int32_t, SubscribeTicker, (PWideChar, PWideChar))                                                                   \
    X(int32_t, UnsubscribeTicker, (PWideChar, PWideChar))                                                                 \
    X(int32_t, SubscribeOfferBook, (PWideChar, PWideChar))                                                                \
    X(int32_t, UnsubscribeOfferBook, (PWideChar, PWideChar))                                                              \
    X(int32_t, SubscribePriceDepth, (const AssetId *))                                                                    \
    X(int32_t, UnsubscribePriceDepth, (const AssetId *))                                                                  \
    X(int32_t, GetPriceDepthSideCount, (const AssetId *, uint8_t))                                                        \
    X(int32_t, GetPriceGroup, (const AssetId *, uint8_t, int32_t, PriceGroup *))                                          \
    X(int32_t, GetTheoreticalValues, (const AssetId *, double *, int64_t *))                                              \
    X(int32_t, GetHistoryTrades, (PWideChar, PWideChar, PWideChar, PWideChar))                                            \
    X(int32_t, TranslateTrade, (void *, Trade *))                                                                         \
    X(int32_t, GetAccount, (void))                                                                                        \
    X(int32_t, GetAccountCount, (void))                                                                                   \
    X(int32_t, GetAccounts, (int32_t, int32_t, int32_t, AccountIdOut *))                                                  \
    X(int64_t, SendOrder, (SendOrderRec *))                                                                               \
    X(int32_t, SendChangeOrderV2, (ChangeOrderRec *))                                                                     \
    X(int32_t, SendCancelOrderV2, (CancelOrderRec *))                                                                     \
    X(int32_t, SendCancelOrdersV2, (CancelOrdersRec *))                                                                   \
    X(int32_t, SendCancelAllOrdersV2, (CancelAllRec *))                                                                   \
    X(int64_t, SendZeroPositionV2, (ZeroPositionRec *))                                                                   \
    X(int32_t, GetPositionV2, (PositionRec *))                                                                            \
    X(int32_t, GetOrderDetails, (OrderOut *))                                                                             \
    X(int32_t, HasOrdersInInterval, (const AccountId *, SystemTime, SystemTime))                                          \
    X(int32_t, EnumerateAllOrders, (const AccountId *, uint8_t, intptr_t, EnumOrderProc))                                 \
    X(int32_t, SetTradeCallbackV2, (TradeV2Cb))                                                                           \
    X(int32_t, SetHistoryTradeCallbackV2, (TradeV2Cb))                                                                    \
    X(int32_t, SetOfferBookCallbackV2, (OfferV2Cb))                                                                       \
    X(int32_t, SetPriceDepthCallback, (DepthCb))                                                                          \
    X(int32_t, SetChangeStateTickerCallback, (PhaseCb))                                                                   \
    X(int32_t, SetInvalidTickerCallback, (InvalidCb))                                                                     \
    X(int32_t, SetOrderCallback, (OrderCb))                                                                               \
    X(int32_t, SetOrderHistoryCallback, (AccountIdCb))                                                                    \
    X(int32_t, SetOrderChangeCallback, (OrderChangeCb))                                                                   \
    X(int32_t, SetTradingMessageResultCallback, (MessageCb))                                                              \
    X(int32_t, SetAssetListInfoCallbackV2, (AssetInfoV2Cb))                                                               \
    X(int32_t, RequestTickerInfo, (PWideChar, PWideChar))                                                                 \
    X(int64_t, SendStopBuyOrder, (PWideChar, PWideChar, PWideChar, PWideChar, PWideChar, double, double, int32_t))        \
    X(int32_t, SendCancelOrder, (PWideChar, PWideChar, PWideChar, PWideChar))                                             \
    X(int32_t, GetAccountDetails, (TradingAccountOut *))                                                                  \
    X(int32_t, GetSubAccountCount, (const AccountId *))                                                                   \
    X(int32_t, GetAgentNameLength, (int32_t, uint32_t))                                                                   \
    X(int32_t, GetAgentName, (int32_t, int32_t, uint16_t *, uint32_t))                                                    \
    X(int32_t, GetLastDailyClose, (PWideChar, PWideChar, double *, int32_t))                                              \
    X(int64_t, SendMarketBuyOrder, (PWideChar, PWideChar, PWideChar, PWideChar, PWideChar, int32_t))                      \
    X(void *, GetPosition, (PWideChar, PWideChar, PWideChar, PWideChar))

#define SIM_FUNCTIONS(X)                            \
    X(int32_t, SIM_Set, (const char *, const char *)) \
    X(int32_t, SIM_RunUntil, (const char *))        \
    X(int64_t, SIM_Stat, (const char *))

#endif
