"""Which process is meant: a pid alone may have been reused, a pid with its start time may not."""
from __future__ import annotations

import os
import time
from dataclasses import dataclass

import psutil

#: Start times are kept to this resolution; psutil's own differ by rounding between calls.
TOLERANCE_S = 1.5


@dataclass(frozen=True, slots=True)
class Owner:
    """A process by pid and start time (seconds since 1970)."""

    pid: int
    started: float

    @classmethod
    def me(cls) -> Owner:
        return cls(os.getpid(), psutil.Process().create_time())

    @classmethod
    def from_json(cls, document: object) -> Owner | None:
        """From ``{"pid": …, "started": …}``; None when it does not look like that."""
        if not isinstance(document, dict):
            return None
        pid, started = document.get("pid"), document.get("started")
        if type(pid) is not int or not isinstance(started, int | float):
            return None
        return cls(pid, float(started))

    def as_json(self) -> dict[str, float]:
        return {"pid": self.pid, "started": self.started}

    def process(self) -> psutil.Process | None:
        """The process if it still is the same one."""
        try:
            found = psutil.Process(self.pid)
            same = abs(found.create_time() - self.started) < TOLERANCE_S and found.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return None
        return found if same else None

    @property
    def alive(self) -> bool:
        return self.process() is not None

    @property
    def uptime_s(self) -> float:
        return max(0.0, time.time() - self.started)
