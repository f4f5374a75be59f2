"""One engine per home folder: a locked file that says who holds it.

The lock is the operating system's and ends with the process, so a crash never leaves it behind.
"""
from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import orjson

from qt_app.errors import NotRunningError
from qt_app.home import Home
from qt_app.services.process import Owner

#: The locked byte lies beyond the content: Windows locks are mandatory, and others must be able to read who holds it.
LOCKED_BYTE = 1 << 30
#: Between two tries of a lock that another process has.
WAIT_S = 0.02

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


class FileLock:
    """An exclusive lock on a file, with words about who holds it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    def take(self, words: Mapping[str, object]) -> bool:
        """Signs the file with ``words`` (JSON); False when another process holds it."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _try_lock(fd):
            os.close(fd)
            return False
        self._fd = fd
        os.ftruncate(fd, 0)
        os.lseek(fd, 0, os.SEEK_SET)
        os.write(fd, orjson.dumps(words))
        return True

    def wait(self, patience_s: float, every_s: float = WAIT_S) -> bool:
        """Signs it as this process's as soon as it is free; False when it is not within ``patience_s``."""
        end, words = time.monotonic() + patience_s, Owner.me().as_json()
        while not self.take(words):
            if time.monotonic() > end:
                return False
            time.sleep(every_s)
        return True

    def release(self) -> None:
        if self._fd is not None:
            os.ftruncate(self._fd, 0)
            os.close(self._fd)
            self._fd = None


def _taken(lock: FileLock, home: Home) -> bool:
    """Signed by this process. Raises ConfigError when the folder takes no files."""
    try:
        return lock.take(Owner.me().as_json())
    except OSError as error:
        raise home.unwritable(error) from error


class InstanceLock:
    """Held from ``__enter__`` to ``__exit__`` (or the end of the process)."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = FileLock(home.lock)

    def __enter__(self) -> InstanceLock:
        """Raises NotRunningError (exit 3) when another process holds it."""
        self._home.prepare()
        if not _taken(self._lock, self._home):
            raise NotRunningError(already_running(self._home))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._lock.release()


class SupervisorLock:
    """Held by the parent of a home's engine, also while there is no engine."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lock = FileLock(home.supervisor_lock)

    def __enter__(self) -> SupervisorLock:
        """Raises NotRunningError (exit 3) when this home has a parent, or an engine without one."""
        self._home.prepare()
        if not _taken(self._lock, self._home):
            raise NotRunningError(already_running(self._home))
        if running(self._home) is not None:
            self._lock.release()
            raise NotRunningError(already_running(self._home))
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._lock.release()


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
    owner = running(home) or read_owner(home.supervisor_lock) or read_owner(home.lock)
    who = f"as process {owner.pid}" if owner is not None else "as another process"
    return f"qt is already running in {home.root} {who}; look with `qt status`, stop it with `qt stop`"
