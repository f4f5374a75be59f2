"""How long each stage of a decision took: measured with the monotonic clock, never decided upon."""
from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: ``features`` is the arrival of the deciding event to a finished row; ``risk`` ends with the gate's answer;
#: ``orders`` is what followed it: orders handed over, exits, stops and cancels.
STAGES = ("features", "model", "agents", "consensus", "risk", "orders", "total")
WINDOW = 1024


class Latencies:
    """The last 1,024 durations of every stage, in ns; allocated once, written by one thread."""

    def __init__(self) -> None:
        self._ns: NDArray[np.int64] = np.zeros((len(STAGES), WINDOW), dtype=np.int64)
        self.count = 0

    def add(self, *stages: int) -> None:
        """One decision's, ns, in the order of ``STAGES`` without the total, which is their sum."""
        self._ns[:, self.count % WINDOW] = (*stages, sum(stages))
        self.count += 1

    def newest(self, stage: str) -> int:
        """The last decision's duration, ns; 0 before the first."""
        return int(self._ns[STAGES.index(stage), (self.count - 1) % WINDOW])

    def copy_newest(self, into: NDArray[np.int64]) -> None:
        """The last decision's durations, ns, in the order of ``STAGES``; after the first decision."""
        into[:] = self._ns[:, (self.count - 1) % WINDOW]

    def kept(self, stage: str) -> NDArray[np.int64]:
        """The stage's durations in the window, ns, in no particular order."""
        return self._ns[STAGES.index(stage), : min(self.count, WINDOW)].copy()
