from collections.abc import Sequence
from typing import Any, final

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE as EVENT_DTYPE
from qt_core.candles import Candles
from qt_core.features.registry import FEATURES as FEATURES
from qt_core.features.registry import NAMES as NAMES
from qt_core.tape import Tape

_Column = NDArray[Any] | Sequence[float]

@final
class FeatureSet:
    tape: Tape
    candles: Candles
    def __init__(self, tape: Tape, candles: Candles, tick: tuple[int, int] = ...,
                 qty_step: tuple[int, int] = ...) -> None: ...
    @property
    def overflows(self) -> int: ...
    def frozen(self, t_ns: int) -> list[str]: ...
    def degenerate(self) -> dict[str, int]: ...
    def set_offsets(self, since: NDArray[np.int64], offset: NDArray[np.int32]) -> None: ...
    def open(self, open_ns: int = ..., close_ns: int = ...) -> None: ...
    def row(self, t_ns: int) -> NDArray[np.float64]: ...
    def trades_to_rows(self, events: NDArray[np.void],
                       at_trade: bool = ...) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
    def push_candle(self, start_ns: int, open: float, high: float, low: float, close: float, volume: float,
                    buy: float = ..., sell: float = ..., trades: int = ...) -> None: ...
    def candles_to_rows(self, start_ns: NDArray[np.int64], open: _Column, high: _Column, low: _Column, close: _Column,
                        volume: _Column, buy: _Column | None = ..., sell: _Column | None = ...,
                        trades: _Column | None = ..., sessions: NDArray[np.int64] | None = ...,
                        ) -> tuple[NDArray[np.int64], NDArray[np.float64]]: ...
