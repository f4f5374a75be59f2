"""Which process is meant: a pid alone may have been reused, a pid with its start time may not.

Linux tells start times by the wall clock as it is set *now*: a clock that jumps moves them. So there the start in ticks
since the boot counts too, with the name of that boot.
"""
from __future__ import annotations

import getpass
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

#: Start times are kept to this resolution; psutil's own differ by rounding between calls.
TOLERANCE_S = 1.5


def since_boot(pid: int) -> str:
    """Which boot, and the ticks from there to the process's start; empty where the system does not tell."""
    with suppress(OSError, IndexError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()   # a name may hold anything
        return f"{boot} {fields[19]}"
    return ""


@dataclass(frozen=True, slots=True)
class Owner:
    """A process by pid and start time (seconds since 1970); ``boot`` is its start in terms that no clock moves."""

    pid: int
    started: float
    boot: str = ""

    @classmethod
    def me(cls) -> Owner:
        return cls(os.getpid(), psutil.Process().create_time(), since_boot(os.getpid()))

    @classmethod
    def from_json(cls, document: object) -> Owner | None:
        """From ``{"pid": …, "started": …}``; None when it does not look like that."""
        if not isinstance(document, dict):
            return None
        pid, started = document.get("pid"), document.get("started")
        if type(pid) is not int or not isinstance(started, int | float):
            return None
        return cls(pid, float(started), str(document.get("boot", "")))

    def as_json(self) -> dict[str, int | float | str]:
        return {"pid": self.pid, "started": self.started, "boot": self.boot}

    def same(self, other: Owner) -> bool:
        """Whether both name one process; two readings of a start time may differ by rounding."""
        return self.pid == other.pid and (
            abs(self.started - other.started) < TOLERANCE_S or (self.boot != "" and self.boot == other.boot))

    def process(self) -> psutil.Process | None:
        """The process if it still is the same one."""
        try:
            found = psutil.Process(self.pid)
            ended = found.status() == psutil.STATUS_ZOMBIE
            there = Owner(self.pid, found.create_time(), since_boot(self.pid))
        except psutil.Error:
            return None
        return found if self.same(there) and not ended else None

    @property
    def alive(self) -> bool:
        return self.process() is not None

    @property
    def uptime_s(self) -> float:
        return max(0.0, time.time() - self.started)


def operator() -> str:
    """Who asks, for the audit."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):    # nobody by name: a container, a service account
        user = "unknown user"
    return f"{user}, process {os.getpid()}"
