"""The folder ``backups/``: which backups there are, which are kept, and one writer at a time."""
from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from qt_app.backup.manifest import FILE_NAME, Manifest, read
from qt_app.errors import DataError, TimedOutError
from qt_app.home import Home
from qt_app.services.lock import FileLock

PARTIAL, REPLACED = ".partial-", "replaced-"
#: How long another backup may take before this one gives up, s.
PATIENCE_S = 60.0

Entry = tuple[Path, Manifest]


class Shelf:
    """The backups of one home."""

    def __init__(self, home: Home) -> None:
        self.folder = home.backups

    @contextmanager
    def writing(self) -> Iterator[Shelf]:
        """Alone; what killed backups left is swept first. Raises TimedOutError when another one does not end."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(self.folder / ".lock")
        if not lock.wait(PATIENCE_S):
            raise TimedOutError(f"another backup has been writing in {self.folder} for {PATIENCE_S:g} s; try again, or "
                                "look which process holds .lock there")
        try:
            for path in self.folder.glob(f"{PARTIAL}*"):
                shutil.rmtree(path)
            yield self
        finally:
            lock.release()

    def names(self, now: dt.datetime, reason: str) -> tuple[Path, Path]:
        """A temporary and a final name that nothing has, after Sao Paulo's clock."""
        base = f"{now:%Y%m%d-%H%M%S}-{reason.replace(' ', '-')}"
        taken = {path.name for path in self.folder.iterdir()}
        name = next(n for n in (base, *(f"{base}-{i}" for i in range(2, 1000))) if n not in taken)
        return self.folder / f"{PARTIAL}{name}", self.folder / name

    def entries(self) -> list[Entry]:
        """Every backup whose manifest can be read, oldest first."""
        found = []
        for path in sorted(self.folder.glob(f"*/{FILE_NAME}")):
            if not path.parent.name.startswith(PARTIAL):
                try:
                    found.append((path.parent, read(path.parent)))
                except DataError:
                    continue    # `find` of that name tells what is wrong with it
        return sorted(found, key=lambda entry: (entry[1].when, entry[0].name))

    def newest(self) -> Entry | None:
        return next(reversed(self.entries()), None)

    def find(self, name: str) -> Path:
        """The backup of this name, or at this path. Raises DataError when there is none."""
        for path in (self.folder / name, Path(name)):
            if (path / FILE_NAME).is_file():
                return path.resolve()
        raise DataError(f"there is no backup {name} in {self.folder}; `qt restore --list` shows what there is")

    def rotate(self, keep_last: int, keep_days: int, today: dt.date) -> list[Path]:
        """Removes what neither rule keeps: the newest ``keep_last``, and the last one of each of ``keep_days`` days.

        Backups made by hand stay until somebody removes them.
        """
        own = [entry for entry in self.entries() if entry[1].reason != "by hand"]
        kept = _kept(own, keep_last, keep_days, today)
        gone = [path for path, _ in own if path not in kept]
        for path in gone:
            doomed = path.with_name(f"{PARTIAL}{path.name}")    # half removed, it must not look whole
            path.rename(doomed)
            shutil.rmtree(doomed)
        return gone


def _kept(entries: Sequence[Entry], keep_last: int, keep_days: int, today: dt.date) -> set[Path]:
    by_day = {manifest.when.date(): path for path, manifest in entries}     # the last of a day wins
    first = today - dt.timedelta(days=keep_days)
    newest = [path for path, _ in entries[-keep_last:]] if keep_last else []
    return {*newest, *(path for day, path in by_day.items() if day > first)}
