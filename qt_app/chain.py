"""Files of JSON lines that only grow: each line carries the SHA-256 of the line before, so none can be changed unseen.

A chain cannot tell that its last lines were cut off; whoever keeps a line's number elsewhere (a training run keeps its
trial's) can. A line that a killed writer left without its end was never written, and the next writer removes it.
"""
from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from qt_app.errors import DataError, TimedOutError
from qt_app.services.lock import FileLock

#: What the first line carries in place of a digest.
BEGINNING = "0" * 64
PATIENCE_S = 30.0

Entry = dict[str, Any]


def read(path: Path) -> list[Entry]:
    """The lines, oldest first; none when there is no file. Raises DataError where the chain is broken."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return []
    return _checked(path, _whole_lines(content))


def append(path: Path, make: Callable[[list[Entry]], Mapping[str, Any] | None]) -> Entry | None:
    """Writes the line that ``make`` says, knowing all lines before it; None, and nothing is written, when it says None.

    One writer at a time, of any process. Raises DataError where the chain is broken, TimedOutError when another
    process keeps the file for half a minute.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with _held(path):
        content = path.read_bytes() if path.exists() else b""
        lines = _whole_lines(content)
        said = make(_checked(path, lines))
        if said is None:
            return None
        entry = {**said, "prev": _digest(lines[-1]) if lines else BEGINNING}
        _write(path, sum(len(line) + 1 for line in lines), orjson.dumps(entry, option=orjson.OPT_SORT_KEYS) + b"\n")
        return entry


def _whole_lines(content: bytes) -> list[bytes]:
    """Lines that were written to their end."""
    return content.split(b"\n")[:-1]


def _checked(path: Path, lines: list[bytes]) -> list[Entry]:
    before = BEGINNING
    entries = []
    for number, line in enumerate(lines, start=1):
        entry = _parsed(line)
        if entry.get("prev") != before:
            raise DataError(f"{path}: line {number} does not follow the one before it, so the file was changed; "
                            "put an unchanged copy back, or move it aside and begin a new one")
        before = _digest(line)
        entries.append(entry)
    return entries


def _parsed(line: bytes) -> Entry:
    """An empty entry, which follows nothing, for what is no JSON object."""
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError:
        return {}
    return entry if isinstance(entry, dict) else {}


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


def _write(path: Path, at: int, line: bytes) -> None:
    with path.open("r+b" if path.exists() else "wb") as file:
        file.truncate(at)
        file.seek(at)
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _held(path: Path) -> Iterator[None]:
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    if not lock.wait(PATIENCE_S):
        raise TimedOutError(f"{path} is held by another process for {PATIENCE_S:.0f} s; end it and try again")
    try:
        yield
    finally:
        lock.release()
