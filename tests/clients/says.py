"""What the plain ctypes client says in its callbacks: every parameter of every one."""

from __future__ import annotations

import ctypes as c
import math
import struct
import threading
import time
from typing import Any

import records as r

STDCALL = getattr(c, "WinDLL", c.CDLL)


def wide(text: str) -> c.Array[c.c_uint16]:
    units = text.encode("utf-16-le") + b"\0\0"
    return (c.c_uint16 * (len(units) // 2)).from_buffer_copy(units)


def pointer(text: str) -> Any:
    return c.cast(wide(text), r.Text)


def text(value: Any, length: int = -1) -> str:
    """UTF-16 text in quotes; `-` for a null pointer."""
    if isinstance(value, r.Text) and not value:
        return "-"
    units = []
    while len(units) < 150 and (len(units) < length if length >= 0 else value[len(units)] != 0):
        units.append(value[len(units)])
    return '"' + struct.pack(f"<{len(units)}H", *units).decode("utf-16-le") + '"'


def number(x: float) -> str:
    return f"{x:.17g}" if math.isfinite(x) else str(x)


def when(t: Any) -> str:
    return f"{t.year:04}-{t.month:02}-{t.day:02}/{t.weekday} {t.hour:02}:{t.minute:02}:{t.second:02}.{t.ms:03}"


def digest(data: bytes) -> str:
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{h:016x}"


class Recorder:
    """Loads the library and keeps the transcript; its methods are what the callbacks say."""

    def __init__(self, path: str) -> None:
        for loader, functions in ((STDCALL, r.PROFIT), (c.CDLL, r.SIDE_CHANNEL)):
            library = loader(path)
            for name, (result, *parameters) in functions.items():
                function = getattr(library, name)
                function.restype, function.argtypes = result, parameters
                setattr(self, name, function)
        self.lock = threading.Lock()
        self.said: list[str] = []
        self.kept: list[Any] = []  # callbacks live as long as the process
        self.wdo, self.alias = (r.AssetId(0, pointer(name), pointer("F"), 0) for name in ("WDOZ26", "WDOFUT"))
        self.account = r.AccountId(0, 32003, pointer("1000001"), None, 0)
        self.password = pointer("routing")

    # ---- transcript: what callbacks say waits until the main thread has printed what it did ----

    def say(self, line: str) -> None:
        with self.lock:
            self.said.append(line)

    def settle(self) -> None:
        while not self.SIM_Stat(b"resting"):
            time.sleep(0.001)
        with self.lock:
            for line in self.said:
                print(line)
            self.said.clear()

    def did(self, what: str, result: int) -> int:
        print(f"> {what} = {result}")
        self.settle()
        return result

    def run_until(self, clock: str) -> None:
        print(f"> SIM_RunUntil {clock}")
        self.did("SIM_RunUntil", self.SIM_RunUntil(clock.encode()))

    def set(self, key: str, value: str) -> None:
        print(f"> SIM_Set {key} {value}")
        self.did("SIM_Set", self.SIM_Set(key.encode(), value.encode()))

    def ask(self, what: str, ticker: str, exchange: str) -> None:
        print(f"> {what} {ticker} {exchange}")
        self.did(what, getattr(self, what)(wide(ticker), wide(exchange)))

    def history(self, start: str, end: str) -> None:
        print(f"> GetHistoryTrades {start} {end}")
        self.did("GetHistoryTrades", self.GetHistoryTrades(wide("WDOZ26"), wide("F"), wide(start), wide(end)))

    # ---- what the connector thread says ----

    def on_state(self, channel: int, result: int) -> None:
        self.say(f"state {channel} {result}")

    def on_account(self, broker: int, name: Any, account: Any, holder: Any) -> None:
        self.say(f"account {broker} {text(name)} {text(account)} {text(holder)}")

    def on_progress(self, a: Any, percent: int) -> None:
        self.say(f"progress {text(a.ticker)} {text(a.exchange)} {a.feed} {percent}")

    def on_daily(self, a: Any, date: Any, *values: Any) -> None:
        prices, counts = values[:10], values[10:]
        self.say(f"daily {text(a.ticker)} {text(date)} {' '.join(map(number, prices))} {' '.join(map(str, counts))}")

    def on_tiny(self, a: Any, price: float, quantity: int, side: int) -> None:
        self.say(f"tiny {text(a.ticker)} {number(price)} {quantity} {side}")

    def on_phase(self, a: Any, date: Any, state: int) -> None:
        self.say(f"phase {text(a.ticker)} {text(date)} {state}")

    def on_invalid(self, a: Any) -> None:
        self.say(f"invalid {a.version} {text(a.ticker)} {text(a.exchange)} {a.feed}")

    def print_of(self, kind: str, a: Any, handle: int, flags: int) -> None:
        t = r.Trade()
        result = self.TranslateTrade(handle, t)
        self.say(
            f"{kind} {text(a.ticker)} {text(a.exchange)} {a.feed} {flags} {result} {when(t.date)} {t.number} "
            f"{number(t.price)} {t.quantity} {number(t.volume)} {t.buyer} {t.seller} {t.type}"
        )

    def on_trade(self, a: Any, handle: int, flags: int) -> None:
        self.print_of("trade", a, handle, flags)

    def on_past(self, a: Any, handle: int, flags: int) -> None:
        self.print_of("past", a, handle, flags)

    def take_page(self, side: str, array: int | None) -> None:
        if not array:
            return
        n, size = struct.unpack("<ii", c.string_at(array, 8))
        data = c.string_at(array, size)
        self.say(f"  page {side} {n} {size} {digest(data)}")
        at = 8
        for i in range(n):
            price, quantity, agent, offer, length = struct.unpack_from("<dqiqH", data, at)
            if i in (0, n - 1):
                date = data[at + 30 : at + 30 + length].decode("latin-1")
                self.say(f"    {'first' if i == 0 else 'last'} {number(price)} {quantity} {agent} {offer} {date}")
            at += 30 + length
        (flags,) = struct.unpack_from("<I", data, at)
        self.say(f"    flags {flags} length {at + 4} given back {self.FreePointer(array, size)}")

    def on_offer(self, a: Any, *values: Any) -> None:
        action, position, side, quantity, agent, offer, price, *has, date, sells, buys = values
        flags = "".join(str(int(x & 0xFF != 0)) for x in has)
        self.say(
            f"offer {text(a.ticker)} {action} {position} {side} {quantity} {agent} {offer} {number(price)} "
            f"{flags} {text(date)}"
        )
        self.take_page("sell", sells)
        self.take_page("buy", buys)

    def say_levels(self, a: Any, side: int, top: int) -> None:
        n = self.GetPriceDepthSideCount(a, side)
        self.say(f"  side {side} levels {n}")
        for i in range(min(n, top)):
            g = r.PriceGroup()
            result = self.GetPriceGroup(a, side, i, g)
            self.say(f"    {i} {result} {number(g.price)} {g.count} {g.quantity} {g.flags}")

    def on_depth(self, a: Any, side: int, position: int, update: int) -> None:
        self.say(f"depth {text(a.ticker)} {side} {position} {update}")
        for each in (0, 1) if side == 254 else (side,):
            self.say_levels(a, each, 50 if update == 4 else 2)

    def on_order(self, identifier: Any) -> None:
        o = r.OrderOut(version=1, id=r.OrderId(0, identifier.local, identifier.cl_ord))
        first = self.GetOrderDetails(o)
        ticker, exchange, message = (c.c_uint16 * 64)(), (c.c_uint16 * 8)(), (c.c_uint16 * 512)()
        o.asset.ticker, o.asset.exchange, o.text = (c.cast(room, r.Text) for room in (ticker, exchange, message))
        second = self.GetOrderDetails(o)
        self.say(
            f"order {identifier.local} {text(identifier.cl_ord)}: {first} {second} {o.id.local} "
            f"broker {o.account.broker} account {text(o.account.account, o.account.account_length)} "
            f"sub {text(o.account.sub, o.account.sub_length)} asset {text(ticker, o.asset.ticker_length)} "
            f"{text(exchange, o.asset.exchange_length)} {o.asset.feed}"
        )
        self.say(
            f"  quantity {o.quantity} {o.traded} {o.leaves} price {number(o.price)} {number(o.stop)} "
            f"{number(o.average)} side {o.side} type {o.type} status {o.status} validity {o.validity}"
        )
        self.say(
            f"  date {when(o.date)} updated {when(o.updated)} closed {when(o.closed)} valid {when(o.valid)} "
            f"event {o.event} text {text(message, o.text_length)}"
        )

    def on_loaded(self, a: Any) -> None:
        self.say(f"order history {a.broker} {text(a.account)} {text(a.sub)}")

    def on_words(self, a: Any, *values: Any) -> None:
        counts, prices, local, texts = values[:5], values[5:8], values[8], values[9:]
        self.say(
            f"words {text(a.ticker)} {' '.join(map(str, counts))} {' '.join(map(number, prices))} {local} "
            f"{' '.join(map(text, texts))}"
        )

    def on_message(self, pointed: Any) -> None:
        m = pointed.contents
        self.say(
            f"message {m.version} {m.broker} {m.order.local} {text(m.order.cl_ord)} {m.message} {m.result} "
            f"{text(m.text, m.text_length)}"
        )

    def on_info(self, a: Any, name: Any, description: Any, *values: Any) -> None:
        counts, prices, texts = values[:5], values[5:7], values[7:]
        self.say(
            f"info {text(a.ticker)} {text(name)} {text(description)} {' '.join(map(str, counts))} "
            f"{' '.join(map(number, prices))} {' '.join(map(text, texts))}"
        )

    def on_enumerated(self, pointed: Any, param: int) -> int:
        o = pointed.contents
        print(
            f"  {param} {o.id.local} {text(o.id.cl_ord)} {text(o.account.account)} {text(o.asset.ticker)} "
            f"{o.account.broker} {o.quantity} {o.traded} {o.leaves} {number(o.price)} {number(o.stop)} "
            f"{number(o.average)} {o.side} {o.type} {o.status} {o.validity} {when(o.date)} {when(o.updated)} "
            f"{o.event} {text(o.text)}"
        )
        return 1
