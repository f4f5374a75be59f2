from typing import final

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE as EVENT_DTYPE
from qt_core._types import NO_PRICE as NO_PRICE
from qt_core.book import Book
from qt_core.candles import Candles
from qt_core.tape import Tape

@final
class Market:
    book: Book
    tape: Tape
    candles: Candles
    bid: int
    ask: int
    bid_qty: int
    ask_qty: int
    quote_ns: int
    book_ns: int
    trade_ns: int
    now_ns: int
    session_open_ns: int
    session_close_ns: int
    phase: int
    last_price: int
    crossed_quotes: int
    def __init__(self, candle_ns: int = ..., window_bits: int = ..., order_bits: int = ...) -> None: ...
    def depth(self, levels: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]: ...
    def feed(self, events: NDArray[np.void]) -> int: ...
    def begin_session(self, open_ns: int, close_ns: int = 0) -> None: ...
    def snapshot(self) -> dict[str, int | None]: ...
    @property
    def book_ready(self) -> bool: ...
    @property
    def is_open(self) -> bool: ...
