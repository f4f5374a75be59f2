"""Reads on in a file of alerts that somebody else writes and rotates. By ids: nothing twice, nothing left out."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from qt_app.alerts.jsonl import KEPT, read_rows, rotated, row_of, rows_from


class Tail:
    """``last``: id of the last row that was read; None begins at the file's present end."""

    def __init__(self, path: Path, last: int | None) -> None:
        self._path = path
        self._first = 0         # id of the first row of the file that ``_offset`` is in
        self._offset = 0
        self.last = last if last is not None else max((row["id"] for row in read_rows(path)), default=0)

    def read(self) -> list[dict[str, Any]]:
        """What is new, oldest first."""
        rows = self._on() if self._first and self._head() == self._first else self._anew()
        fresh = {row["id"]: row for row in rows if row["id"] > self.last}
        self.last = max(fresh, default=self.last)
        return [fresh[name] for name in sorted(fresh)]

    def _head(self) -> int:
        """Id of the file's first row; 0 when there is none yet."""
        try:
            with self._path.open("rb") as file:
                row = row_of(file.readline())
        except FileNotFoundError:
            return 0
        return 0 if row is None else int(row["id"])

    def _on(self) -> list[dict[str, Any]]:
        found = rows_from(self._path, self._offset)
        if found:
            self._offset = found[-1][1]
        return [row for row, _ in found]

    def _anew(self) -> list[dict[str, Any]]:
        """The newest file first: what is rotated away meanwhile is met again in the next one."""
        self._first, self._offset = self._head(), 0
        rows = self._on()
        for age in range(1, KEPT + 1):
            rows += read_rows(rotated(self._path, age))
        return rows
