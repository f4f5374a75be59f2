"""Figures of the process and its machine for the rules of alerts; read on the looking thread."""
from __future__ import annotations

import shutil
import time
from collections.abc import Callable

import psutil

from qt_app.home import Home
from qt_app.services.snapshot import Health, no_health

#: Memory and disk are asked for at every so many looks.
EVERY = 4
MB = 1 << 20


class Vitals:
    """``read`` at every look. A clock that jumps shows as a change between wall and monotonic time, ms."""

    def __init__(self, home: Home, wall: Callable[[], float] = time.time,
                 monotonic: Callable[[], float] = time.monotonic) -> None:
        self._root = home.root
        self._wall = wall
        self._monotonic = monotonic
        self._process = psutil.Process()
        self._apart = self._gap()
        self._looks = 0
        self._slow: tuple[float | None, float | None] = (None, None)

    def read(self) -> Health:
        if self._looks % EVERY == 0:
            self._slow = (self._rss_mb(), self._free_mb())
        self._looks += 1
        before, self._apart = self._apart, self._gap()
        rss_mb, free_mb = self._slow
        return {**no_health(), "rss_mb": rss_mb, "disk_free_mb": free_mb,
                "clock_jump_ms": round(abs(self._apart - before) * 1000, 1)}

    def _gap(self) -> float:
        return self._wall() - self._monotonic()

    def _rss_mb(self) -> float:
        return round(self._process.memory_info().rss / MB, 1)

    def _free_mb(self) -> float | None:
        """Unknown when the folder is gone."""
        try:
            return round(shutil.disk_usage(self._root).free / MB, 1)
        except OSError:
            return None
