"""Alerts as JSON lines in a file of one writer, rotated at a size. Each row has an ``id`` that only grows."""
from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from qt_app.alerts.alert import Alert
from qt_app.redact import KNOWN

MAX_BYTES = 1 << 20
KEPT = 2


def rotated(path: Path, age: int) -> Path:
    """The file that was rotated away ``age`` times: alerts.1.jsonl, alerts.2.jsonl."""
    return path.with_name(f"{path.stem}.{age}{path.suffix}")


class AlertFile:
    """A sink. ``about`` goes into every row: which run, which symbol, whether it is synthetic. Raises OSError."""

    def __init__(self, path: Path, about: Mapping[str, Any] | None = None, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._about = dict(about or {})
        self._max_bytes = max_bytes
        self._id: int | None = None

    def __call__(self, alert: Alert) -> None:
        if self._path.is_file() and self._path.stat().st_size >= self._max_bytes:
            with suppress(PermissionError):     # Windows, while a reader has it open: the next alert tries again
                self._rotate()
        row = {"id": self._next(), "ts_ns": alert.ts_ns, "seq": alert.seq, **alert.as_json(), **self._about}
        text = orjson.dumps(row, default=str, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
        with self._path.open("ab") as file:
            file.write(self._mended() + KNOWN.json(text) + b"\n")

    def _next(self) -> int:
        """Wall time in ns, but always more than the last row's: a clock may be set back."""
        if self._id is None:
            rows = (row for path in (self._path, rotated(self._path, 1)) for row in reversed(read_rows(path)))
            self._id = int(next(rows, {"id": 0})["id"])
        self._id = max(self._id + 1, time.time_ns())
        return self._id

    def _mended(self) -> bytes:
        """A row cut short by a crash gets its end, so that the next one begins on a line of its own."""
        if not self._path.is_file() or not self._path.stat().st_size:
            return b""
        with self._path.open("rb") as file:
            file.seek(-1, 2)
            return b"" if file.read(1) == b"\n" else b"\n"

    def _rotate(self) -> None:
        for age in range(KEPT, 1, -1):
            if rotated(self._path, age - 1).is_file():
                rotated(self._path, age - 1).replace(rotated(self._path, age))
        self._path.replace(rotated(self._path, 1))


def read_rows(path: Path, offset: int = 0) -> list[dict[str, Any]]:
    """The whole rows from a byte on; what cannot be read is left out."""
    return [row for row, _ in rows_from(path, offset)]


def rows_from(path: Path, offset: int = 0) -> list[tuple[dict[str, Any], int]]:
    """Each whole row with the byte behind it. A row without its end is not there yet."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            lines = file.read().splitlines(keepends=True)
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        if not line.endswith(b"\n"):
            break
        offset += len(line)
        if (row := row_of(line)) is not None:
            found.append((row, offset))
    return found


def row_of(line: bytes) -> dict[str, Any] | None:
    """A row, unless it cannot be one."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    return row if isinstance(row, dict) and isinstance(row.get("id"), int) else None
