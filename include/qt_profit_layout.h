/* Sizes and offsets of every vendor record, 64-bit and 32-bit, checked when this is compiled.
 * 32-bit Linux aligns int64_t to 4 inside records: build there with -malign-double. */
#ifndef QT_PROFIT_LAYOUT_H
#define QT_PROFIT_LAYOUT_H

#include "qt_profit.h"

#if UINTPTR_MAX > 0xFFFFFFFFu
#define QT_WORD(wide, narrow) (wide)
#else
#define QT_WORD(wide, narrow) (narrow)
#endif
#define QT_SIZE(type, wide, narrow) QT_STATIC_ASSERT(sizeof(type) == QT_WORD(wide, narrow), "size of " #type)
#define QT_AT(type, field, wide, narrow) \
    QT_STATIC_ASSERT(offsetof(type, field) == QT_WORD(wide, narrow), "offset of " #type "." #field)

/* an earlier version of a record ends where the later one's first field begins, rounded up to its alignment of 8 */
#define QT_EARLIER(type, first_new_field, wide, narrow)                                     \
    QT_STATIC_ASSERT(((offsetof(type, first_new_field) + 7) & ~(size_t)7) == QT_WORD(wide, narrow), \
                     "size of " #type " before " #first_new_field)

QT_SIZE(TSystemTime, 16, 16);
QT_AT(TSystemTime, wYear, 0, 0);
QT_AT(TSystemTime, wMonth, 2, 2);
QT_AT(TSystemTime, wDayOfWeek, 4, 4);
QT_AT(TSystemTime, wDay, 6, 6);
QT_AT(TSystemTime, wHour, 8, 8);
QT_AT(TSystemTime, wMinute, 10, 10);
QT_AT(TSystemTime, wSecond, 12, 12);
QT_AT(TSystemTime, wMilliseconds, 14, 14);

QT_SIZE(TAssetIDRec, 20, 12);
QT_AT(TAssetIDRec, Ticker, 0, 0);
QT_AT(TAssetIDRec, Bolsa, 8, 4);
QT_AT(TAssetIDRec, Feed, 16, 8);

QT_SIZE(TAccountRec, 28, 16);
QT_AT(TAccountRec, AccountID, 0, 0);
QT_AT(TAccountRec, Titular, 8, 4);
QT_AT(TAccountRec, NomeCorretora, 16, 8);
QT_AT(TAccountRec, CorretoraID, 24, 12);

QT_SIZE(TConnectorAccountIdentifier, 32, 24);
QT_AT(TConnectorAccountIdentifier, Version, 0, 0);
QT_AT(TConnectorAccountIdentifier, BrokerID, 4, 4);
QT_AT(TConnectorAccountIdentifier, AccountID, 8, 8);
QT_AT(TConnectorAccountIdentifier, SubAccountID, 16, 12);
QT_AT(TConnectorAccountIdentifier, Reserved, 24, 16);

QT_SIZE(TConnectorAccountIdentifierOut, 424, 424);
QT_AT(TConnectorAccountIdentifierOut, Version, 0, 0);
QT_AT(TConnectorAccountIdentifierOut, BrokerID, 4, 4);
QT_AT(TConnectorAccountIdentifierOut, AccountID, 8, 8);
QT_AT(TConnectorAccountIdentifierOut, AccountIDLength, 208, 208);
QT_AT(TConnectorAccountIdentifierOut, SubAccountID, 212, 212);
QT_AT(TConnectorAccountIdentifierOut, SubAccountIDLength, 412, 412);
QT_AT(TConnectorAccountIdentifierOut, Reserved, 416, 416);

QT_SIZE(TConnectorAssetIdentifier, 32, 16);
QT_AT(TConnectorAssetIdentifier, Version, 0, 0);
QT_AT(TConnectorAssetIdentifier, Ticker, 8, 4);
QT_AT(TConnectorAssetIdentifier, Exchange, 16, 8);
QT_AT(TConnectorAssetIdentifier, FeedType, 24, 12);

QT_SIZE(TConnectorAssetIdentifierOut, 40, 24);
QT_AT(TConnectorAssetIdentifierOut, Version, 0, 0);
QT_AT(TConnectorAssetIdentifierOut, Ticker, 8, 4);
QT_AT(TConnectorAssetIdentifierOut, TickerLength, 16, 8);
QT_AT(TConnectorAssetIdentifierOut, Exchange, 24, 12);
QT_AT(TConnectorAssetIdentifierOut, ExchangeLength, 32, 16);
QT_AT(TConnectorAssetIdentifierOut, FeedType, 36, 20);

QT_SIZE(TConnectorOrderIdentifier, 24, 24);
QT_AT(TConnectorOrderIdentifier, Version, 0, 0);
QT_AT(TConnectorOrderIdentifier, LocalOrderID, 8, 8);
QT_AT(TConnectorOrderIdentifier, ClOrderID, 16, 16);

QT_SIZE(TConnectorPriceGroup, 40, 40);
QT_AT(TConnectorPriceGroup, Version, 0, 0);
QT_AT(TConnectorPriceGroup, Price, 8, 8);
QT_AT(TConnectorPriceGroup, Count, 16, 16);
QT_AT(TConnectorPriceGroup, Quantity, 24, 24);
QT_AT(TConnectorPriceGroup, PriceGroupFlags, 32, 32);

QT_SIZE(TConnectorTrade, 64, 64);
QT_AT(TConnectorTrade, Version, 0, 0);
QT_AT(TConnectorTrade, TradeDate, 2, 2);
QT_AT(TConnectorTrade, TradeNumber, 20, 20);
QT_AT(TConnectorTrade, Price, 24, 24);
QT_AT(TConnectorTrade, Quantity, 32, 32);
QT_AT(TConnectorTrade, Volume, 40, 40);
QT_AT(TConnectorTrade, BuyAgent, 48, 48);
QT_AT(TConnectorTrade, SellAgent, 52, 52);
QT_AT(TConnectorTrade, TradeType, 56, 56);

QT_SIZE(TConnectorSendOrder, 120, 88);
QT_AT(TConnectorSendOrder, Version, 0, 0);
QT_AT(TConnectorSendOrder, AccountID, 8, 8);
QT_AT(TConnectorSendOrder, AssetID, 40, 32);
QT_AT(TConnectorSendOrder, Password, 72, 48);
QT_AT(TConnectorSendOrder, OrderType, 80, 52);
QT_AT(TConnectorSendOrder, OrderSide, 81, 53);
QT_AT(TConnectorSendOrder, Price, 88, 56);
QT_AT(TConnectorSendOrder, StopPrice, 96, 64);
QT_AT(TConnectorSendOrder, Quantity, 104, 72);
QT_AT(TConnectorSendOrder, MessageID, 112, 80);

QT_SIZE(TConnectorChangeOrder, 104, 96);
QT_AT(TConnectorChangeOrder, Version, 0, 0);
QT_AT(TConnectorChangeOrder, AccountID, 8, 8);
QT_AT(TConnectorChangeOrder, OrderID, 40, 32);
QT_AT(TConnectorChangeOrder, Password, 64, 56);
QT_AT(TConnectorChangeOrder, Price, 72, 64);
QT_AT(TConnectorChangeOrder, StopPrice, 80, 72);
QT_AT(TConnectorChangeOrder, Quantity, 88, 80);
QT_AT(TConnectorChangeOrder, MessageID, 96, 88);

QT_SIZE(TConnectorCancelOrder, 80, 72);
QT_AT(TConnectorCancelOrder, Version, 0, 0);
QT_AT(TConnectorCancelOrder, AccountID, 8, 8);
QT_AT(TConnectorCancelOrder, OrderID, 40, 32);
QT_AT(TConnectorCancelOrder, Password, 64, 56);
QT_AT(TConnectorCancelOrder, MessageID, 72, 64);

QT_SIZE(TConnectorCancelOrders, 80, 56);
QT_AT(TConnectorCancelOrders, Version, 0, 0);
QT_AT(TConnectorCancelOrders, AccountID, 8, 8);
QT_AT(TConnectorCancelOrders, AssetID, 40, 32);
QT_AT(TConnectorCancelOrders, Password, 72, 48);

QT_SIZE(TConnectorCancelAllOrders, 48, 40);
QT_AT(TConnectorCancelAllOrders, Version, 0, 0);
QT_AT(TConnectorCancelAllOrders, AccountID, 8, 8);
QT_AT(TConnectorCancelAllOrders, Password, 40, 32);

QT_SIZE(TConnectorZeroPosition, 104, 80);
QT_AT(TConnectorZeroPosition, Version, 0, 0);
QT_AT(TConnectorZeroPosition, AccountID, 8, 8);
QT_AT(TConnectorZeroPosition, AssetID, 40, 32);
QT_AT(TConnectorZeroPosition, Password, 72, 48);
QT_AT(TConnectorZeroPosition, Price, 80, 56);
QT_AT(TConnectorZeroPosition, PositionType, 88, 64);
QT_AT(TConnectorZeroPosition, MessageID, 96, 72);

QT_SIZE(TConnectorTradingAccountOut, 96, 64);
QT_AT(TConnectorTradingAccountOut, Version, 0, 0);
QT_AT(TConnectorTradingAccountOut, AccountID, 8, 8);
QT_AT(TConnectorTradingAccountOut, BrokerName, 40, 32);
QT_AT(TConnectorTradingAccountOut, BrokerNameLength, 48, 36);
QT_AT(TConnectorTradingAccountOut, OwnerName, 56, 40);
QT_AT(TConnectorTradingAccountOut, OwnerNameLength, 64, 44);
QT_AT(TConnectorTradingAccountOut, SubOwnerName, 72, 48);
QT_AT(TConnectorTradingAccountOut, SubOwnerNameLength, 80, 52);
QT_AT(TConnectorTradingAccountOut, AccountFlags, 84, 56);
QT_AT(TConnectorTradingAccountOut, AccountType, 88, 60);

QT_SIZE(TConnectorTradingAccountPosition, 216, 192);
QT_AT(TConnectorTradingAccountPosition, Version, 0, 0);
QT_AT(TConnectorTradingAccountPosition, AccountID, 8, 8);
QT_AT(TConnectorTradingAccountPosition, AssetID, 40, 32);
QT_AT(TConnectorTradingAccountPosition, OpenQuantity, 72, 48);
QT_AT(TConnectorTradingAccountPosition, OpenAveragePrice, 80, 56);
QT_AT(TConnectorTradingAccountPosition, OpenSide, 88, 64);
QT_AT(TConnectorTradingAccountPosition, DailyAverageSellPrice, 96, 72);
QT_AT(TConnectorTradingAccountPosition, DailySellQuantity, 104, 80);
QT_AT(TConnectorTradingAccountPosition, DailyAverageBuyPrice, 112, 88);
QT_AT(TConnectorTradingAccountPosition, DailyBuyQuantity, 120, 96);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityD1, 128, 104);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityD2, 136, 112);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityD3, 144, 120);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityBlocked, 152, 128);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityPending, 160, 136);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityAlloc, 168, 144);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityProvision, 176, 152);
QT_AT(TConnectorTradingAccountPosition, DailyQuantity, 184, 160);
QT_AT(TConnectorTradingAccountPosition, DailyQuantityAvailable, 192, 168);
QT_AT(TConnectorTradingAccountPosition, PositionType, 200, 176);
QT_AT(TConnectorTradingAccountPosition, EventID, 208, 184);

