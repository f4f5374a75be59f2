from typing import Any, NamedTuple

from numpy.typing import NDArray

from qt_core.market import Market

STATUSES: tuple[str, ...]
TEXTS: tuple[str, ...]
LATENCY_NS: int
CANCEL_LATENCY_NS: int

class PaperReport(NamedTuple):
    order_id: int
    ts_ns: int
    status: str
    last_qty: int
    price: int | None
    traded: int
    cost_probable: int
    cost_optimistic: int
    traded_probable: int
    traded_optimistic: int
    text: str

class PaperMatcher:
    latency_ns: int
    cancel_latency_ns: int
    def __init__(self, market: Market, *, latency_ns: int = ..., cancel_latency_ns: int = ...) -> None: ...
    @property
    def deferred(self) -> int: ...
    @property
    def waiting(self) -> int: ...
    @property
    def live(self) -> int: ...
    def submit(self, order_id: int, side: int, qty: int, price_ticks: int, stop_ticks: int, now_ns: int) -> None: ...
    def cancel(self, order_id: int, now_ns: int) -> bool: ...
    def reports(self) -> list[PaperReport]: ...
    def feed(self, events: NDArray[Any]) -> None: ...
    def advance(self, ts_ns: int) -> None: ...
    def ahead(self, order_id: int) -> int | None: ...
