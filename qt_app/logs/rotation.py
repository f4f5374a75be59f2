"""Closing the log's files by day and by size, compressing what is closed, and removing what is old.

Two moments change which file a line belongs to: a full file gets its number, and a compressed copy takes the place of
its file. Both happen under a lock that the single lines of other processes take too. So at every moment, whatever is
killed, each line lies whole in at least one file.
"""
from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

from qt_app.home import Home
from qt_app.logs.packing import CHUNK, Packing
from qt_app.logs.parts import Part, closed_path, every_part
from qt_app.services.lock import FileLock

#: How long one line of another process waits for a rotation, s.
PATIENCE_S = 1.0


def log_lock(home: Home) -> FileLock:
    return FileLock(home.state / "log.lock")


@contextmanager
def appending(home: Home) -> Iterator[None]:
    """Held while a process that has no log open appends one line.

    Without a state folder nothing has ever run in this home, so nothing rotates.
    """
    lock, held = log_lock(home), False
    with suppress(OSError):     # a home that takes no files: the line itself will tell
        held = home.state.is_dir() and lock.wait(PATIENCE_S)
    try:
        yield
    finally:
        if held:
            lock.release()


class Rotation:
    """One home's log files, driven by the thread that writes the log. ``keep_days`` 0: kept for ever."""

    def __init__(self, home: Home, keep_days: int) -> None:
        self._home = home
        self._keep_days = keep_days
        self._lock = log_lock(home)
        self._packing: Packing | None = None
        self._waiting: list[Part] = []
        self.failed = 0     # files that could not be compressed, put away or removed

    @property
    def pending(self) -> bool:
        """Whether ``step`` has something to do."""
        return self._packing is not None or bool(self._waiting)

    def close_full(self, day: dt.date) -> None:
        """Gives the day's file its number, unless somebody writes into it just now. The caller has it closed."""
        if self._take():
            try:
                self._home.log_file(day).rename(closed_path(self._home.logs, day))
            except OSError:     # Windows, while somebody reads it: another time
                self.failed += 1
            finally:
                self._lock.release()
            self.look(day)

    def look(self, today: dt.date) -> None:
        """Finds what is to be compressed, and removes what is old or has its copy already."""
        for part in every_part(self._home.logs):
            if self._keep_days and (today - part.day).days > self._keep_days:
                self._remove(part.path)
        for plain, copy in pairwise(every_part(self._home.logs)):
            if plain.place == copy.place:
                self._resolve(plain, copy)
        busy = None if self._packing is None else self._packing.part.path
        self._waiting = [part for part in every_part(self._home.logs) if not part.compressed and part.path != busy
                         and (part.number is not None or part.day < today)]

    def step(self) -> bool:
        """A small piece of work, at most one chunk; False when it is better to come back later."""
        try:
            if self._packing is None:
                self._packing = Packing(self._waiting.pop(0))
                return True
            return not self._packing.step() or self._finish(self._packing)
        except OSError:
            self.failed += 1
            self.close()
            return True

    def close(self) -> None:
        """Leaves a half-made copy out; the next run makes it anew."""
        if self._packing is not None:
            self._packing.abandon()
            self._packing = None

    def _finish(self, packing: Packing) -> bool:
        if not self._take():
            return False
        try:
            packing.finish()
        finally:
            self._lock.release()
        self._packing = None
        return True

    def _take(self) -> bool:
        with suppress(OSError):
            return self._lock.take({})
        return False

    def _resolve(self, plain: Part, copy: Part) -> None:
        """A run that was killed between both leaves the file beside its copy; a line that came late begins it anew."""
        if _same(plain, copy):
            self._remove(plain.path)
        else:
            with suppress(OSError):
                plain.path.rename(closed_path(self._home.logs, plain.day))

    def _remove(self, path: Path) -> None:
        try:
            path.unlink()
        except OSError:
            self.failed += 1


def _same(plain: Part, copy: Part) -> bool:
    """Whether both hold the same lines."""
    try:
        with plain.open() as left, copy.open() as right:
            while (chunk := left.read(CHUNK)) == right.read(CHUNK):
                if not chunk:
                    return True
    except (OSError, EOFError):
        pass
    return False
