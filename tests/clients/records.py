"""ProfitDLL's records in ctypes, as an outsider writes them down from the interface description."""

from __future__ import annotations

import ctypes as c
from typing import Any

Text = c.POINTER(c.c_uint16)
U8, U16, U32, I32, I64, F64, PTR = c.c_uint8, c.c_uint16, c.c_uint32, c.c_int32, c.c_int64, c.c_double, c.c_void_p
CALLBACK = c.WINFUNCTYPE if hasattr(c, "WINFUNCTYPE") else c.CFUNCTYPE


def record(name: str, *fields: tuple[str, Any], packed: bool = False) -> type[c.Structure]:
    """A naturally aligned record, or a packed one."""
    packing = {"_pack_": 1, "_layout_": "ms"} if packed else {}
    return type(name, (c.Structure,), {**packing, "_fields_": list(fields)})


def same(kind: Any, *names: str) -> list[tuple[str, Any]]:
    return [(name, kind) for name in names]


SystemTime = record("SystemTime", *same(U16, "year", "month", "weekday", "day", "hour", "minute", "second", "ms"))
AssetRec = record("AssetRec", *same(Text, "ticker", "exchange"), ("feed", I32), packed=True)
AccountId = record("AccountId", ("version", U8), ("broker", I32), *same(Text, "account", "sub"), ("reserved", I64))
AccountIdOut = record(
    "AccountIdOut",
    ("version", U8),
    ("broker", I32),
    ("account", U16 * 100),
    ("account_length", I32),
    ("sub", U16 * 100),
    ("sub_length", I32),
    ("reserved", I64),
)
AssetId = record("AssetId", ("version", U8), *same(Text, "ticker", "exchange"), ("feed", U8))
AssetIdOut = record(
    "AssetIdOut",
    ("version", U8),
    ("ticker", Text),
    ("ticker_length", I32),
    ("exchange", Text),
    ("exchange_length", I32),
    ("feed", U8),
)
OrderId = record("OrderId", ("version", U8), ("local", I64), ("cl_ord", Text))
PriceGroup = record("PriceGroup", ("version", U8), ("price", F64), ("count", U32), ("quantity", I64), ("flags", U32))
Trade = record(
    "Trade",
    ("version", U8),
    ("date", SystemTime),
    ("number", U32),
    ("price", F64),
    ("quantity", I64),
    ("volume", F64),
    *same(I32, "buyer", "seller"),
    ("type", U8),
)
SendOrder = record(
    "SendOrder",
    ("version", U8),
    ("account", AccountId),
    ("asset", AssetId),
    ("password", Text),
    *same(U8, "type", "side"),
    *same(F64, "price", "stop"),
    *same(I64, "quantity", "message"),
)
ChangeOrder = record(
    "ChangeOrder",
    ("version", U8),
    ("account", AccountId),
    ("order", OrderId),
    ("password", Text),
    *same(F64, "price", "stop"),
    *same(I64, "quantity", "message"),
)
CancelOrder = record(
    "CancelOrder", ("version", U8), ("account", AccountId), ("order", OrderId), ("password", Text), ("message", I64)
)
CancelOrders = record("CancelOrders", ("version", U8), ("account", AccountId), ("asset", AssetId), ("password", Text))
CancelAll = record("CancelAll", ("version", U8), ("account", AccountId), ("password", Text))
ZeroPosition = record(
    "ZeroPosition",
    ("version", U8),
    ("account", AccountId),
    ("asset", AssetId),
    ("password", Text),
    ("price", F64),
    ("position_type", U8),
    ("message", I64),
)
TradingAccount = record(
    "TradingAccount",
    ("version", U8),
    ("account", AccountId),
    ("broker_name", Text),
    ("broker_name_length", I32),
    ("owner", Text),
    ("owner_length", I32),
    ("sub_owner", Text),
    ("sub_owner_length", I32),
    ("flags", U32),
    ("type", U8),
)
POSITION_REST = ("d1", "d2", "d3", "blocked", "pending", "allocated", "provisioned", "quantity", "available")
Position = record(
    "Position",
    ("version", U8),
    ("account", AccountId),
    ("asset", AssetId),
    ("open", I64),
    ("average", F64),
    ("side", U8),
    ("sell_average", F64),
    ("sold", I64),
    ("buy_average", F64),
    ("bought", I64),
    *same(I64, *POSITION_REST),
    ("position_type", U8),
    ("event", I64),
)
ORDER_TAIL = [
    *same(I64, "quantity", "traded", "leaves"),
    *same(F64, "price", "stop", "average"),
    *same(U8, "side", "type", "status", "validity"),
    *same(SystemTime, "date", "updated", "closed", "valid"),
    ("text", Text),
]
Order = record(
    "Order", ("version", U8), ("id", OrderId), ("account", AccountId), ("asset", AssetId), *ORDER_TAIL, ("event", I64)
)
OrderOut = record(
    "OrderOut",
    ("version", U8),
    ("id", OrderId),
    ("account", AccountIdOut),
    ("asset", AssetIdOut),
    *ORDER_TAIL,
    ("text_length", I32),
    ("event", I64),
)