QT_SIZE(TConnectorOrder, 232, 200);
QT_AT(TConnectorOrder, Version, 0, 0);
QT_AT(TConnectorOrder, OrderID, 8, 8);
QT_AT(TConnectorOrder, AccountID, 32, 32);
QT_AT(TConnectorOrder, AssetID, 64, 56);
QT_AT(TConnectorOrder, Quantity, 96, 72);
QT_AT(TConnectorOrder, TradedQuantity, 104, 80);
QT_AT(TConnectorOrder, LeavesQuantity, 112, 88);
QT_AT(TConnectorOrder, Price, 120, 96);
QT_AT(TConnectorOrder, StopPrice, 128, 104);
QT_AT(TConnectorOrder, AveragePrice, 136, 112);
QT_AT(TConnectorOrder, OrderSide, 144, 120);
QT_AT(TConnectorOrder, OrderType, 145, 121);
QT_AT(TConnectorOrder, OrderStatus, 146, 122);
QT_AT(TConnectorOrder, ValidityType, 147, 123);
QT_AT(TConnectorOrder, Date, 148, 124);
QT_AT(TConnectorOrder, LastUpdate, 164, 140);
QT_AT(TConnectorOrder, CloseDate, 180, 156);
QT_AT(TConnectorOrder, ValidityDate, 196, 172);
QT_AT(TConnectorOrder, TextMessage, 216, 188);
QT_AT(TConnectorOrder, EventID, 224, 192);

