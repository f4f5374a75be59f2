"""Which files the log consists of.

``production_YYYYMMDD.log`` is the day's open file. One that was full has a number and never changes again:
``production_YYYYMMDD.1.log``. What is closed (full, or of an earlier day) is compressed: the same name and ``.gz``.
"""
from __future__ import annotations

import datetime as dt
import gzip
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

_NAME = re.compile(r"production_(\d{8})(?:\.(\d{1,6}))?\.log(\.gz)?")


@dataclass(frozen=True, slots=True)
class Part:
    """One file. ``number`` None: the day's last one, open while that day lasts."""

    day: dt.date
    number: int | None
    path: Path

    @property
    def compressed(self) -> bool:
        return self.path.suffix == ".gz"

    @property
    def place(self) -> tuple[dt.date, float]:
        """In the order of writing: by day, by number, the last one last."""
        return self.day, float("inf") if self.number is None else self.number

    def open(self) -> IO[bytes]:
        """Its lines, unpacked."""
        return cast(IO[bytes], gzip.open(self.path, "rb")) if self.compressed else self.path.open("rb")


def part_of(path: Path) -> Part | None:
    """None for a file that is not the log's."""
    found = _NAME.fullmatch(path.name)
    if found is None:
        return None
    with suppress(ValueError):
        day = dt.datetime.strptime(found[1], "%Y%m%d").date()
        return Part(day, None if found[2] is None else int(found[2]), path)
    return None


def every_part(folder: Path) -> list[Part]:
    """All files, oldest first; a plain one before its compressed copy."""
    found = [part for path in folder.glob("production_*") if (part := part_of(path)) is not None]
    return sorted(found, key=lambda part: (part.place, part.compressed))


def parts(folder: Path) -> list[Part]:
    """Each part once, oldest first: of one that is there plain and compressed, the plain one, which is whole."""
    found = every_part(folder)
    return [part for n, part in enumerate(found) if n == 0 or part.place != found[n - 1].place]


def closed_path(folder: Path, day: dt.date) -> Path:
    """The name that the day's open file gets when it is full."""
    numbers = (part.number for part in every_part(folder) if part.day == day and part.number is not None)
    return folder / f"production_{day:%Y%m%d}.{max(numbers, default=0) + 1}.log"
