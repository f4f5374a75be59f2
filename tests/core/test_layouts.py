"""The event and the vendor's records: the same bytes for C, NumPy and ctypes."""
import ctypes
from pathlib import Path

import pytest
from c import build

from qt_core._types import EVENT_DTYPE

pytestmark = pytest.mark.native

CODES = {"int64": ctypes.c_int64, "int32": ctypes.c_int32, "uint8": ctypes.c_uint8, "int8": ctypes.c_int8,
         "uint16": ctypes.c_uint16}


class Event(ctypes.Structure):
    _fields_ = [(name, CODES[str(EVENT_DTYPE[name])]) for name in EVENT_DTYPE.names]


class AssetIDRec(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("Ticker", ctypes.c_void_p), ("Bolsa", ctypes.c_void_p), ("Feed", ctypes.c_int32)]


class AssetIdentifier(ctypes.Structure):
    _fields_ = [("Version", ctypes.c_uint8), ("Ticker", ctypes.c_void_p), ("Exchange", ctypes.c_void_p),
                ("FeedType", ctypes.c_uint8)]


class SystemTime(ctypes.Structure):
    _fields_ = [(f"f{i}", ctypes.c_uint16) for i in range(8)]


class Trade(ctypes.Structure):
    _fields_ = [("Version", ctypes.c_uint8), ("TradeDate", SystemTime), ("TradeNumber", ctypes.c_uint32),
                ("Price", ctypes.c_double), ("Quantity", ctypes.c_int64), ("Volume", ctypes.c_double),
                ("BuyAgent", ctypes.c_int32), ("SellAgent", ctypes.c_int32), ("TradeType", ctypes.c_uint8)]


@pytest.fixture(scope="module")
def seen_by_c(tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    if not build.have("gcc"):
        pytest.skip("no gcc here")
    text = build.run(build.program("test_profit_layout", tmp_path_factory.mktemp("c")))
    return {name: int(value) for name, value in (line.split() for line in text.splitlines())}


def test_event_is_the_same_for_c_numpy_and_ctypes(seen_by_c: dict[str, int]) -> None:
    assert seen_by_c["qt_event_t"] == EVENT_DTYPE.itemsize == ctypes.sizeof(Event)
    for name in EVENT_DTYPE.names:
        assert seen_by_c[f"qt_event_t.{name}"] == EVENT_DTYPE.fields[name][1] == getattr(Event, name).offset, name


def test_vendor_records_are_the_same_for_c_and_ctypes(seen_by_c: dict[str, int]) -> None:
    assert seen_by_c["TAssetIDRec"] == ctypes.sizeof(AssetIDRec) == 20
    assert seen_by_c["TConnectorAssetIdentifier"] == ctypes.sizeof(AssetIdentifier) == 32
    assert seen_by_c["TConnectorTrade"] == ctypes.sizeof(Trade) == 64
    assert seen_by_c["TConnectorTrade.TradeDate"] == Trade.TradeDate.offset == 2
    assert seen_by_c["TConnectorTrade.Price"] == Trade.Price.offset == 24
    assert seen_by_c["TConnectorTrade.TradeType"] == Trade.TradeType.offset == 56
    assert seen_by_c["TConnectorOrderIdentifier"] == 24


def test_every_offset_of_the_fact_sheet_is_asserted(repo: Path) -> None:
    text = (repo / "include" / "qt_profit_layout.h").read_text()
    records = (repo / "include" / "qt_profit.h").read_text().count("typedef struct T")
    assert text.count("QT_SIZE(T") == records == 21
    assert text.count("QT_AT(T") > 150