QT_SIZE(TConnectorOrderOut, 640, 616);
QT_AT(TConnectorOrderOut, Version, 0, 0);
QT_AT(TConnectorOrderOut, OrderID, 8, 8);
QT_AT(TConnectorOrderOut, AccountID, 32, 32);
QT_AT(TConnectorOrderOut, AssetID, 456, 456);
QT_AT(TConnectorOrderOut, Quantity, 496, 480);
QT_AT(TConnectorOrderOut, TradedQuantity, 504, 488);
QT_AT(TConnectorOrderOut, LeavesQuantity, 512, 496);
QT_AT(TConnectorOrderOut, Price, 520, 504);
QT_AT(TConnectorOrderOut, StopPrice, 528, 512);
QT_AT(TConnectorOrderOut, AveragePrice, 536, 520);
QT_AT(TConnectorOrderOut, OrderSide, 544, 528);
QT_AT(TConnectorOrderOut, OrderType, 545, 529);
QT_AT(TConnectorOrderOut, OrderStatus, 546, 530);
QT_AT(TConnectorOrderOut, ValidityType, 547, 531);
QT_AT(TConnectorOrderOut, Date, 548, 532);
QT_AT(TConnectorOrderOut, LastUpdate, 564, 548);
QT_AT(TConnectorOrderOut, CloseDate, 580, 564);
QT_AT(TConnectorOrderOut, ValidityDate, 596, 580);
QT_AT(TConnectorOrderOut, TextMessage, 616, 596);
QT_AT(TConnectorOrderOut, TextMessageLength, 624, 600);
QT_AT(TConnectorOrderOut, EventID, 632, 608);

