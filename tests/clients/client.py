"""The plain client in ctypes: the same session as client.c, the same transcript.

python client.py PATH-OF-THE-LIBRARY
"""

from __future__ import annotations

import ctypes as c
import sys
from typing import Any

import records as r
from says import Recorder, number, pointer, text, wide


class Client(Recorder):
    # ---- orders ----

    def place(self, asset: Any, kind: int, side: int, price: float, stop: float, quantity: int) -> int:
        o = r.SendOrder(2, self.account, asset, self.password, kind, side, price, stop, quantity, -1)
        identifier = int(self.SendOrder(o))
        print(f"> SendOrder {kind} {side} {number(price)} {number(stop)} {quantity} = {identifier} message {o.message}")
        self.settle()
        return identifier

    def change(self, identifier: int, price: float, quantity: int) -> None:
        o = r.ChangeOrder(1, self.account, r.OrderId(0, identifier, None), self.password, price, -1, quantity, -1)
        result = self.SendChangeOrderV2(o)
        print(f"> SendChangeOrderV2 {number(price)} {quantity} = {result} message {o.message}")
        self.settle()

    def cancel(self, identifier: int) -> None:
        o = r.CancelOrder(1, self.account, r.OrderId(0, identifier, None), self.password, -1)
        result = self.SendCancelOrderV2(o)
        print(f"> SendCancelOrderV2 = {result} message {o.message}")
        self.settle()

    def cancel_everything(self) -> None:
        for name, asset in (("WDOFUT", self.alias), ("WDOZ26", self.wdo)):
            some = r.CancelOrders(0, self.account, asset, self.password)
            self.did(f"SendCancelOrdersV2 {name}", self.SendCancelOrdersV2(some))
        self.run_until("10:30:05")
        self.place(self.wdo, 2, 1, 5300.0, -1, 1)
        self.run_until("10:30:05.500")
        self.did("SendCancelAllOrdersV2", self.SendCancelAllOrdersV2(r.CancelAll(0, self.account, self.password)))
        self.run_until("10:30:06")

    def show_position(self, asset: Any, exchange: str) -> None:
        p = r.Position(version=2, account=self.account, asset=asset, position_type=1)
        if exchange == "B":
            p.asset.exchange = pointer("B")
        result = self.GetPositionV2(p)
        print(f"> GetPositionV2 {text(asset.ticker)} {exchange} = {result}")
        print(
            f"  open {p.open} {number(p.average)} side {p.side} sold {p.sold} {number(p.sell_average)} "
            f"bought {p.bought} {number(p.buy_average)}"
        )
        print(f"  {' '.join(str(getattr(p, name)) for name in r.POSITION_REST)} event {p.event}")

    def zero_position(self) -> None:
        z = r.ZeroPosition(2, self.account, self.wdo, self.password, -1, 1, -1)
        identifier = self.SendZeroPositionV2(z)
        print(f"> SendZeroPositionV2 = {identifier} message {z.message}")
        self.settle()

    # ---- the session ----

    def callback(self, kind: Any, method: Any) -> Any:
        self.kept.append(kind(method))
        return self.kept[-1]

    def log_in(self) -> None:
        for key, value in (("seed", "20261118"), ("hold", "1"), ("speed", "0"), ("activity", "0.5"), ("pages", "400")):
            self.set(key, value)
        state, account = self.callback(r.StateCb, self.on_state), self.callback(r.AccountCb, self.on_account)
        daily, progress = self.callback(r.DailyCb, self.on_daily), self.callback(r.ProgressCb, self.on_progress)
        tiny = self.callback(r.TinyCb, self.on_tiny)
        self.did(
            "DLLInitializeLogin",
            self.DLLInitializeLogin(
                wide("key"),
                wide("user"),
                wide("password"),
                state,
                None,
                None,
                account,
                None,
                daily,
                None,
                None,
                None,
                progress,
                tiny,
            ),
        )
        self.did("SetEnabledHistOrder 1", self.SetEnabledHistOrder(1))
        setters = {
            "SetTradeCallbackV2": (r.TradeV2Cb, self.on_trade),
            "SetHistoryTradeCallbackV2": (r.TradeV2Cb, self.on_past),
            "SetOfferBookCallbackV2": (r.OfferV2Cb, self.on_offer),
            "SetPriceDepthCallback": (r.DepthCb, self.on_depth),
            "SetChangeStateTickerCallback": (r.PhaseCb, self.on_phase),
            "SetInvalidTickerCallback": (r.InvalidCb, self.on_invalid),
            "SetOrderCallback": (r.OrderCb, self.on_order),
            "SetOrderHistoryCallback": (r.AccountIdCb, self.on_loaded),
            "SetTradingMessageResultCallback": (r.MessageCb, self.on_message),
            "SetAssetListInfoCallbackV2": (r.AssetInfoV2Cb, self.on_info),
        }
        for name, (kind, method) in setters.items():
            self.did(name, getattr(self, name)(self.callback(kind, method)))

    def show_server(self) -> None:
        date, clock, health = c.c_double(), [c.c_int32() for _ in range(7)], c.c_int32(-1)
        result = self.GetServerClock(date, *clock)
        print(f"> GetServerClock = {result} {number(date.value)} {' '.join(str(x.value) for x in clock)}")
        result = self.GetHealthStatus(health)
        print(f"> GetHealthStatus = {result} {health.value}")
        self.did("GetAccountCount", self.GetAccountCount())
        out = (r.AccountIdOut * 2)()
        n, a = self.GetAccounts(0, 1, 1, out), out[1]
        account, sub = text(a.account, a.account_length), text(a.sub, a.sub_length)
        print(f"> GetAccounts = {n}: {a.broker} {account} {sub} {a.reserved}")
        self.did("GetAccount", self.GetAccount())

    def subscribe(self) -> None:
        self.ask("SubscribeTicker", "WDOZ26", "F")
        self.ask("SubscribeTicker", "ABCD3", "F")
        self.ask("SubscribeTicker", "WDOZ26", "BMF")
        self.ask("SubscribeOfferBook", "WDOZ26", "F")
        self.did("SubscribePriceDepth WDO", self.SubscribePriceDepth(self.wdo))
        self.history("18/11/2026 10:29:50", "18/11/2026 10:30:00")
        self.history("18/11/2026", "18/11/2026")
        self.run_until("10:30:01")
        self.ask("SubscribeTicker", "WDOFUT", "F")
        self.run_until("10:30:02")
        self.ask("UnsubscribeTicker", "WDOFUT", "F")
        self.ask("UnsubscribeOfferBook", "WDOZ26", "F")

    def show_names(self) -> None:
        d = r.TradingAccount(version=1, account=self.account)
        first = self.GetAccountDetails(d)
        broker, owner, name = (c.c_uint16 * 128)(), (c.c_uint16 * 128)(), (c.c_uint16 * 64)()
        d.broker_name, d.owner = c.cast(broker, r.Text), c.cast(owner, r.Text)
        second = self.GetAccountDetails(d)
        names = f"{text(broker, d.broker_name_length)} {text(owner, d.owner_length)}"
        print(f"> GetAccountDetails = {first} {second} {names} {d.flags} {d.type}")
        n = self.GetAgentNameLength(3, 0)
        print(f"> GetAgentName = {self.GetAgentName(n, 3, name, 0)} {n} {text(name, n)}")
        self.ask("RequestTickerInfo", "WDOZ26", "F")

    def trade_in_words(self) -> None:
        account, broker, name, letter = wide("1000001"), wide("32003"), wide("WDOZ26"), wide("F")
        routing = wide("routing")
        self.did("SetOrderChangeCallback", self.SetOrderChangeCallback(self.callback(r.OrderChangeCb, self.on_words)))
        self.did("SendMarketBuyOrder", self.SendMarketBuyOrder(account, broker, routing, name, letter, 2))
        self.did("SendStopBuyOrder", self.SendStopBuyOrder(account, broker, routing, name, letter, 5600.0, 5550.0, 1))
        self.run_until("10:30:07.500")
        self.did("SendCancelOrder", self.SendCancelOrder(account, broker, wide("SIM0000000009"), routing))
        self.run_until("10:30:08")

    def best(self, side: int) -> float:
        g = r.PriceGroup()
        result = self.GetPriceGroup(self.wdo, side, 0, g)
        print(f"> best {side} = {result} {number(g.price)} {g.count} {g.quantity}")
        return float(g.price)

    def trade(self) -> None:
        bid, ask = self.best(0), self.best(1)
        self.show_position(self.wdo, "F")
        self.place(self.wdo, 1, 1, -1, -1, 3)
        resting = self.place(self.wdo, 2, 1, bid - 5.0, -1, 4)
        stop_sell = self.place(self.wdo, 4, 2, ask - 40.0, ask - 30.0, 2)
        self.place(self.alias, 1, 1, -1, -1, 1)
        self.place(self.wdo, 2, 2, ask + 0.25, -1, 1)
        self.place(self.wdo, 3, 1, ask, ask, 1)
        self.place(self.wdo, 2, 1, bid, -1, 0)
        self.did("UnsubscribePriceDepth WDO", self.UnsubscribePriceDepth(self.wdo))
        self.run_until("10:30:03")
        self.show_position(self.wdo, "F")
        self.show_position(self.wdo, "B")
        self.show_position(self.alias, "F")
        self.change(resting, bid - 6.0, 4)
        self.change(stop_sell, ask - 40.0, 1)
        self.run_until("10:30:03.500")
        self.cancel(resting)
        self.run_until("10:30:04")
        self.cancel(resting)
        self.cancel_everything()
        self.zero_position()
        self.run_until("10:30:07")
        self.show_position(self.wdo, "F")
        self.zero_position()

    def look_back(self) -> None:
        start, end = r.SystemTime(2026, 11, 3, 18, 0, 0, 0, 0), r.SystemTime(2026, 11, 3, 18, 23, 59, 59, 999)
        for first, last in ((end, start), (start, end), (start, end)):
            self.did("HasOrdersInInterval", self.HasOrdersInInterval(self.account, first, last))
        proc = self.callback(r.EnumOrderProc, self.on_enumerated)
        self.did("EnumerateAllOrders 1 7", self.EnumerateAllOrders(self.account, 1, 7, proc))


def main() -> int:
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")
    client = Client(sys.argv[1])
    client.log_in()
    client.show_server()
    client.show_names()
    client.subscribe()
    client.trade()
    client.trade_in_words()
    client.look_back()
    client.did("DLLFinalize", client.DLLFinalize())
    for name in ("freepointer_leaks", "freepointer_faults", "reentrant", "stale_handles", "overflow"):
        client.did(name, client.SIM_Stat(name.encode()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
