from typing import Any

import numpy as np
from numpy.typing import NDArray

PRINT_DTYPE: np.dtype[np.void]

class Tape:
    count: int
    capacity: int
    first_ns: int
    unknown_broker: int
    broker_overflows: int
    buyer_changes: int
    seller_changes: int
    broker_count: int
    def __init__(self, capacity: int = ...) -> None: ...
    def clear(self) -> None: ...
    def extend(self, events: NDArray[np.void]) -> None: ...
    def recent_prints(self, n: int) -> NDArray[Any]: ...
    def top(self, side: int) -> list[tuple[int, int, int]]: ...
