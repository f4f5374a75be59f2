"""What a run recorded: its parts as they are now, and whether they still are as they were written."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from qt_app.replay import digests
from qt_app.replay.source import read_table


@dataclass(frozen=True, slots=True)
class Altered:
    """A block of recorded rows that is not as it was written; rows (0-based) and event numbers are inclusive."""

    file: str
    rows: tuple[int, int]
    events: tuple[int, int]

    @property
    def words(self) -> str:
        if self.rows[1] < self.rows[0]:
            return f"{self.file}: the rows from {self.rows[0]} on (after event {self.events[1]}) are gone"
        return (f"{self.file}, rows {self.rows[0]} to {self.rows[1]} (events {self.events[0]} to {self.events[1]}) "
                "are not as they were recorded")

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def altered(paths: Iterable[Path]) -> list[Altered]:
    """The first changed block of every part that has one. Parts of older releases tell nothing."""
    return [found for path in paths if (found := _of_part(path)) is not None]


def _of_part(path: Path) -> Altered | None:
    noted = (pq.read_metadata(path).metadata or {}).get(digests.KEY.encode())
    if noted is None:
        return None
    table = read_table(path)
    rows = digests.changed_rows(table, noted.decode())
    if rows is None:
        return None
    seq = table["seq"].to_numpy()
    events = int(seq[min(rows)]), int(seq[rows[1]])
    return Altered("/".join(path.parts[-3:]), rows, events)
