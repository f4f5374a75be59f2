from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE as EVENT_DTYPE

CANDLE_DTYPE: np.dtype[np.void]

@final
class Candles:
    period_ns: int
    count: int
    capacity: int
    def __new__(cls, period_ns: int, capacity: int = ...) -> Self: ...
    def clear(self) -> None: ...
    def extend(self, events: NDArray[np.void]) -> None: ...
    def recent(self, n: int) -> NDArray[Any]: ...
