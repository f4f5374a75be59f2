"""One engine per home folder: a locked file that says who holds it.

The lock is the operating system's and ends with the process, so a crash never leaves it behind.
"""
from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

import orjson

from qt_app.errors import NotRunningError
from qt_app.home import Home
from qt_app.services.process import Owner

#: The locked byte lies beyond the content: Windows locks are mandatory, and others must be able to read who holds it.
LOCKED_BYTE = 1 << 30

if sys.platform == "win32":
    import msvcrt

    def _try_lock(fd: int) -> bool:
        os.lseek(fd, LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _try_lock(fd: int) -> bool:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class InstanceLock:
    """Held from ``__enter__`` to ``__exit__`` (or the end of the process)."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._fd: int | None = None

    def __enter__(self) -> InstanceLock:
        """Raises NotRunningError (exit 3) when another process holds it."""
        self._home.prepare()
        fd = os.open(self._home.lock, os.O_RDWR | os.O_CREAT, 0o600)
        if not _try_lock(fd):
            os.close(fd)
            raise NotRunningError(already_running(self._home))
        self._fd = fd
        self._sign(fd)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None

    @staticmethod
    def _sign(fd: int) -> None:
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, orjson.dumps(Owner.me().as_json()))


def read_owner(path: Path) -> Owner | None:
    """Who signed the lock or control file; None when nobody did, or the file is damaged."""
    try:
        return Owner.from_json(orjson.loads(path.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        return None


def running(home: Home) -> Owner | None:
    """The engine that runs in this home, None when there is none."""
    owner = read_owner(home.lock)
    return owner if owner is not None and owner.alive else None


def already_running(home: Home) -> str:
    owner = read_owner(home.lock)
    who = f"as process {owner.pid}" if owner is not None else "as another process"
    return f"qt is already running in {home.root} {who}; look with `qt status`, stop it with `qt stop`"
