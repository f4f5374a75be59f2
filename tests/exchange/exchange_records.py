"""Records and callbacks beyond the minimum set: the deprecated ones, lists, notices. Importing it registers them."""

from __future__ import annotations

import ctypes as c
from typing import Any

from exchange_harness import CALLBACKS, F64, I32, I64, PTR, U32, Account, Asset, AssetRec, OrderId, Text


class AccountDetails(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("account", Account),
        ("broker_name", Text),
        ("broker_length", c.c_int32),
        ("owner_name", Text),
        ("owner_length", c.c_int32),
        ("sub_name", Text),
        ("sub_length", c.c_int32),
        ("flags", c.c_uint32),
        ("type", c.c_uint8),
    ]


class MessageResult(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("broker", c.c_int32),
        ("order", OrderId),
        ("message", c.c_int64),
        ("code", c.c_uint8),
        ("text", Text),
        ("length", c.c_int32),
    ]


class LedgerOrder(c.Structure):
    _fields_ = [
        ("local", c.c_int64),
        ("qty", c.c_int64),
        ("traded", c.c_int64),
        ("value_ticks", c.c_int64),
        ("price", c.c_int32),
        ("stop", c.c_int32),
        ("account", c.c_int32),
        ("side", c.c_uint8),
        ("type", c.c_uint8),
        ("status", c.c_uint8),
    ]


INFO = [AssetRec, Text, Text, I64, I64, I64, I32, I32, F64, F64, Text, Text]
INFO_32 = [AssetRec, Text, Text, I32, I32, I32, I32, I32, F64, F64, Text, Text]
ORDER_WORDS = [AssetRec, I32, I32, I32, I32, I32, F64, F64, F64, I64, Text, Text, Text, Text, Text, Text]
ORDER_WORDS_V2 = [AssetRec, *[I32] * 6, F64, F64, F64, I64, *[Text] * 9]
BOOK_SCALARS = [AssetRec, I32, I32, I32]

ROWS: dict[str, tuple[str, list[Any]]] = {
    "price_book": ("SetPriceBookCallback", [*BOOK_SCALARS, I32, I32, F64, PTR, PTR]),
    "price_book_v2": ("SetPriceBookCallbackV2", [*BOOK_SCALARS, I64, I64, F64, PTR, PTR]),
    "cotation": ("SetChangeCotationCallback", [AssetRec, Text, U32, F64]),
    "asset_list": ("SetAssetListCallback", [AssetRec, Text]),
    "info": ("SetAssetListInfoCallback", INFO),
    "info_32": ("SetAssetListInfoCallback", INFO_32),
    "info_v2": ("SetAssetListInfoCallbackV2", [*INFO, Text, Text, Text]),
    "info_v2_32": ("SetAssetListInfoCallbackV2", [*INFO_32, Text, Text, Text]),
    "adjust": ("SetAdjustHistoryCallback", [AssetRec, F64, *[Text] * 5, I32]),
    "adjust_v2": ("SetAdjustHistoryCallbackV2", [AssetRec, F64, *[Text] * 5, U32, F64]),
    "change": ("SetOrderChangeCallback", [*ORDER_WORDS, Text]),
    "change_v2": ("SetOrderChangeCallbackV2", [*ORDER_WORDS_V2, Text]),
    "past": ("SetHistoryCallback", ORDER_WORDS),
    "past_v2": ("SetHistoryCallbackV2", ORDER_WORDS_V2),
    "positions": ("SetAssetPositionListCallback", [Account, Asset, I64]),
    "brokers": ("SetBrokerAccountListChangedCallback", [I32, U32]),
    "subs": ("SetBrokerSubAccountListChangedCallback", [Account]),
    "route": ("SetTradingMessageResultCallback", [c.POINTER(MessageResult)]),
    "health": ("SetHealthCallback", [I32]),
}
CALLBACKS.update(ROWS)
