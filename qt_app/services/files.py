"""Files that are replaced whole: a reader sees the old content or the new one, never a part."""
from __future__ import annotations

import os
from pathlib import Path

ATTEMPTS = 5


def replace(path: Path, content: bytes, mode: int = 0o644) -> None:
    """Writes beside ``path``, flushes to disk and renames. Raises OSError and leaves the old file in place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        _write(fresh, content, mode)
        _rename(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _write(path: Path, content: bytes, mode: int) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _rename(fresh: Path, path: Path) -> None:
    """Windows refuses while a reader has the file open for a moment: try a few times, at once."""
    for attempt in range(ATTEMPTS):
        try:
            fresh.replace(path)
            return
        except PermissionError:
            if attempt == ATTEMPTS - 1:
                raise
