"""Python's garbage collector, kept off the decision path.

Automatic collections are switched off while the engine runs; instead ``tick`` collects when the engine has nothing to
do. What exists at the start is frozen: it is never scanned again. Wall time only chooses when to tidy up.
"""
from __future__ import annotations

import gc
import time
from collections.abc import Callable


class Collector:
    """Collects every ``interval_min`` minutes; 0 leaves Python's own collector as it is."""

    def __init__(self, interval_min: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval_s = interval_min * 60.0
        self._clock = clock
        self._last = clock()
        self.collections = 0
        self.last_ms: float | None = None   # how long the last one took
        if interval_min:
            gc.collect()
            gc.freeze()
            gc.disable()

    def tick(self) -> bool:
        """Call while idle. Collects when it is time, and says whether it did."""
        now = self._clock()
        if not self._interval_s or now - self._last < self._interval_s:
            return False
        gc.collect()
        self._last = self._clock()
        self.last_ms = (self._last - now) * 1000
        self.collections += 1
        return True

    def close(self) -> None:
        """Gives the collector back to Python."""
        if self._interval_s:
            gc.unfreeze()
            gc.enable()
