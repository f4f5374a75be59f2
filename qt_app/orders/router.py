"""What the broker gateway needs of a library: a small protocol, and its one real implementation over the DLL.

Methods marked *command thread* may block for minutes during an outage and are run through ``post`` alone.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

from qt_app.feed.channels import ChannelStates
from qt_app.feed.history import BRASILIA
from qt_app.instruments import Instrument
from qt_app.orders.sight import OrderRecord
from qt_app.redact import KNOWN
from qt_core import trampolines
from qt_core.dll import Account, Dll
from qt_core.settled import SettledOrders


@dataclass(frozen=True, slots=True)
class Wire:
    """An order as it goes out: contracts and points, -1 where there is no price."""

    side: str       # buy | sell
    kind: str       # market | limit | stop_limit
    qty: int
    price: float = -1.0
    stop: float = -1.0


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order of an enumeration."""

    local_id: int
    cl_ord_id: str
    ticker: str
    side: int
    type: int
    status: int
    qty: int
    traded: int
    price: float
    stop_price: float
    avg_price: float
    text: str
    mark: int = 0       # of everything it holds


@dataclass(frozen=True, slots=True)
class Listing:
    """The account's orders, but for those that were settled and have not changed since."""

    rows: list[OrderRow]


@dataclass(frozen=True, slots=True)
class Holding:
    """The broker's position in contracts, signed, with what it bought and sold today."""

    qty: int = 0
    avg_price: float = 0.0
    bought: int = 0
    sold: int = 0


class Update(OrderRecord, Protocol):
    """A record of the order ring: an order event, or a routing message's result."""

    @property
    def source(self) -> str: ...
    @property
    def message_id(self) -> int: ...
    @property
    def account(self) -> str: ...
    @property
    def result_code(self) -> int: ...
    @property
    def ts_ns(self) -> int: ...
    @property
    def error(self) -> int: ...


class Router(Protocol):
    """A way to one contract's orders in one account."""

    def unready(self) -> str:
        """Why nothing can be sent at this instant; empty when it can. Any thread, never blocks."""

    def post(self, work: Callable[[], None]) -> None:
        """Runs work on the command thread, later."""

    def send(self, wire: Wire) -> tuple[int, int]:
        """Command thread: (local id, message id or -1). Raises DllError."""

    def change(self, local_id: int, cl_ord_id: str, qty: int, price: float) -> int:
        """Command thread: message id or -1. Raises DllError."""

    def cancel(self, local_id: int, cl_ord_id: str) -> int:
        """Command thread: message id or -1. Raises DllError."""

    def zero(self) -> tuple[int, int]:
        """Command thread: closes the position at market; (local id, message id or -1). Raises DllError."""

    def orders(self) -> Listing:
        """Command thread: every order of the account that is not settled. Raises DllError."""

    def settle(self, ended: Iterable[OrderRow], again: Iterable[int]) -> None:
        """Command thread: orders of the contract that ``orders`` leaves out until they change, and the local ids of
        those it shows in any case."""

    def holding(self) -> Holding:
        """Command thread: the position in the contract. Raises DllError."""

    def updates(self) -> Sequence[Update]:
        """What came in since the last call. The decision thread alone."""

    @property
    def waiting(self) -> bool:
        """Whether ``updates`` has something. Any thread."""

    @property
    def dropped(self) -> int:
        """Updates lost because nobody took them in time."""


class UpdatesLike(Protocol):
    """The ring that the order callback fills."""

    @property
    def dropped(self) -> int: ...
    @property
    def fill(self) -> int: ...
    def pop(self) -> list[Any]: ...


class Library(Protocol):
    """A loaded library and its command thread: a ProfitFeed."""

    @property
    def dll(self) -> Dll | None: ...
    def post(self, work: Callable[[], None]) -> Any: ...


class DllRouter:
    """Orders of one contract through a library that is logged in for routing."""

    def __init__(self, library: Library, updates: UpdatesLike, contract: Instrument, password: str) -> None:
        self._library = library
        self._updates = updates
        self._settled = SettledOrders()
        self._account: Account | None = None
        self._history_loaded = False
        self._ticker = contract.symbol
        self._exchange = contract.exchange
        self._password = password

    def choose(self, account: Account) -> None:
        """The account that takes the orders; before it is known none can be sent."""
        self._account = account

    @property
    def account(self) -> Account:
        if self._account is None:
            raise ConnectionError("no account is chosen")
        return self._account

    def unready(self) -> str:
        if self._account is None:
            return "account: none is known"
        states = ChannelStates()
        states.load(trampolines.channels())
        return states.waiting_for(orders=True)

    def post(self, work: Callable[[], None]) -> None:
        self._library.post(work)

    @property
    def _dll(self) -> Dll:
        dll = self._library.dll
        if dll is None:
            raise ConnectionError("the library is not loaded")
        return dll

    def send(self, wire: Wire) -> tuple[int, int]:
        return self._dll.send_order(self.account, self._ticker, self._exchange, wire.side, wire.kind, wire.qty,
                                    wire.price, wire.stop, self._password)

    def change(self, local_id: int, cl_ord_id: str, qty: int, price: float) -> int:
        return self._dll.change_order(self.account, local_id or -1, cl_ord_id, qty, price, -1.0, self._password)

    def cancel(self, local_id: int, cl_ord_id: str) -> int:
        return self._dll.cancel_order(self.account, local_id or -1, cl_ord_id, self._password)

    def zero(self) -> tuple[int, int]:
        return self._dll.zero_position(self.account, self._ticker, self._exchange, password=self._password)

    def orders(self) -> Listing:
        self._load_history()
        names = [f.name for f in fields(OrderRow)]
        told: tuple[list[dict[str, Any]], int] = self._dll.enumerate_unsettled(self.account, self._settled)
        rows, _ = told
        listed = [OrderRow(**{name: row[name] for name in names} | {"text": KNOWN(row["text"])}) for row in rows]
        return Listing(listed)

    def settle(self, ended: Iterable[OrderRow], again: Iterable[int]) -> None:
        for row in ended:
            self._settled.settle(row.local_id, row.mark)
        for local_id in again:
            self._settled.reopen(local_id)

    def _load_history(self) -> None:
        """The library knows today's orders of an earlier session only after it was asked for them."""
        if self._history_loaded:
            return
        now = dt.datetime.fromtimestamp(trampolines.clock_ns() // 1_000_000_000, BRASILIA).replace(tzinfo=None)
        midnight = now.replace(hour=0, minute=0, second=0)
        self._history_loaded = self._dll.has_orders_in_interval(self.account, midnight, now)
        if not self._history_loaded:
            raise ConnectionError("the broker has not sent the day's orders yet")

    def holding(self) -> Holding:
        """The consolidated position: what is held overnight counts too."""
        p: dict[str, Any] | None = self._dll.get_position(self.account, self._ticker, self._exchange, 2)
        if p is None:
            return Holding()
        return Holding(p["side"] * p["qty"], p["avg_price"], p["bought"], p["sold"])

    def updates(self) -> list[Any]:
        """News of the account. Brokers repeat what they were sent: secrets are hidden before anybody reads it."""
        return [u._replace(text=KNOWN(u.text)) if u.text else u
                for u in self._updates.pop() if u.account in ("", self.account.account)]

    @property
    def waiting(self) -> bool:
        return self._updates.fill > 0

    @property
    def dropped(self) -> int:
        return self._updates.dropped
