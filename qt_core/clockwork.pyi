from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qt_core.features.set import FeatureSet
from qt_core.market import Market
from qt_core.readings.set import ReadingSet

MODES: dict[str, int]
FEATURE_NAMES: tuple[str, ...]
READING_NAMES: tuple[str, ...]

class Clockwork:
    market: Market
    features: FeatureSet | None
    readings: ReadingSet | None
    row: NDArray[np.float64]
    reading: NDArray[np.float64]
    due: int
    sample_ns: int
    sample_cost_ns: int
    last_recv_ns: int
    def __init__(
        self,
        tick: tuple[int, int],
        qty_step: tuple[int, int],
        sessions: NDArray[np.int64] | None,
        candle_ns: int,
        sample: Literal["close", "trade", "interval"],
        interval_ns: int,
        features: bool,
        readings: bool,
    ) -> None: ...
    def features_latency(self) -> tuple[int, int, int]: ...
    @property
    def now_ns(self) -> int: ...
