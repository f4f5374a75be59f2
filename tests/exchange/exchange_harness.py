"""The exchange through ctypes: records by value, one recorder for every callback, and waiting by condition."""

from __future__ import annotations

import ctypes as c
import threading
from collections.abc import Callable
from typing import Any

from qt_core import exchange

Text = c.POINTER(c.c_uint16)
FUNCTYPE = c.WINFUNCTYPE if hasattr(c, "WINFUNCTYPE") else c.CFUNCTYPE
OK, NOT_INITIALIZED, INVALID_ARGS, WAITING = 0, -2147483646, -2147483645, -2147483644
OUT_OF_RANGE, MARKET_ONLY, NO_POSITION, NOT_FOUND = -2147483639, -2147483638, -2147483637, -2147483636
VERSION, EXCHANGE_UNKNOWN, INVALID_TICKER, PERIOD_LIMIT = -2147483635, -2147483633, -2147483617, -2147483602

#: Held at `start` and as fast as it can: what each test begins with.
DEFAULTS = {
    "play": "",
    "max_lot": 1000,
    "orders_per_minute": 200,
    "orders_per_day": 10000,
    "oscillation": 10,
    "rejection_tunnel": 5,
    "auction_tunnel": 1.5,
    "auction_s": 120,
    "closing_call": 0,
    "halts": "",
    "seed": 1,
    "day": "2026-11-18",
    "days": 1,
    "holidays": "",
    "open": "09:00",
    "close": "18:30",
    "start": "10:30",
    "until": "close",
    "symbol": "WDOZ26",
    "start_price": 0,
    "speed": 0,
    "activity": 1,
    "corrections": 0,
    "pages": 500,
    "hold": 1,
    "version": "4.0.0.42",
    "accounts": 1,
    "password": "",
    "account_file": "",
    "in_flight": "arrives",
    "frozen_ms": 5000,
}


NOT_IMPLEMENTED, LICENSE = -2147483611, -2147483630


class SystemTime(c.Structure):
    _fields_ = [(n, c.c_uint16) for n in ("year", "month", "weekday", "day", "hour", "minute", "second", "ms")]

    def text(self) -> str:
        return f"{self.day:02}/{self.month:02}/{self.year} {self.hour:02}:{self.minute:02}:{self.second:02}"

    def of_day(self) -> float:
        return self.hour * 3600 + self.minute * 60 + self.second + self.ms / 1000


class AssetRec(c.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("ticker", Text), ("exchange", Text), ("feed", c.c_int32)]


class Asset(c.Structure):
    _fields_ = [("version", c.c_uint8), ("ticker", Text), ("exchange", Text), ("feed", c.c_uint8)]


class Account(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("broker", c.c_int32),
        ("account", Text),
        ("sub", Text),
        ("reserved", c.c_int64),
    ]


class AccountOut(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("broker", c.c_int32),
        ("account", c.c_uint16 * 100),
        ("length", c.c_int32),
        ("sub", c.c_uint16 * 100),
        ("sub_length", c.c_int32),
        ("reserved", c.c_int64),
    ]


class AssetOut(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("ticker", Text),
        ("ticker_length", c.c_int32),
        ("exchange", Text),
        ("exchange_length", c.c_int32),
        ("feed", c.c_uint8),
    ]


class OrderId(c.Structure):
    _fields_ = [("version", c.c_uint8), ("local", c.c_int64), ("name", Text)]


class Group(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("price", c.c_double),
        ("count", c.c_uint32),
        ("qty", c.c_int64),
        ("flags", c.c_uint32),
    ]


class Trade(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("date", SystemTime),
        ("number", c.c_uint32),
        ("price", c.c_double),
        ("qty", c.c_int64),
        ("volume", c.c_double),
        ("buyer", c.c_int32),
        ("seller", c.c_int32),
        ("type", c.c_uint8),
    ]


class SendOrder(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("account", Account),
        ("asset", Asset),
        ("password", Text),
        ("type", c.c_uint8),
        ("side", c.c_uint8),
        ("price", c.c_double),
        ("stop", c.c_double),
        ("qty", c.c_int64),
        ("message", c.c_int64),
    ]


