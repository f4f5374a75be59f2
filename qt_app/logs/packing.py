"""Compressing one closed file of the log, chunk by chunk."""
from __future__ import annotations

import os
import zlib
from contextlib import suppress
from typing import IO

from qt_app.logs.parts import Part

CHUNK = 1 << 18
_GZIP = 31      # zlib's word for a gzip header and trailer


class Packing:
    """A file beside its compressed copy, which appears whole; then the plain one goes."""

    def __init__(self, part: Part) -> None:
        """Raises OSError."""
        self.part = part
        self._final = part.path.with_name(f"{part.path.name}.gz")
        self._partial = part.path.with_name(f".{part.path.name}.gz.partial")
        self._source: IO[bytes] = part.path.open("rb")
        try:
            self._target: IO[bytes] = self._partial.open("wb")
        except OSError:
            self._source.close()
            raise
        self._zip = zlib.compressobj(6, zlib.DEFLATED, _GZIP)

    def step(self) -> bool:
        """Compresses one chunk; True once the end of the file was reached. Raises OSError."""
        chunk = self._source.read(CHUNK)
        self._target.write(self._zip.compress(chunk))
        return not chunk

    def finish(self) -> None:
        """Takes what was appended meanwhile and puts the copy in the file's place. Raises OSError."""
        while not self.step():
            pass
        self._target.write(self._zip.flush())
        self._target.flush()
        os.fsync(self._target.fileno())
        self._close()
        self._partial.replace(self._final)
        self.part.path.unlink()

    def abandon(self) -> None:
        self._close()
        with suppress(OSError):
            self._partial.unlink(missing_ok=True)

    def _close(self) -> None:
        for file in (self._source, self._target):
            with suppress(OSError):
                file.close()
