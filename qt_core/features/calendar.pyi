from typing import final

import numpy as np
from numpy.typing import NDArray

@final
class Calendar:
    def __init__(self, since: NDArray[np.int64], offset: NDArray[np.int32]) -> None: ...
    def set_offsets(self, since: NDArray[np.int64], offset: NDArray[np.int32]) -> None: ...