class ChangeOrder(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("account", Account),
        ("order", OrderId),
        ("password", Text),
        ("price", c.c_double),
        ("stop", c.c_double),
        ("qty", c.c_int64),
        ("message", c.c_int64),
    ]


class CancelOrder(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("account", Account),
        ("order", OrderId),
        ("password", Text),
        ("message", c.c_int64),
    ]


class CancelOrders(c.Structure):
    _fields_ = [("version", c.c_uint8), ("account", Account), ("asset", Asset), ("password", Text)]


class ZeroPosition(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("account", Account),
        ("asset", Asset),
        ("password", Text),
        ("price", c.c_double),
        ("kind", c.c_uint8),
        ("message", c.c_int64),
    ]


class Position(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("account", Account),
        ("asset", Asset),
        ("open", c.c_int64),
        ("average", c.c_double),
        ("side", c.c_uint8),
        ("sell_average", c.c_double),
        ("sold", c.c_int64),
        ("buy_average", c.c_double),
        ("bought", c.c_int64),
        ("rest", c.c_int64 * 9),
        ("kind", c.c_uint8),
        ("event", c.c_int64),
    ]


class OrderOut(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("order", OrderId),
        ("account", AccountOut),
        ("asset", AssetOut),
        ("qty", c.c_int64),
        ("traded", c.c_int64),
        ("leaves", c.c_int64),
        ("price", c.c_double),
        ("stop", c.c_double),
        ("average", c.c_double),
        ("side", c.c_uint8),
        ("type", c.c_uint8),
        ("status", c.c_uint8),
        ("validity", c.c_uint8),
        ("date", SystemTime),
        ("updated", SystemTime),
        ("closed", SystemTime),
        ("valid", SystemTime),
        ("text", Text),
        ("text_length", c.c_int32),
        ("event", c.c_int64),
    ]


class OrderRecord(c.Structure):
    _fields_ = [
        ("version", c.c_uint8),
        ("order", OrderId),
        ("account", Account),
        ("asset", Asset),
        ("qty", c.c_int64),
        ("traded", c.c_int64),
        ("leaves", c.c_int64),
        ("price", c.c_double),
        ("stop", c.c_double),
        ("average", c.c_double),
        ("side", c.c_uint8),
        ("type", c.c_uint8),
        ("status", c.c_uint8),
    ]


