"""Reading the log's files back, closed and compressed ones too, and following what is written."""
from __future__ import annotations

import datetime as dt
import zlib
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from qt_app.errors import DataError
from qt_app.logs.entries import LogEntry, Wanted
from qt_app.logs.parts import Part, parts
from qt_app.zone import SAO_PAULO


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the log that no rotation moves: the day's n-th file, and bytes of it, unpacked."""

    day: dt.date
    number: int
    offset: int = 0

    def within(self, part: Part, number: int) -> int | None:
        """How much of a file lies before this place; None: all of it."""
        if (part.day, number) == (self.day, self.number):
            return self.offset
        return None if (part.day, number) < (self.day, self.number) else 0


def counted(folder: Path) -> list[tuple[Part, int]]:
    """Every part and which of its day's files it is; the open one comes after the last that has a number."""
    found = []
    for _, of_day in groupby(parts(folder), key=lambda part: part.day):
        number = 0
        for part in of_day:
            number = number + 1 if part.number is None else part.number
            found.append((part, number))
    return found


class LogReader:
    """The log of one folder, up to ``until``. ``damaged`` counts lines that were none of the log's."""

    def __init__(self, folder: Path, until: Place | None = None) -> None:
        self._folder = folder
        self._until = until
        self.damaged = 0

    def entries(self, wanted: Wanted) -> Iterator[LogEntry]:
        """Every wanted line, oldest first. Raises DataError when there is no log, or a file cannot be read."""
        for part, number in self._parts(wanted):
            yield from self._of(part, number, wanted)

    def last(self, count: int, wanted: Wanted) -> list[LogEntry]:
        """The newest ``count`` that are wanted, oldest first; reads no more files than that takes."""
        kept: list[LogEntry] = []
        for part, number in reversed(self._parts(wanted)):
            kept = [*deque(self._of(part, number, wanted), count - len(kept)), *kept]
            if len(kept) >= count:
                break
        return kept

    def take(self, lines: Iterator[bytes], wanted: Wanted) -> Iterator[LogEntry]:
        for line in lines:
            entry = LogEntry.of(line)
            if entry is None:
                self.damaged += 1
            elif wanted.takes(entry):
                yield entry

    def _parts(self, wanted: Wanted) -> list[tuple[Part, int]]:
        found = counted(self._folder)
        if not found:
            raise DataError(f"there is no log in {self._folder}: nothing has run in this home yet")
        first = dt.date.min if wanted.since is None else wanted.since.astimezone(SAO_PAULO).date()
        return [(part, number) for part, number in found if part.day >= first]

    def _of(self, part: Part, number: int, wanted: Wanted) -> Iterator[LogEntry]:
        limit = None if self._until is None else self._until.within(part, number)
        yield from self.take(_lines(part, limit), wanted)


def _lines(part: Part, limit: int | None) -> Iterator[bytes]:
    """Whole lines that begin before ``limit``: the last one of an open file may still be on its way."""
    try:
        with part.open() as file:
            at = 0
            for line in file:
                if (limit is not None and at >= limit) or not line.endswith(b"\n"):
                    return
                at += len(line)
                yield line
    except FileNotFoundError:
        yield from _packed_meanwhile(part, limit)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{part.path} cannot be read: {error}; restore it or remove it") from error


def _packed_meanwhile(part: Part, limit: int | None) -> Iterator[bytes]:
    packed = Part(part.day, part.number, part.path.with_name(f"{part.path.name}.gz"))
    if not part.compressed and packed.path.is_file():
        yield from _lines(packed, limit)


class Follower:
    """What was added since the last ``poll``, across rotations. Holds no file open between two looks."""

    def __init__(self, folder: Path) -> None:
        """Begins at the end of what there is; ``place`` says where that is."""
        self._folder = folder
        self.place: Place | None = None
        if found := counted(folder):
            last, number = found[-1]
            self.place = Place(last.day, number)
            self.poll()

    def poll(self) -> list[bytes]:
        """Whole lines that are new, oldest first."""
        lines: list[bytes] = []
        while True:
            found = counted(self._folder)
            here = self.place
            if here is None:
                if not found:
                    return lines
                here = Place(found[0][0].day, 1)
            rest = self._rest(here, found)
            if rest is None:
                return lines
            lines += rest
            beyond = [(part.day, number) for part, number in found if (part.day, number) > (here.day, here.number)]
            if not beyond:
                return lines
            self.place = Place(*min(beyond))

    def _rest(self, here: Place, found: list[tuple[Part, int]]) -> list[bytes] | None:
        """What the file at ``here`` has beyond it; the place moves behind that. None: it is just being replaced."""
        self.place = here
        part = next((part for part, number in found if (part.day, number) == (here.day, here.number)), None)
        if part is None:
            return []
        try:
            with part.open() as file:
                file.seek(here.offset)
                content = file.read()
        except (OSError, EOFError, zlib.error):
            return None     # its compressed copy takes its place
        if (part, here.number) not in counted(self._folder):
            return None     # it was closed in this moment, and another file has its name
        whole = content[:content.rfind(b"\n") + 1]
        self.place = Place(here.day, here.number, here.offset + len(whole))
        return whole.splitlines(keepends=True)
