from typing import Any

import numpy as np
from numpy.typing import NDArray

CANDLE_DTYPE: np.dtype[np.void]

class Candles:
    period_ns: int
    count: int
    capacity: int
    def __init__(self, period_ns: int, capacity: int = ...) -> None: ...
    def clear(self) -> None: ...
    def extend(self, events: NDArray[np.void]) -> None: ...
    def recent(self, n: int) -> NDArray[Any]: ...
