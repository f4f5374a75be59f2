from typing import Any, Self, final

import numpy as np
from numpy.typing import NDArray

from qt_core._types import EVENT_DTYPE as EVENT_DTYPE

PRINT_DTYPE: np.dtype[np.void]

@final
class Tape:
    count: int
    capacity: int
    first_ns: int
    unknown_broker: int
    broker_overflows: int
    buyer_changes: int
    seller_changes: int
    broker_count: int
    def __new__(cls, capacity: int = ...) -> Self: ...
    def clear(self) -> None: ...
    def extend(self, events: NDArray[np.void]) -> None: ...
    def recent_prints(self, n: int) -> NDArray[Any]: ...
    def top(self, side: int) -> list[tuple[int, int, int]]: ...