QT_SIZE(TConnectorTradingMessageResult, 64, 56);
QT_AT(TConnectorTradingMessageResult, Version, 0, 0);
QT_AT(TConnectorTradingMessageResult, BrokerID, 4, 4);
QT_AT(TConnectorTradingMessageResult, OrderID, 8, 8);
QT_AT(TConnectorTradingMessageResult, MessageID, 32, 32);
QT_AT(TConnectorTradingMessageResult, ResultCode, 40, 40);
QT_AT(TConnectorTradingMessageResult, Message, 48, 44);
QT_AT(TConnectorTradingMessageResult, MessageLength, 56, 48);

QT_EARLIER(TConnectorSendOrder, MessageID, 112, 80);
QT_EARLIER(TConnectorChangeOrder, MessageID, 96, 88);
QT_EARLIER(TConnectorCancelOrder, MessageID, 72, 64);
QT_EARLIER(TConnectorZeroPosition, PositionType, 88, 64);
QT_EARLIER(TConnectorZeroPosition, MessageID, 96, 72);
QT_EARLIER(TConnectorTradingAccountOut, AccountType, 88, 64);
QT_EARLIER(TConnectorTradingAccountPosition, PositionType, 200, 176);
QT_EARLIER(TConnectorTradingAccountPosition, EventID, 208, 184);
QT_EARLIER(TConnectorOrder, EventID, 224, 192);
QT_EARLIER(TConnectorOrderOut, EventID, 632, 608);

#undef QT_EARLIER
#undef QT_AT
#undef QT_SIZE
#undef QT_WORD

#endif