#: Callbacks by the setter that takes them; the first five are also slots of the initialiser.
StateCb = CALLBACK(None, I32, I32)
AccountCb = CALLBACK(None, I32, Text, Text, Text)
ProgressCb = CALLBACK(None, AssetRec, I32)
TinyCb = CALLBACK(None, AssetRec, F64, I32, I32)
DailyCb = CALLBACK(None, AssetRec, Text, *[F64] * 10, *[I32] * 7)
OfferV2Cb = CALLBACK(None, AssetRec, I32, I32, I32, I64, I32, I64, F64, *[U16] * 5, Text, PTR, PTR)
PhaseCb = CALLBACK(None, AssetRec, Text, I32)
TradeV2Cb = CALLBACK(None, AssetId, PTR, U32)
DepthCb = CALLBACK(None, AssetId, U8, I32, U8)
OrderCb = CALLBACK(None, OrderId)
AccountIdCb = CALLBACK(None, AccountId)
InvalidCb = CALLBACK(None, AssetId)
OrderChangeCb = CALLBACK(None, AssetRec, *[I32] * 5, *[F64] * 3, I64, *[Text] * 7)
MessageResult = record(
    "MessageResult",
    ("version", U8),
    ("broker", I32),
    ("order", OrderId),
    ("message", I64),
    ("result", U8),
    ("text", Text),
    ("text_length", I32),
)
MessageCb = CALLBACK(None, c.POINTER(MessageResult))
AssetInfoV2Cb = CALLBACK(None, AssetRec, Text, Text, I64, I64, I64, I32, I32, F64, F64, *[Text] * 5)
EnumOrderProc = CALLBACK(I32, c.POINTER(Order), c.c_ssize_t)

_PWC = c.c_void_p
#: Functions: result, then parameters.
PROFIT: dict[str, list[Any]] = {
    "DLLInitializeLogin": [
        I32,
        _PWC,
        _PWC,
        _PWC,
        StateCb,
        PTR,
        PTR,
        AccountCb,
        PTR,
        DailyCb,
        PTR,
        PTR,
        PTR,
        ProgressCb,
        TinyCb,
    ],
    "DLLFinalize": [I32],
    "GetServerClock": [I32, c.POINTER(F64), *[c.POINTER(I32)] * 7],
    "GetHealthStatus": [I32, c.POINTER(I32)],
    "SetEnabledHistOrder": [I32, I32],
    "FreePointer": [I32, PTR, I32],
    **{
        name: [I32, _PWC, _PWC]
        for name in ("SubscribeTicker", "UnsubscribeTicker", "SubscribeOfferBook", "UnsubscribeOfferBook")
    },
    "SubscribePriceDepth": [I32, c.POINTER(AssetId)],
    "UnsubscribePriceDepth": [I32, c.POINTER(AssetId)],
    "GetPriceDepthSideCount": [I32, c.POINTER(AssetId), U8],
    "GetPriceGroup": [I32, c.POINTER(AssetId), U8, I32, c.POINTER(PriceGroup)],
    "GetHistoryTrades": [I32, _PWC, _PWC, _PWC, _PWC],
    "TranslateTrade": [I32, PTR, c.POINTER(Trade)],
    "GetAccount": [I32],
    "GetAccountCount": [I32],
    "GetAccounts": [I32, I32, I32, I32, c.POINTER(AccountIdOut)],
    "SendOrder": [I64, c.POINTER(SendOrder)],
    "SendChangeOrderV2": [I32, c.POINTER(ChangeOrder)],
    "SendCancelOrderV2": [I32, c.POINTER(CancelOrder)],
    "SendCancelOrdersV2": [I32, c.POINTER(CancelOrders)],
    "SendCancelAllOrdersV2": [I32, c.POINTER(CancelAll)],
    "SendZeroPositionV2": [I64, c.POINTER(ZeroPosition)],
    "GetPositionV2": [I32, c.POINTER(Position)],
    "GetOrderDetails": [I32, c.POINTER(OrderOut)],
    "HasOrdersInInterval": [I32, c.POINTER(AccountId), SystemTime, SystemTime],
    "EnumerateAllOrders": [I32, c.POINTER(AccountId), U8, c.c_ssize_t, EnumOrderProc],
    "SetTradeCallbackV2": [I32, TradeV2Cb],
    "SetHistoryTradeCallbackV2": [I32, TradeV2Cb],
    "SetOfferBookCallbackV2": [I32, OfferV2Cb],
    "SetPriceDepthCallback": [I32, DepthCb],
    "SetChangeStateTickerCallback": [I32, PhaseCb],
    "SetInvalidTickerCallback": [I32, InvalidCb],
    "SetOrderCallback": [I32, OrderCb],
    "SetOrderHistoryCallback": [I32, AccountIdCb],
    "SetTradingMessageResultCallback": [I32, MessageCb],
    "SetAssetListInfoCallbackV2": [I32, AssetInfoV2Cb],
    "SetOrderChangeCallback": [I32, OrderChangeCb],
    "RequestTickerInfo": [I32, _PWC, _PWC],
    "GetAccountDetails": [I32, c.POINTER(TradingAccount)],
    "GetAgentNameLength": [I32, I32, U32],
    "GetAgentName": [I32, I32, I32, _PWC, U32],
    "SendMarketBuyOrder": [I64, *[_PWC] * 5, I32],
    "SendStopBuyOrder": [I64, *[_PWC] * 5, F64, F64, I32],
    "SendCancelOrder": [I32, *[_PWC] * 4],
}
SIDE_CHANNEL: dict[str, list[Any]] = {
    "SIM_Set": [I32, c.c_char_p, c.c_char_p],
    "SIM_RunUntil": [I32, c.c_char_p],
    "SIM_Stat": [I64, c.c_char_p],
}
