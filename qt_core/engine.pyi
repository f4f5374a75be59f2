from typing import Literal, final

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE as EVENT_DTYPE
from qt_core._types import Refusal as Refusal
from qt_core.clockwork import Clockwork
from qt_core.offers import Offers
from qt_core.paper import PaperMatcher
from qt_core.quote_path import QuotePath
from qt_core.ring import Ring

DUE_SAMPLE: int
DUE_REPORTS: int
DUE_NOTICE: int
DUE_PRICE: int

@final
class Engine(Clockwork):
    paper: PaperMatcher | None
    offers: Offers
    sink: Ring | None
    path: QuotePath | None
    seq: int
    gap: bool
    last_print_ns: int
    def __init__(
        self,
        tick: tuple[int, int],
        qty_step: tuple[int, int] = (1, 1),
        sessions: NDArray[np.int64] | None = None,
        candle_ns: int = 5_000_000_000,
        sample: Literal["close", "trade", "interval"] = "interval",
        interval_ns: int = 1_000_000_000,
        features: bool = True,
        readings: bool = True,
        paper: bool = False,
        symbol: int = 0,
    ) -> None: ...
    def feed(self, events: NDArray[np.void], start: int = 0) -> int: ...
    def drain(self, ring: Ring, max_events: int = 4096) -> int: ...
    def rows(self, events: NDArray[np.void], ts_out: NDArray[np.int64], rows_out: NDArray[np.float64],
             start: int = 0, readings_out: NDArray[np.float64] | None = None) -> tuple[int, int]: ...
    def advance(self, ts_ns: int) -> bool: ...
    def wait(self, ring: Ring, spin_ns: int, yield_ns: int, sleep_ns: int, timeout_ns: int) -> bool: ...
    def watch_prices(self, bid_floor: int | None = None, ask_ceiling: int | None = None) -> None: ...
    def wake(self) -> None: ...
    def notices(self) -> NDArray[np.void]: ...
    def begin_backfill(self) -> None: ...
    def end_backfill(self) -> int: ...
    def lose_book(self) -> None: ...
    def collected(self) -> tuple[int, int, int, int]: ...
    def counters(self) -> dict[str, int]: ...
    @property
    def needs_resync(self) -> bool: ...
    @property
    def backfilling(self) -> bool: ...
