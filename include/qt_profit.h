/* ProfitDLL's binary interface, version 4.0.0.42 (older ones end some records earlier: see the
 * Version notes). Records named TConnector... are naturally aligned, text is UTF-16 and belongs to
 * the caller of the callback, every function and callback is stdcall. The same declarations serve
 * the vendor's DLL on Windows and a simulated exchange anywhere: records pass by value in both. */
#ifndef QT_PROFIT_H
#define QT_PROFIT_H

#include "qt_event.h"

#if defined(_WIN32)
#define QT_STDCALL __stdcall
#else
#define QT_STDCALL
#endif

#if defined(__cplusplus)
extern "C" {
#endif

typedef const uint16_t *qt_text_t; /* PWideChar: UTF-16LE, NUL-terminated; never wchar_t (4 bytes on Linux) */

/* ---- records --------------------------------------------------------------------------------- */

typedef struct TSystemTime { /* Windows SYSTEMTIME; Brazilian local time */
    uint16_t wYear, wMonth;
    uint16_t wDayOfWeek; /* Sunday = 0 */
    uint16_t wDay, wHour, wMinute, wSecond, wMilliseconds;
} TSystemTime;

#pragma pack(push, 1) /* these two only; every other record is naturally aligned */
typedef struct TAssetIDRec {
    qt_text_t Ticker;
    qt_text_t Bolsa; /* exchange, one letter */
    int32_t Feed;
} TAssetIDRec;

typedef struct TAccountRec {
    qt_text_t AccountID, Titular, NomeCorretora;
    int32_t CorretoraID;
} TAccountRec;
#pragma pack(pop)

typedef struct TConnectorAccountIdentifier {
    uint8_t Version; /* 0 */
    int32_t BrokerID;
    qt_text_t AccountID;
    qt_text_t SubAccountID; /* null or empty = main account */
    int64_t Reserved;
} TConnectorAccountIdentifier;

typedef struct TConnectorAccountIdentifierOut {
    uint8_t Version; /* 0, set by the caller */
    int32_t BrokerID;
    uint16_t AccountID[100];
    int32_t AccountIDLength; /* trust this, not a terminator */
    uint16_t SubAccountID[100];
    int32_t SubAccountIDLength;
    int64_t Reserved;
} TConnectorAccountIdentifierOut;

typedef struct TConnectorAssetIdentifier {
    uint8_t Version; /* 0 */
    qt_text_t Ticker;
    qt_text_t Exchange;
    uint8_t FeedType;
} TConnectorAssetIdentifier;

typedef struct TConnectorAssetIdentifierOut {
    uint8_t Version;
    uint16_t *Ticker; /* caller's buffer on the second pass */
    int32_t TickerLength;
    uint16_t *Exchange;
    int32_t ExchangeLength;
    uint8_t FeedType;
} TConnectorAssetIdentifierOut;

typedef struct TConnectorOrderIdentifier {
    uint8_t Version;      /* 0 */
    int64_t LocalOrderID; /* this session only; 0 or -1 unknown */
    qt_text_t ClOrderID;  /* permanent; empty early in an order's life */
} TConnectorOrderIdentifier;

typedef struct TConnectorPriceGroup {
    uint8_t Version; /* 0 */
    double Price;    /* -infinity when theoretical */
    uint32_t Count;
    int64_t Quantity;
    uint32_t PriceGroupFlags; /* QT_PG_THEORETICAL */
} TConnectorPriceGroup;

typedef struct TConnectorTrade {
    uint8_t Version;       /* 0 */
    TSystemTime TradeDate; /* at offset 2 */
    uint32_t TradeNumber;  /* restarts every session */
    double Price;
    int64_t Quantity; /* contracts */
    double Volume;    /* money */
    int32_t BuyAgent, SellAgent;
    uint8_t TradeType;
} TConnectorTrade;

typedef struct TConnectorSendOrder {
    uint8_t Version; /* 0 uses the old enumerations: never send it; 1; 2 adds MessageID */
    TConnectorAccountIdentifier AccountID;
    TConnectorAssetIdentifier AssetID;
    qt_text_t Password;
    uint8_t OrderType, OrderSide;
    double Price;     /* -1 at market */
    double StopPrice; /* -1 when not a stop */
    int64_t Quantity;
    int64_t MessageID; /* Version 2: out, preset -1 */
} TConnectorSendOrder;

typedef struct TConnectorChangeOrder {
    uint8_t Version; /* 0, 1 adds MessageID */
    TConnectorAccountIdentifier AccountID;
    TConnectorOrderIdentifier OrderID;
    qt_text_t Password;
    double Price, StopPrice;
    int64_t Quantity, MessageID;
} TConnectorChangeOrder;

typedef struct TConnectorCancelOrder {
    uint8_t Version; /* 0, 1 adds MessageID */
    TConnectorAccountIdentifier AccountID;
    TConnectorOrderIdentifier OrderID;
    qt_text_t Password;
    int64_t MessageID;
} TConnectorCancelOrder;

typedef struct TConnectorCancelOrders {
    uint8_t Version; /* 0 */
    TConnectorAccountIdentifier AccountID;
    TConnectorAssetIdentifier AssetID;
    qt_text_t Password;
} TConnectorCancelOrders;

typedef struct TConnectorCancelAllOrders {
    uint8_t Version; /* 0 */
    TConnectorAccountIdentifier AccountID;
    qt_text_t Password;
} TConnectorCancelAllOrders;

typedef struct TConnectorZeroPosition {
    uint8_t Version; /* 0; 1 adds PositionType; 2 adds MessageID */
    TConnectorAccountIdentifier AccountID;
    TConnectorAssetIdentifier AssetID;
    qt_text_t Password;
    double Price; /* -1 at market */
    uint8_t PositionType;
    int64_t MessageID;
} TConnectorZeroPosition;

typedef struct TConnectorTradingAccountOut {
    uint8_t Version; /* 0; 1 adds AccountType */
    TConnectorAccountIdentifier AccountID;
    uint16_t *BrokerName;
    int32_t BrokerNameLength;
    uint16_t *OwnerName;
    int32_t OwnerNameLength;
    uint16_t *SubOwnerName;
    int32_t SubOwnerNameLength;
    uint32_t AccountFlags;
    uint8_t AccountType;
} TConnectorTradingAccountOut;

typedef struct TConnectorTradingAccountPosition {
    uint8_t Version; /* 0; 1 needs PositionType; 2 adds EventID */
    TConnectorAccountIdentifier AccountID;
    TConnectorAssetIdentifier AssetID;
    int64_t OpenQuantity;
    double OpenAveragePrice;
    uint8_t OpenSide; /* read only when OpenQuantity != 0 */
    double DailyAverageSellPrice;
    int64_t DailySellQuantity;
    double DailyAverageBuyPrice;
    int64_t DailyBuyQuantity;
    int64_t DailyQuantityD1, DailyQuantityD2, DailyQuantityD3;
    int64_t DailyQuantityBlocked, DailyQuantityPending, DailyQuantityAlloc, DailyQuantityProvision;
    int64_t DailyQuantity, DailyQuantityAvailable;
    uint8_t PositionType;
    int64_t EventID;
} TConnectorTradingAccountPosition;

typedef struct TConnectorOrder { /* dies when the enumeration callback returns */
    uint8_t Version;             /* 0; 1 adds EventID */
    TConnectorOrderIdentifier OrderID;
    TConnectorAccountIdentifier AccountID;
    TConnectorAssetIdentifier AssetID;
    int64_t Quantity, TradedQuantity, LeavesQuantity;
    double Price, StopPrice, AveragePrice;
    uint8_t OrderSide, OrderType, OrderStatus, ValidityType;
    TSystemTime Date, LastUpdate, CloseDate, ValidityDate;
    qt_text_t TextMessage;
    int64_t EventID;
} TConnectorOrder;

typedef struct TConnectorOrderOut {
    uint8_t Version; /* 0; 1 adds EventID */
    TConnectorOrderIdentifier OrderID;
    TConnectorAccountIdentifierOut AccountID;
    TConnectorAssetIdentifierOut AssetID;
    int64_t Quantity, TradedQuantity, LeavesQuantity;
    double Price, StopPrice, AveragePrice;
    uint8_t OrderSide, OrderType, OrderStatus, ValidityType;
    TSystemTime Date, LastUpdate, CloseDate, ValidityDate;
    uint16_t *TextMessage;
    int32_t TextMessageLength;
    int64_t EventID;
} TConnectorOrderOut;

typedef struct TConnectorTradingMessageResult {
    uint8_t Version;
    int32_t BrokerID;
    TConnectorOrderIdentifier OrderID;
    int64_t MessageID; /* matches the id written by the send */
    uint8_t ResultCode;
    qt_text_t Message;
    int32_t MessageLength;
} TConnectorTradingMessageResult;

/* ---- constants ------------------------------------------------------------------------------- */

enum {
    NL_OK = 0,
    NL_INTERNAL_ERROR = -2147483647,
    NL_NOT_INITIALIZED = -2147483646,
    NL_INVALID_ARGS = -2147483645,
    NL_WAITING_SERVER = -2147483644, /* not an error: requested, try again */
    NL_NO_LOGIN = -2147483643,
    NL_NO_LICENSE = -2147483642,
    NL_PASSWORD_HASH_SHA1 = -2147483641,
    NL_PASSWORD_HASH_MD5 = -2147483640,
    NL_OUT_OF_RANGE = -2147483639,
    NL_MARKET_ONLY = -2147483638,
    NL_NO_POSITION = -2147483637,
    NL_NOT_FOUND = -2147483636,
    NL_VERSION_NOT_SUPPORTED = -2147483635,
    NL_OCO_NO_RULES = -2147483634,
    NL_EXCHANGE_UNKNOWN = -2147483633,
    NL_NO_OCO_DEFINED = -2147483632,
    NL_INVALID_SERIE = -2147483631,
    NL_LICENSE_NOT_ALLOWED = -2147483630,
    NL_NOT_HARD_LOGOUT = -2147483629,
    NL_SERIE_NO_HISTORY = -2147483628,
    NL_ASSET_NO_DATA = -2147483627,
    NL_SERIE_NO_DATA = -2147483626,
    NL_HAS_STRATEGY_RUNNING = -2147483625,
    NL_SERIE_NO_MORE_HISTORY = -2147483624,
    NL_SERIE_MAX_COUNT = -2147483623,
    NL_DUPLICATE_RESOURCE = -2147483622,
    NL_UNSIGNED_CONTRACT = -2147483621,
    NL_NO_PASSWORD = -2147483620,
    NL_NO_USER = -2147483619,
    NL_FILE_ALREADY_EXISTS = -2147483618,
    NL_INVALID_TICKER = -2147483617,
    NL_NOT_MASTER_ACCOUNT = -2147483616,
    NL_NOT_MY_TRADE = -2147483615,
    NL_NOT_EQUALS = -2147483614,
    NL_INVALID_DLL_AUTH = -2147483613,
    NL_INVALID_SIGNATURE = -2147483612,
    NL_NOT_IMPLEMENTED = -2147483611,
    NL_BROKER_NOT_ALLOWED = -2147483610,
    NL_FILE_NOT_EXISTS = -2147483609,
    NL_NTSL_PARSE_FAILED = -2147483608,
    NL_NTSL_TOO_MANY_ASSETS = -2147483607,
    NL_NOT_CONSISTENT = -2147483606,
    NL_SINGLE_THREADED = -2147483605,
    NL_NOT_SAME_THREAD = -2147483604,
    NL_TIMEOUT = -2147483603,
    NL_HISTORY_PERIOD_LIMIT = -2147483602
};

/* state callback: channel, then results of each channel */
enum { QT_CHANNEL_LOGIN = 0, QT_CHANNEL_ROUTING = 1, QT_CHANNEL_MARKET = 2, QT_CHANNEL_ACTIVATION = 3, QT_CHANNELS = 4 };
enum { QT_LOGIN_OK = 0, QT_LOGIN_INVALID = 1, QT_LOGIN_BAD_PASSWORD = 2, QT_LOGIN_BLOCKED = 3, QT_LOGIN_EXPIRED = 4,
       QT_LOGIN_UNKNOWN = 200 };
enum { QT_ROUTING_OFF = 0, QT_ROUTING_CONNECTING = 1, QT_ROUTING_SERVER = 2, QT_ROUTING_BROKER_OFF = 3,
       QT_ROUTING_BROKER_CONNECTING = 4, QT_ROUTING_READY = 5 };
enum { QT_MARKET_OFF = 0, QT_MARKET_CONNECTING = 1, QT_MARKET_WAITING = 2, QT_MARKET_NOT_LOGGED = 3,
       QT_MARKET_READY = 4, QT_MARKET_SLOW = 5, QT_MARKET_STALLED = 6 };

enum { QT_TC_EDIT = 1, QT_TC_LAST_PACKET = 2 };              /* TradeV2 flags */
enum { QT_PG_THEORETICAL = 1 };                              /* price group flags */
enum { QT_OB_LAST_PACKET = 1, QT_OB_FIRST_PACKET = 2 };      /* offer array trailer flags */
enum { QT_BOOK_BUY = 0, QT_BOOK_SELL = 1, QT_BOOK_BOTH = 254, QT_BOOK_NEITHER = 255 };
enum { QT_PD_ADD = 0, QT_PD_EDIT = 1, QT_PD_DELETE = 2, QT_PD_INSERT = 3, QT_PD_FULL_BOOK = 4, QT_PD_PREPARE = 5,
       QT_PD_FLUSH = 6, QT_PD_THEORETICAL = 7, QT_PD_DELETE_FROM = 8 };
enum { QT_ORDER_BUY = 1, QT_ORDER_SELL = 2 };                /* OrderSide of Version >= 1 */
enum { QT_ORDER_MARKET = 1, QT_ORDER_LIMIT = 2, QT_ORDER_STOP = 3, QT_ORDER_STOP_LIMIT = 4 };
enum { QT_ORDER_V0_LIMIT = 0, QT_ORDER_V0_STOP = 1, QT_ORDER_V0_MARKET = 2, QT_ORDER_V0_BUY = 0, QT_ORDER_V0_SELL = 1 };
enum { QT_STATUS_NEW = 0, QT_STATUS_PARTIAL = 1, QT_STATUS_FILLED = 2, QT_STATUS_DONE_FOR_DAY = 3,
       QT_STATUS_CANCELED = 4, QT_STATUS_REPLACED = 5, QT_STATUS_PENDING_CANCEL = 6, QT_STATUS_STOPPED = 7,
       QT_STATUS_REJECTED = 8, QT_STATUS_SUSPENDED = 9, QT_STATUS_PENDING_NEW = 10, QT_STATUS_CALCULATED = 11,
       QT_STATUS_EXPIRED = 12, QT_STATUS_ACCEPTED_FOR_BIDDING = 13, QT_STATUS_PENDING_REPLACE = 14,
       QT_STATUS_PARTIAL_CANCELED = 15, QT_STATUS_RECEIVED = 16, QT_STATUS_PARTIAL_EXPIRED = 17,
       QT_STATUS_PARTIAL_REJECTED = 18, QT_STATUS_UNKNOWN = 200, QT_STATUS_AT_ORDER_SERVER = 201,
       QT_STATUS_SENT_TO_BROKER = 202, QT_STATUS_CLIENT_CREATED = 203, QT_STATUS_NOT_CREATED = 204,
       QT_STATUS_CANCELED_BY_ADMIN = 205, QT_STATUS_GATEWAY_DELAY = 206, QT_STATUS_SCHEDULED = 207 };
enum { QT_VALID_DAY = 0 };
enum { QT_POSITION_DAY_TRADE = 1, QT_POSITION_CONSOLIDATED = 2 };
enum { QT_POSITION_LONG = 1, QT_POSITION_SHORT = 2 };
enum { QT_ACCOUNT_IS_SUB = 1, QT_ACCOUNT_ENABLED = 2 };      /* account flags */

/* ---- callbacks: V1 style, given to the initialisers or set later ----------------------------- */
/* Char-like flags are uint16_t: only (x & 0xFF) != 0 means anything. The book arrays come sell first. */

typedef void(QT_STDCALL *TStateCallback)(int32_t type, int32_t result);
typedef void(QT_STDCALL *TProgressCallback)(TAssetIDRec asset, int32_t percent);
typedef void(QT_STDCALL *TTradeCallback)(TAssetIDRec asset, qt_text_t date, uint32_t number, double price,
    double volume, int32_t qty, int32_t buy_agent, int32_t sell_agent, int32_t type, uint16_t is_edit);
typedef void(QT_STDCALL *THistoryTradeCallback)(TAssetIDRec asset, qt_text_t date, uint32_t number, double price,
    double volume, int32_t qty, int32_t buy_agent, int32_t sell_agent, int32_t type);
typedef void(QT_STDCALL *TDailyCallback)(TAssetIDRec asset, qt_text_t date, double open, double high, double low,
    double close, double volume, double settlement, double max_limit, double min_limit, double buyer_volume,
    double seller_volume, int32_t qty, int32_t trades, int32_t open_contracts, int32_t buyer_qty, int32_t seller_qty,
    int32_t buyer_trades, int32_t seller_trades);
typedef void(QT_STDCALL *TPriceBookCallback)(TAssetIDRec asset, int32_t action, int32_t position, int32_t side,
    int32_t qty, int32_t count, double price, void *sell_array, void *buy_array);
typedef void(QT_STDCALL *TPriceBookV2Callback)(TAssetIDRec asset, int32_t action, int32_t position, int32_t side,
    int64_t qty, int64_t count, double price, void *sell_array, void *buy_array);
typedef void(QT_STDCALL *TOfferBookCallback)(TAssetIDRec asset, int32_t action, int32_t position, int32_t side,
    int32_t qty, int32_t agent, int64_t offer_id, double price, uint16_t has_price, uint16_t has_qty,
    uint16_t has_date, uint16_t has_offer_id, uint16_t has_agent, qt_text_t date, void *sell_array, void *buy_array);
typedef void(QT_STDCALL *TOfferBookV2Callback)(TAssetIDRec asset, int32_t action, int32_t position, int32_t side,
    int64_t qty, int32_t agent, int64_t offer_id, double price, uint16_t has_price, uint16_t has_qty,
    uint16_t has_date, uint16_t has_offer_id, uint16_t has_agent, qt_text_t date, void *sell_array, void *buy_array);
typedef void(QT_STDCALL *TTinyBookCallback)(TAssetIDRec asset, double price, int32_t qty, int32_t side);
typedef void(QT_STDCALL *TAccountCallback)(int32_t broker, qt_text_t broker_name, qt_text_t account, qt_text_t holder);
typedef void(QT_STDCALL *TOrderChangeCallback)(TAssetIDRec asset, int32_t broker, int32_t qty, int32_t traded,
    int32_t leaves, int32_t side, double price, double stop_price, double avg_price, int64_t local_id, qt_text_t type,
    qt_text_t account, qt_text_t holder, qt_text_t cl_ord_id, qt_text_t status, qt_text_t date, qt_text_t text);
typedef void(QT_STDCALL *TOrderHistoryCallback)(TAssetIDRec asset, int32_t broker, int32_t qty, int32_t traded,
    int32_t leaves, int32_t side, double price, double stop_price, double avg_price, int64_t local_id, qt_text_t type,
    qt_text_t account, qt_text_t holder, qt_text_t cl_ord_id, qt_text_t status, qt_text_t date);
typedef void(QT_STDCALL *TOrderChangeV2Callback)(TAssetIDRec asset, int32_t broker, int32_t qty, int32_t traded,
    int32_t leaves, int32_t side, int32_t validity, double price, double stop_price, double avg_price,
    int64_t local_id, qt_text_t type, qt_text_t account, qt_text_t holder, qt_text_t cl_ord_id, qt_text_t status,
    qt_text_t date, qt_text_t last_update, qt_text_t close_date, qt_text_t validity_date, qt_text_t text);
typedef void(QT_STDCALL *TOrderHistoryV2Callback)(TAssetIDRec asset, int32_t broker, int32_t qty, int32_t traded,
    int32_t leaves, int32_t side, int32_t validity, double price, double stop_price, double avg_price,
    int64_t local_id, qt_text_t type, qt_text_t account, qt_text_t holder, qt_text_t cl_ord_id, qt_text_t status,
    qt_text_t date, qt_text_t last_update, qt_text_t close_date, qt_text_t validity_date);
typedef void(QT_STDCALL *TAssetListCallback)(TAssetIDRec asset, qt_text_t name);
typedef void(QT_STDCALL *TAssetListInfoCallback)(TAssetIDRec asset, qt_text_t name, qt_text_t description,
    int64_t min_qty, int64_t max_qty, int64_t lot, int32_t type, int32_t sub_type, double min_increment,
    double multiplier, qt_text_t expiry, qt_text_t isin); /* from 4.0.0.38; quantities were 32 bits wide before */
typedef void(QT_STDCALL *TAssetListInfoV2Callback)(TAssetIDRec asset, qt_text_t name, qt_text_t description,
    int64_t min_qty, int64_t max_qty, int64_t lot, int32_t type, int32_t sub_type, double min_increment,
    double multiplier, qt_text_t expiry, qt_text_t isin, qt_text_t sector, qt_text_t sub_sector, qt_text_t segment);
typedef void(QT_STDCALL *TChangeStateTickerCallback)(TAssetIDRec asset, qt_text_t date, int32_t state);
typedef void(QT_STDCALL *TChangeCotationCallback)(TAssetIDRec asset, qt_text_t date, uint32_t number, double price);
typedef void(QT_STDCALL *TAdjustHistoryCallback)(TAssetIDRec asset, double value, qt_text_t type, qt_text_t note,
    qt_text_t adjust_date, qt_text_t resolution_date, qt_text_t payment_date, int32_t affects_price);
typedef void(QT_STDCALL *TAdjustHistoryV2Callback)(TAssetIDRec asset, double value, qt_text_t type, qt_text_t note,
    qt_text_t adjust_date, qt_text_t resolution_date, qt_text_t payment_date, uint32_t flags, double multiplier);
typedef void(QT_STDCALL *TTheoreticalPriceCallback)(TAssetIDRec asset, double price, int64_t qty);

/* ---- callbacks: connector style, identifiers by value ---------------------------------------- */

typedef void(QT_STDCALL *TTradeV2Callback)(TConnectorAssetIdentifier asset, void *trade, uint32_t flags);
typedef void(QT_STDCALL *TPriceDepthCallback)(TConnectorAssetIdentifier asset, uint8_t side, int32_t position, uint8_t update);
typedef void(QT_STDCALL *TOrderCallback)(TConnectorOrderIdentifier order);
typedef void(QT_STDCALL *TAccountIdCallback)(TConnectorAccountIdentifier account);
typedef void(QT_STDCALL *TAssetPositionListCallback)(TConnectorAccountIdentifier account, TConnectorAssetIdentifier asset,
    int64_t event_id);
typedef void(QT_STDCALL *TBrokerAccountListCallback)(int32_t broker, uint32_t changed);
typedef void(QT_STDCALL *TInvalidTickerCallback)(TConnectorAssetIdentifier asset);
typedef void(QT_STDCALL *TTradingMessageResultCallback)(const TConnectorTradingMessageResult *result);
typedef void(QT_STDCALL *THealthCallback)(int32_t state); /* may come from any thread */

/* Run on the calling thread; 0 stops; the record dies on return. intptr_t is the vendor's LPARAM. */
typedef int32_t(QT_STDCALL *TEnumOrderProc)(const TConnectorOrder *order, intptr_t param);
typedef int32_t(QT_STDCALL *TEnumAssetProc)(TConnectorAssetIdentifier asset, intptr_t param);

#if defined(__cplusplus)
}
#endif

#include "qt_profit_exports.h"
#include "qt_profit_layout.h"

#endif
