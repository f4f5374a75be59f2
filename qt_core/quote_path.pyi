from typing import final

import numpy as np
from numpy.typing import NDArray

@final
class QuotePath:
    lost: int
    def __init__(self) -> None: ...
    def take(self) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32]]: ...