def wide(text: str) -> c.Array[c.c_uint16]:
    units = text.encode("utf-16-le") + b"\0\0"
    return (c.c_uint16 * (len(units) // 2)).from_buffer_copy(units)


def narrow(text: Any) -> str:
    units = bytearray()
    for i in range(400):
        if text[i] == 0:
            break
        units += text[i].to_bytes(2, "little")
    return units.decode("utf-16-le", "replace")


I32, U32, I64, F64, U16, PTR, U8 = c.c_int32, c.c_uint32, c.c_int64, c.c_double, c.c_uint16, c.c_void_p, c.c_uint8
CALLBACKS: dict[str, tuple[str, list[Any]]] = {
    "state": ("SetStateCallback", [I32, I32]),
    "trade": ("SetTradeCallbackV2", [Asset, PTR, U32]),
    "history": ("SetHistoryTradeCallbackV2", [Asset, PTR, U32]),
    "daily": ("SetDailyCallback", [AssetRec, Text] + [F64] * 10 + [I32] * 7),
    "offer": (
        "SetOfferBookCallbackV2",
        [AssetRec, I32, I32, I32, I64, I32, I64, F64, U16, U16, U16, U16, U16, Text, PTR, PTR],
    ),
    "depth": ("SetPriceDepthCallback", [Asset, U8, I32, U8]),
    "tiny": ("SetTinyBookCallback", [AssetRec, F64, I32, I32]),
    "progress": ("SetSerieProgressCallback", [AssetRec, I32]),
    "phase": ("SetChangeStateTickerCallback", [AssetRec, Text, I32]),
    "theoretical": ("SetTheoreticalPriceCallback", [AssetRec, F64, I64]),
    "invalid": ("SetInvalidTickerCallback", [Asset]),
    "account": ("SetAccountCallback", [I32, Text, Text, Text]),
    "order": ("SetOrderCallback", [OrderId]),
    "loaded": ("SetOrderHistoryCallback", [Account]),
}
TRADE_V1 = [AssetRec, Text, U32, F64, F64, I32, I32, I32, I32]
SLOTS_FULL = [
    "state",
    "order_history",
    "order_change",
    "account",
    "trade_v1",
    "daily",
    "price_book",
    "offer_v1",
    "history_v1",
    "progress",
    "tiny",
]

#: told by the login itself
ANNOUNCED = {"account", "brokers", "positions"}


class Exchange:
    """One session at a time; `events` holds what the callbacks said, in order, as plain tuples."""

    def __init__(self) -> None:
        self.dll = c.CDLL(str(exchange.path()))
        for name in ("SIM_ClockNs", "SIM_Stat", "SendOrder", "SendZeroPositionV2"):
            getattr(self.dll, name).restype = c.c_int64
        self.dll.SIM_Version.restype = self.dll.SIM_Error.restype = c.c_char_p
        self.dll.TranslateTrade.argtypes = [PTR, PTR]
        self.dll.FreePointer.argtypes = [PTR, I32]
        self.events: list[tuple[Any, ...]] = []
        self.wanted: set[str] = set()
        self.arrays: list[tuple[int, bytes]] = []
        self.free_arrays = True
        self.handles: list[int] = []
        self.on_order: Callable[[OrderId], None] | None = None
        self.cond = threading.Condition()
        self.kept: list[Any] = []

    # ---- settings ----

    def set(self, **values: object) -> None:
        for key, value in values.items():
            assert self.dll.SIM_Set(key.encode(), str(value).encode()) == 0, (key, value)

    def stat(self, name: str) -> int:
        return int(self.dll.SIM_Stat(name.encode()))

    def clock(self) -> int:
        return int(self.dll.SIM_ClockNs())

    # ---- callbacks ----

    def note(self, *event: Any) -> None:
        with self.cond:
            self.events.append(event)
            self.cond.notify_all()

    def wait(self, what: Callable[[], object], seconds: float = 30.0) -> None:
        with self.cond:
            assert self.cond.wait_for(what, seconds), f"nothing after {seconds} s; last events {self.events[-5:]}"

    def until_rest(self, seconds: float = 60.0) -> None:
        """Until the market neither moves nor has anything to say."""
        turns = threading.Event()
        for _ in range(int(seconds / 0.005)):
            if self.stat("resting"):
                return
            turns.wait(0.005)
        raise AssertionError("the market does not come to rest")

    def of(self, kind: str) -> list[tuple[Any, ...]]:
        return [e for e in self.events if e[0] == kind]

    def translate(self, handle: int) -> Trade:
        trade = Trade()
        assert self.dll.TranslateTrade(handle, c.byref(trade)) == 0
        return trade

    def handler(self, kind: str) -> Callable[..., None]:
        def print_of(a: Asset, handle: int, flags: int) -> None:
            t = self.translate(handle)
            if len(self.handles) < 1000:
                self.handles.append(handle)
            self.note(
                kind,
                narrow(a.ticker),
                t.number,
                t.date.text(),
                t.date.ms,
                t.price,
                t.qty,
                t.volume,
                t.buyer,
                t.seller,
                t.type,
                flags,
                self.clock(),
            )

        def offer(a: AssetRec, *rest: Any) -> None:
            *scalars, date, sells, buys = rest
            images = [self.take(p) for p in (sells, buys)]
            self.note("offer", narrow(a.ticker), *scalars, narrow(date), *images)

        def order(identifier: OrderId) -> None:
            if self.on_order:
                self.on_order(identifier)

        def plain(*args: Any) -> None:
            self.note(kind, *(self.plain(x) for x in args))

        return {"trade": print_of, "history": print_of, "offer": offer, "order": order}.get(kind, plain)

    def plain(self, value: Any) -> Any:
        if isinstance(value, (AssetRec, Asset)):
            return narrow(value.ticker)
        if isinstance(value, Account):
            return value.broker
        return narrow(value) if isinstance(value, Text) else value

    def take(self, pointer: int | None) -> bytes | None:
        """Copies an array out and gives it back."""
        if not pointer:
            return None
        size = c.c_int32.from_address(pointer + 4).value
        data = c.string_at(pointer, size)
        self.arrays.append((pointer, data))
        if self.free_arrays:
            assert self.dll.FreePointer(pointer, size) == 0
        return data

    def callback(self, kind: str) -> Any:
        made = FUNCTYPE(None, *CALLBACKS[kind][1])(self.handler(kind))
        self.kept.append(made)
        return made

    # ---- session ----

    def login(self, *kinds: str, market_only: bool = False, slots: dict[str, Any] | None = None) -> int:
        """Logs in. What is told at once waits in the first state until every callback is set."""
        all_set = threading.Event()
        given = {"state": self.state_callback(all_set)} | (slots or {})
        texts = [wide("key"), wide("user"), wide("password")]
        names = [n for n in SLOTS_FULL if not market_only or n not in ("order_history", "order_change", "account")]
        start = self.dll.DLLInitializeMarketLogin if market_only else self.dll.DLLInitializeLogin
        if ANNOUNCED.isdisjoint(kinds):
            all_set.set()
        try:
            result = start(*texts, *(given.get(n) for n in names))
            for kind in kinds:
                assert getattr(self.dll, CALLBACKS[kind][0])(self.callback(kind)) == 0
        finally:
            all_set.set()
        return int(result)

    def state_callback(self, after: threading.Event) -> Any:
        told = self.handler("state")

        def state(channel: int, result: int) -> None:
            after.wait(30)
            told(channel, result)

        made = FUNCTYPE(None, *CALLBACKS["state"][1])(state)
        self.kept.append(made)
        return made

    def connect(
        self, *kinds: str, market_only: bool = False, slots: dict[str, Any] | None = None, **settings: object
    ) -> None:
        self.set(**settings)
        assert self.login(*kinds, market_only=market_only, slots=slots) == 0
        last = ("state", 2, 4) if market_only else ("state", 1, 5)
        self.wait(lambda: last in self.events)

    def finish(self) -> None:
        self.dll.DLLFinalize()

    def subscribe(self, symbol: str = "WDOZ26", ticker: bool = True, offers: bool = False, depth: bool = False) -> None:
        name, letter = wide(symbol), wide("F")
        if offers:
            assert self.dll.SubscribeOfferBook(name, letter) == 0
        if depth:
            assert self.dll.SubscribePriceDepth(c.byref(self.asset(symbol))) == 0
        if ticker:
            assert self.dll.SubscribeTicker(name, letter) == 0

    def release(self) -> None:
        assert self.dll.SIM_Release() == 0

    def run_until(self, clock: str, seconds: float = 60.0) -> None:
        """Lets a held market run to a time of its day and waits until it is held there."""
        assert self.dll.SIM_RunUntil(clock.encode()) == 0, self.error()
        self.until_rest(seconds)

    def faults(self, script: str) -> None:
        """Loads a fault script; `{...}` lines make one [[fault]] each: kind = "drop", callback = "trade"."""
        text = "".join(
            "[[fault]]\n" + "\n".join(line.strip("{} ").split("; ")) + "\n" if line.startswith("{") else line + "\n"
            for line in (raw.strip() for raw in script.splitlines())
        )
        assert self.dll.SIM_Faults(text.encode()) == 0, self.error()

    def error(self) -> str:
        return str(self.dll.SIM_Error().decode())

    def asset(self, symbol: str = "WDOZ26", letter: str = "F") -> Asset:
        return Asset(0, self.keep(symbol), self.keep(letter), 0)

    def account(self, name: str = "1000001") -> Account:
        return Account(0, 32003, self.keep(name), None, 0)

    def keep(self, text: str) -> Any:
        units = wide(text)
        self.kept.append(units)
        return c.cast(units, Text)

    def levels(self, side: int, symbol: str = "WDOZ26") -> list[tuple[float, int, int]]:
        """The side's levels, best first: price, contracts, orders."""
        asset, group = self.asset(symbol), Group()
        out: list[tuple[float, int, int]] = []
        for i in range(self.dll.GetPriceDepthSideCount(c.byref(asset), side)):
            code = self.dll.GetPriceGroup(c.byref(asset), side, i, c.byref(group))
            if code == INVALID_ARGS and not self.stat("resting"):
                break  # the far end of a moving book went away meanwhile
            assert code == 0
            out.append((group.price, group.qty, group.count))
        return out
