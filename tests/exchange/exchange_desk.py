"""A desk that sends orders to the exchange and keeps what it is told about them."""

from __future__ import annotations

import ctypes as c
from typing import Any

from exchange_harness import CancelOrder, Exchange, OrderId, OrderOut, Position, SendOrder, Text, narrow

MARKET, LIMIT, STOP_LIMIT, BUY, SELL = 1, 2, 4, 1, 2


class Desk:
    """Sends orders and keeps what GetOrderDetails said inside each order callback."""

    def __init__(self, sim: Exchange, *kinds: str, **settings: Any) -> None:
        self.sim = sim
        self.message = SendOrder()  # the last one sent: its MessageID is written by the exchange
        sim.on_order = self.on_order
        sim.connect("order", "loaded", "trade", *kinds, **({"start": "09:10", "speed": 200, "hold": 0} | settings))
        sim.subscribe()

    def on_order(self, order: OrderId) -> None:
        name = narrow(order.name)
        out = OrderOut(version=1, order=OrderId(0, order.local, None))
        assert self.sim.dll.GetOrderDetails(c.byref(out)) == 0
        buffers = [(c.c_uint16 * n)() for n in (out.asset.ticker_length, out.asset.exchange_length, out.text_length)]
        out.asset.ticker, out.asset.exchange, out.text = (c.cast(b, Text) for b in buffers)
        assert self.sim.dll.GetOrderDetails(c.byref(out)) == 0
        ticker, _, text = (bytes(b).decode("utf-16-le") for b in buffers)
        self.sim.note(
            "order",
            order.local,
            out.status,
            name,
            text,
            out.qty,
            out.traded,
            out.leaves,
            out.average,
            ticker,
            out.price,
        )

    def send(
        self,
        kind: int,
        side: int,
        qty: int,
        price: float = -1.0,
        stop: float = -1.0,
        symbol: str = "WDOZ26",
        version: int = 2,
        account: str = "1000001",
        password: str = "",
    ) -> int:
        order = SendOrder(
            version,
            self.sim.account(account),
            self.sim.asset(symbol),
            self.sim.keep(password),
            kind,
            side,
            price,
            stop,
            qty,
            -1,
        )
        self.message = order
        return int(self.sim.dll.SendOrder(c.byref(order)))

    def cancel(self, local: int) -> int:
        return int(self.sim.dll.SendCancelOrderV2(c.byref(CancelOrder(1, self.sim.account(), OrderId(0, local, None)))))

    def of(self, local: int) -> list[tuple[Any, ...]]:
        return [e for e in self.sim.of("order") if e[1] == local]

    def statuses(self, local: int) -> list[int]:
        return [e[2] for e in self.of(local)]

    def wait_status(self, local: int, *status: int) -> None:
        self.sim.wait(lambda: self.statuses(local) and self.statuses(local)[-1] in status)

    def position(self, symbol: str = "WDOZ26", letter: str = "F", account: str = "1000001") -> tuple[int, Position]:
        p = Position(version=2, account=self.sim.account(account), asset=self.sim.asset(symbol, letter), kind=1)
        return int(self.sim.dll.GetPositionV2(c.byref(p))), p

    def best(self, side: int) -> float:
        return self.sim.levels(side)[0][0]
