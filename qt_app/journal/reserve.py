"""Room on the disk that is kept for the worst day: given up when the disk is full, so that exits can be recorded."""
from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import suppress
from pathlib import Path

RESERVE_BYTES = 4 << 20

#: Given up at a time: enough for a transaction. Whatever else fills the disk cannot take the next one first.
SLICE_BYTES = 128 << 10

_SEED = b"room for the journal"
_BLOCK = 1 << 20    # no file system compresses more than this at once


class Reserve:
    """A file that holds nothing. Its bytes do not compress, so that it takes its room on any disk."""

    def __init__(self, path: Path, size: int = RESERVE_BYTES) -> None:
        self.path = path
        self._size = size

    @property
    def held(self) -> bool:
        """All of it."""
        return self._has() == self._size

    def hold(self) -> bool:
        """Takes the room that is missing; False, and nothing changed, when the disk has not as much to spare."""
        had = self._has()
        if had != self._size:
            try:
                self._fill(had if had < self._size else 0)
            except OSError:
                self._cut(had)
        return self.held

    def free(self) -> bool:
        """Gives a slice of the room up; False when there is none to give."""
        had = self._has()
        return had > 0 and self._cut(max(0, had - SLICE_BYTES))

    def _has(self) -> int:
        try:
            return self.path.stat().st_size if self.path.is_file() else 0
        except OSError:
            return 0

    def _fill(self, start: int) -> None:
        if shutil.disk_usage(self.path.parent).free < 2 * (self._size - start):
            raise OSError("no room")
        block = hashlib.shake_256(_SEED).digest(_BLOCK)
        with self.path.open("ab") as file:
            file.truncate(start)
            for at in range(start, self._size, _BLOCK):
                file.write(block[:self._size - at])
            file.flush()
            os.fsync(file.fileno())

    def _cut(self, size: int) -> bool:
        with suppress(OSError):
            os.truncate(self.path, size)
            return True
        return False
